"""Control to the letter: every field of every entry, outcome, look and notice, and every line of the log."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.access import Action
from bot.clock import Clock
from bot.control import DoorControl
from bot.doors import Door, Doors
from bot.drivers.base import Bolt, Capability, Deadline, Delivery, Pin, PinAsk
from bot.drivers.errors import OutcomeUnknown, OutOfReach, Refused, UnexpectedReply
from bot.notices import Notices
from bot.outcomes import Evidence, Look, Outcome, Reason, Result
from bot.people import Allowlist, NotAnOwner
from bot.watcher import Watcher
from storage import Storage, StorageFailed
from storage.records import Command, MadePin, Sighting
from tests.bench import ANNA, CHAT, FULL, OWNER, START, STRANGER, BenchLock, Hands, ask, grant, person

ALL = FULL | Capability.REVOKE_PINS | Capability.SYNC
PIN = PinAsk(starts_at=START, duration=timedelta(hours=2), label="guest")
ENDS = START + timedelta(hours=2)
NOBODY = 8
HIDE = "ALTER TABLE {0} RENAME TO hidden_{0}"
SHOW = "ALTER TABLE hidden_{0} RENAME TO {0}"


@dataclass(eq=False)
class Exact(BenchLock):
    """A lock that notes what it is given and takes its time."""

    capabilities: Capability = ALL
    takes: float = 1.234
    deadlines: list[float] = field(default_factory=list)
    given: list[object] = field(default_factory=list)
    hangs: bool = False

    async def unlock(self, deadline: Deadline) -> Delivery:
        self.deadlines.append(deadline.remaining())
        self.hands.turn(self.takes)
        return await super().unlock(deadline)

    async def lock(self, deadline: Deadline) -> Delivery:
        self.deadlines.append(deadline.remaining())
        self.hands.turn(self.takes)
        return await super().lock(deadline)

    async def create_pin(self, ask: PinAsk, deadline: Deadline) -> Pin:
        self.deadlines.append(deadline.remaining())
        self.given.append(ask)
        await self._act("pin", self.bolt)
        return Pin(digits="4711", handle="120", ends_at=ENDS)

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        self.deadlines.append(deadline.remaining())
        self.given.append(handle)
        await self._act("revoke", self.bolt)

    async def synchronise(self) -> None:
        if self.hangs:
            await asyncio.Event().wait()
        await self._act("synchronise", self.bolt)


class Hush(Watcher):
    """Notes for how long readings are not to be believed."""

    def __init__(self, *parts: object) -> None:
        super().__init__(*parts)  # type: ignore[arg-type]
        self.hushed: list[tuple[str, float]] = []

    def quiet(self, door: Door, seconds: float) -> None:
        self.hushed.append((door.name, seconds))
        super().quiet(door, seconds)


@dataclass
class Room:
    storage: Storage
    hands: Hands
    lock: Exact
    door: Door
    notices: Notices
    watcher: Hush
    control: DoorControl

    async def entries(self) -> list[dict[str, object]]:
        """The journal without its hashes, as far as fields are set."""
        kept = []
        for entry in await self.storage.journal.tail(100):
            fields = {
                "kind": entry.kind, "at": (entry.at - START).total_seconds(), "command": entry.command_id,
                "person": entry.person_id, "chat": entry.chat_id, "door": entry.door, "action": entry.action,
            }  # fmt: skip
            kept.append({name: value for name, value in fields.items() if value is not None} | dict(entry.detail))
        return kept

    async def commands(self) -> list[tuple[object, ...]]:
        columns = "person_id, person_name, chat_id, thread_id, door, action, outcome, ended_at"
        return await self.storage.database.rows(f"SELECT {columns} FROM commands ORDER BY id")


@pytest.fixture
async def room(storage: Storage, hands: Hands, clock: Clock) -> AsyncIterator[Room]:
    lock = Exact(hands)
    door = Door("front", "Front door", lock)
    doors = Doors([door, Door("garage", "Garage", BenchLock(hands, capabilities=Capability.UNLOCK))])
    people = Allowlist(storage, frozenset({OWNER}), clock)
    notices = Notices(storage, frozenset({OWNER}))
    watcher = Hush(storage, notices, clock)
    control = DoorControl(storage, doors, people, notices, watcher, clock, sleep=hands.sleep)
    await storage.people.save(person())
    await storage.people.grant(grant("open", "close", "status", "pin"))
    yield Room(storage, hands, lock, door, notices, watcher, control)
    await control.finish()


def started(action: str, update: str = "1", *, command: int = 1, at: float = 0.0) -> dict[str, object]:
    return {
        "kind": "started", "at": at, "command": command, "person": ANNA, "chat": CHAT, "door": "front",
        "action": action, "update": update, "name": "Anna", "asked": int(START.timestamp()),
    }  # fmt: skip


def ended(
    action: str, result: str, at: float, seconds: float, *, command: int = 1, **more: object
) -> dict[str, object]:
    return {
        "kind": "outcome", "at": at, "command": command, "person": ANNA, "chat": CHAT, "door": "front",
        "action": action, "result": result, "seconds": seconds, **more,
    }  # fmt: skip


@pytest.mark.parametrize("action", [Action.OPEN, Action.CLOSE])
async def test_a_move_to_the_letter(room: Room, action: Action) -> None:
    room.hands.turn(0.5)
    outcome = await (room.control.open if action is Action.OPEN else room.control.close)(ask())
    assert outcome.seconds == pytest.approx(1.234)
    assert replace(outcome, seconds=0.0) == Outcome(result=Result.CONFIRMED, action=action, door=room.door, age=0.5)
    assert (outcome.evidence, room.lock.deadlines) == (None, [29.5])
    assert await room.entries() == [started(action, at=0.5), ended(action, "confirmed", 1.734, 1.23)]
    assert await room.commands() == [
        (ANNA, "Anna", CHAT, None, "front", action, "confirmed", round(START.timestamp() * 1000) + 1734)
    ]


async def test_a_code_to_the_letter(room: Room) -> None:
    outcome = await room.control.create_pin(ask(), PIN)
    assert outcome == Outcome(
        result=Result.CONFIRMED, action=Action.PIN, door=room.door, pin=Pin(digits="4711", handle="120", ends_at=ENDS)
    )
    assert (room.lock.given, room.lock.deadlines) == ([PIN], [30.0])
    assert await room.storage.pins.live(START) == [
        MadePin(id=1, door="front", handle="120", person_id=ANNA, person_name="Anna", made_at=START, ends_at=ENDS)
    ]
    assert room.watcher.hushed == []


async def test_a_revoking_to_the_letter(room: Room) -> None:
    await room.control.create_pin(ask(), PIN)
    [pin] = await room.control.live_pins(ANNA)
    heard: list[str] = []
    outcome = await room.control.revoke_pin(ask(2), pin, lambda door: heard.append(door.name))
    assert outcome == Outcome(result=Result.CONFIRMED, action=Action.REVOKE, door=room.door)
    assert (room.lock.given, room.lock.deadlines, heard) == ([PIN, "120"], [30.0, 30.0], ["front"])
    assert await room.control.live_pins(ANNA) == []
    [revoked] = await room.storage.database.rows("SELECT revoked_at FROM pins")
    assert revoked == (round(START.timestamp() * 1000),)


async def test_somebody_elses_code_is_denied_to_the_letter(room: Room) -> None:
    await room.control.create_pin(ask(), PIN)
    [pin] = await room.control.live_pins(OWNER)
    assert await room.control.live_pins(NOBODY) == []
    outcome = await room.control.revoke_pin(ask(2, person=NOBODY), pin)
    assert outcome == Outcome(result=Result.DENIED, action=Action.REVOKE, reason=Reason.NO_RIGHT)
    assert (await room.control.revoke_pin(ask(3, person=OWNER), pin)).result is Result.CONFIRMED


async def test_every_verb_tells_the_listener(room: Room) -> None:
    heard: list[str] = []

    def listen(door: Door) -> None:
        heard.append(door.name)

    await room.control.open(ask(1), listen)
    await room.control.close(ask(2), listen)
    await room.control.create_pin(ask(3), PIN, listen)
    assert heard == ["front"] * 3


async def test_a_denial_to_the_letter(room: Room) -> None:
    room.hands.turn(2)
    assert await room.control.open(ask(door="garage")) == Outcome(
        result=Result.DENIED, action=Action.OPEN, reason=Reason.NO_RIGHT, age=2
    )
    assert await room.entries() == [
        {**started("open", at=2.0), "kind": "denied", "door": "garage", "why": "no right"},
    ]
    end = round(START.timestamp() * 1000) + 2000
    assert await room.commands() == [(ANNA, "Anna", CHAT, None, "garage", "open", "denied", end)]


async def test_a_command_in_the_way_is_named(room: Room) -> None:
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    room.lock.before = wait
    first = asyncio.ensure_future(room.control.open(ask(1)))
    while not room.lock.sends:  # noqa: ASYNC110
        await asyncio.sleep(0)
    (second,) = await asyncio.gather(room.control.close(ask(2, person=OWNER, name="Olga")), return_exceptions=True)
    gate.set()
    await first
    assert isinstance(second, Outcome)
    assert (second.reason, second.door, second.action) == (Reason.IN_FLIGHT, room.door, Action.CLOSE)
    assert second.other
    assert (second.other.id, second.other.person_name) == (1, "Anna")


async def test_a_stranger_to_the_letter(room: Room) -> None:
    await room.control.open(ask(7, person=STRANGER, name="Sam"))
    await room.control.stranger(ask(8, person=STRANGER), "press")
    await room.control.stranger(ask(9, person=STRANGER + 1, name="Tim"), "press")
    both = {"kind": "stranger", "at": 0.0, "chat": CHAT}
    assert await room.entries() == [
        {**both, "person": STRANGER, "action": "open", "name": "Sam", "update": "7"},
        {**both, "person": STRANGER + 1, "action": "press", "name": "Tim", "update": "9"},
    ]
    assert await room.commands() == []


@pytest.mark.parametrize(("seconds", "times"), [(599, 1), (600, 2)])
async def test_a_stranger_counts_again_after_ten_minutes(room: Room, seconds: float, times: int) -> None:
    await room.control.stranger(ask(1, person=STRANGER), "press")
    room.hands.turn(seconds)
    await room.control.stranger(ask(2, person=STRANGER), "press")
    assert len(await room.entries()) == times


@pytest.mark.parametrize(("seconds", "times"), [(3599, 100), (3600, 101)])
async def test_a_crowd_counts_again_after_an_hour(room: Room, seconds: float, times: int) -> None:
    for number in range(150):
        await room.control.stranger(ask(number, person=1000 + number), "press")
    room.hands.turn(seconds)
    await room.control.stranger(ask("late", person=9999), "press")
    assert len(await room.storage.journal.tail(1000)) == times


async def test_a_confirmed_list_to_the_letter(room: Room) -> None:
    await room.storage.holds.put(Reason.LIST_UNCONFIRMED, at=START)
    room.control.holds.add(Reason.LIST_UNCONFIRMED)
    await room.control.confirm_list(ANNA)
    assert (await room.entries(), room.control.holds) == ([], {Reason.LIST_UNCONFIRMED})
    await room.control.confirm_list(OWNER)
    await room.control.confirm_list(OWNER)
    assert await room.entries() == [{"kind": "list confirmed", "at": 0.0, "person": OWNER}]
    assert (room.control.holds, await room.storage.holds.everyone()) == (set(), set())


async def test_a_confirmed_list_that_is_not_on_disk_opens_nothing(room: Room) -> None:
    await room.storage.holds.put(Reason.LIST_UNCONFIRMED, at=START)
    room.control.holds.add(Reason.LIST_UNCONFIRMED)
    await room.storage.database.rows(
        "CREATE TABLE late (id BIGINT REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    await room.storage.database.rows(
        "CREATE TRIGGER late AFTER INSERT ON journal BEGIN INSERT INTO late VALUES (-1); END"
    )
    with pytest.raises(StorageFailed):
        await room.control.confirm_list(OWNER)
    assert (room.control.holds, await room.storage.holds.everyone()) == (
        {Reason.LIST_UNCONFIRMED},
        {Reason.LIST_UNCONFIRMED},
    )


async def unfinished(storage: Storage, door: str = "front", action: str = "open") -> Command:
    return await storage.commands.add(
        Command(
            id=0, update_key="lost", person_id=ANNA, person_name="Anna", chat_id=CHAT, thread_id=None, door=door,
            action=action, asked_at=START, started_at=START, ended_at=None, outcome=None,
        )
    )  # fmt: skip


async def test_a_recovery_to_the_letter(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    await unfinished(room.storage)
    room.hands.turn(60)
    room.lock.travel_seconds = 5
    await room.control.recover()
    await asyncio.gather(*room.control._tasks)
    lost = {"command": 1, "person": ANNA, "chat": CHAT, "door": "front", "action": "open", "at": 60.0}
    assert await room.entries() == [
        {**lost, "kind": "outcome", "result": "unknown", "why": "Latchkey stopped before the answer"},
        {**lost, "kind": "evidence", "bolt": "locked", "seconds": 0.0},
    ]
    assert (await room.commands())[0][-2:] == ("unknown", round(START.timestamp() * 1000) + 60_000)
    assert {letter.notice["title"] for letter in await room.storage.outbox.heads()} == {"Front door"}
    assert caplog.messages == ["command 1 on front had no outcome: it may have happened"]
    assert room.lock.settled == 1


async def test_a_recovery_of_a_door_that_is_gone_tells_its_name(room: Room) -> None:
    await unfinished(room.storage, "cellar")
    await room.control.recover()
    assert {letter.notice["title"] for letter in await room.storage.outbox.heads()} == {"cellar"}
    assert room.control._tasks == set()


async def test_readings_are_hushed_while_the_bolt_may_be_on_its_way(room: Room) -> None:
    room.lock.travel_seconds = 5
    outcome = await room.control.open(ask(1))
    assert room.watcher.hushed == [("front", 50), ("front", 5)]
    assert outcome.evidence
    await outcome.evidence
    room.lock.fault = Refused("No.")
    await room.control.open(ask(2))
    assert room.watcher.hushed[2:] == [("front", 50), ("front", 0)]
    room.lock.fault = OutcomeUnknown("?")
    unknown = await room.control.close(ask(3))
    assert room.watcher.hushed[4:] == [("front", 50), ("front", 5)]
    assert unknown.evidence
    await unknown.evidence


async def test_evidence_to_the_letter(room: Room) -> None:
    room.lock.travel_seconds = 5

    async def takes_time() -> None:
        room.hands.turn(0.26)

    room.lock.before_reading = takes_time
    outcome = await room.control.open(ask())
    assert outcome.evidence
    evidence = await outcome.evidence
    assert evidence
    assert evidence.seconds == pytest.approx(5.26)
    assert replace(evidence, seconds=0.0) == Evidence(bolt=Bolt.UNLOCKED, seconds=0.0)
    assert (await room.entries())[-1] == {
        "kind": "evidence", "at": 6.494, "command": 1, "person": ANNA, "chat": CHAT, "door": "front",
        "action": "open", "bolt": "unlocked", "seconds": 5.3,
    }  # fmt: skip
    assert room.lock.settled == 0


async def test_settling_counts_as_part_of_the_rest(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.lock.travel_seconds, room.lock.fault = 5, OutcomeUnknown("?")

    async def settle() -> None:
        room.hands.turn(3)

    monkeypatch.setattr(room.lock, "settle", settle)
    outcome = await room.control.open(ask())
    assert outcome.evidence
    evidence = await outcome.evidence
    assert evidence
    assert evidence.seconds == pytest.approx(5)


async def test_a_settling_that_takes_longer_than_the_travel_is_followed_at_once(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.lock.travel_seconds, room.lock.fault = 5, OutcomeUnknown("?")

    async def settle() -> None:
        room.hands.turn(8)

    monkeypatch.setattr(room.lock, "settle", settle)
    outcome = await room.control.open(ask())
    assert outcome.evidence
    evidence = await outcome.evidence
    assert evidence
    assert evidence.seconds == pytest.approx(8)


async def test_after_an_unknown_code_the_bolt_is_not_read(room: Room) -> None:
    room.lock.fault = OutcomeUnknown("?")
    outcome = await room.control.create_pin(ask(), PIN)
    assert outcome.evidence
    assert await outcome.evidence is None
    assert (room.lock.settled, room.lock.readings) == (1, 0)


async def test_a_lock_without_a_state_is_settled_and_not_read(room: Room) -> None:
    room.lock.capabilities, room.lock.fault = Capability.UNLOCK, OutcomeUnknown("?")
    outcome = await room.control.open(ask())
    assert outcome.evidence
    assert await outcome.evidence is None
    assert (room.lock.settled, room.lock.readings) == (1, 0)


async def test_synchronising_ends_with_the_budget(room: Room) -> None:
    control = DoorControl(
        room.storage, Doors([room.door]), room.control._people, room.notices, room.watcher,
        room.hands.clock(), budget_seconds=0.01,
    )  # fmt: skip
    room.lock.hangs = True
    error = await control.synchronise(ask(person=OWNER), room.door)
    assert (type(error), str(error)) == (UnexpectedReply, "The lock gave no answer in time.")
    room.lock.hangs = False
    assert await control.synchronise(ask(person=OWNER), room.door) is None
    room.lock.fault = Refused("No.")
    assert await control.synchronise(ask(person=OWNER), room.door) is room.lock.fault


async def test_nobody_but_an_owner_synchronises(room: Room) -> None:
    with pytest.raises(NotAnOwner, match=r"^only owners synchronise$"):
        await room.control.synchronise(ask(person=ANNA), room.door)
    assert room.lock.sends == []


async def test_judging_to_the_letter(room: Room) -> None:
    assert await room.control.judge(ask(1), Action.OPEN) is None
    assert await room.control.judge(ask(2, door="garage"), Action.CLOSE) == Outcome(
        result=Result.DENIED, action=Action.CLOSE, reason=Reason.NO_RIGHT
    )


async def test_what_cannot_be_judged_is_denied_to_the_letter(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    await room.storage.database.rows(HIDE.format("commands"))
    assert await room.control.judge(ask(), Action.CLOSE) == Outcome(
        result=Result.DENIED, action=Action.CLOSE, reason=Reason.NOT_RECORDED
    )
    room.hands.turn(3)
    assert await room.control.open(ask()) == Outcome(
        result=Result.DENIED, action=Action.OPEN, reason=Reason.NOT_RECORDED, age=3
    )
    await room.storage.database.rows(SHOW.format("commands"))
    assert caplog.messages == [
        "a decision could not be recorded",
        "a command could not be recorded, so nothing was sent",
    ]
    assert all(record.exc_info for record in caplog.records)


async def seen(room: Room, at: datetime = START) -> Sighting:
    sighting = Sighting(door="front", bolt=Bolt.LOCKED, read_at=at, heard_at=at)
    await room.storage.sightings.save(sighting)
    return sighting


async def test_a_look_to_the_letter(room: Room) -> None:
    look = await room.control.status(ask())
    assert look == Look(door=room.door, sighting=look.sighting)
    assert look.sighting
    assert (look.sighting.bolt, look.sighting.read_at) == (Bolt.LOCKED, START)


@pytest.mark.parametrize("trouble", [OutOfReach("Away."), UnexpectedReply("Hm.")])
async def test_a_look_at_a_lock_that_fails_is_the_last_sighting(room: Room, trouble: Exception) -> None:
    last = await seen(room)
    room.lock.blind = trouble
    assert await room.control.status(ask()) == Look(door=room.door, sighting=last, error=trouble)  # type: ignore[arg-type]


async def test_a_look_at_a_lock_whose_driver_breaks(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    last = await seen(room)
    room.lock.blind = ZeroDivisionError()
    look = await room.control.status(ask())
    assert (look.door, look.sighting, look.reason) == (room.door, last, None)
    assert (type(look.error), str(look.error)) == (UnexpectedReply, "The lock could not be read.")
    assert caplog.messages == ["the driver of front failed"]


async def test_a_look_that_cannot_be_kept(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    last = await seen(room)

    async def disk_breaks() -> None:
        for what in ("INSERT", "UPDATE"):
            await room.storage.database.rows(
                f"CREATE TRIGGER full_{what} BEFORE {what} ON sightings BEGIN SELECT RAISE(ABORT, 'full'); END"
            )

    room.lock.before_reading = disk_breaks
    assert await room.control.status(ask()) == Look(door=room.door, sighting=last, reason=Reason.NOT_RECORDED)
    assert caplog.messages == ["what was seen of front could not be kept"]


async def test_a_look_without_rights_that_can_be_read(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    await room.storage.database.rows(HIDE.format("people"))
    assert await room.control.status(ask()) == Look(reason=Reason.NOT_RECORDED)
    await room.storage.database.rows(SHOW.format("people"))
    assert caplog.messages == ["rights could not be read"]


async def test_a_look_that_is_denied_names_no_door(room: Room) -> None:
    assert await room.control.status(ask(person=STRANGER)) == Look(reason=Reason.STRANGER)
    assert await room.control.status(ask(door="garage")) == Look(reason=Reason.NO_RIGHT)


async def test_a_look_at_a_lock_that_has_no_state(room: Room) -> None:
    garage = room.control._doors.get("garage")
    assert await room.control.status(ask(door="garage", person=OWNER)) == Look(door=garage, reason=Reason.UNSUPPORTED)


async def test_an_overview_to_the_letter(room: Room) -> None:
    last = await seen(room)
    garage = room.control._doors.get("garage")
    assert await room.control.overview(OWNER) == [
        Look(door=room.door, sighting=last),
        Look(door=garage, reason=Reason.UNSUPPORTED),
    ]
    assert await room.control.overview(ANNA) == [Look(door=room.door, sighting=last)]
    assert room.lock.readings == 0


async def test_an_overview_forgets_a_right_that_has_ended(room: Room) -> None:
    await room.storage.people.grant(grant("status", length=timedelta(hours=1)))
    assert len(await room.control.overview(ANNA)) == 1
    room.hands.turn(3601)
    assert await room.control.overview(ANNA) == []


@pytest.mark.parametrize("bug", [ZeroDivisionError(), asyncio.CancelledError()])
async def test_a_driver_that_breaks_is_told_in_our_words(room: Room, bug: BaseException) -> None:
    room.lock.fault = bug
    outcome = await room.control.open(ask())
    why = "Something went wrong while the lock was asked."
    assert (type(outcome.error), str(outcome.error)) == (OutcomeUnknown, why)
    assert (await room.entries())[1] == ended("open", "unknown", 1.234, 1.23, why=why, code=None)


@pytest.mark.parametrize("bug", [ZeroDivisionError(), KeyError("x")])
async def test_a_driver_that_breaks_is_a_line_in_the_log(
    room: Room, bug: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    room.lock.fault = bug
    await room.control.open(ask())
    assert caplog.messages == ["the driver of front failed"]


async def test_a_command_that_ends_with_the_process_records_no_outcome(room: Room) -> None:
    """Only the task's own cancellation is one: what comes of the command is then told at the next start."""

    async def never() -> None:
        await asyncio.Event().wait()

    room.lock.before = never
    asking = asyncio.ensure_future(room.control.open(ask()))
    while not room.lock.sends:  # noqa: ASYNC110
        await asyncio.sleep(0)
    [task] = room.control._tasks
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [command.id for command in await room.storage.commands.unfinished()] == [1]


