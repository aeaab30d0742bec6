"""One connection shared by many coroutines: what is kept together, what is never kept, and what the disk is told."""

import asyncio
import gc
import sqlite3
import stat
import threading
from collections.abc import Coroutine, Generator
from pathlib import Path
from types import coroutine
from typing import Any

import pytest

from bot.domain.failures import StorageFailed
from storage import Database, Storage
from storage.database import _reason
from tests.bench import person

NAMES = "SELECT name FROM people ORDER BY name"


async def names(storage: Storage) -> list[str]:
    return [name for (name,) in await storage.database.rows(NAMES)]


async def cancelled_at(awaits: set[int], work: Coroutine[Any, Any, None]) -> None:
    """Run the work, and cancel its task at these of its awaits (the first is 1)."""
    await step_by_step(awaits, work)


@coroutine
def step_by_step(awaits: set[int], work: Coroutine[Any, Any, None]) -> Generator[Any, None, None]:
    count, raised = 0, None
    while True:
        try:
            awaited = work.throw(raised) if raised else work.send(None)
        except StopIteration:
            return
        count, raised = count + 1, None
        task = asyncio.current_task()
        if count in awaits and task:
            task.cancel()
        try:
            yield awaited
        except BaseException as error:  # noqa: BLE001 - handed on to the work
            raised = error


@pytest.mark.parametrize("nth", range(1, 8))
async def test_whoever_gives_up_opening_leaves_no_connection_behind(path: Path, nth: int) -> None:
    before = set(threading.enumerate())

    async def open_and_close() -> None:
        await (await Database.open(path)).close()

    task = asyncio.create_task(cancelled_at({nth}, open_and_close()))
    await asyncio.wait([task])
    assert task.cancelled()
    for left in set(threading.enumerate()) - before:
        left.join(timeout=5)
        assert not left.is_alive()
    gc.collect()  # from Python 3.13 on a connection that was lost says so, and warnings are errors


