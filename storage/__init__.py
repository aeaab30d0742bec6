"""Everything Latchkey keeps: one SQLite file, one concern a module, records in and records out."""

import asyncio
import logging
import stat
from contextlib import AbstractAsyncContextManager
from enum import Enum
from pathlib import Path

from bot.domain.failures import StorageFailed
from storage import marker
from storage.alerts import StoredAlerts
from storage.approvals import StoredApprovals
from storage.bans import StoredBans
from storage.batteries import StoredBatteries
from storage.commands import StoredCommands
from storage.cool_downs import StoredCoolDowns
from storage.counters import StoredCounters
from storage.database import Database
from storage.digests import StoredDigests
from storage.door_calls import StoredDoorCalls
from storage.door_topics import StoredDoorTopics
from storage.drafts import StoredDrafts
from storage.faults import StoredFaults
from storage.glasses import StoredGlasses
from storage.grants import StoredGrants
from storage.groups import StoredGroups
from storage.history import StoredHistory
from storage.invitations import StoredInvitations
from storage.journal import StoredJournal
from storage.known_locks import StoredKnownLocks
from storage.lockdowns import StoredLockdowns
from storage.lockouts import StoredLockouts
from storage.marker import Marker
from storage.neighbours import StoredNeighbours
from storage.notice_messages import StoredNoticeMessages
from storage.open_doors import StoredOpenDoors
from storage.outbox import StoredOutbox
from storage.panels import StoredPanels
from storage.passes import StoredPasses
from storage.peers import StoredPeers
from storage.people import StoredPeople
from storage.pins import StoredPins
from storage.readings import StoredReadings
from storage.requests import StoredRequests
from storage.seals import StoredSeals
from storage.second_factors import StoredSecondFactors
from storage.space import StoredSpace
from storage.told import StoredToldRights
from storage.usernames import StoredUsernames
from storage.uses import StoredUses

log = logging.getLogger("latchkey.storage")

__all__ = ["Database", "Loss", "Storage"]


class Loss(Enum):
    """Why the newest records may be missing, and with them rights that were taken."""

    LOG_MISSING = "log missing"
    """Latchkey ended without closing the database, and the write-ahead log is gone."""
    REPLACED = "replaced"
    """Another database, or an older state of it, lies where the bot's own was."""


