"""A house to converse in: the real bot, a small Telegram, two lock systems, and time that moves only by hand.

Everything runs in one event loop; only the far sides of the wires are simulated.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx

from bot.app import latchkey
from bot.chat.services import Services
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest
from bot.domain.journal import JournalEntry
from bot.environment import Environment
from bot.settings import load_settings
from simulators import kas, the_keys
from simulators.control import create_app
from simulators.request_log import LoggedEvent
from simulators.telegram import TelegramSimulator
from storage import Storage
from tests.bench import Hands
from tests.fresh import make_fresh

TOKEN = "77000042:canary-telegram-token"
OLGA, MAX, GRETA, SAM = 42, 43, 44, 99
GROUP, FORUM, CLUB = -1001, -1002, -5
TOPIC, GENERAL = 7, 1
FRONT, SHED, GARAGE = 45961123, 45961124, "SS000510"
SHARE_CODE, API_KEY = "Zmo1sps2OVyCFtl1", "canary-kas-key-0001"
WATCHED = ("front", "shed")
TITLES = ("Front door", "Garden shed", "Garage")
SOON_SECONDS = 20.0
PATIENCE_SECONDS = 20.0

Json = dict[str, Any]


class Waiting(Hands):
    """Short sleeps take no time but on the clock; longer ones end when the hands are turned far enough."""

    def __init__(self) -> None:
        super().__init__()
        self.host_is_off_by = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def turn(self, seconds: float) -> None:
        super().turn(seconds)
        for due, alarm in self._sleepers:
            if due <= self.boot:
                alarm.set()
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[1].is_set()]

    def clock(self) -> Clock:
        return Clock(boot=lambda: self.boot, wall=lambda: self.wall + self.host_is_off_by)

    async def sleep(self, seconds: float) -> None:
        if seconds <= SOON_SECONDS:
            await super().sleep(seconds)
            return
        alarm = asyncio.Event()
        self._sleepers.append((self.boot + seconds, alarm))
        await alarm.wait()


class Switchboard(httpx.AsyncBaseTransport):
    """Every host is an app in this process."""

    def __init__(self, **apps: Any) -> None:
        self._apps = {name.replace("_", "."): httpx.ASGITransport(app) for name, app in apps.items()}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._apps[request.url.host].handle_async_request(request)


@dataclass
class Chat:
    """One person in one chat: what they write, press and see."""

    house: "House"
    person: int
    id: int
    thread: int | None = None

    async def say(self, text: str, **extra: Any) -> str:
        """Write, wait until the bot has done all it will, and read what it last said here; "" is silence."""
        return await self._then(lambda: self.write(text, **extra))

    async def tap(self, label: str, **where: Any) -> str:
        """Press the newest button with this label."""
        return await self._then(lambda: self.press(label, **where))

    async def forge(self, data: str, **where: Any) -> str:
        """Press what was never offered."""
        return await self._then(lambda: self.house.telegram.tap(self.person, None, self.id, data=data, **where))

    def write(self, text: str, **extra: Any) -> Json:
        """Write and do not wait."""
        return self.house.telegram.say(self.person, text, self.id, **({"thread": self.thread} | extra))

    def press(self, label: str, **where: Any) -> Json:
        return self.house.telegram.tap(self.person, label, self.id, **where)

    async def hears(self, words: str) -> str:
        """Wait until the bot says these words here, or has said them."""
        event = await self.house.telegram.wait_for_event(
            chat=self.id,
            fits=lambda event: _is_said(event) and words in event.detail["message"]["text"],
            seconds=PATIENCE_SECONDS,
        )
        return str(event.detail["message"]["text"])

    @property
    def seen(self) -> list[str]:
        """Every text of the bot's that was ever to be seen here, edits included."""
        return [e.detail["message"]["text"] for e in self.house.telegram.events if e.where == self.id and _is_said(e)]

    @property
    def messages(self) -> list[Json]:
        """The bot's messages as they are now."""
        views = self.house.telegram.transcript(self.id)
        return [view for view in views if view["from"]["id"] == self.house.telegram.bot_id and not view["deleted"]]

    @property
    def last(self) -> Json:
        return self.messages[-1]

    @property
    def buttons(self) -> list[str]:
        """The labels under the bot's last message."""
        return [button["text"] for row in self.last["buttons"] for button in row]

    @property
    def alerts(self) -> list[str]:
        """What popped up when this person pressed buttons here."""
        told = [e.detail for e in self.house.telegram.events if e.what == "answer" and e.where == self.id]
        return [answer["text"] for answer in told if answer["person"] == self.person and answer["text"]]

    async def _then(self, act: Any) -> str:
        before = len(self.house.telegram.events)
        act()
        await self.house.quiet()
        new = self.house.telegram.events[before:]
        texts = [e.detail["message"]["text"] for e in new if e.where == self.id and _is_said(e)]
        return texts[-1] if texts else ""


