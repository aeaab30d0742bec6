"""Control: decided and recorded first, sent at most once, and the truth about what came of it."""

import asyncio
import random
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.actions import Action
from bot.domain.commands import Command, Delivery, DenialReason, Finished, Result, Sent
from bot.domain.doors import Capability
from bot.domain.readings import Bolt
from bot.domain.remarks import Remark
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
from storage import Storage
from tests.bench import (
    ANNA,
    CHAT,
    FRONT,
    OWNER,
    START,
    STRANGER,
    Rooms,
    answers,
    build,
    grant,
    operate,
    pin_request,
    request,
)
from tests.control.conftest import GROUP

FULL_DISK = "CREATE TRIGGER full_disk BEFORE {} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"


async def test_who_may_opens(rooms: Rooms) -> None:
    outcome = await rooms.operate(request())
    assert (outcome.result, rooms.front.bolt, rooms.front.sends) == (Result.CONFIRMED, Bolt.UNLOCKED, ["unlock"])
    assert await rooms.kinds() == ["started", "outcome"]


async def test_an_owner_opens_without_being_on_the_list(rooms: Rooms) -> None:
    assert (await rooms.operate(request(person=OWNER))).result is Result.CONFIRMED


async def test_closing_closes(rooms: Rooms) -> None:
    rooms.front.bolt = Bolt.UNLOCKED
    assert (await rooms.operate(request(1, Action.CLOSE))).result is Result.CONFIRMED
    assert rooms.front.bolt is Bolt.LOCKED


async def test_the_journal_says_who_what_where_and_which_update(rooms: Rooms) -> None:
    await rooms.operate(request("u1"))
    started, outcome = await rooms.storage.journal.tail(2)
    for entry in (started, outcome):
        assert (entry.person_id, entry.chat_id, entry.door, entry.action) == (ANNA, CHAT, "front", "open")
    assert started.command_id == outcome.command_id is not None
    assert started.detail == {"update": "u1", "name": "Anna", "asked": int(START.timestamp())}


async def test_the_groups_are_told_of_a_command(rooms: Rooms) -> None:
    await rooms.operate(request())
    assert await rooms.told() == [(GROUP, "command")]


async def test_started_is_on_disk_before_the_lock_is_asked(rooms: Rooms, path: Path) -> None:
    seen: list[object] = []

    async def look_at_the_file() -> None:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as outside:
            seen.extend(outside.execute("SELECT kind FROM journal").fetchall())
            seen.extend(outside.execute("SELECT update_key, outcome FROM commands").fetchall())
        outside.close()

    rooms.front.before = look_at_the_file
    await rooms.operate(request("u1"))
    assert seen == [("started",), ("u1", None)]


@pytest.mark.parametrize("table", ["commands", "journal"])
async def test_what_cannot_be_recorded_is_not_sent(rooms: Rooms, table: str) -> None:
    await rooms.storage.database.rows(FULL_DISK.format(f"INSERT ON {table}"))
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.reason) == (Result.DENIED, DenialReason.NOT_RECORDED)
    assert rooms.front.sends == []


async def test_a_failed_commit_means_nothing_is_sent(rooms: Rooms) -> None:
    await rooms.storage.database.rows(
        "CREATE TABLE late (id BIGINT REFERENCES people (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    await rooms.storage.database.rows(
        "CREATE TRIGGER late AFTER INSERT ON journal BEGIN INSERT INTO late VALUES (-1); END"
    )
    outcome = await rooms.operate(request())
    assert (outcome.reason, rooms.front.sends) == (DenialReason.NOT_RECORDED, [])
    assert await rooms.kinds() == []


