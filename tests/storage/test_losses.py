"""What is missing at the start, or goes missing while the bot runs, is noticed: no empty house, no rights come back."""

# ruff: noqa: ASYNC240 - the files are small, and nothing else runs

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.failures import StorageFailed
from storage import Loss, Storage, marker
from tests.bench import START, person

RUN_AND_WAIT = """
import asyncio, sys
from pathlib import Path
from datetime import UTC, datetime
from storage import Storage

async def main():
    storage, _ = await Storage.open_to_run(Path(sys.argv[1]))
    await storage.journal.append("started", at=datetime.now(UTC))
    print("ready", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Storage]:
    """Closed whatever happens: its thread would keep the tests from ending."""
    storage, _ = await Storage.open_to_run(path)
    try:
        yield storage
    finally:
        await storage.close()


async def run_once(path: Path) -> Loss | None:
    """A bot starts, writes something, and ends as it should."""
    storage, loss = await Storage.open_to_run(path)
    await storage.journal.append("started", at=START)
    await storage.close_after_run(path)
    return loss


@pytest.fixture
def killed(path: Path) -> Path:
    """The database of a bot that ran before, wrote something and was killed."""
    asyncio.run(run_once(path))
    with subprocess.Popen([sys.executable, "-c", RUN_AND_WAIT, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGKILL)
    return path


async def entries(path: Path) -> int:
    storage, _ = await Storage.open_to_run(path)
    verification = await storage.journal.verify()
    await storage.close_after_run(path)
    assert verification.fault is None
    return verification.entries


async def test_a_first_start_makes_a_database_and_its_marker(path: Path) -> None:
    assert await run_once(path) is None
    assert path.exists()
    assert stat.S_IMODE(marker.path_of(path).stat().st_mode) == 0o600


async def test_starting_again_misses_nothing(path: Path) -> None:
    assert [await run_once(path) for _ in range(3)] == [None, None, None]


async def test_after_a_kill_nothing_is_missing(killed: Path) -> None:
    assert await run_once(killed) is None
    assert await entries(killed) == 3


async def test_after_a_kill_a_missing_log_is_noticed(killed: Path) -> None:
    wal_of(killed).unlink()
    assert await run_once(killed) is Loss.LOG_MISSING
    assert await run_once(killed) is None, "it is told once"


async def test_after_a_kill_an_emptied_log_is_noticed(killed: Path) -> None:
    wal_of(killed).write_bytes(b"")
    assert await run_once(killed) is Loss.LOG_MISSING


async def test_looking_into_the_database_of_a_killed_bot_hides_no_loss(killed: Path) -> None:
    wal_of(killed).unlink()
    reader = await Storage.open_to_read(killed)
    await reader.journal.tail(1)
    await reader.close()
    assert await run_once(killed) is Loss.LOG_MISSING


async def test_a_database_that_is_gone_is_not_begun_anew(path: Path) -> None:
    await run_once(path)
    path.unlink()
    with pytest.raises(StorageFailed, match="is gone"):
        await run_once(path)
    assert not path.exists()
    marker.path_of(path).unlink()
    assert await run_once(path) is None, "the message says how to begin an empty house"


@pytest.mark.parametrize("with_marker", [True, False])
async def test_an_empty_file_is_no_database(path: Path, with_marker: bool) -> None:
    if with_marker:
        await run_once(path)
    path.write_bytes(b"")
    with pytest.raises(StorageFailed, match="is empty"):
        await run_once(path)
    assert path.read_bytes() == b""


async def test_a_torn_database_is_refused(path: Path) -> None:
    await run_once(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageFailed):
        await run_once(path)


async def test_a_scratched_database_is_refused(path: Path) -> None:
    await run_once(path)
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4096)
    with pytest.raises(StorageFailed):
        await run_once(path)


async def test_another_database_in_its_place_is_noticed(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    for one in (path, other):
        await run_once(one)
    other.replace(path)
    assert await run_once(path) is Loss.REPLACED
    assert await run_once(path) is None


async def test_an_older_state_of_the_same_database_is_noticed(path: Path) -> None:
    """It brings back rights that were taken since."""
    await run_once(path)
    older = path.read_bytes()
    await run_once(path)
    path.write_bytes(older)
    assert await run_once(path) is Loss.REPLACED


@pytest.mark.parametrize("dropped", [1, 2, 3])
async def test_entries_that_were_dropped_are_no_loss(path: Path, dropped: int) -> None:
    """The marker knows the second of them; the bot is killed before it can write another."""
    for _ in range(2):
        await run_once(path)
    storage, _ = await Storage.open_to_run(path)
    for _ in range(2):
        await storage.journal.append("started", at=START)
    await storage.journal.drop(up_to=dropped, at=START)
    await storage.database.rows("PRAGMA wal_checkpoint(PASSIVE)")
    await storage.close()
    wal_of(path).write_bytes(b"as if it had not been closed")
    assert await run_once(path) is None


async def test_after_a_kill_an_older_state_is_noticed(path: Path) -> None:
    await run_once(path)
    older = path.read_bytes()
    await run_once(path)
    storage, _ = await Storage.open_to_run(path)
    await storage.close()  # as a kill does: the marker still says that it is open
    path.write_bytes(older)
    assert await run_once(path) in (Loss.REPLACED, Loss.LOG_MISSING)


async def test_a_database_of_an_earlier_version_has_no_marker_and_is_taken_as_it_is(path: Path) -> None:
    await (await Storage.open(path)).close()
    assert await run_once(path) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"identity": "x"}', "half a mar"])
async def test_a_marker_that_cannot_be_read_is_told_with_what_to_do(path: Path, text: str) -> None:
    await run_once(path)
    marker.path_of(path).write_text(text)
    with pytest.raises(StorageFailed, match="Remove it if"):
        await run_once(path)


@pytest.mark.parametrize("file", [lambda path: path, wal_of], ids=["database", "log"])
@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_database_deleted_under_the_running_bot_keeps_nothing_more(
    path: Path, file: object, is_replaced: bool
) -> None:
    async with opened(path) as storage:
        await storage.people.save(person())
        lost: Path = file(path)  # type: ignore[operator]
        content = lost.read_bytes()
        lost.unlink()
        if is_replaced:
            lost.write_bytes(content)
        with pytest.raises(StorageFailed, match="deleted or replaced"):
            await storage.journal.append("started", at=START)
        with pytest.raises(StorageFailed, match="deleted or replaced"):
            await storage.check()


async def test_a_database_deleted_in_the_middle_of_a_record_keeps_nothing(path: Path) -> None:
    async def record() -> None:
        async with storage.transaction():
            await storage.journal.append("started", at=START)
            path.unlink()

    async with opened(path) as storage:
        with pytest.raises(StorageFailed, match="deleted or replaced"):
            await record()


async def test_a_database_that_cannot_be_read_at_the_end_is_closed_all_the_same(path: Path) -> None:
    """Its thread would keep the process from ending."""
    storage, _ = await Storage.open_to_run(path)
    await storage.database.rows("ALTER TABLE identity RENAME TO hidden")
    with pytest.raises(StorageFailed):
        await storage.close_after_run(path)
    with pytest.raises(StorageFailed, match="closed"):
        await storage.database.rows("SELECT 1")


async def test_looking_from_outside_disturbs_nobody(path: Path) -> None:
    storage, _ = await Storage.open_to_run(path)
    for _ in range(3):
        reader = await Storage.open_to_read(path)
        await reader.journal.tail(1)
        await reader.database.back_up(path.with_name(f"copy {_}.db"))
        await reader.close()
        await storage.journal.append("started", at=START)
        await storage.check()
    await storage.close_after_run(path)
    assert await run_once(path) is None


async def test_health_writes_and_reads_back(storage: Storage) -> None:
    await storage.check()
    before = (await storage.counters.all())["health"]
    await storage.check()
    assert (await storage.counters.all())["health"] == before + 1


@pytest.mark.parametrize(
    "trouble",
    [
        "CREATE TRIGGER full BEFORE UPDATE ON counters BEGIN SELECT RAISE(ABORT, 'disk full'); END",
        "CREATE TRIGGER deaf AFTER UPDATE ON counters BEGIN UPDATE counters SET value = 0; END",
    ],
    ids=["refuses", "forgets"],
)
async def test_health_notices_a_disk_that_does_not_keep_what_is_written(storage: Storage, trouble: str) -> None:
    await storage.check()
    await storage.database.rows(trouble)
    with pytest.raises(StorageFailed):
        await storage.check()


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
async def test_a_database_that_others_can_read_is_tightened(killed: Path, end: str) -> None:
    await asyncio.to_thread(os.chmod, killed.with_name(killed.name + end), 0o644)
    async with opened(killed):
        assert stat.S_IMODE(killed.with_name(killed.name + end).stat().st_mode) == 0o600


async def test_a_folder_that_others_can_write_to_is_named(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever may write there may put another database in place of this one."""
    path.parent.chmod(0o777)
    await run_once(path)
    assert [message for message in caplog.messages if str(path.parent) in message and "chmod go-w" in message]
    caplog.clear()
    path.parent.chmod(0o755)
    await run_once(path)
    assert caplog.messages == []
