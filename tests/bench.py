"""The workbench: clocks turned by hand, a lock that does what the test arranged, and the rooms built over them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.access import PeopleList
from bot.access.second_factors import SecondFactors
from bot.activity import Activity
from bot.clock import Clock
from bot.control import DoorControl, Lookout
from bot.control.codes import Codes
from bot.control.command_log import CommandLog
from bot.control.evidence import EvidenceReader
from bot.control.status_reader import StatusReader
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin, Listing, Pin, PinRequest
from bot.domain.commands import CommandRequest, Delivery, Finished, Progress, Seen, Sent
from bot.domain.doors import Capability, Door, Doors
from bot.domain.people import Grant, Person
from bot.domain.readings import Bolt, LockStatus
from bot.domain.remarks import Remark
from bot.drivers.base import Deadline, LockDriver
from bot.drivers.errors import LockError, TooLate, Withdrawn
from bot.monitor import Monitor
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

OWNER = 42
ANNA = 7
STRANGER = 666
TOKEN = "77000042:canary-of-the-bench"
CHAT = -100200
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FULL = Capability.UNLOCK | Capability.LOCK | Capability.STATUS | Capability.PINS
ALL = FULL | Capability.REVOKE_PINS | Capability.SYNC
FRONT = Door("front", "Front door", ALL)
GARAGE = Door("garage", "Garage", ALL)
TWO_HOURS = timedelta(hours=2)
TYPE_IT = Remark("bench.type_it")
"""How the lock says that its codes are typed."""


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
    capabilities: Capability = ALL
    bolt: Bolt = Bolt.LOCKED
    battery_percent: int | None = None
    firmware: str | None = None
    fault: BaseException | None = None
    """Raised by every verb that acts."""
    blind: BaseException | None = None
    """Raised by every reading."""
    delivery: Delivery = Delivery.CONFIRMED
    queue: asyncio.Event | None = None
    """What a request waits for before its first byte leaves."""
    before: Callable[[], Awaitable[None]] | None = None
    """Awaited when a request has arrived and before it acts."""
    before_reading: Callable[[], Awaitable[None]] | None = None
    takes_seconds: float = 0.0
    gives_handles: bool = True
    sends: list[str] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)
    """What was left of each command's time when it arrived."""
    revoked: list[str] = field(default_factory=list)
    readings: int = 0
    settled: int = 0

    async def unlock(self, deadline: Deadline) -> Delivery:
        return await self._act("unlock", Bolt.UNLOCKED, deadline)

    async def lock(self, deadline: Deadline) -> Delivery:
        return await self._act("lock", Bolt.LOCKED, deadline)

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        await self._act("pin", self.bolt, deadline)
        handle = str(len(self.sends)) if self.gives_handles else None
        ends_at = request.starts_at + request.duration if handle else None
        return Pin(digits="4711", handle=handle, ends_at=ends_at, note=TYPE_IT)

    async def pins(self) -> Listing:
        if self.blind:
            raise self.blind
        return Listing({str(number): "" for number in range(len(self.sends) + 1) if str(number) not in self.revoked})

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        await self._act("revoke", self.bolt, deadline)
        self.revoked.append(handle)

    async def synchronise(self) -> None:
        self.sends.append("synchronise")
        if self.before:
            await self.before()
        if self.fault:
            raise self.fault

    async def status(self) -> LockStatus:
        self.readings += 1
        seen = LockStatus(
            bolt=self.bolt,
            read_at=datetime.fromtimestamp(self.hands.wall, UTC),
            battery_percent=self.battery_percent,
            firmware=self.firmware,
        )
        if self.before_reading:
            await self.before_reading()
        if self.blind:
            raise self.blind
        return seen

    async def settle(self) -> None:
        self.settled += 1

    async def _act(self, verb: str, bolt: Bolt, deadline: Deadline) -> Delivery:
        if self.queue:
            async with deadline.waiting():
                await self.queue.wait()
        deadline.check()
        self.sends.append(verb)
        self.deadlines.append(deadline.remaining())
        if self.before:
            await self.before()
        self.hands.turn(self.takes_seconds)
        if self.fault:
            raise self.fault
        self.bolt = bolt
        return self.delivery


def answers(error: type[LockError]) -> LockError:
    return error() if issubclass(error, (TooLate, Withdrawn)) else error("bench.fault")


@dataclass
class Course:
    """Everything that came of one request, in order."""

    steps: list[Progress] = field(default_factory=list)

    @property
    def finished(self) -> Finished:
        [finished] = [step for step in self.steps if isinstance(step, Finished)]
        return finished

    @property
    def was_sent(self) -> bool:
        return any(isinstance(step, Sent) for step in self.steps)

    @property
    def bolt(self) -> Bolt | None:
        """What was seen afterwards."""
        return next((step.bolt for step in self.steps if isinstance(step, Seen)), None)


async def operate(control: DoorControl, request: CommandRequest) -> Course:
    return Course([step async for step in control.operate(request)])