async def test_a_locked_database_means_nothing_is_sent(rooms: Rooms, path: Path) -> None:
    await rooms.storage.database.rows("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcome = await rooms.operate(request())
    other.close()
    assert (outcome.reason, rooms.front.sends) == (DenialReason.NOT_RECORDED, [])


@pytest.mark.parametrize("name", ["\ud800", "a\x00b", "\u202egnp.exe", "line\nfeed", "😀" * 60])
async def test_a_strange_name_opens_with_a_record_or_not_at_all(rooms: Rooms, name: str) -> None:
    outcome = await rooms.operate(request(name=name))
    recorded = await rooms.kinds() == ["started", "outcome"]
    assert recorded == (outcome.result is Result.CONFIRMED) == (rooms.front.sends == ["unlock"])


async def test_the_same_update_is_run_once(rooms: Rooms) -> None:
    await rooms.operate(request("u1"))
    again = await rooms.operate(request("u1"))
    assert (again.reason, rooms.front.sends) == (DenialReason.DUPLICATE, ["unlock"])


async def test_the_same_update_twice_at_once_is_run_once(rooms: Rooms) -> None:
    outcomes = await asyncio.gather(*(rooms.operate(request("u1")) for _ in range(5)))
    assert [outcome.result for outcome in outcomes].count(Result.CONFIRMED) == 1
    assert rooms.front.sends == ["unlock"]


async def test_a_denied_update_stays_denied_when_it_comes_again(rooms: Rooms) -> None:
    await rooms.operate(request("u1", door="garage"))
    await rooms.storage.people.add_grant(grant(door="garage"))
    assert (await rooms.operate(request("u1", door="garage"))).reason is DenialReason.DUPLICATE


@pytest.mark.parametrize(("age", "reason"), [(29.9, None), (30, DenialReason.STALE), (86_400, DenialReason.STALE)])
async def test_what_came_too_late_is_not_run(rooms: Rooms, age: float, reason: DenialReason | None) -> None:
    outcome = await rooms.operate(request(at=START - timedelta(seconds=age)))
    assert outcome.reason is reason
    assert rooms.front.sends == ([] if reason else ["unlock"])
    assert outcome.age == pytest.approx(age)


async def test_a_stale_command_is_journalled(rooms: Rooms) -> None:
    await rooms.operate(request(at=START - timedelta(hours=1)))
    assert await rooms.whys() == [DenialReason.STALE]


async def test_waiting_for_the_database_can_make_a_command_stale(rooms: Rooms) -> None:
    async with rooms.storage.transaction():
        opening = asyncio.create_task(rooms.operate(request()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        rooms.hands.turn(31)
    assert (await opening).reason is DenialReason.STALE
    assert rooms.front.sends == []


async def test_a_deadline_that_passes_between_record_and_send_means_nothing_is_sent(rooms: Rooms) -> None:
    rooms.front.queue = asyncio.Event()
    steps = rooms.control.operate(request())
    assert await anext(steps) == Sent(FRONT)
    rooms.hands.turn(31)
    rooms.front.queue.set()
    [finished] = [step async for step in steps]
    assert isinstance(finished, Finished)
    assert (finished.result, finished.problem) == (Result.NOT_SENT, TooLate().remark)
    assert (rooms.front.sends, await rooms.outcomes()) == ([], ["not sent"])


async def test_a_person_without_a_right_does_not_open(rooms: Rooms) -> None:
    outcome = await rooms.operate(request(door="garage"))
    assert (outcome.reason, outcome.door, rooms.garage.sends) == (DenialReason.NO_RIGHT, None, [])
    assert await rooms.whys() == [DenialReason.NO_RIGHT]


async def test_an_ended_right_does_not_open(rooms: Rooms) -> None:
    await rooms.grant_only(grant("open", length=timedelta(hours=1)))
    rooms.hands.turn(3600)
    outcome = await rooms.operate(request(at=START + timedelta(hours=1)))
    assert (outcome.reason, rooms.front.sends) == (DenialReason.EXPIRED, [])


async def test_the_right_to_one_action_is_no_right_to_another(rooms: Rooms) -> None:
    await rooms.grant_only(grant("status"))
    assert (await rooms.operate(request(1))).reason is DenialReason.NO_RIGHT
    assert (await rooms.operate(pin_request(2))).reason is DenialReason.NO_RIGHT
    assert rooms.front.sends == []


@pytest.mark.parametrize("at", [START, START - timedelta(days=1)], ids=["fresh", "stale"])
async def test_a_stranger_learns_no_door(rooms: Rooms, at: datetime) -> None:
    """Whether the door is there, busy or not, is the same to somebody nobody knows."""
    outcomes = [
        await rooms.operate(request(door, person=STRANGER, door=door, at=at)) for door in ("front", "nowhere", "")
    ]
    assert {(o.result, o.reason, o.door, o.other, o.problem) for o in outcomes} == {
        (Result.DENIED, DenialReason.STRANGER, None, None, None)
    }
    assert rooms.front.sends == []


async def test_a_person_without_rights_learns_no_door(rooms: Rooms) -> None:
    there, not_there = [await rooms.operate(request(door, door=door)) for door in ("garage", "nowhere")]
    assert (there.reason, there.door) == (not_there.reason, not_there.door)


async def test_who_may_open_every_door_is_told_that_one_is_not_there(rooms: Rooms) -> None:
    outcome = await rooms.operate(request(person=OWNER, door="nowhere"))
    assert outcome.reason is DenialReason.NO_SUCH_DOOR


async def test_a_stranger_is_journalled_but_cannot_fill_the_disk(rooms: Rooms) -> None:
    for number in range(200):
        await rooms.operate(request(number, person=STRANGER))
    assert await rooms.kinds() == ["stranger"]
    assert await rooms.outcomes() == []


async def test_a_crowd_of_strangers_cannot_fill_the_disk(rooms: Rooms) -> None:
    for number in range(300):
        await rooms.operate(request(number, person=STRANGER + number))
    assert len(await rooms.kinds()) <= 100


async def test_what_a_lock_cannot_do_is_not_sent(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, capabilities=Capability.UNLOCK))
    outcome = await rooms.operate(request(1, Action.CLOSE))
    assert (outcome.reason, rooms.front.sends) == (DenialReason.UNSUPPORTED, [])


async def test_one_command_at_a_time_moves_a_door(rooms: Rooms) -> None:
    first_sent, finish_first = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        first_sent.set()
        await finish_first.wait()

    rooms.front.before = wait
    first = asyncio.create_task(rooms.operate(request(1)))
    await first_sent.wait()
    (second,) = await asyncio.gather(rooms.operate(request(2, Action.CLOSE, person=OWNER)), return_exceptions=True)
    finish_first.set()
    assert isinstance(second, Finished)
    assert (second.reason, second.other and second.other.person_name) == (DenialReason.IN_FLIGHT, "Anna")
    assert (await first).result is Result.CONFIRMED
    assert rooms.front.sends == ["unlock"]


async def test_a_slow_door_does_not_delay_another(rooms: Rooms) -> None:
    hold = asyncio.Event()

    async def wait() -> None:
        await hold.wait()

    rooms.front.before = wait
    slow = asyncio.create_task(rooms.operate(request(1, person=OWNER)))
    assert (await rooms.operate(request(2, person=OWNER, door="garage"))).result is Result.CONFIRMED
    assert not slow.done()
    hold.set()
    await slow


@pytest.mark.parametrize("reason", [DenialReason.ANOTHER_BOT, DenialReason.LIST_UNCONFIRMED])
async def test_nothing_is_moved_while_there_is_a_lockout(rooms: Rooms, reason: DenialReason) -> None:
    rooms.control.shut(reason)
    outcome = await rooms.operate(request(person=OWNER))
    assert (outcome.reason, rooms.front.sends) == (reason, [])


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
async def test_every_error_is_told_for_what_it_is(rooms: Rooms, error: type[LockError], result: Result) -> None:
    rooms.front.fault = answers(error)
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.problem) == (result, answers(error).remark)
    assert await rooms.outcomes() == [result]
    assert rooms.front.sends == ["unlock"]


async def test_what_is_only_queued_is_not_called_confirmed(rooms: Rooms) -> None:
    rooms.front.delivery = Delivery.ACCEPTED
    assert (await rooms.operate(request())).result is Result.ACCEPTED


@pytest.mark.parametrize(
    "bug", [ValueError("bug"), KeyError("bug"), TimeoutError(), asyncio.CancelledError()], ids=repr
)
async def test_a_bug_in_a_driver_means_it_may_have_moved(rooms: Rooms, bug: BaseException) -> None:
    rooms.front.fault = bug
    outcome = await rooms.operate(request())
    assert outcome.result is Result.UNKNOWN
    assert await rooms.outcomes() == ["unknown"]


async def test_no_answer_within_the_budget_means_it_may_have_moved(rooms: Rooms) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    hasty = build(rooms.storage, rooms.hands, rooms.clock, budget_seconds=0)
    hasty.front.before = never
    outcome = await hasty.operate(request())
    assert (outcome.result, outcome.problem) == (Result.UNKNOWN, Remark("driver.no_answer"))
    assert await rooms.outcomes() == ["unknown"]


@pytest.mark.parametrize("result", [Result.NOT_SENT, Result.REFUSED])
async def test_groups_are_not_told_when_nothing_moved(rooms: Rooms, result: Result) -> None:
    rooms.front.fault = answers(NotSent if result is Result.NOT_SENT else Refused)
    await rooms.operate(request())
    assert await rooms.told() == []


async def test_owners_are_told_of_an_unknown_outcome(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)
    await rooms.operate(request())
    assert await rooms.told() == [(GROUP, "command"), (OWNER, "command")]


async def test_after_an_unknown_outcome_the_gateway_is_settled_and_the_bolt_read_as_evidence(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)
    course = await operate(rooms.control, request())
    assert (course.finished.result, course.bolt) == (Result.UNKNOWN, Bolt.LOCKED)
    assert rooms.front.settled == 1
    assert await rooms.kinds() == ["started", "outcome", "evidence"]
    assert await rooms.outcomes() == ["unknown"], "evidence is never the outcome"


async def test_a_lock_that_cannot_be_read_gives_no_evidence(rooms: Rooms) -> None:
    rooms.front.fault, rooms.front.blind = answers(OutcomeUnknown), answers(OutOfReach)
    assert (await operate(rooms.control, request())).bolt is None
    assert await rooms.kinds() == ["started", "outcome"]


async def test_a_confirmed_command_is_looked_at_when_the_bolt_is_at_rest(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, travel_seconds=4))
    assert (await operate(rooms.control, request())).bolt is Bolt.UNLOCKED
    assert rooms.hands.boot == 1004


