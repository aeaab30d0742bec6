"""Backups as files: what is one, who has a database open, and what lies around afterwards."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.failures import StorageFailed
from storage import Storage
from storage.backup import back_up, check, claim, lay_out, put_in_place


@pytest.fixture
async def copy(tmp_path: Path) -> Path:
    """A backup with nothing in it."""
    storage = await Storage.open(tmp_path / "source.db")
    await storage.database.back_up(tmp_path / "copy.db")
    await storage.close()
    return tmp_path / "copy.db"


def test_a_backup_is_one(copy: Path) -> None:
    check(copy)


def test_a_name_with_signs_of_an_address_is_a_name(copy: Path) -> None:
    odd = copy.rename(copy.with_name("copy #1?mode=rwc%41.db"))
    check(odd)


@pytest.mark.parametrize("content", [b"", b"x" * 4096, b"SQLite format 3\x00" + b"\xff" * 8192])
def test_what_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(StorageFailed, match="file"):
        check(tmp_path / "file")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed):
        check(tmp_path / "nowhere.db")
    assert not (tmp_path / "nowhere.db").exists()


def test_a_database_without_applied_migrations_is_none(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("CREATE TABLE migrations (name TEXT)")
    with pytest.raises(StorageFailed, match="damaged"):
        check(tmp_path / "empty.db")


async def test_a_database_that_somebody_has_open_cannot_be_claimed(path: Path) -> None:
    storage = await Storage.open(path)
    with pytest.raises(StorageFailed, match="stop the bot first"):
        claim(path)
    await storage.close()
    claim(path)


async def test_nor_one_that_somebody_reads(path: Path) -> None:
    await (await Storage.open(path)).close()
    reader = await Storage.open_to_read(path)
    await reader.journal.tail(1)
    with pytest.raises(StorageFailed):
        claim(path)
    await reader.close()


def test_one_that_is_not_there_or_damaged_is_nobodys(path: Path) -> None:
    claim(path)
    assert not path.exists()
    path.write_bytes(b"scratched" * 1000)
    claim(path)


def test_what_is_laid_out_is_its_owners_only(copy: Path, path: Path) -> None:
    copy.chmod(0o644)
    fresh = lay_out(path, copy)
    assert stat.filemode(fresh.stat().st_mode) == "-rw-------"
    assert fresh.read_bytes() == copy.read_bytes()


def test_what_an_earlier_try_left_is_in_nobodys_way(copy: Path, path: Path) -> None:
    for left in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}.restoring{left}").write_bytes(b"left")
    fresh = lay_out(path, copy)
    assert [file.name for file in path.parent.glob("*.restoring*")] == [fresh.name]


def test_a_log_of_the_former_database_is_not_read_into_the_new_one(copy: Path, path: Path) -> None:
    path.write_bytes(b"former")
    path.with_name("latchkey.db-wal").write_bytes(b"its log")
    path.with_name("latchkey.db-shm").write_bytes(b"its index")
    kept = put_in_place(path, lay_out(path, copy), stamp="now")
    assert kept == path.with_name("latchkey.db.before-now")
    assert (kept.read_bytes(), kept.with_name(kept.name + "-wal").read_bytes()) == (b"former", b"its log")
    assert not path.with_name("latchkey.db-wal").exists()
    assert path.read_bytes() == copy.read_bytes()


@pytest.mark.parametrize("name", ["latchkey.db.before-now", "latchkey.db.before-now-wal"])
def test_a_link_in_the_way_of_the_former_database_is_not_followed(
    copy: Path, path: Path, tmp_path: Path, name: str
) -> None:
    path.write_bytes(b"former")
    path.with_name("latchkey.db-wal").write_bytes(b"its log")
    victim = tmp_path / "victim"
    victim.write_bytes(b"dear")
    path.with_name(name).symlink_to(victim)
    with pytest.raises(StorageFailed, match="could not be put back"):
        put_in_place(path, lay_out(path, copy), stamp="now")
    assert (victim.read_bytes(), path.read_bytes()) == (b"dear", b"former")


async def test_a_backup_follows_no_link(path: Path, tmp_path: Path) -> None:
    await (await Storage.open(path)).close()
    for victim in (tmp_path / "victim", tmp_path / "nowhere"):
        link = tmp_path / f"link to {victim.name}"
        link.symlink_to(victim)
        with pytest.raises(StorageFailed):
            await back_up(path, link)
        assert not victim.exists()


def test_a_place_that_cannot_be_written_is_told(copy: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="cannot be copied"):
        lay_out(tmp_path / "file" / "latchkey.db", copy)


async def test_half_a_backup_is_none(path: Path, tmp_path: Path) -> None:
    await (await Storage.open(path)).close()
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 4096)
    with pytest.raises(StorageFailed):
        await back_up(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
