"""One SQLite file, one connection, one lock: open, migrate, statements, transactions."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import aiosqlite

from bot.domain.failures import StorageFailed

Value: TypeAlias = str | int | None
Row: TypeAlias = tuple[Any, ...]

PRAGMAS = (
    # Whoever only reads (latchkey history, backup) holds up nobody who writes.
    "PRAGMA journal_mode = WAL",
    # By SQLite's documentation NORMAL may lose the last commits in WAL mode when the power goes, and a door opens only
    # after a record that survives (R5 of docs/trials.md; the trial "power" breaks a build that turns it off).
    "PRAGMA synchronous = FULL",
    # SQLite ignores foreign keys unless a connection asks for them.
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    # Or the file would go on holding what was dropped from the journal. Debian's SQLite does so anyway.
    "PRAGMA secure_delete = ON",
)
RESTORE = "put a backup back with latchkey restore FILE"


class Database:
    """Statements take turns on one connection; `transaction()` keeps the turn until its block ends."""

    # One connection: the WAL-reset bug that SQLite's documentation names, in versions before 3.51.3, needs two.

    def __init__(self, connection: aiosqlite.Connection, *, begin: str = "BEGIN IMMEDIATE") -> None:
        self._connection = connection
        # IMMEDIATE takes the right to write at once: SQLite may refuse it to a transaction that began by reading.
        self._begin = begin
        self._turn = asyncio.Lock()
        # The task whose transaction is open: its statements go on, everybody else's wait.
        self._owner: asyncio.Task[object] | None = None
        # The database and its log, with the number of each on its disk.
        self._files: dict[Path, tuple[int, int] | None] = {}
        # How many transactions were taken back: whoever remembers what was written forgets it then.
        self.rollbacks = 0

    @classmethod
    async def open(cls, path: Path) -> "Database":
        """Open or create the file, readable by its owner only, and bring its tables up to date."""
        try:
            _make_private(path)
            connection = await _connect(str(path))
        except (OSError, sqlite3.Error) as error:
            raise StorageFailed(f"the database {path} cannot be opened: {_reason(error)}") from error
        database = cls(connection)
        try:
            for pragma in PRAGMAS:
                await database.rows(pragma)
            await database._migrate()
        except BaseException:
            # Also when cancelled: the connection has a thread of its own, which would keep the process alive.
            await asyncio.shield(connection.close())
            raise
        # Only now: the log is made by the first statements.
        database._files = {file: _file_number(file) for file in (path, path.with_name(f"{path.name}-wal"))}
        return database

    @classmethod
    async def open_to_read(cls, path: Path) -> "Database":
        """Look into a file that another process may be writing to; nothing can be changed."""
        try:
            # aiosqlite fails to open a file noisily, in its thread.
            file = os.open(path, os.O_RDONLY)
            found = os.fstat(file)
            os.close(file)
            if not stat.S_ISREG(found.st_mode):
                raise StorageFailed(f"the database {path} is not a file")
            if found.st_size == 0:
                raise StorageFailed(f"the database {path} is empty: {RESTORE}")
            return cls(await _connect(f"file:{quote(str(path))}?mode=ro"), begin="BEGIN")
        except FileNotFoundError:
            raise no_database(path) from None
        except (OSError, sqlite3.Error) as error:
            raise StorageFailed(f"the database {path} cannot be read: {_reason(error)}") from error

    async def close(self) -> None:
        await asyncio.shield(self._close())

    async def _close(self) -> None:
        async with self._turn:
            await self._connection.close()

    async def rows(self, sql: str, *values: Value) -> list[Row]:
        """Run one statement; `$1`, `$2` … are the values. Rows of a SELECT or of RETURNING, else none."""
        if self._owner is asyncio.current_task():
            return await self._run(sql, values)
        async with self._turn:
            return await self._run(sql, values)

    async def row(self, sql: str, *values: Value) -> Row | None:
        found = await self.rows(sql, *values)
        return found[0] if found else None

    async def one(self, sql: str, *values: Value) -> Row:
        """The row of a statement that always gives one."""
        return (await self.rows(sql, *values))[0]

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """All statements of this task in the block are kept together, or none is; joins one already open."""
        if self._owner is asyncio.current_task():
            yield
            return
        async with self._turn:
            self._owner = asyncio.current_task()
            try:
                await self._run(self._begin)
                yield
                # Before the commit: afterwards a command would be sent whose record is nowhere.
                self.check_file()
                await self._run("COMMIT")
            except BaseException:
                # Shielded: a second cancellation must not leave the transaction open for the next one in turn.
                await asyncio.shield(self._roll_back())
                raise
            finally:
                self._owner = None

    def check_file(self) -> None:
        """StorageFailed if the file was deleted or replaced."""
        # SQLite notices neither, and goes on writing into a file that nobody finds.
        for file, number in self._files.items():
            if _file_number(file) != number:
                raise StorageFailed(f"the database {file} was deleted or replaced while Latchkey was running")

    async def find_damage(self) -> str | None:
        """What SQLite finds wrong with the file; None if it is whole."""
        # Not integrity_check, which also holds every index against its table: this runs at each start.
        (verdict,) = await self.one("PRAGMA quick_check(1)")
        return None if verdict == "ok" else str(verdict)

    async def interrupt(self) -> None:
        """End what a statement is doing for whoever gave up waiting for it; it fails."""
        await self._connection.interrupt()

    async def back_up(self, target: Path) -> None:
        """A consistent copy of the whole database in a new file of its owner's, while everything goes on."""
        try:
            # Made before SQLite writes to it, which would give it the usual rights: a backup names people.
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        except OSError as error:
            raise StorageFailed(f"the backup {target} cannot be made: {_reason(error)}") from error
        try:
            await self.rows("VACUUM INTO $1", str(target))
        except BaseException:  # whoever is cancelled leaves none either
            with suppress(OSError):
                os.unlink(target)  # half a backup is none  # noqa: PTH108
            raise

    async def _run(self, sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
        # To SQLite $1 is a name like any other: values are bound by it, and one may stand in a statement twice.
        bound = {str(number): value for number, value in enumerate(values, 1)}
        try:
            return [tuple(row) for row in await self._connection.execute_fetchall(sql, bound)]
        except (sqlite3.Error, ValueError, OverflowError) as error:
            # ValueError: a closed connection, a lone surrogate. OverflowError: more than 64 bits.
            raise StorageFailed(_reason(error)) from error

    async def _roll_back(self) -> None:
        # Decided in the connection's thread, after a cancelled BEGIN or COMMIT that is still on its way there: it may
        # have gone through, and SQLite rolls some failures back by itself. Without a transaction this does nothing.
        self.rollbacks += 1
        with suppress(sqlite3.Error, ValueError):
            await self._connection.rollback()

    async def _migrate(self) -> None:
        await self.rows("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")
        for script in await self._missing_migrations():
            # Statement by statement: sqlite3's executescript would commit first, and half a script could stay.
            async with self.transaction():
                for statement in statements(script.read_text("utf-8")):
                    await self.rows(statement)
                await self.rows("INSERT INTO migrations (name) VALUES ($1)", script.name)

    async def is_up_to_date(self) -> bool:
        """Whether its tables are those of this version: whoever only reads does not bring them up to date."""
        return not await self._missing_migrations()

    async def _missing_migrations(self) -> list[Traversable]:
        applied = {name for (name,) in await self.rows("SELECT name FROM migrations")}
        scripts = sorted(files("storage.migrations").iterdir(), key=lambda script: script.name)
        return [script for script in scripts if script.name.endswith(".sql") and script.name not in applied]


def no_database(path: Path) -> StorageFailed:
    return StorageFailed(f"there is no database at {path}: see whether DATABASE names the one the bot runs on")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)  # without the path, which the sentence names
    # The low byte is the kind of error; the rest says more closely which.
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return f"the database is damaged ({error}): {RESTORE}"
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return f"{error}: another program keeps it for itself; end that one, or try again"
    return str(error)


def _make_private(path: Path) -> None:
    """Create the file if need be; it and what lies beside it are for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for end in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).chmod(0o600)


def _file_number(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


async def _connect(database: str) -> aiosqlite.Connection:
    # Whoever gives up waiting leaves no open connection behind: aiosqlite would lose it.
    async def connect() -> aiosqlite.Connection:
        # None, or sqlite3 would begin transactions by itself.
        return await aiosqlite.connect(database, uri=database.startswith("file:"), isolation_level=None)

    connecting = asyncio.get_running_loop().create_task(connect())
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        await asyncio.wait({connecting})
        if connecting.exception() is None:
            await connecting.result().close()
        raise


def statements(script: str) -> Iterator[str]:
    """The statements of an SQL script, one by one; a trigger's body stays whole."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