async def test_the_callers_cancellation_stops_neither_the_command_nor_its_record(rooms: Rooms) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        arrived.set()
        await go_on.wait()

    rooms.front.before = wait
    caller = asyncio.create_task(rooms.operate(request()))
    await arrived.wait()
    caller.cancel()
    go_on.set()
    await rooms.control.finish()
    assert caller.cancelled()
    assert (await rooms.outcomes(), rooms.front.sends) == (["confirmed"], ["unlock"])


@pytest.mark.parametrize("steps", range(40))
async def test_a_caller_cancelled_at_any_moment_leaves_no_command_without_outcome(rooms: Rooms, steps: int) -> None:
    caller = asyncio.create_task(rooms.operate(request()))
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    await rooms.activity.idle()
    assert (await rooms.outcomes(), rooms.front.sends) in ((["confirmed"], ["unlock"]), ([], []))


async def test_whoever_stops_listening_strands_no_command(rooms: Rooms) -> None:
    async for _ in rooms.control.operate(request()):
        break
    await rooms.activity.idle()
    assert (await rooms.outcomes(), rooms.front.sends) == (["confirmed"], ["unlock"])


async def test_the_listener_hears_once_that_a_command_leaves_and_once_what_came_of_it(rooms: Rooms) -> None:
    allowed = await operate(rooms.control, request(1))
    assert allowed.steps == [Sent(FRONT), allowed.finished]
    denied = await operate(rooms.control, request(2, door="garage"))
    assert denied.steps == [denied.finished]


