"""The workbench: clocks turned by hand, and a lock on the bench that does what the test arranged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.domain.codes import Pin, PinRequest
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, Delivery
from bot.domain.doors import Capability
from bot.domain.people import Grant, Person
from bot.domain.readings import Bolt, LockStatus
from bot.drivers.base import Deadline, LockDriver
from bot.drivers.errors import LockError

OWNER = 42
ANNA = 7
STRANGER = 666
CHAT = -100200
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FULL = Capability.UNLOCK | Capability.LOCK | Capability.STATUS | Capability.PINS


@dataclass
class Hands:
    """The hands of a machine's two clocks."""

    boot: float = 1000.0
    wall: float = START.timestamp()

    def turn(self, seconds: float) -> None:
        self.boot += seconds
        self.wall += seconds

    async def sleep(self, seconds: float) -> None:
        """Sleep without waiting: the time is simply later."""
        self.turn(seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(boot=lambda: self.boot, wall=lambda: self.wall)


@dataclass(eq=False)
class BenchLock(LockDriver):
    """A lock with a bolt. It obeys at once and says so, unless it was arranged otherwise."""

    hands: Hands
    capabilities: Capability = FULL
    travel_seconds: float = 0.0
    bolt: Bolt = Bolt.LOCKED
    battery_percent: int | None = None
    fault: BaseException | None = None
    """Raised by every verb that acts."""
    blind: BaseException | None = None
    """Raised by every reading."""
    delivery: Delivery = Delivery.CONFIRMED
    before: Callable[[], Awaitable[None]] | None = None
    """Awaited when a request has arrived and before it acts."""
    before_reading: Callable[[], Awaitable[None]] | None = None
    sends: list[str] = field(default_factory=list)
    readings: int = 0
    settled: int = 0

    async def unlock(self, deadline: Deadline) -> Delivery:
        return await self._act("unlock", Bolt.UNLOCKED)

    async def lock(self, deadline: Deadline) -> Delivery:
        return await self._act("lock", Bolt.LOCKED)

    async def create_pin(self, ask: PinRequest, deadline: Deadline) -> Pin:
        await self._act("pin", self.bolt)
        return Pin(digits="4711")

    async def status(self) -> LockStatus:
        self.readings += 1
        seen = LockStatus(
            bolt=self.bolt,
            read_at=datetime.fromtimestamp(self.hands.wall, UTC),
            battery_percent=self.battery_percent,
        )
        if self.before_reading:
            await self.before_reading()
        if self.blind:
            raise self.blind
        return seen

    async def settle(self) -> None:
        self.settled += 1

    async def _act(self, verb: str, bolt: Bolt) -> Delivery:
        self.sends.append(verb)
        if self.before:
            await self.before()
        if self.fault:
            raise self.fault
        self.bolt = bolt
        return self.delivery


def answers(error: type[LockError]) -> LockError:
    return error("The bench says so.")


def ask(
    update: object = 1,
    *,
    person: int = ANNA,
    door: str = "front",
    at: datetime = START,
    name: str = "Anna",
    chat: int = CHAT,
    action: Action = Action.OPEN,
) -> CommandRequest:
    return CommandRequest(
        action=action,
        update_key=str(update),
        person_id=person,
        person_name=name,
        chat_id=chat,
        thread_id=None,
        door=door,
        asked_at=at.timestamp(),
    )


def person(person_id: int = ANNA, name: str = "Anna") -> Person:
    return Person(id=person_id, name=name, added_by=OWNER, added_at=START)


def grant(*actions: str, person_id: int = ANNA, door: str = "front", length: timedelta | None = None) -> Grant:
    return Grant(
        id=0,
        person_id=person_id,
        door=door,
        actions=frozenset(map(Action, actions) if actions else (Action.OPEN, Action.CLOSE, Action.STATUS)),
        ends_at=START + length if length is not None else None,
        granted_by=OWNER,
        granted_at=START,
    )
