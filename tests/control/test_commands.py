"""Control: decided and recorded first, sent at most once, and the truth about what came of it."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished, Result, Sent
from bot.domain.doors import Capability, ConfirmWhen
from bot.domain.readings import Bolt
from bot.drivers.errors import (
    TooLate,
)
from tests.bench import (
    ANNA,
    CHAT,
    FRONT,
    OWNER,
    START,
    Rooms,
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


async def test_of_what_cannot_be_recorded_the_age_is_known(rooms: Rooms) -> None:
    await rooms.storage.database.rows(FULL_DISK.format("INSERT ON commands"))
    assert (await rooms.operate(request(at=START - timedelta(seconds=4)))).age == 4.0


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


async def test_once_the_database_is_deleted_nothing_is_sent(rooms: Rooms, path: Path) -> None:
    await asyncio.to_thread(path.unlink)
    outcome = await rooms.operate(request())
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


async def test_a_denied_update_stays_denied_when_it_comes_again(rooms: Rooms) -> None:
    await rooms.operate(request("u1", door="garage"))
    await rooms.storage.grants.add(grant(door="garage"))
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


async def test_what_a_lock_cannot_do_is_not_sent(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, capabilities=Capability.UNLOCK))
    outcome = await rooms.operate(request(1, Action.CLOSE))
    assert (outcome.reason, rooms.front.sends) == (DenialReason.UNSUPPORTED, [])


@pytest.mark.parametrize("reason", [DenialReason.ANOTHER_BOT, DenialReason.LIST_UNCONFIRMED])
async def test_nothing_is_moved_while_there_is_a_lockout(rooms: Rooms, reason: DenialReason) -> None:
    rooms.control.shut(reason)
    outcome = await rooms.operate(request(person=OWNER))
    assert (outcome.reason, rooms.front.sends) == (reason, [])


async def test_the_listener_hears_once_that_a_command_leaves_and_once_what_came_of_it(rooms: Rooms) -> None:
    allowed = await operate(rooms.control, request(1))
    assert allowed.steps == [Sent(FRONT), allowed.finished]
    denied = await operate(rooms.control, request(2, door="garage"))
    assert denied.steps == [denied.finished]


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


async def test_while_doors_are_shut_nothing_is_authorized(rooms: Rooms) -> None:
    rooms.control.shut(DenialReason.ANOTHER_BOT)
    refused = await rooms.control.authorize(request())
    assert refused
    assert (refused.reason, refused.age) == (DenialReason.ANOTHER_BOT, 0.0)


async def test_a_careful_door_is_asked_back_about_and_then_authorized(rooms: Rooms) -> None:
    rooms.change(replace(FRONT, confirm=ConfirmWhen.ALWAYS))
    assert (await rooms.operate(request(1))).reason is DenialReason.NEEDS_CONFIRMATION
    assert await rooms.control.authorize(request(2)) is None
    assert rooms.front.sends == []
    assert (await rooms.operate(request(2, is_confirmed=True))).result is Result.CONFIRMED


async def test_the_same_command_within_two_minutes_is_a_repeated_one(rooms: Rooms) -> None:
    assert await rooms.control.repeated_command(request(2)) is None
    await rooms.operate(request(1))
    rooms.hands.turn(119)
    found = await rooms.control.repeated_command(request(2))
    assert found
    assert (found.update_key, found.person_id, found.door, found.action) == ("1", ANNA, "front", Action.OPEN)
    for other in (request(2, Action.CLOSE), request(2, door="garage"), request(2, person=OWNER)):
        assert await rooms.control.repeated_command(other) is None
    rooms.hands.turn(2)
    assert await rooms.control.repeated_command(request(2)) is None


async def test_closing_makes_an_earlier_opening_another_matter(rooms: Rooms) -> None:
    await rooms.operate(request(1))
    await rooms.operate(request(2, Action.CLOSE))
    assert await rooms.control.repeated_command(request(3)) is None
    assert await rooms.control.repeated_command(request(3, Action.CLOSE))
    await rooms.operate(pin_request(4))
    assert await rooms.control.repeated_command(request(5, Action.PIN))
    assert await rooms.control.repeated_command(request(5, Action.CLOSE))


async def test_what_cannot_be_authorized_is_denied(rooms: Rooms, caplog: pytest.LogCaptureFixture) -> None:
    await rooms.storage.database.rows("ALTER TABLE commands RENAME TO hidden")
    refusal = await rooms.control.authorize(request())
    assert refusal
    assert refusal.reason is DenialReason.NOT_RECORDED
    assert caplog.messages == ["a decision could not be recorded"]
    await rooms.storage.database.rows("ALTER TABLE hidden RENAME TO commands")


async def test_others_hear_of_a_counted_use_and_of_a_code(rooms: Rooms) -> None:
    used: list[tuple[int, str]] = []
    made: list[int] = []

    async def note_use(grant_id: int, name: str) -> None:
        used.append((grant_id, name))

    async def note_code(person_id: int) -> None:
        made.append(person_id)

    rooms.command_log.when_used(note_use)
    rooms.command_log.when_code_made(note_code)
    await rooms.operate(pin_request(1))
    assert (used, made) == ([], [ANNA])
    await rooms.grant_only(replace(grant("open"), uses_left=2))
    await rooms.operate(request(2))
    [(grant_id,)] = await rooms.storage.database.rows("SELECT id FROM grants")
    assert (used, made) == ([(grant_id, "Anna")], [ANNA])


async def test_the_topic_of_the_request_is_kept(rooms: Rooms) -> None:
    await rooms.operate(replace(request(), thread_id=7))
    assert await rooms.storage.database.rows("SELECT thread_id FROM commands") == [(7,)]