async def test_an_outcome_that_cannot_be_recorded_is_said_and_recorded_later(rooms: Rooms) -> None:
    disk_full = FULL_DISK.format("UPDATE ON commands")

    async def fill_the_disk() -> None:
        await rooms.storage.database.rows(disk_full)

    rooms.front.before = fill_the_disk
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.is_recorded) == (Result.CONFIRMED, False)
    assert await rooms.outcomes() == [None]
    await rooms.storage.database.rows("DROP TRIGGER full_disk")
    await rooms.control.finish()
    assert await rooms.outcomes() == ["confirmed"]
    assert rooms.front.sends == ["unlock"]


async def in_flight(storage: Storage, update: str = "u1", *, chat: int = CHAT, door: str = "front") -> Command:
    return await storage.commands.add(request(update, chat=chat, door=door), now=START)


async def test_after_a_crash_a_command_without_outcome_is_unknown_and_not_repeated(rooms: Rooms) -> None:
    await in_flight(rooms.storage)
    await rooms.control.recover()
    await rooms.activity.idle()
    assert (await rooms.outcomes(), rooms.front.sends) == (["unknown"], [])
    assert await rooms.kinds() == ["outcome", "evidence"]
    assert rooms.front.settled == 1


async def test_after_a_crash_caller_owners_and_groups_are_told_once(rooms: Rooms) -> None:
    await in_flight(rooms.storage)
    await rooms.control.recover()
    await rooms.control.recover()
    assert await rooms.told() == [(CHAT, "recovered"), (OWNER, "recovered"), (GROUP, "recovered")]