def _is_said(event: LoggedEvent) -> bool:
    return event.what in {"message", "edited"} and bool(event.detail["message"]["from"]["is_bot"])


@dataclass
class House:
    """Olga owns it, Max is a member, Greta a guest with one door, and Sam is a stranger."""

    database: Path
    doors: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """More settings for a door."""
    settings: Mapping[str, object] = field(default_factory=dict)
    hands: Waiting = field(default_factory=Waiting)

    def __post_init__(self) -> None:
        self.telegram = TelegramSimulator(TOKEN, "door_bot", clock=self.now)
        for person, name in ((OLGA, "Olga"), (MAX, "Max"), (GRETA, "Greta"), (SAM, "Sam")):
            self.telegram.add_person(person, name, started=True)
        everybody = [OLGA, MAX, GRETA, SAM]
        self.telegram.add_group(GROUP, "House", everybody)
        self.telegram.add_group(FORUM, "Forum", everybody, topics={GENERAL: "General", TOPIC: "Doors"})
        self.telegram.add_group(CLUB, "Club", everybody, supergroup=False)
        self.gateway = the_keys.GatewaySimulator(
            the_keys.Smartlock(FRONT, SHARE_CODE), clock=self.now, sleep=self.hands.sleep
        )
        self.shed = the_keys.GatewaySimulator(
            the_keys.Smartlock(SHED, SHARE_CODE), clock=self.now, sleep=self.hands.sleep
        )
        self.cloud = kas.KasSimulator(
            kas.KasLock(GARAGE, autolock_seconds=60), key=API_KEY, clock=self.now, sleep=self.hands.sleep
        )
        self.owner = Chat(self, OLGA, OLGA)
        self.member = Chat(self, MAX, MAX)
        self.guest = Chat(self, GRETA, GRETA)
        self.stranger = Chat(self, SAM, SAM)
        self._running: AsyncExitStack | None = None
        self.inside: Services

    def _gateway(self, identifier: int) -> the_keys.GatewaySimulator:
        smartlock = the_keys.Smartlock(identifier, SHARE_CODE)
        gateway = the_keys.GatewaySimulator(smartlock, clock=self.now, sleep=self.hands.sleep)
        gateway.hurry()
        return gateway

    def now(self) -> float:
        return self.hands.wall

    def in_group(self, person: int, group: int = GROUP, thread: int | None = None) -> Chat:
        return Chat(self, person, group, thread)

    async def start(self) -> None:
        self._running = AsyncExitStack()
        self.inside = await self._running.enter_async_context(latchkey(self._settings(), self._environment()))
        await self.quiet()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all([await self.storage.readings.get(door) for door in WATCHED]):  # noqa: ASYNC110
                await asyncio.sleep(0.0005)
        await self.quiet()

    async def stop(self) -> None:
        if self._running:
            running, self._running = self._running, None
            await running.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def let_in(self) -> None:
        """What Olga has allowed before the conversation begins."""
        await self.allow(MAX, "Max", "front", "open", "close", "status")
        await self.allow(MAX, "Max", "garage", "open", "pin")
        await self.allow(GRETA, "Greta", "garage", "open")

    async def allow(self, person: int, name: str, door: str, *actions: str) -> None:
        await self.inside.people.allow(
            caller=OLGA, person_id=person, name=name, door=door, actions=map(Action, actions), length=None
        )

    async def leave_unfinished(self, person: int, name: str, door: str) -> None:
        """What a crash between the record and the answer leaves behind."""
        now = self.inside.clock.datetime()
        request = CommandRequest(
            update_key="before the crash", person_id=person, person_name=name, chat_id=person, thread_id=None,
            action=Action.OPEN, door=door, asked_at=now.timestamp(),
        )  # fmt: skip
        command = await self.storage.commands.add(request, now=now)
        await self.storage.journal.append("started", at=now, command_id=command.id, person_id=person, door=door)

    async def quiet(self) -> None:
        """Wait until the bot has nothing more to do, short of time passing."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            for _ in range(3):
                await asyncio.sleep(0)  # whoever was woken begins to work
            await self.inside.activity.idle()
            while self._is_busy:
                await asyncio.sleep(0.0005)
                await self.inside.activity.idle()

    @property
    def _is_busy(self) -> bool:
        """Whoever waited for the last piece of work may have begun another before this is asked."""
        inside = self.inside
        is_told = self.telegram.updates.pending() or inside.notices.is_filled or inside.panels.is_stale
        return bool(is_told) or not inside.activity.is_idle

    async def wait(self, seconds: float) -> None:
        """Let time pass and the bot do what it does then."""
        self.hands.turn(seconds)
        # The notifier sleeps by the real clock; news wakes it.
        self.storage.outbox.filled.set()
        self.storage.doors_changed.set()
        await self.quiet()

    async def poll_once(self) -> None:
        """Let a poll be answered, as happens every ten seconds: the bot knows again what time it is."""
        self.telegram.push_raw({"poll": {}})
        await self.quiet()

    async def reaches_the_lock(self, path: str) -> None:
        """Wait until a request has arrived at a lock system, which then takes its time if a test arranged so."""
        await self.until(lambda: any(fnmatchcase(request, path) for request in self.requests()))
        for _ in range(20):
            await asyncio.sleep(0)

    async def until(self, so: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not so():  # noqa: ASYNC110 - locks ring no bell
                await asyncio.sleep(0.0005)

    def redeliver(self, update: Json) -> None:
        """Telegram sends an update again that it sent before."""
        self.telegram.updates.push_again(update, self.now() + 86_400)

    @property
    def storage(self) -> Storage:
        return self.inside.control._log._storage

    async def journal(self, kind: str | None = None) -> list[JournalEntry]:
        return [entry for entry in await self.storage.journal.tail(1000) if kind in (None, entry.kind)]

    async def outcomes(self) -> list[str]:
        return [str(entry.detail["result"]) for entry in await self.journal("outcome")]

    async def denials(self) -> list[str]:
        return [str(entry.detail["why"]) for entry in await self.journal("denied")]

    @property
    def front_bolt(self) -> str:
        return self.gateway.lock(FRONT).bolt

    @property
    def garage_bolt(self) -> str:
        return self.cloud.lock(GARAGE).bolt

    def moves(self) -> list[str]:
        """What the locks did because somebody asked over the wire, in no order between the systems."""
        events = [*self.gateway.events, *self.shed.events, *self.cloud.events]
        return [event.what for event in events if event.request is not None]

    def requests(self) -> list[str]:
        """Every request that reached a lock system."""
        return [r.path for system in (self.gateway, self.shed, self.cloud) for r in system.requests]

    def commands_sent(self) -> list[str]:
        """The requests that could have moved a bolt or made a code."""
        return [path for path in self.requests() if path.startswith(("/open", "/close", "/api/lockCommand/"))]

    def calls(self, method: str) -> list[Json]:
        return [call.params for call in self.telegram.calls if call.method == method and call.error is None]

    def _environment(self) -> Environment:
        locks = {
            "front_test": create_app(self.gateway),
            "shed_test": create_app(self.shed),
            "kas_test": create_app(self.cloud),
        }
        telegram = httpx.ASGITransport(create_app(self.telegram))
        return Environment(
            self.hands.clock(),
            telegram=telegram,
            locks=Switchboard(**locks),
            sleep=self.hands.sleep,
            chance=lambda: 0.0,
        )

    def _settings(self) -> Any:
        the_keys_door = {"driver": "the_keys", "share_code": SHARE_CODE}
        doors: dict[str, Json] = {
            "front": {**the_keys_door, "title": "Front door", "host": "front.test", "identifier": str(FRONT)},
            "shed": {**the_keys_door, "title": "Garden shed", "host": "shed.test", "identifier": str(SHED)},
            "garage": {
                "driver": "kas", "title": "Garage", "factory_number": GARAGE, "api_key": API_KEY,
                "base_url": "https://kas.test",
            },
        }  # fmt: skip
        for name, more in self.doors.items():
            doors[name] = {**doors.get(name, {}), **more}
        given: Json = {
            "telegram_token": TOKEN,
            "telegram_api_url": "http://telegram.test",
            "owner_ids": [OLGA],
            "database": self.database,
            "poll_seconds": 3600,
            "timezone": "Europe/Paris",
            "doors": doors,
        }
        return load_settings(env_file=None, **{**given, **self.settings})


@asynccontextmanager
async def a_house(
    database: Path,
    *,
    doors: Mapping[str, Mapping[str, object]] | None = None,
    begin: datetime | None = None,
    furnish: Callable[[House], None] | None = None,
    **settings: object,
) -> AsyncIterator[House]:
    """A running house with the people let in; it is `begin`, else the first of March, 13:00 in Paris.

    `furnish` adds locks before the bot looks for them.
    """
    make_fresh(database)
    house = House(database, doors or {}, settings)
    if begin:
        house.hands.wall = begin.timestamp()
    if furnish:
        furnish(house)
    try:
        await house.start()
        await house.let_in()
        yield house
    finally:
        house.telegram.faults.clear()
        stopping = asyncio.ensure_future(house.stop())
        while not stopping.done():
            # Whatever is under way in the simulated locks arrives: a failed test must not wait for it.
            house.hands.turn(60)
            await asyncio.wait({stopping}, timeout=0.01)
        await stopping
        house.hands.turn(1e6)
        await asyncio.sleep(0)