@dataclass
class Rooms:
    """A front door and a garage, control over them, and a way to look at what was kept."""

    storage: Storage
    hands: Hands
    clock: Clock
    front: BenchLock
    garage: BenchLock
    doors: Doors
    people: PeopleList
    notices: Notices
    monitor: Monitor
    command_log: CommandLog
    control: DoorControl
    activity: Activity
    second_factors: SecondFactors

    async def operate(self, request: CommandRequest) -> Finished:
        return (await operate(self.control, request)).finished

    async def kinds(self) -> list[str]:
        return [entry.kind for entry in await self.storage.journal.tail(1000)]

    async def whys(self) -> list[object]:
        entries = await self.storage.journal.tail(1000)
        return [entry.detail["why"] for entry in entries if entry.kind == "denied"]

    async def outcomes(self) -> list[str | None]:
        return [outcome for (outcome,) in await self.storage.database.rows("SELECT outcome FROM commands ORDER BY id")]

    async def told(self) -> list[tuple[int, object]]:
        """Chat and event of everything that waits in the outbox."""
        rows = await self.storage.database.rows("SELECT chat_id, event ->> '$.event' FROM outbox ORDER BY id")
        return [(chat, event) for chat, event in rows]

    async def live_pins(self, person: int) -> list[IssuedPin]:
        """The codes that this person sees."""
        codes = Codes(self.storage, self.doors, {}, self.people, self.notices, self.clock)
        return [pin for pin, _ in (await codes.kept(person)).pins]

    async def grant_only(self, grant: Grant) -> None:
        """In place of everything that the person had."""
        await self.storage.database.rows("DELETE FROM grants WHERE person_id = $1", grant.person_id)
        await self.storage.grants.add(grant)

    def change(self, door: Door) -> Door:
        """The settings say something else of this door."""
        self.doors._doors[door.name] = door
        return door


def let_everybody_try(rooms: Rooms) -> None:
    """Nobody cools down: for tests in which somebody is refused again and again."""
    rooms.command_log._restraint._refusals = Throttle(times=10**6, seconds=1, clock=rooms.clock.boot)


def build(storage: Storage, hands: Hands, clock: Clock, *, budget_seconds: float = 45) -> Rooms:
    front, garage = BenchLock(hands), BenchLock(hands)
    drivers = {"front": front, "garage": garage}
    doors, owners = Doors([FRONT, GARAGE]), frozenset({OWNER})
    activity = Activity()
    people = PeopleList(storage, owners, doors, clock)
    notices = Notices(storage, owners)
    monitor = Monitor(storage, doors, drivers, notices, clock, sleep=hands.sleep)
    factors = SecondFactors(storage, people, notices, clock, token=TOKEN)
    log = CommandLog(storage, doors, people, factors, notices, clock, stale_seconds=30)
    status = StatusReader(storage, doors, drivers, people, monitor, clock)
    evidence = EvidenceReader(storage, log, drivers, monitor, clock, sleep=hands.sleep)
    lookout = Lookout(monitor, status, evidence)
    control = DoorControl(
        log, doors, drivers, lookout, clock, activity, budget_seconds=budget_seconds, sleep=hands.sleep
    )
    people.when_changed(control.recheck)
    return Rooms(storage, hands, clock, front, garage, doors, people, notices, monitor, log, control, activity, factors)


def request(
    update: object = 1,
    action: Action = Action.OPEN,
    *,
    person: int = ANNA,
    door: str = "front",
    at: datetime = START,
    name: str = "Anna",
    chat: int = CHAT,
    is_confirmed: bool = False,
) -> CommandRequest:
    return CommandRequest(
        update_key=str(update),
        person_id=person,
        person_name=name,
        chat_id=chat,
        thread_id=None,
        action=action,
        door=door,
        asked_at=at.timestamp(),
        is_confirmed=is_confirmed,
    )


def pin_request(
    update: object = 1, *, person: int = ANNA, length: timedelta = TWO_HOURS, at: datetime = START, door: str = "front"
) -> CommandRequest:
    wanted = PinRequest(starts_at=at, duration=length, label="guest")
    return replace(request(update, Action.PIN, person=person, at=at, door=door), pin=wanted)


def revoke_request(
    update: object, pin_id: int, *, person: int = ANNA, at: datetime = START, door: str = "front"
) -> CommandRequest:
    return replace(request(update, Action.REVOKE, person=person, at=at, door=door), issued_pin_id=pin_id)


def person(person_id: int = ANNA, name: str = "Anna") -> Person:
    return Person(id=person_id, name=name, added_by=OWNER, added_at=START)


def grant(
    *actions: str, grant_id: int = 0, person_id: int = ANNA, door: str = "front", length: timedelta | None = None
) -> Grant:
    return Grant(
        id=grant_id,
        person_id=person_id,
        door=door,
        actions=frozenset(Action(action) for action in actions or ("open", "close", "status")),
        ends_at=START + length if length is not None else None,
        granted_by=OWNER,
        granted_at=START,
    )
