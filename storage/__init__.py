"""Everything Latchkey keeps: one SQLite file, one concern a module, records in and records out."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from storage.commands import Commands
from storage.database import Database
from storage.groups import Groups
from storage.holds import Holds
from storage.journal import Journal, Verification
from storage.outbox import Outbox
from storage.people import People
from storage.pins import Pins
from storage.records import StorageFailed
from storage.sightings import Sightings
from storage.stamps import Stamps

__all__ = ["Database", "Storage", "StorageFailed", "Verification"]


class Storage:
    """All concerns over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commands = Commands(database)
        self.groups = Groups(database)
        self.holds = Holds(database)
        self.journal = Journal(database)
        self.outbox = Outbox(database)
        self.people = People(database)
        self.pins = Pins(database)
        self.sightings = Sightings(database)
        self.stamps = Stamps(database)

    @classmethod
    async def open(cls, path: Path) -> "Storage":
        return cls(await Database.open(path))

    @classmethod
    async def open_to_read(cls, path: Path) -> "Storage":
        return cls(await Database.open_to_read(path))

    def transaction(self) -> AbstractAsyncContextManager[None]:
        return self.database.transaction()

    async def close(self) -> None:
        await self.database.close()
