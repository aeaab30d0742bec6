"""Old entries can go, and what is left stays provable."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.commands import Result
from bot.domain.failures import StorageFailed
from bot.history.upkeep import JournalUpkeep
from storage import Storage
from storage.database import PRAGMAS
from tests.bench import OWNER, START, Hands, Rooms, build, grant, person, request
from tests.fresh import open_fresh
from tests.history.journals import visit

DAY = 86_400


@pytest.fixture
async def rooms(storage: Storage, hands: Hands) -> Rooms:
    rooms = build(storage, hands, hands.clock())
    await storage.people.save(person())
    await storage.grants.add(grant())
    await rooms.people.begin()
    return rooms


def upkeep(rooms: Rooms, keep_days: int | None = 30) -> JournalUpkeep:
    return JournalUpkeep(rooms.storage, rooms.people.record, rooms.clock, keep_days=keep_days)


async def live(rooms: Rooms, days: int, keep_days: int | None = 30) -> None:
    """One opening a day, and the upkeep every night."""
    for day in range(days):
        await rooms.operate(request(f"day {day} {rooms.hands.wall}", at=rooms.clock.datetime()))
        rooms.hands.turn(DAY)
        await upkeep(rooms, keep_days).seal_daily()
        await upkeep(rooms, keep_days).drop_old()


async def first_seq(storage: Storage) -> int:
    return int((await storage.database.one("SELECT min(seq) FROM journal"))[0])


async def test_without_the_setting_nothing_is_ever_dropped(rooms: Rooms) -> None:
    await live(rooms, 40, keep_days=None)
    assert await first_seq(rooms.storage) == 1


async def test_what_is_older_than_wanted_is_dropped_and_the_rest_is_whole(rooms: Rooms) -> None:
    await live(rooms, 45)
    entries = [entry async for entry in rooms.storage.journal.entries()]
    assert timedelta(days=29) < rooms.clock.datetime() - entries[0].at <= timedelta(days=31)
    found = await rooms.storage.journal.verify()
    assert (found.fault, found.entries, found.dropped) == (None, len(entries), entries[0].seq - 1)


async def test_the_journal_says_what_was_dropped(rooms: Rooms) -> None:
    await live(rooms, 45)
    said = [entry async for entry in rooms.storage.journal.entries("entries dropped")]
    assert said[-1].detail["up_to"] == await first_seq(rooms.storage) - 1


async def test_the_people_list_is_still_what_the_entries_left_say(rooms: Rooms) -> None:
    await live(rooms, 45)
    assert await rooms.people.record.differences() == []
    assert [entry.kind async for entry in rooms.storage.journal.entries("people list")]


async def test_a_list_that_the_journal_does_not_explain_keeps_everything(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    """Dropping the entries would make somebody's edit of the file look right."""
    await rooms.storage.grants.add(grant("open", door="garage"))
    await live(rooms, 45)
    assert await first_seq(rooms.storage) == 1
    assert "the people list is not what it says" in caplog.text


async def test_a_command_is_never_cut_in_two(rooms: Rooms) -> None:
    storage = rooms.storage
    await visit(storage, 1)
    await storage.journal.append("started", at=START, command_id=2)
    await storage.seals.seal(at=START)
    await storage.journal.append("outcome", at=START, command_id=2)
    await storage.seals.seal(at=START)
    await visit(storage, 3)
    await storage.seals.seal(at=START + timedelta(hours=1))
    seals = [seq for (seq,) in await storage.database.rows("SELECT seq FROM journal WHERE kind = 'seal' ORDER BY seq")]
    assert await storage.seals.last_boundary(before=START + timedelta(minutes=1)) == seals[1] - 1
    await storage.database.rows("DROP TRIGGER journal_is_append_only_1")
    await storage.database.rows("UPDATE journal SET at = at + 7200000 WHERE seq = $1", seals[1])
    assert await storage.seals.last_boundary(before=START + timedelta(minutes=1)) == 0


async def test_many_entries_go_in_steps_and_each_leaves_a_whole_journal(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.history.upkeep.DROP_AT_ONCE", 7)
    await live(rooms, 20, keep_days=None)
    rooms.hands.turn(20 * DAY)
    assert await upkeep(rooms).drop_old() > 14
    found = await rooms.storage.journal.verify()
    assert (found.fault, found.dropped) == (None, await first_seq(rooms.storage) - 1)


async def test_commands_go_with_their_entries_and_no_number_is_given_twice(rooms: Rooms) -> None:
    await live(rooms, 45)
    [last] = (await rooms.storage.database.rows("SELECT max(id) FROM commands"))[0]
    assert last == 45
    assert (await rooms.storage.database.rows("SELECT count(*) FROM commands"))[0][0] < 35
    rooms.hands.turn(400 * DAY)
    await upkeep(rooms, 1).drop_old()
    await rooms.operate(request("later", at=rooms.clock.datetime()))
    [newest] = (await rooms.storage.database.rows("SELECT max(id) FROM commands"))[0]
    assert newest == 46


async def test_doors_open_as_before_afterwards(rooms: Rooms) -> None:
    await live(rooms, 45)
    finished = await rooms.operate(request("after", at=rooms.clock.datetime()))
    assert finished.result is Result.CONFIRMED


async def test_a_head_kept_from_the_entries_left_is_good_and_a_dropped_one_is_told(rooms: Rooms) -> None:
    await live(rooms, 5)
    early = (await rooms.storage.journal.head())[1]
    await live(rooms, 40)
    late = (await rooms.storage.journal.head())[1]
    await live(rooms, 5)
    assert (await rooms.storage.journal.verify(kept_head=late)).fault is None
    fault = (await rooms.storage.journal.verify(kept_head=early)).fault
    assert fault
    assert "that were dropped" in fault


async def test_a_head_kept_right_where_the_entries_left_begin_is_good(rooms: Rooms) -> None:
    await live(rooms, 45)
    _, hash_ = await rooms.storage.journal.start()
    assert (await rooms.storage.journal.verify(kept_head=hash_)).fault is None


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal",
        "DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal)",
        "DELETE FROM journal_start",
        "UPDATE journal_start SET seq = 0",
        "UPDATE journal_start SET seq = seq + 1",
        "UPDATE journal_start SET hash = 'x'",
        "INSERT INTO journal_start VALUES (1000000, 'x')",
    ],
)
async def test_nothing_else_can_be_dropped_by_a_program_that_means_well(rooms: Rooms, statement: str) -> None:
    await live(rooms, 45)
    with pytest.raises(StorageFailed, match="append-only"):
        await rooms.storage.database.rows(statement)


