"""Backups: a consistent copy of the database, and putting one back without losing what is there."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from storage.database import Database
from storage.records import StorageFailed


async def back_up(database: Path, file: Path) -> None:
    """Copy a database that nobody is using."""
    source = await Database.open_to_read(database)
    try:
        await source.back_up(file)
    finally:
        await source.close()


def put_back(database: Path, file: Path, *, stamp: str) -> Path | None:
    """Replace the database by the backup; the former one is kept beside it, and its path returned."""
    check(file)
    kept = database.with_name(f"{database.name}.before-{stamp}") if database.exists() else None
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        fresh = database.with_name(f"{database.name}.restoring")
        shutil.copyfile(file, fresh)
        fresh.chmod(0o600)
        if kept:
            _close_log(database)
            shutil.copy2(database, kept)
        for left in ("-wal", "-shm"):
            database.with_name(database.name + left).unlink(missing_ok=True)
        fresh.replace(database)
    except (OSError, sqlite3.Error) as error:
        raise StorageFailed(f"the backup could not be put back: {error}") from error
    return kept


def check(file: Path) -> None:
    """Whether the file is a whole Latchkey database; StorageFailed says what is wrong."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
            known = connection.execute("SELECT count(*) FROM migrations").fetchone()
    except sqlite3.Error as error:
        raise StorageFailed(f"{file} is not a backup of Latchkey: {error}") from error
    if verdict != "ok" or known == (0,):
        raise StorageFailed(f"{file} is damaged: {verdict}")


def _close_log(database: Path) -> None:
    """Bring what is still in the write-ahead log into the file, so that its copy is whole."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