class Storage:
    """All concerns over one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        # Set whenever a door may look different; whoever shows the doors clears it.
        self.doors_changed = asyncio.Event()
        self.alerts = StoredAlerts(database)
        self.approvals = StoredApprovals(database)
        self.bans = StoredBans(database)
        self.batteries = StoredBatteries(database)
        self.commands = StoredCommands(database)
        self.cool_downs = StoredCoolDowns(database)
        self.counters = StoredCounters(database)
        self.drafts = StoredDrafts(database)
        self.digests = StoredDigests(database)
        self.faults = StoredFaults(database)
        self.door_topics = StoredDoorTopics(database)
        self.glasses = StoredGlasses(database)
        self.door_calls = StoredDoorCalls(database)
        self.grants = StoredGrants(database)
        self.groups = StoredGroups(database)
        self.history = StoredHistory(database)
        self.invitations = StoredInvitations(database)
        self.journal = StoredJournal(database)
        self.known_locks = StoredKnownLocks(database)
        self.lockdowns = StoredLockdowns(database, self.doors_changed)
        self.lockouts = StoredLockouts(database)
        self.neighbours = StoredNeighbours(database)
        self.notice_messages = StoredNoticeMessages(database)
        self.open_doors = StoredOpenDoors(database)
        self.outbox = StoredOutbox(database)
        self.panels = StoredPanels(database)
        self.passes = StoredPasses(database)
        self.peers = StoredPeers(database)
        self.people = StoredPeople(database)
        self.pins = StoredPins(database)
        self.readings = StoredReadings(database, self.doors_changed)
        self.requests = StoredRequests(database)
        self.seals = StoredSeals(database, self.journal)
        self.second_factors = StoredSecondFactors(database)
        self.space = StoredSpace(database)
        self.told = StoredToldRights(database)
        self.uses = StoredUses(database)
        self.usernames = StoredUsernames(database)

    @classmethod
    async def open(cls, path: Path) -> "Storage":
        return cls(await Database.open(path))

    @classmethod
    async def open_to_read(cls, path: Path) -> "Storage":
        return cls(await Database.open_to_read(path))

    @classmethod
    async def open_to_run(cls, path: Path) -> "tuple[Storage, Loss | None]":
        """For the bot: never begins an empty house where there was one, and tells what may be lost."""
        known = marker.read(path)
        # Before anything is opened: opening makes an empty file, and an empty list would look like a new house.
        _refuse_missing(path, known)
        log_is_missing = bool(known and known.is_open and not _has_log(path))
        storage = await cls.open(path)
        _name_open_folder(path.parent)
        try:
            if damage := await storage.database.find_damage():
                raise StorageFailed(f"{path} is damaged ({damage}): put a backup back with latchkey restore FILE")
            is_known = known is None or await storage.matches(known)
            # Something is in the log from here on, so that a missing log is noticed after a crash.
            await storage.database.rows("UPDATE identity SET id = id")
            marker.write(path, await storage.marker(is_open=True))
        except BaseException:  # a cancelled start, too, has to end the connection's thread
            await storage.close()
            raise
        if log_is_missing:
            return storage, Loss.LOG_MISSING
        return storage, None if is_known else Loss.REPLACED

    async def close_after_run(self, path: Path) -> None:
        """Close, and note beside the database that nothing waits in its log."""
        try:
            note = await self.marker(is_open=False)
        finally:
            await self.close()
        # After closing, which empties the log: cut off in between, the next start looks for a log and says so.
        marker.write(path, note)

    async def marker(self, *, is_open: bool) -> Marker:
        """By what this database is known again."""
        return Marker(await self.identity(), is_open, *await self.journal.head())

    async def identity(self) -> str:
        (identity,) = await self.database.one("SELECT id FROM identity")
        return str(identity)

    async def check(self) -> None:
        """Write something and read it back; StorageFailed if that is not possible."""
        self.database.check_file()
        # A number that only grows: what is read back cannot have been there before.
        wanted = await self.counters.next("health", 0)
        if (await self.counters.all()).get("health") != wanted:
            raise StorageFailed("the database does not keep what is written")

    async def matches(self, known: Marker) -> bool:
        if known.identity != await self.identity():
            return False
        first, hash_ = await self.journal.start()
        if known.entry < first or known.entry == 0:
            return True  # dropped since, so this state is newer
        # A journal that has this entry and goes on behind it is a later state of the same one.
        return known.hash == (hash_ if known.entry == first else await self.journal.hash_of(known.entry))

    def transaction(self) -> AbstractAsyncContextManager[None]:
        return self.database.transaction()

    async def close(self) -> None:
        await self.database.close()


def _name_open_folder(folder: Path) -> None:
    if folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        log.warning(
            "others can write to %s, and so put another database in place of this one: chmod go-w %s", folder, folder
        )


def _has_log(path: Path) -> bool:
    # An empty one counts as missing: a look from outside may have made it.
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False


def _refuse_missing(path: Path, known: Marker | None) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        if known:
            raise StorageFailed(
                f"{path} is gone, and there was a database: put it back, or a backup with latchkey restore FILE."
                f" To begin an empty house remove {marker.path_of(path)}"
            ) from None
        return
    except OSError as error:
        raise StorageFailed(f"the database {path} cannot be opened: {error.strerror}") from error
    # SQLite would take an empty file for a new database, and begin an empty house.
    if size == 0:
        raise StorageFailed(
            f"{path} is empty: put a backup back with latchkey restore FILE, or remove it to begin an empty house"
        )
