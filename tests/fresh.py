"""A database as it is after its first start, copied: to run all migrations for every test costs a third of it."""

import asyncio
import atexit
import shutil
import sqlite3
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path

from storage import Storage


async def open_fresh(path: Path) -> Storage:
    make_fresh(path)
    return await Storage.open(path)


def make_fresh(path: Path) -> None:
    """Put a new database at `path`, with an identity of its own, unless something is there."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_template(), path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("UPDATE identity SET id = lower(hex(randomblob(16)))")


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="latchkey-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "fresh.db"

    async def make() -> None:
        await (await Storage.open(path)).close()

    # In a thread, because a test's own loop may be running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, make()).result()
    return path