TRIGGERS = (
    "journal_is_append_only_1",
    "journal_is_append_only_2",
    *(f"journal_start_moves_on_{n}" for n in (1, 2, 3)),
)
Tamper = Callable[[sqlite3.Connection], object]
TAMPERED: dict[str, Tamper] = {
    "a few more entries are taken away": lambda raw: raw.execute(
        "DELETE FROM journal WHERE seq < (SELECT min(seq) FROM journal) + 3"
    ),
    "the start is moved with them": lambda raw: (
        raw.execute(
            "UPDATE journal_start SET (seq, hash) = (SELECT seq, hash FROM journal ORDER BY seq LIMIT 1 OFFSET 2)"
        ),
        raw.execute("DELETE FROM journal WHERE seq <= (SELECT seq FROM journal_start)"),
    ),
    "the start says something else": lambda raw: raw.execute("UPDATE journal_start SET hash = 'x'"),
    "nothing is said to be dropped": lambda raw: raw.execute("UPDATE journal_start SET seq = 0"),
    "an old entry is slipped in": lambda raw: raw.execute(
        "INSERT INTO journal SELECT 3, at, kind, command_id, person_id, chat_id, door, action, detail, hash"
        " FROM journal WHERE kind = 'started' LIMIT 1"
    ),
    "everything is taken away": lambda raw: raw.execute("DELETE FROM journal"),
}


@pytest.mark.parametrize("tamper", TAMPERED.values(), ids=TAMPERED)
async def test_a_dropped_beginning_hides_no_tampering(rooms: Rooms, path: Path, tamper: Tamper) -> None:
    await live(rooms, 45)
    await rooms.storage.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for trigger in TRIGGERS:
            raw.execute(f"DROP TRIGGER {trigger}")
        tamper(raw)
    storage = await open_fresh(path)
    try:
        assert (await storage.journal.verify()).fault is not None
    finally:
        await storage.close()


async def test_a_forger_who_writes_the_chain_anew_is_found_only_with_a_kept_head(rooms: Rooms) -> None:
    """The chain has no secret: whoever can write to the file can drop entries as the bot does."""
    await live(rooms, 5, keep_days=None)
    kept = (await rooms.storage.journal.head())[1]
    await rooms.storage.journal.drop(up_to=(await rooms.storage.journal.head())[0], at=START)
    assert (await rooms.storage.journal.verify()).fault is None
    assert (await rooms.storage.journal.verify(kept_head=kept)).fault is None
    await rooms.storage.journal.drop(up_to=(await rooms.storage.journal.head())[0], at=START)
    assert (await rooms.storage.journal.verify(kept_head=kept)).fault is not None


async def test_what_was_dropped_is_not_left_lying_in_the_file(rooms: Rooms, path: Path) -> None:
    # Most builds of SQLite overwrite by themselves; it is asked of all.
    assert "PRAGMA secure_delete = ON" in PRAGMAS
    await rooms.operate(request("first", name="Anastasia-once-only", at=rooms.clock.datetime()))
    rooms.hands.turn(DAY)
    await live(rooms, 45)
    await rooms.storage.close()
    assert b"Anastasia-once-only" not in await asyncio.to_thread(path.read_bytes)


async def test_a_seal_over_other_entries_than_it_says_is_found(rooms: Rooms) -> None:
    await live(rooms, 3)
    await rooms.storage.journal.append("seal", at=START, first=1, root="0" * 64)
    fault = (await rooms.storage.journal.verify()).fault
    assert fault
    assert "seals other entries" in fault


async def test_a_seal_that_cannot_be_read_is_told_as_that_and_stops_nothing(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    await rooms.storage.journal.append("seal", at=rooms.clock.datetime())
    with pytest.raises(StorageFailed, match="was changed and cannot be read"):
        await rooms.storage.seals.newest()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await JournalUpkeep(rooms.storage, rooms.people.record, rooms.clock, sleep=sleep).run()
    assert "cannot be read" in caplog.messages[-1]


async def test_of_two_who_seal_at_once_one_does(rooms: Rooms) -> None:
    seals = await asyncio.gather(*(rooms.storage.seals.seal(at=START) for _ in range(3)))
    assert len([seal for seal in seals if seal]) == 1
    assert (await rooms.storage.journal.verify()).fault is None


async def test_where_nothing_was_written_nothing_is_sealed(rooms: Rooms) -> None:
    assert await rooms.storage.seals.seal(at=START)
    assert await rooms.storage.seals.seal(at=START) is None


async def test_a_seal_is_made_once_a_day_and_when_asked_for(rooms: Rooms) -> None:
    work = upkeep(rooms)
    await work.seal_daily()
    first = await rooms.storage.seals.newest()
    rooms.hands.turn(3600)
    await visit(rooms.storage, 9, person=OWNER)
    await work.seal_daily()
    assert await rooms.storage.seals.newest() == first
    assert await work.seal() != first