@pytest.mark.parametrize("chat", [OWNER, GROUP], ids=["owner", "group"])
async def test_after_a_crash_nobody_is_told_twice(rooms: Rooms, chat: int) -> None:
    await in_flight(rooms.storage, chat=chat)
    await rooms.control.recover()
    told = await rooms.told()
    assert len(told) == len(set(told)) == 2


async def test_after_a_crash_the_redelivered_update_is_a_duplicate(rooms: Rooms) -> None:
    await in_flight(rooms.storage, "u1")
    await rooms.control.recover()
    assert (await rooms.operate(request("u1"))).reason is DenialReason.DUPLICATE
    assert rooms.front.sends == []


async def test_after_a_crash_a_door_that_is_no_longer_there_is_still_told_of(rooms: Rooms) -> None:
    await in_flight(rooms.storage, door="gone")
    await rooms.control.recover()
    assert await rooms.outcomes() == ["unknown"]
    assert len(await rooms.told()) == 3


async def test_finishing_waits_for_the_command_in_flight(rooms: Rooms) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        arrived.set()
        await go_on.wait()

    rooms.front.before = wait
    opening = asyncio.create_task(rooms.operate(request()))
    await arrived.wait()
    finishing = asyncio.create_task(rooms.control.finish())
    await asyncio.sleep(0)
    assert not finishing.done()
    go_on.set()
    await finishing
    assert await rooms.outcomes() == ["confirmed"]
    assert (await opening).result is Result.CONFIRMED


@pytest.mark.parametrize("steps", range(0, 40, 2))
async def test_whenever_finishing_begins_nothing_is_sent_after_it_ended(rooms: Rooms, steps: int) -> None:
    opening = asyncio.create_task(rooms.operate(request()))
    for _ in range(steps):
        await asyncio.sleep(0)
    await rooms.control.finish()
    sends = len(rooms.front.sends)
    await opening
    assert len(rooms.front.sends) == sends
    assert await rooms.outcomes() in ([["confirmed"]] if sends else [["denied"], ["not sent"]])


async def test_after_finishing_no_command_is_taken(rooms: Rooms) -> None:
    await rooms.control.finish()
    outcome = await rooms.operate(request())
    assert (outcome.reason, rooms.front.sends) == (DenialReason.CLOSING, [])


async def test_a_pin_is_made_and_its_digits_are_kept_nowhere(rooms: Rooms, path: Path) -> None:
    outcome = await rooms.operate(pin_request())
    assert outcome.pin
    assert outcome.pin.digits == "4711"
    await rooms.storage.database.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"4711" not in await asyncio.to_thread(path.read_bytes)
    assert "4711" not in repr(outcome)


async def test_groups_are_not_told_of_pins(rooms: Rooms) -> None:
    await rooms.operate(pin_request())
    assert GROUP not in [chat for chat, _ in await rooms.told()]


async def test_status_is_a_live_reading(rooms: Rooms) -> None:
    rooms.front.bolt = Bolt.JAMMED
    look = await rooms.control.status(request())
    assert look.reading
    assert (look.reading.bolt, look.problem, look.reason) == (Bolt.JAMMED, None, None)


async def test_a_lock_that_does_not_answer_shows_what_was_seen_last(rooms: Rooms) -> None:
    await rooms.control.status(request())
    rooms.front.blind = answers(OutOfReach)
    look = await rooms.control.status(request())
    assert look.reading
    assert (look.reading.bolt, look.problem) == (Bolt.LOCKED, answers(OutOfReach).remark)


async def test_a_bug_while_reading_shows_what_was_seen_last(rooms: Rooms) -> None:
    await rooms.control.status(request())
    rooms.front.blind = ValueError("bug")
    look = await rooms.control.status(request())
    assert look.reading
    assert look.problem == Remark("driver.failed")