@pytest.mark.parametrize(
    ("pragma", "value"), [("synchronous", 2), ("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
async def test_the_connection_is_opened_as_promised(storage: Storage, pragma: str, value: object) -> None:
    assert await storage.database.one(f"PRAGMA {pragma}") == (value,)


async def test_the_file_can_be_read_by_its_owner_only(storage: Storage, path: Path) -> None:
    await storage.people.save(person())
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_a_backup_can_be_read_by_its_owner_only(storage: Storage, tmp_path: Path) -> None:
    await storage.database.back_up(tmp_path / "copy.db")
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


async def test_a_backup_is_a_whole_database(storage: Storage, tmp_path: Path) -> None:
    await storage.people.save(person())
    await storage.database.back_up(tmp_path / "copy.db")
    copy = await Storage.open(tmp_path / "copy.db")
    assert await copy.people.all() == [person()]
    await copy.close()


async def test_a_backup_overwrites_nothing(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("something dear")
    with pytest.raises(StorageFailed):
        await storage.database.back_up(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "something dear"


async def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    storage = await Storage.open(tmp_path / "new" / "folder" / "latchkey.db")
    await storage.close()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_text("not a database at all, but long enough to be looked at" * 100)
    with pytest.raises(StorageFailed):
        asyncio.run(Storage.open(path))


async def test_a_path_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        await Storage.open(tmp_path)


async def test_a_closed_database_says_storage_failed(path: Path) -> None:
    storage = await Storage.open(path)
    await storage.close()
    with pytest.raises(StorageFailed):
        await storage.people.all()


async def test_a_closed_database_refuses_transactions(path: Path) -> None:
    storage = await Storage.open(path)
    await storage.close()
    with pytest.raises(StorageFailed):
        async with storage.transaction():
            pass


async def test_closing_twice_does_no_harm(path: Path) -> None:
    storage = await Storage.open(path)
    await storage.close()
    await storage.close()


async def test_one_coroutines_commit_does_not_keep_anothers_half_done_work(storage: Storage) -> None:
    written, finished = asyncio.Event(), asyncio.Event()

    async def half_done() -> None:
        async with storage.transaction():
            await storage.people.save(person(1, "half done"))
            written.set()
            await finished.wait()
            raise RuntimeError

    async def other() -> None:
        await written.wait()
        asyncio.get_running_loop().call_soon(finished.set)
        async with storage.transaction():
            await storage.people.save(person(2, "other"))

    results = await asyncio.gather(half_done(), other(), return_exceptions=True)
    assert isinstance(results[0], RuntimeError)
    assert await names(storage) == ["other"]


async def test_a_lone_statement_waits_for_the_open_transaction(storage: Storage) -> None:
    written = asyncio.Event()

    async def reader() -> list[str]:
        await written.wait()
        return await names(storage)

    reading = asyncio.create_task(reader())
    async with storage.transaction():
        await storage.people.save(person(1, "first"))
        written.set()
        await asyncio.sleep(0)
        await storage.people.save(person(2, "second"))
    assert await reading == ["first", "second"]


async def test_nobody_else_sees_work_before_it_is_kept(storage: Storage, path: Path) -> None:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as outside:
        async with storage.transaction():
            await storage.people.save(person())
            assert outside.execute(NAMES).fetchall() == []
        assert outside.execute(NAMES).fetchall() == [("Anna",)]
    outside.close()


async def test_an_exception_takes_everything_back(storage: Storage) -> None:
    async def save_and_fail() -> None:
        async with storage.transaction():
            await storage.people.save(person())
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        await save_and_fail()
    assert await names(storage) == []


async def test_a_failed_statement_takes_everything_back(storage: Storage) -> None:
    async def save_and_fail() -> None:
        async with storage.transaction():
            await storage.people.save(person())
            await storage.database.rows("INSERT INTO people (id) VALUES ($1)", 1)

    with pytest.raises(StorageFailed):
        await save_and_fail()
    assert await names(storage) == []


async def test_a_transaction_inside_another_joins_it(storage: Storage) -> None:
    async def save_inside_and_fail_outside() -> None:
        async with storage.transaction():
            async with storage.transaction():
                await storage.people.save(person())
            raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        await save_inside_and_fail_outside()
    assert await names(storage) == []


async def test_a_failed_begin_leaves_the_turn_free(storage: Storage, path: Path) -> None:
    await storage.database.rows("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFailed):
        async with storage.transaction():
            pass
    other.execute("ROLLBACK")
    other.close()
    await storage.people.save(person())
    assert await names(storage) == ["Anna"]


async def two_people(storage: Storage) -> None:
    async with storage.transaction():
        await storage.people.save(person(1, "first"))
        await storage.people.save(person(2, "second"))


def every_cancellation() -> list[set[int]]:
    once = [{at} for at in range(1, 10)]
    return once + [{at, at + later} for at in range(1, 10) for later in (1, 2)]


@pytest.mark.parametrize("awaits", every_cancellation(), ids=str)
async def test_cancelled_at_any_await_all_is_kept_or_nothing(storage: Storage, awaits: set[int]) -> None:
    cancelled = asyncio.create_task(cancelled_at(awaits, two_people(storage)))
    waiting = asyncio.create_task(storage.people.save(person(3, "waiting")))
    await asyncio.wait([cancelled, waiting])
    assert cancelled.cancelled() or cancelled.exception() is None
    assert waiting.exception() is None
    assert await names(storage) in (["waiting"], ["first", "second", "waiting"])
    async with storage.transaction():
        await storage.people.save(person(4, "after"))
    assert "after" in await names(storage)


async def test_what_was_cancelled_stays_cancelled(storage: Storage) -> None:
    for nth in range(1, 5):
        task = asyncio.create_task(cancelled_at({nth}, two_people(storage)))
        with pytest.raises(asyncio.CancelledError):
            await task


def test_cancellation_really_reaches_every_await(path: Path) -> None:
    """Without this the sweep above could end before the work does."""

    async def count() -> int:
        storage = await Storage.open(path)
        for nth in range(1, 100):
            task = asyncio.create_task(cancelled_at({nth}, two_people(storage)))
            await asyncio.wait([task])
            if not task.cancelled():
                break
        await storage.close()
        return nth

    assert 4 < asyncio.run(count()) < 10


@pytest.mark.parametrize("value", ["\ud800", 2**63, -(2**63) - 1], ids=["surrogate", "large", "small"])
async def test_a_value_sqlite_cannot_take_is_refused_as_storage_failed(storage: Storage, value: str | int) -> None:
    with pytest.raises(StorageFailed):
        await storage.database.rows("INSERT INTO counters (name, value) VALUES ($1, $1)", value)
    assert await storage.database.rows("SELECT * FROM counters") == []


async def test_data_outlives_the_connection(path: Path) -> None:
    first = await Database.open(path)
    await first.rows("INSERT INTO counters (name, value) VALUES ($1, $2)", "gateway", 1)
    await first.close()
    again = await Database.open(path)
    assert await again.rows("SELECT name, value FROM counters") == [("gateway", 1)]
    await again.close()


def test_a_database_that_another_program_keeps_for_itself_says_what_to_do() -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    assert _reason(busy) == "database is locked: another program keeps it for itself; end that one, or try again"
