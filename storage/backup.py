"""Backups: a consistent copy of the database, and putting one back without losing what is there."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from bot.domain.failures import StorageFailed
from storage.database import Database


async def back_up(database: Path, file: Path) -> None:
    """Copy the database to a new file, also while a bot runs on it."""
    source = await Database.open_to_read(database)
    try:
        await source.back_up(file)
    finally:
        await source.close()


def lay_out(database: Path, file: Path) -> Path:
    """A copy of the backup beside the database, to be made ready before it takes its place."""
    check(file)
    # In the same folder, so that it can take the database's place in one step.
    fresh = database.with_name(f"{database.name}.restoring")
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        for left in ("", "-wal", "-shm"):
            fresh.with_name(fresh.name + left).unlink(missing_ok=True)
        _copy(file, fresh)
    except OSError as error:
        raise StorageFailed(f"the backup cannot be copied: {error}") from error
    return fresh


def put_in_place(database: Path, fresh: Path, *, stamp: str) -> Path | None:
    """Replace the database by the copy; the former one is kept beside it, and its path returned."""
    kept = database.with_name(f"{database.name}.before-{stamp}") if database.exists() else None
    try:
        for left in ("", "-wal"):
            former = database.with_name(database.name + left)
            # Copied and not moved: until the last step the former database is where it was.
            if kept and former.exists():
                _copy(former, kept.with_name(kept.name + left))
        # The log of the former database would be played into the restored one.
        for left in ("-wal", "-shm"):
            database.with_name(database.name + left).unlink(missing_ok=True)
        fresh.replace(database)
    except OSError as error:
        raise StorageFailed(f"the backup could not be put back: {error}") from error
    return kept


def claim(database: Path) -> None:
    """Bring what is in the write-ahead log into the file; StorageFailed if somebody else has the database open."""
    if not database.exists():
        return
    try:
        with closing(sqlite3.connect(database, timeout=0)) as connection:
            # Leaving WAL needs the database for itself alone, by SQLite's documentation.
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        # Any other fault is passed over: a damaged database may be the very reason to put another back.
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StorageFailed("somebody else has it open: stop the bot first") from error


def check(file: Path) -> None:
    """Whether the file is a whole Latchkey database; StorageFailed says what is wrong."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
            # Any database of SQLite's would be whole: this table makes it one of Latchkey's.
            known = connection.execute("SELECT count(*) FROM migrations").fetchone()
    except sqlite3.Error as error:
        raise StorageFailed(f"{file} is not a backup of Latchkey: {error}") from error
    if verdict != "ok" or known == (0,):
        raise StorageFailed(f"{file} is damaged: {verdict}")


def _copy(source: Path, target: Path) -> None:
    # Into a new file of its owner's; a link that lies in the way is not followed.
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
        shutil.copyfileobj(original, copy)
        copy.flush()
        os.fsync(copy.fileno())
