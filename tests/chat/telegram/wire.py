"""The wire to a small Telegram in this process, with real storage behind it and time that moves by hand."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from telegram import Bot

from bot.activity import Activity
from bot.chat.telegram.outbox import OutboxDelivery
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.requests import TelegramRequest
from bot.chat.telegram.sender import Content, Destination, Sender
from bot.clock import Clock
from bot.domain.commands import DenialReason
from bot.domain.events import DelayedReply, Event
from bot.domain.notices import OutboxMessage
from bot.notices import Notices
from simulators.control import create_app
from simulators.telegram import TelegramSimulator
from storage import Storage
from tests.fresh import open_fresh

TOKEN = "77000042:canary-telegram-token"
START = 1772366400.0
OLGA, MAX = 42, 43
GROUP, FORUM, CLUB = -1001, -1002, -5
TOPIC = 7

Json = dict[str, Any]


@dataclass
class Hands:
    """The hands of a machine's two clocks; a sleep takes no time but on them."""

    boot: float = 1000.0
    wall: float = START
    slept: list[float] = field(default_factory=list)

    def turn(self, seconds: float) -> None:
        self.boot += seconds
        self.wall += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.turn(seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(boot=lambda: self.boot, wall=lambda: self.wall)


@dataclass
class Lockouts:
    """As much of control as the watchdog uses."""

    reasons: set[DenialReason] = field(default_factory=set)

    @property
    def lockouts(self) -> frozenset[DenialReason]:
        return frozenset(self.reasons)

    def shut(self, reason: DenialReason) -> None:
        self.reasons.add(reason)

    def reopen(self, reason: DenialReason) -> None:
        self.reasons.discard(reason)


class Scripted(httpx.AsyncBaseTransport):
    """Answers every call with what was arranged, and otherwise lets it through."""

    def __init__(self, app: Any) -> None:
        self._through = httpx.ASGITransport(app)
        self.answers: list[httpx.Response] = []
        self.calls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(request.url.path.rpartition("/")[2])
        if self.answers:
            return self.answers.pop(0)
        return await self._through.handle_async_request(request)

    def answer(self, body: object, status: int = 200, times: int = 1) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers += [httpx.Response(status, content=raw) for _ in range(times)]


class Wire:
    """`send` and `deliver` as the bot does, `said` as people read it."""

    def __init__(self, storage: Storage, hands: Hands, *, flood_limits: bool = False) -> None:
        self.storage = storage
        self.hands = hands
        self.clock = hands.clock()
        self.activity = Activity()
        self.world = TelegramSimulator(TOKEN, "door_bot", clock=lambda: hands.wall)
        self.world.flood_limits = flood_limits
        for person, name in ((OLGA, "Olga"), (MAX, "Max")):
            self.world.add_person(person, name, started=True)
        self.world.add_group(GROUP, "House", [OLGA, MAX])
        self.world.add_group(FORUM, "Forum", [OLGA, MAX], topics={1: "General", TOPIC: "Doors"})
        self.world.add_group(CLUB, "Club", [OLGA, MAX], supergroup=False)
        self.numbers: list[int] = []
        self.transport = Scripted(create_app(self.world))
        self.notices = Notices(storage, frozenset({OLGA}))
        request = TelegramRequest(self.clock, httpx_kwargs={"transport": self.transport})
        self.bot = Bot(TOKEN, base_url="http://telegram.test/bot", request=request)
        self.sender = Sender(self.bot, self.clock, self.activity, moved=self.notices.moved, sleep=hands.sleep)
        self.outbox = OutboxDelivery(
            self.sender,
            self.notices,
            self.clock,
            self.activity,
            compose=lambda event: Content(say(event)),
            sent=self._note_number,
        )

    async def _note_number(self, _: OutboxMessage, number: int) -> None:
        self.numbers.append(number)

    def reply(self, chat: int = MAX, person: int | None = MAX, **options: Any) -> Reply:
        destination = options.pop("destination", Destination(chat))
        return Reply(self.sender, self.notices, self.clock, destination, person_id=person, **options)

    def said(self, chat: int) -> list[str]:
        """The bot's messages in this chat as they are now."""
        views = self.world.transcript(chat)
        return [view["text"] for view in views if view["from"]["id"] == self.world.bot_id and not view["deleted"]]

    def last(self, chat: int) -> Json:
        return [view for view in self.world.transcript(chat) if view["from"]["id"] == self.world.bot_id][-1]

    async def waiting(self) -> list[Event]:
        return [message.event for message in await self.notices.next_per_chat()]

    async def deliver(self, seconds: float = 0.0) -> None:
        """Let time pass, and everything that is due in the outbox go out."""
        self.hands.turn(seconds)
        async with asyncio.timeout(5):
            while await self.outbox.round() == 0.0:
                pass


def refuse(telegram: TelegramSimulator, method: str, code: int, said: str, **more: Any) -> None:
    """Telegram says no to the next call, or to so many `times`, maybe about one `chat` only."""
    telegram.faults.arrange(method, "code", code=code, cause=said, **more)


def say(event: Event) -> str:
    return event.text if isinstance(event, DelayedReply) else event.name


@asynccontextmanager
async def a_wire(path: Path, **options: Any) -> AsyncIterator[Wire]:
    storage = await open_fresh(path)
    wire = Wire(storage, Hands(), **options)
    try:
        async with wire.bot._request[1]:
            yield wire
    finally:
        wire.world.faults.clear()
        await storage.close()


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not so():  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.001)
