"""The rooms that tell people, on virtual time: storage, notices, monitor, outbox and sender, and a small Telegram."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from telegram import Bot

from bot.activity import Activity
from bot.chat.render import events
from bot.chat.render.locale import Locale
from bot.chat.telegram.outbox import OutboxDelivery
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.requests import TelegramRequest
from bot.chat.telegram.sender import Content, Destination, Sender
from bot.clock import Clock
from bot.domain.doors import Door, Doors
from bot.domain.events import Event
from bot.domain.notices import Group, is_quiet
from bot.domain.people import Rights
from bot.domain.readings import Bolt, LockStatus
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError
from bot.monitor import Monitor
from bot.notices import Notices
from simulators.control import create_app
from simulators.telegram import TelegramSimulator
from storage import Storage
from tests.bench import ALL
from tests.trials.virtual import VirtualTime

TOKEN = "77000042:trial"
OWNER = HOST = 42
GROUP = -1001
LATENCY_SECONDS = 0.15


class VirtualNotices(Notices):
    """Waits on virtual time."""

    time: VirtualTime

    async def wait(self, seconds: float) -> None:
        filled = self._storage.outbox.filled
        waits = {asyncio.ensure_future(filled.wait()), asyncio.ensure_future(self.time.sleep(seconds))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        filled.clear()


class Wire(httpx.AsyncBaseTransport):
    """Telegram at some distance; counts what it refuses by its own limits, and not because a trial arranged it."""

    def __init__(self, telegram: TelegramSimulator, time: VirtualTime) -> None:
        self._through = httpx.ASGITransport(create_app(telegram))
        self._telegram = telegram
        self._time = time
        self.is_arranged = False
        self.under_way = 0
        """Notices that Telegram has, and the bot does not know it yet. Answers are not silent."""
        self.too_much = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self._time.sleep(LATENCY_SECONDS / 2)
        answer = await self._through.handle_async_request(request)
        self.too_much += answer.status_code == 429 and not self.is_arranged
        is_notice = b"disable_notification" in await request.aread()
        self.under_way += is_notice
        try:
            await self._time.sleep(LATENCY_SECONDS / 2)
        finally:
            self.under_way -= is_notice
        return answer


class GatewayLock(LockDriver):
    """A lock behind the one gateway; `fault` while that is away."""

    capabilities = ALL
    connection = "gateway"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.fault: LockError | None = None

    async def status(self) -> LockStatus:
        if self.fault:
            raise self.fault
        return LockStatus(bolt=Bolt.LOCKED, read_at=self._clock.datetime())


class StormHouse:
    def __init__(self, storage: Storage, time: VirtualTime, *, doors: int) -> None:
        self.storage = storage
        self.time = time
        self.clock = time.clock()
        time.is_busy = storage.database._turn.locked
        names = [f"d{number:02}" for number in range(1, doors + 1)]
        self.doors = Doors([Door(name, f"Door {name}", ALL) for name in names])
        self.locks = {name: GatewayLock(self.clock) for name in names}
        self.telegram = TelegramSimulator(TOKEN, "door_bot", clock=lambda: time.wall)
        self.telegram.flood_limits = True
        self.telegram.add_person(HOST, "Olga", started=True)
        self.telegram.add_group(GROUP, "House", [HOST])
        self.wire = Wire(self.telegram, time)
        self.locale = Locale(ZoneInfo("UTC"), {}, self.doors, self.clock.datetime)
        self._delivery: asyncio.Task[None] | None = None
        self.start()

    @classmethod
    @asynccontextmanager
    async def open(cls, path: Path, time: VirtualTime, *, doors: int) -> "AsyncIterator[StormHouse]":
        storage = await Storage.open(path)
        house = cls(storage, time, doors=doors)
        try:
            group = Group(chat_id=GROUP, thread_id=None, title="House", added_by=OWNER, added_at=house.clock.datetime())
            await house.notices.subscriptions.subscribe(Rights(OWNER, None, is_owner=True), group)
            yield house
        finally:
            await house.stop()
            await storage.close()

    def start(self) -> None:
        """Everything that a new process begins with: nothing is remembered but what is on disk."""
        self.notices = VirtualNotices(self.storage, frozenset({OWNER}))
        self.notices.time = self.time
        request = TelegramRequest(self.clock, httpx_kwargs={"transport": self.wire})
        bot = Bot(TOKEN, base_url="http://telegram.test/bot", request=request)
        activity = Activity()
        self.sender = Sender(bot, self.clock, activity, moved=self.notices.moved, sleep=self.time.sleep)
        outbox = OutboxDelivery(
            self.sender, self.notices, self.clock, activity, compose=self._compose, merge=events.merged, sent=_nothing
        )
        self.monitor = Monitor(
            self.storage, self.doors, self.locks, self.notices, self.clock, sleep=self.time.sleep, poll_seconds=5
        )
        self._delivery = asyncio.ensure_future(outbox.run())

    async def stop(self) -> None:
        delivery, self._delivery = self._delivery, None
        if delivery is None:
            return
        delivery.cancel()
        while not delivery.done():
            await self.pass_seconds(LATENCY_SECONDS)
        with suppress(asyncio.CancelledError):
            await delivery

    @property
    def is_running(self) -> bool:
        return self._delivery is not None

    async def pass_seconds(self, seconds: float) -> None:
        await self.time.pass_until(self.time.boot + seconds)

    async def until_under_way(self) -> None:
        """Or two minutes, where nothing is to be sent."""
        await self.time.wait_for(lambda: self.wire.under_way > 0, at_most=120, step=LATENCY_SECONDS / 3)

    async def poll_all(self) -> None:
        for door in self.doors:
            await self.monitor.poll(door)

    async def answer(self, chat: int) -> float:
        """How long somebody waits for an answer, in seconds."""
        asked = self.time.boot
        reply = Reply(self.sender, self.notices, self.clock, Destination(chat))
        await reply.finish(Content("an answer"))
        return self.time.boot - asked

    async def waiting(self) -> int:
        (count,) = await self.storage.database.one("SELECT count(*) FROM outbox")
        return int(count)

    async def drained(self, *, at_most: float) -> bool:
        end = self.time.boot + at_most
        while await self.waiting() and self.time.boot < end:
            await self.pass_seconds(5)
        return not await self.waiting()

    def refuse_group(self) -> None:
        self.wire.is_arranged = True
        self.telegram.faults.arrange(
            "sendMessage", "code", code=429, cause="Too Many Requests: retry after 30", retry_after=30, chat=GROUP,
            times=None,
        )  # fmt: skip

    def said(self, chat: int) -> list[str]:
        views = self.telegram.transcript(chat)
        return [view["text"] for view in views if view["from"]["id"] == self.telegram.bot_id and not view["deleted"]]

    @property
    def too_much(self) -> int:
        return self.wire.too_much

    async def is_all_reachable(self) -> bool:
        readings = [await self.storage.readings.get(door.name) for door in self.doors]
        return all(reading is None or reading.announced.is_reachable for reading in readings)

    def _compose(self, event: Event) -> Content:
        return Content(events.event(event, self.locale), is_silent=is_quiet(event))


async def _nothing(*_: Any) -> None:
    return None