async def test_a_lock_that_never_answers_is_told_in_our_words(room: Room) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    control = DoorControl(
        room.storage, Doors([room.door]), room.control._people, room.notices, room.watcher,
        room.hands.clock(), budget_seconds=0, sleep=room.hands.sleep,
    )  # fmt: skip
    room.lock.before = never
    outcome = await control.open(ask())
    assert (type(outcome.error), str(outcome.error)) == (OutcomeUnknown, "The lock gave no answer in time.")
    await control.finish()


async def test_an_outcome_recorded_later_is_the_same_outcome(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    room.lock.fault = Refused("No.", code="c1")
    tries = 0
    end = room.control._register.end

    async def refuse_twice(*parts: object) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise StorageFailed("full")
        await end(*parts)  # type: ignore[arg-type]

    room.control._register.end = refuse_twice  # type: ignore[assignment]
    caplog.set_level("INFO")
    outcome = await room.control.open(ask())
    assert not outcome.recorded
    await asyncio.gather(*room.control._tasks)
    assert (await room.entries())[1] == ended("open", "refused", 11.234, 1.23, why="No.", code="c1")
    assert caplog.messages == [
        "the outcome of command 1 could not be recorded yet",
        "the outcome of command 1 is recorded now",
    ]


async def test_a_listener_that_fails_is_a_line_in_the_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_: Door) -> None:
        raise ZeroDivisionError

    assert (await room.control.open(ask(), breaks)).result is Result.CONFIRMED
    assert caplog.messages == ["nobody could be told that command 1 is on its way"]