@pytest.mark.parametrize(("who", "reason"), [(STRANGER, DenialReason.STRANGER), (ANNA, DenialReason.NO_RIGHT)])
async def test_status_needs_the_right_to_it(rooms: Rooms, who: int, reason: DenialReason) -> None:
    await rooms.grant_only(grant("open"))
    look = await rooms.control.status(request(person=who))
    assert (look.reason, look.door, look.reading, rooms.front.readings) == (reason, None, None, 0)


async def test_a_reading_begun_before_a_command_is_shown_but_tells_nobody(rooms: Rooms) -> None:
    """Told as news, "locked" would follow "opened" although nobody locked."""
    await rooms.monitor.poll(FRONT)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go_on.wait()

    rooms.front.before_reading = wait
    reading = asyncio.create_task(rooms.control.status(request(1)))
    await begun.wait()
    rooms.hands.turn(1)
    await rooms.operate(request(2))
    go_on.set()
    look = await reading
    assert look.reading
    assert look.reading.bolt is Bolt.LOCKED
    assert await rooms.told() == [(GROUP, "command")]


async def test_the_overview_shows_the_doors_that_may_be_seen_and_asks_no_lock(rooms: Rooms) -> None:
    looks = await rooms.control.overview(ANNA)
    assert [look.door and look.door.name for look in looks] == ["front"]
    assert await rooms.control.overview(STRANGER) == []
    assert rooms.front.readings == 0


async def race(rooms: Rooms, chance: random.Random, number: int) -> tuple[bool, bool]:
    """A revoke and an opening at once: was the revoke answered before the opening began, and was it sent?"""
    revoked = False
    answered_first = False

    async def pause() -> None:
        for _ in range(chance.randrange(4)):
            await rooms.storage.people.get(ANNA)

    async def revoke() -> None:
        nonlocal revoked
        await pause()
        await rooms.people.deny(caller=OWNER, person_id=ANNA, door="front")
        revoked = True

    async def open_door() -> Finished:
        nonlocal answered_first
        await pause()
        answered_first = revoked
        return await rooms.operate(request(f"race {number}"))

    before = len(rooms.front.sends)
    await asyncio.gather(revoke(), open_door())
    return answered_first, len(rooms.front.sends) > before


async def allow(rooms: Rooms) -> None:
    await rooms.people.allow(
        caller=OWNER, person_id=ANNA, name="Anna", door="front", actions=[Action.OPEN], length=None
    )


async def test_once_a_revoke_is_answered_no_command_starts(rooms: Rooms) -> None:
    chance, seen = random.Random(1), set()
    for number in range(300):
        await allow(rooms)
        answered_first, sent = await race(rooms, chance, number)
        assert not (answered_first and sent)
        seen.add((answered_first, sent))
    assert seen == {(True, False), (False, False), (False, True)}, "every order was tried"


async def test_the_order_in_the_journal_is_the_order_of_the_decisions(rooms: Rooms) -> None:
    chance, allowed = random.Random(2), True
    for number in range(100):
        await allow(rooms)
        await race(rooms, chance, number)
    for entry in await rooms.storage.journal.tail(1000):
        if entry.kind in ("grant added", "grant removed"):
            allowed = entry.kind == "grant added"
        elif entry.kind in ("started", "denied"):
            assert (entry.kind == "started") == allowed


async def test_stopping_waits_for_the_outcome_but_not_for_the_evidence(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, travel_seconds=3600))

    async def stop() -> None:
        rooms.control.close_up()

    rooms.front.before = stop
    course = await operate(rooms.control, request())
    assert (course.finished.result, course.bolt) == (Result.CONFIRMED, None)
    assert await rooms.kinds() == ["started", "outcome"]


async def test_authorizing_sends_nothing_and_records_only_a_no(rooms: Rooms) -> None:
    assert await rooms.control.authorize(request("u1")) is None
    assert await rooms.kinds() == []
    refusal = await rooms.control.authorize(request("u2", door="nowhere"))
    assert refusal is not None
    assert refusal.result is Result.DENIED
    assert await rooms.kinds() == ["denied"]
    assert rooms.front.sends == []


async def test_authorizing_takes_the_age_as_given(rooms: Rooms) -> None:
    assert await rooms.control.authorize(request("u1", at=START - timedelta(days=1))) is None
