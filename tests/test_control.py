"""Control: decided and recorded first, sent at most once, and the truth about what came of it."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.access import Action
from bot.clock import Clock
from bot.control import DoorControl
from bot.doors import Door, Doors
from bot.drivers.base import Bolt, Capability, Delivery, PinAsk
from bot.drivers.errors import (
    Busy,
    LockError,
    NotAuthorised,
    NotSent,
    OutcomeUnknown,
    OutOfReach,
    Refused,
    TooLate,
    UnexpectedReply,
    Unsupported,
)
from bot.notices import Notices
from bot.outcomes import Outcome, Reason, Result, classify
from bot.people import Allowlist
from bot.watcher import Watcher
from storage import Storage
from storage.records import Command, Group
from tests.bench import ANNA, CHAT, OWNER, START, STRANGER, BenchLock, Hands, answers, ask, grant, person

GROUP = -100900
FULL_DISK = "CREATE TRIGGER full_disk BEFORE {} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
PIN = PinAsk(starts_at=START, duration=timedelta(hours=2), label="guest")


@dataclass
class House:
    """A front door and a garage, control over them, and a way to look at what was kept."""

    storage: Storage
    hands: Hands
    clock: Clock
    front: BenchLock
    garage: BenchLock
    doors: Doors
    people: Allowlist
    notices: Notices
    watcher: Watcher
    control: DoorControl

    async def journal(self, kind: str | None = None) -> list[str]:
        entries = await self.storage.journal.tail(1000)
        return [
            str(entry.detail.get("result") or entry.detail.get("why") or entry.kind)
            for entry in entries
            if kind in (None, entry.kind)
        ]

    async def kinds(self) -> list[str]:
        return [entry.kind for entry in await self.storage.journal.tail(1000)]

    async def letters(self) -> list[tuple[int, object]]:
        rows = await self.storage.database.rows("SELECT chat_id, notice ->> '$.event' FROM outbox ORDER BY id")
        return [(chat, event) for chat, event in rows]

    async def outcomes(self) -> list[str | None]:
        return [outcome for (outcome,) in await self.storage.database.rows("SELECT outcome FROM commands ORDER BY id")]


def build(storage: Storage, hands: Hands, clock: Clock) -> House:
    front, garage = BenchLock(hands), BenchLock(hands)
    doors = Doors([Door("front", "Front door", front), Door("garage", "Garage", garage)])
    people = Allowlist(storage, frozenset({OWNER}), clock)
    notices = Notices(storage, frozenset({OWNER}))
    watcher = Watcher(storage, notices, clock, sleep=hands.sleep)
    control = DoorControl(storage, doors, people, notices, watcher, clock, sleep=hands.sleep)
    return House(storage, hands, clock, front, garage, doors, people, notices, watcher, control)


@pytest.fixture
async def house(storage: Storage, hands: Hands, clock: Clock) -> AsyncIterator[House]:
    house = build(storage, hands, clock)
    await storage.people.save(person())
    await storage.people.grant(grant("open", "close", "status", "pin"))
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    yield house
    await house.control.finish()


async def evidence_of(outcome: Outcome) -> Bolt | None:
    assert outcome.evidence
    evidence = await outcome.evidence
    return evidence.bolt if evidence else None


async def test_who_may_opens(house: House) -> None:
    outcome = await house.control.open(ask())
    assert (outcome.result, house.front.bolt, house.front.sends) == (Result.CONFIRMED, Bolt.UNLOCKED, ["unlock"])
    assert await house.journal() == ["started", "confirmed"]


async def test_an_owner_opens_without_being_on_the_list(house: House) -> None:
    assert (await house.control.open(ask(person=OWNER))).result is Result.CONFIRMED


async def test_closing_closes(house: House) -> None:
    house.front.bolt = Bolt.UNLOCKED
    assert (await house.control.close(ask())).result is Result.CONFIRMED
    assert house.front.bolt is Bolt.LOCKED


async def test_the_journal_says_who_what_where_and_which_update(house: House) -> None:
    await house.control.open(ask("u1"))
    started, outcome = await house.storage.journal.tail(2)
    for entry in (started, outcome):
        assert (entry.person_id, entry.chat_id, entry.door, entry.action) == (ANNA, CHAT, "front", "open")
    assert started.command_id == outcome.command_id is not None
    assert started.detail == {"update": "u1", "name": "Anna", "asked": int(START.timestamp())}


async def test_the_groups_are_told_of_a_command(house: House) -> None:
    await house.control.open(ask())
    assert await house.letters() == [(GROUP, "command")]


async def test_started_is_on_disk_before_the_lock_is_asked(house: House, path: Path) -> None:
    seen: list[object] = []

    async def look_at_the_file() -> None:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as outside:
            seen.extend(outside.execute("SELECT kind FROM journal").fetchall())
            seen.extend(outside.execute("SELECT update_key, outcome FROM commands").fetchall())
        outside.close()

    house.front.before = look_at_the_file
    await house.control.open(ask("u1"))
    assert seen == [("started",), ("u1", None)]


@pytest.mark.parametrize("table", ["commands", "journal"])
async def test_what_cannot_be_recorded_is_not_sent(house: House, table: str) -> None:
    await house.storage.database.rows(FULL_DISK.format(f"INSERT ON {table}"))
    outcome = await house.control.open(ask())
    assert (outcome.result, outcome.reason) == (Result.DENIED, Reason.NOT_RECORDED)
    assert house.front.sends == []


async def test_a_failed_commit_means_nothing_is_sent(house: House) -> None:
    await house.storage.database.rows(
        "CREATE TABLE late (id BIGINT REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    await house.storage.database.rows(
        "CREATE TRIGGER late AFTER INSERT ON journal BEGIN INSERT INTO late VALUES (-1); END"
    )
    outcome = await house.control.open(ask())
    assert (outcome.reason, house.front.sends) == (Reason.NOT_RECORDED, [])
    assert await house.kinds() == []


async def test_a_locked_database_means_nothing_is_sent(house: House, path: Path) -> None:
    await house.storage.database.rows("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcome = await house.control.open(ask())
    other.close()
    assert (outcome.reason, house.front.sends) == (Reason.NOT_RECORDED, [])


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "\u202egnp.exe", "line\nfeed", "😀" * 60])
async def test_a_strange_name_opens_with_a_record_or_not_at_all(house: House, name: str) -> None:
    outcome = await house.control.open(ask(name=name))
    recorded = await house.kinds() == ["started", "outcome"]
    assert recorded == (outcome.result is Result.CONFIRMED) == (house.front.sends == ["unlock"])


async def test_the_same_update_is_run_once(house: House) -> None:
    await house.control.open(ask("u1"))
    again = await house.control.open(ask("u1"))
    assert (again.reason, house.front.sends) == (Reason.DUPLICATE, ["unlock"])


async def test_the_same_update_twice_at_once_is_run_once(house: House) -> None:
    outcomes = await asyncio.gather(*(house.control.open(ask("u1")) for _ in range(5)))
    assert [outcome.result for outcome in outcomes].count(Result.CONFIRMED) == 1
    assert house.front.sends == ["unlock"]


async def test_a_denied_update_stays_denied_when_it_comes_again(house: House) -> None:
    await house.control.open(ask("u1", door="garage"))
    await house.storage.people.grant(grant(door="garage"))
    assert (await house.control.open(ask("u1", door="garage"))).reason is Reason.DUPLICATE


@pytest.mark.parametrize(("age", "reason"), [(29.9, None), (30, Reason.STALE), (86_400, Reason.STALE)])
async def test_what_came_too_late_is_not_run(house: House, age: float, reason: Reason | None) -> None:
    outcome = await house.control.open(ask(at=START - timedelta(seconds=age)))
    assert outcome.reason is reason
    assert house.front.sends == ([] if reason else ["unlock"])
    assert outcome.age == pytest.approx(age)


async def test_a_stale_command_is_journalled(house: House) -> None:
    await house.control.open(ask(at=START - timedelta(hours=1)))
    assert await house.journal("denied") == [Reason.STALE]


async def test_waiting_for_the_database_can_make_a_command_stale(house: House) -> None:
    async with house.storage.transaction():
        opening = asyncio.create_task(house.control.open(ask()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        house.hands.turn(31)
    assert (await opening).reason is Reason.STALE
    assert house.front.sends == []


async def test_a_deadline_that_passes_between_record_and_send_means_nothing_is_sent(house: House) -> None:
    outcome = await house.control.open(ask(), sent=lambda door: house.hands.turn(31))
    assert (outcome.result, house.front.sends) == (Result.NOT_SENT, [])
    assert isinstance(outcome.error, TooLate)
    assert await house.outcomes() == ["not sent"]


async def test_a_person_without_a_right_does_not_open(house: House) -> None:
    outcome = await house.control.open(ask(door="garage"))
    assert (outcome.reason, outcome.door, house.garage.sends) == (Reason.NO_RIGHT, None, [])
    assert await house.journal("denied") == [Reason.NO_RIGHT]


async def test_an_ended_right_does_not_open(house: House) -> None:
    await house.storage.people.grant(grant("open", length=timedelta(hours=1)))
    house.hands.turn(3600)
    outcome = await house.control.open(ask(at=START + timedelta(hours=1)))
    assert (outcome.reason, house.front.sends) == (Reason.EXPIRED, [])


async def test_the_right_to_one_action_is_no_right_to_another(house: House) -> None:
    await house.storage.people.grant(grant("status"))
    assert (await house.control.open(ask(1))).reason is Reason.NO_RIGHT
    assert (await house.control.create_pin(ask(2), PIN)).reason is Reason.NO_RIGHT
    assert house.front.sends == []


@pytest.mark.parametrize("at", [START, START - timedelta(days=1)], ids=["fresh", "stale"])
async def test_a_stranger_learns_no_door(house: House, at: datetime) -> None:
    """Whether the door is there, busy or not, is the same to somebody nobody knows."""
    outcomes = [
        await house.control.open(ask(door, person=STRANGER, door=door, at=at)) for door in ("front", "nowhere", "")
    ]
    assert {(o.result, o.reason, o.door, o.other, o.error) for o in outcomes} == {
        (Result.DENIED, Reason.STRANGER, None, None, None)
    }
    assert house.front.sends == []


async def test_a_person_without_rights_learns_no_door(house: House) -> None:
    there, not_there = [await house.control.open(ask(door, door=door)) for door in ("garage", "nowhere")]
    assert (there.reason, there.door) == (not_there.reason, not_there.door)


async def test_who_may_open_every_door_is_told_that_one_is_not_there(house: House) -> None:
    outcome = await house.control.open(ask(person=OWNER, door="nowhere"))
    assert outcome.reason is Reason.NO_SUCH_DOOR


async def test_a_stranger_is_journalled_but_cannot_fill_the_disk(house: House) -> None:
    for number in range(200):
        await house.control.open(ask(number, person=STRANGER))
    assert await house.kinds() == ["stranger"]
    assert await house.outcomes() == []


async def test_a_crowd_of_strangers_cannot_fill_the_disk(house: House) -> None:
    for number in range(300):
        await house.control.open(ask(number, person=STRANGER + number))
    assert len(await house.kinds()) <= 100


async def test_what_a_lock_cannot_do_is_not_sent(house: House) -> None:
    house.front.capabilities = Capability.UNLOCK
    outcome = await house.control.close(ask())
    assert (outcome.reason, house.front.sends) == (Reason.UNSUPPORTED, [])


async def test_one_command_at_a_time_moves_a_door(house: House) -> None:
    first_sent, finish_first = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        first_sent.set()
        await finish_first.wait()

    house.front.before = wait
    first = asyncio.create_task(house.control.open(ask(1)))
    await first_sent.wait()
    (second,) = await asyncio.gather(house.control.close(ask(2, person=OWNER)), return_exceptions=True)
    finish_first.set()
    assert isinstance(second, Outcome)
    assert (second.reason, second.other and second.other.person_name) == (Reason.IN_FLIGHT, "Anna")
    assert (await first).result is Result.CONFIRMED
    assert house.front.sends == ["unlock"]


async def test_a_slow_door_does_not_delay_another(house: House) -> None:
    hold = asyncio.Event()

    async def wait() -> None:
        await hold.wait()

    house.front.before = wait
    slow = asyncio.create_task(house.control.open(ask(1, person=OWNER)))
    assert (await house.control.open(ask(2, person=OWNER, door="garage"))).result is Result.CONFIRMED
    assert not slow.done()
    hold.set()
    await slow


@pytest.mark.parametrize("reason", [Reason.ANOTHER_BOT, Reason.LIST_UNCONFIRMED])
async def test_nothing_is_moved_while_there_is_a_hold(house: House, reason: Reason) -> None:
    house.control.holds.add(reason)
    outcome = await house.control.open(ask(person=OWNER))
    assert (outcome.reason, house.front.sends) == (reason, [])


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (LockError, Result.UNKNOWN),
        (NotSent, Result.NOT_SENT),
        (TooLate, Result.NOT_SENT),
        (OutcomeUnknown, Result.UNKNOWN),
        (Refused, Result.REFUSED),
        (Busy, Result.REFUSED),
        (OutOfReach, Result.REFUSED),
        (NotAuthorised, Result.REFUSED),
        (UnexpectedReply, Result.UNKNOWN),
        (Unsupported, Result.REFUSED),
    ],
)
async def test_every_error_is_told_for_what_it_is(house: House, error: type[LockError], result: Result) -> None:
    house.front.fault = answers(error)
    outcome = await house.control.open(ask())
    assert (outcome.result, outcome.error) == (result, house.front.fault)
    assert classify(answers(error)) is result
    assert await house.outcomes() == [result]
    assert house.front.sends == ["unlock"]


async def test_what_is_only_queued_is_not_called_confirmed(house: House) -> None:
    house.front.delivery = Delivery.ACCEPTED
    assert (await house.control.open(ask())).result is Result.ACCEPTED


@pytest.mark.parametrize(
    "bug", [ValueError("bug"), KeyError("bug"), TimeoutError(), asyncio.CancelledError()], ids=repr
)
async def test_a_bug_in_a_driver_means_it_may_have_moved(house: House, bug: BaseException) -> None:
    house.front.fault = bug
    outcome = await house.control.open(ask())
    assert outcome.result is Result.UNKNOWN
    assert await house.outcomes() == ["unknown"]


async def test_no_answer_within_the_budget_means_it_may_have_moved(
    storage: Storage, hands: Hands, clock: Clock, house: House
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    house.front.before = never
    control = DoorControl(
        storage,
        house.doors,
        house.people,
        Notices(storage, frozenset()),
        house.watcher,
        clock,
        budget_seconds=0,
        sleep=hands.sleep,
    )
    outcome = await control.open(ask())
    await control.finish()
    assert (outcome.result, await house.outcomes()) == (Result.UNKNOWN, ["unknown"])


@pytest.mark.parametrize("result", [Result.NOT_SENT, Result.REFUSED])
async def test_groups_are_not_told_when_nothing_moved(house: House, result: Result) -> None:
    house.front.fault = answers(NotSent if result is Result.NOT_SENT else Refused)
    await house.control.open(ask())
    assert await house.letters() == []


async def test_owners_are_told_of_an_unknown_outcome(house: House) -> None:
    house.front.fault = answers(OutcomeUnknown)
    await house.control.open(ask())
    assert await house.letters() == [(GROUP, "command"), (OWNER, "command")]


async def test_after_an_unknown_outcome_the_gateway_is_settled_and_the_bolt_read_as_evidence(house: House) -> None:
    house.front.fault = answers(OutcomeUnknown)
    outcome = await house.control.open(ask())
    assert await evidence_of(outcome) is Bolt.LOCKED
    assert house.front.settled == 1
    assert await house.kinds() == ["started", "outcome", "evidence"]
    assert await house.outcomes() == ["unknown"], "evidence is never the outcome"


async def test_a_lock_that_cannot_be_read_gives_no_evidence(house: House) -> None:
    house.front.fault, house.front.blind = answers(OutcomeUnknown), answers(OutOfReach)
    outcome = await house.control.open(ask())
    assert await evidence_of(outcome) is None
    assert await house.kinds() == ["started", "outcome"]


async def test_a_confirmed_command_is_looked_at_when_the_bolt_is_at_rest(house: House) -> None:
    house.front.travel_seconds = 4
    outcome = await house.control.open(ask())
    assert await evidence_of(outcome) is Bolt.UNLOCKED
    assert house.hands.boot == 1004


async def test_the_callers_cancellation_stops_neither_the_command_nor_its_record(house: House) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        arrived.set()
        await go_on.wait()

    house.front.before = wait
    caller = asyncio.create_task(house.control.open(ask()))
    await arrived.wait()
    caller.cancel()
    go_on.set()
    await house.control.finish()
    assert caller.cancelled()
    assert (await house.outcomes(), house.front.sends) == (["confirmed"], ["unlock"])


@pytest.mark.parametrize("steps", range(40))
async def test_a_caller_cancelled_at_any_moment_leaves_no_command_without_outcome(house: House, steps: int) -> None:
    caller = asyncio.create_task(house.control.open(ask()))
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    await house.control.finish()
    assert (await house.outcomes(), house.front.sends) in (
        (["confirmed"], ["unlock"]),
        (["denied"], []),
        ([], []),
    )


async def test_a_listener_that_fails_does_not_strand_the_command(house: House) -> None:
    def fail(door: Door) -> None:
        raise RuntimeError

    assert (await house.control.open(ask(), sent=fail)).result is Result.CONFIRMED
    assert await house.outcomes() == ["confirmed"]


async def test_the_listener_hears_once_that_a_command_leaves(house: House) -> None:
    heard: list[str] = []
    await house.control.open(ask(1), sent=lambda door: heard.append(door.name))
    await house.control.open(ask(2, door="garage"), sent=lambda door: heard.append(door.name))
    assert heard == ["front"]


async def test_an_outcome_that_cannot_be_recorded_is_said_and_recorded_later(house: House) -> None:
    disk_full = FULL_DISK.format("UPDATE ON commands")

    async def fill_the_disk() -> None:
        await house.storage.database.rows(disk_full)

    house.front.before = fill_the_disk
    outcome = await house.control.open(ask())
    assert (outcome.result, outcome.recorded) == (Result.CONFIRMED, False)
    assert await house.outcomes() == [None]
    await house.storage.database.rows("DROP TRIGGER full_disk")
    await house.control.finish()
    assert await house.outcomes() == ["confirmed"]
    assert house.front.sends == ["unlock"]


async def in_flight(storage: Storage, update: str = "u1", chat: int = CHAT) -> Command:
    command = Command(
        id=0,
        update_key=update,
        person_id=ANNA,
        person_name="Anna",
        chat_id=chat,
        thread_id=None,
        door="front",
        action="open",
        asked_at=START,
        started_at=START,
        ended_at=None,
        outcome=None,
    )
    return await storage.commands.add(command)


async def test_after_a_crash_a_command_without_outcome_is_unknown_and_not_repeated(house: House) -> None:
    await in_flight(house.storage)
    await house.control.recover()
    await asyncio.wait(house.control._tasks)
    assert (await house.outcomes(), house.front.sends) == (["unknown"], [])
    assert await house.kinds() == ["outcome", "evidence"]
    assert house.front.settled == 1


async def test_after_a_crash_caller_owners_and_groups_are_told_once(house: House) -> None:
    await in_flight(house.storage)
    await house.control.recover()
    await house.control.recover()
    assert await house.letters() == [(CHAT, "recovered"), (OWNER, "recovered"), (GROUP, "recovered")]


@pytest.mark.parametrize("chat", [OWNER, GROUP], ids=["owner", "group"])
async def test_after_a_crash_nobody_is_told_twice(house: House, chat: int) -> None:
    await in_flight(house.storage, chat=chat)
    await house.control.recover()
    told = await house.letters()
    assert len(told) == len(set(told)) == 2


async def test_after_a_crash_the_redelivered_update_is_a_duplicate(house: House) -> None:
    await in_flight(house.storage, "u1")
    await house.control.recover()
    assert (await house.control.open(ask("u1"))).reason is Reason.DUPLICATE
    assert house.front.sends == []


async def test_after_a_crash_a_door_that_is_no_longer_there_is_still_told_of(house: House) -> None:
    await house.storage.commands.add(
        Command(
            id=0,
            update_key="u",
            person_id=ANNA,
            person_name="Anna",
            chat_id=CHAT,
            thread_id=None,
            door="gone",
            action="close",
            asked_at=START,
            started_at=START,
            ended_at=None,
            outcome=None,
        )
    )
    await house.control.recover()
    assert await house.outcomes() == ["unknown"]


async def test_finishing_waits_for_the_command_in_flight(house: House) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        arrived.set()
        await go_on.wait()

    house.front.before = wait
    opening = asyncio.create_task(house.control.open(ask()))
    await arrived.wait()
    finishing = asyncio.create_task(house.control.finish())
    await asyncio.sleep(0)
    assert not finishing.done()
    go_on.set()
    await finishing
    assert await house.outcomes() == ["confirmed"]
    assert (await opening).result is Result.CONFIRMED


@pytest.mark.parametrize("steps", range(0, 40, 2))
async def test_whenever_finishing_begins_nothing_is_sent_after_it_ended(house: House, steps: int) -> None:
    opening = asyncio.create_task(house.control.open(ask()))
    for _ in range(steps):
        await asyncio.sleep(0)
    await house.control.finish()
    sends = len(house.front.sends)
    await opening
    assert len(house.front.sends) == sends
    assert await house.outcomes() == (["confirmed"] if sends else ["denied"])


async def test_after_finishing_no_command_is_taken(house: House) -> None:
    await house.control.finish()
    outcome = await house.control.open(ask())
    assert (outcome.reason, house.front.sends) == (Reason.CLOSING, [])


async def test_a_pin_is_made_and_its_digits_are_kept_nowhere(house: House, path: Path) -> None:
    outcome = await house.control.create_pin(ask(), PIN)
    assert outcome.pin
    assert outcome.pin.digits == "4711"
    await house.storage.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"4711" not in await asyncio.to_thread(path.read_bytes)
    assert "4711" not in repr(outcome)


async def test_groups_are_not_told_of_pins(house: House) -> None:
    await house.control.create_pin(ask(), PIN)
    assert await house.letters() == []


async def test_status_is_a_live_reading(house: House) -> None:
    house.front.bolt = Bolt.JAMMED
    look = await house.control.status(ask())
    assert look.sighting
    assert (look.sighting.bolt, look.error, look.reason) == (Bolt.JAMMED, None, None)


async def test_a_lock_that_does_not_answer_shows_what_was_seen_last(house: House) -> None:
    await house.control.status(ask())
    house.front.blind = answers(OutOfReach)
    look = await house.control.status(ask())
    assert look.sighting
    assert (look.sighting.bolt, look.error) == (Bolt.LOCKED, house.front.blind)


async def test_a_bug_while_reading_shows_what_was_seen_last(house: House) -> None:
    await house.control.status(ask())
    house.front.blind = ValueError("bug")
    look = await house.control.status(ask())
    assert look.sighting
    assert isinstance(look.error, UnexpectedReply)


@pytest.mark.parametrize(("who", "reason"), [(STRANGER, Reason.STRANGER), (ANNA, Reason.NO_RIGHT)])
async def test_status_needs_the_right_to_it(house: House, who: int, reason: Reason) -> None:
    await house.storage.people.grant(grant("open"))
    look = await house.control.status(ask(person=who))
    assert (look.reason, look.door, look.sighting, house.front.readings) == (reason, None, None, 0)


async def test_a_reading_begun_before_a_command_is_shown_but_tells_nobody(house: House) -> None:
    """Told as news, "locked" would follow "opened" although nobody locked."""
    await house.watcher.look(Door("front", "Front door", house.front))
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go_on.wait()

    house.front.before_reading = wait
    reading = asyncio.create_task(house.control.status(ask(1)))
    await begun.wait()
    house.hands.turn(1)
    await house.control.open(ask(2))
    go_on.set()
    look = await reading
    assert look.sighting
    assert look.sighting.bolt is Bolt.LOCKED
    assert await house.letters() == [(GROUP, "command")]


async def test_the_overview_shows_the_doors_that_may_be_seen_and_asks_no_lock(house: House) -> None:
    looks = await house.control.overview(ANNA)
    assert [look.door and look.door.name for look in looks] == ["front"]
    assert await house.control.overview(STRANGER) == []
    assert house.front.readings == 0


async def race(house: House, chance: random.Random, number: int) -> tuple[bool, bool]:
    """A revoke and an opening at once: was the revoke answered before the opening began, and was it sent?"""
    revoked = False
    answered_first = False

    async def pause() -> None:
        for _ in range(chance.randrange(4)):
            await house.storage.people.get(ANNA)

    async def revoke() -> None:
        nonlocal revoked
        await pause()
        await house.people.deny(owner=OWNER, person_id=ANNA, door="front", doors=["front", "garage"])
        revoked = True

    async def open_door() -> Outcome:
        nonlocal answered_first
        await pause()
        answered_first = revoked
        return await house.control.open(ask(f"race {number}"))

    before = len(house.front.sends)
    await asyncio.gather(revoke(), open_door())
    return answered_first, len(house.front.sends) > before


async def allow(house: House) -> None:
    await house.people.allow(owner=OWNER, person_id=ANNA, name="Anna", door="front", actions=[Action.OPEN], length=None)


async def test_once_a_revoke_is_answered_no_command_starts(house: House) -> None:
    chance, seen = random.Random(1), set()
    for number in range(300):
        await allow(house)
        answered_first, sent = await race(house, chance, number)
        assert not (answered_first and sent)
        seen.add((answered_first, sent))
    assert seen == {(True, False), (False, False), (False, True)}, "every order was tried"


async def test_the_order_in_the_journal_is_the_order_of_the_decisions(house: House) -> None:
    chance, allowed = random.Random(2), True
    for number in range(100):
        await allow(house)
        await race(house, chance, number)
    for entry in await house.storage.journal.tail(1000):
        if entry.kind in ("allowed", "revoked"):
            allowed = entry.kind == "allowed"
        elif entry.kind in ("started", "denied"):
            assert (entry.kind == "started") == allowed


async def test_stopping_waits_for_the_outcome_but_not_for_the_evidence(house: House) -> None:
    house.front.travel_seconds = 3600
    outcome = await house.control.open(ask("u1"))
    assert outcome.result is Result.CONFIRMED
    await house.control.finish()
    assert outcome.evidence is not None
    assert await outcome.evidence is None
    assert await house.kinds() == ["started", "outcome"]


async def test_judging_sends_nothing_and_records_only_a_no(house: House) -> None:
    assert await house.control.judge(ask("u1"), Action.OPEN) is None
    assert await house.kinds() == []
    refusal = await house.control.judge(ask("u2", door="nowhere"), Action.OPEN)
    assert refusal is not None
    assert refusal.result is Result.DENIED
    assert await house.kinds() == ["denied"]
    assert house.front.sends == []


async def test_judging_takes_the_age_as_given(house: House) -> None:
    assert await house.control.judge(ask("u1", at=START - timedelta(days=1)), Action.OPEN) is None