async def test_a_bolt_that_cannot_be_read_afterwards_is_a_line_in_the_log(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    room.lock.travel_seconds = 5
    for number, trouble in enumerate((OutOfReach("Away."), ZeroDivisionError())):
        room.lock.blind = trouble
        outcome = await room.control.open(ask(number))
        assert outcome.evidence
        assert await outcome.evidence is None
    assert caplog.messages == ["after command 1 front could not be read: Away.", "the driver of front failed"]


async def test_a_lock_that_cannot_do_that_is_named(room: Room) -> None:
    outcome = await room.control.close(ask(door="garage", person=OWNER))
    assert outcome == Outcome(
        result=Result.DENIED, action=Action.CLOSE, door=room.control._doors.get("garage"), reason=Reason.UNSUPPORTED
    )


async def test_a_command_in_flight_has_no_end_and_its_topic(room: Room) -> None:
    found: list[Command | None] = []

    async def look() -> None:
        found.append(await room.storage.commands.in_flight("front"))

    room.lock.before = look
    await room.control.open(replace(ask("u1"), thread_id=7))
    [command] = found
    assert command == Command(
        id=1, update_key="u1", person_id=ANNA, person_name="Anna", chat_id=CHAT, thread_id=7, door="front",
        action="open", asked_at=START, started_at=START, ended_at=None, outcome=None,
    )  # fmt: skip
    [(_, _, _, thread, *_)] = await room.commands()
    assert thread == 7


@pytest.mark.parametrize(
    ("action", "fault", "told"),
    [
        (Action.OPEN, None, "unlocked"),
        (Action.CLOSE, None, "locked"),
        (Action.OPEN, Refused("No."), "old news"),
        (Action.OPEN, OutcomeUnknown("?"), "old news"),
        (Action.PIN, None, "old news"),
    ],
)
async def test_only_a_confirmed_move_is_what_the_groups_were_told(
    room: Room, action: Action, fault: Exception | None, told: str
) -> None:
    await room.storage.sightings.save(replace(await seen(room), told={"bolt": "old news"}))
    room.lock.fault, room.lock.blind = fault, OutOfReach("Away.")
    match action:
        case Action.OPEN:
            outcome = await room.control.open(ask())
        case Action.CLOSE:
            outcome = await room.control.close(ask())
        case _:
            outcome = await room.control.create_pin(ask(), PIN)
    if outcome.evidence:
        await outcome.evidence
    sighting = await room.storage.sightings.get("front")
    assert sighting
    assert sighting.told["bolt"] == told
