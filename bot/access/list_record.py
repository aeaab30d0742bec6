"""The people list held against the journal, from which alone it could be made again."""

from collections.abc import Mapping
from datetime import datetime

from bot.access import record
from bot.access.writing import ListWriter
from storage import Storage


class ListRecord:
    def __init__(self, storage: Storage, writer: ListWriter) -> None:
        self._storage = storage
        self._writer = writer

    async def begin(self) -> None:
        # A list from before the journal told of every grant is taken as it is.
        if not await record.has_snapshot(self._storage.journal):
            await self.take_as_right(by=None)

    async def differences(self) -> list[str]:
        """Where the list is not what the journal says it is; each a line for an owner."""
        return await record.differences(self._storage)

    async def swapped_locks(self, identities: Mapping[str, str]) -> list[str]:
        """The doors whose name now stands for another lock than before, each a line for an owner; told once."""
        # Rights name a door, and would pass to the other lock with its name.
        lines = []
        async with self._storage.transaction():
            known = await self._storage.known_locks.all()
            for door, identity in identities.items():
                before = known.get(door)
                if before == identity:
                    continue
                await self._storage.known_locks.save(door, identity)
                if before:
                    await self._writer.journal("lock swapped", None, lock=identity, before=before, name=door)
                    lines.append(f"{door} is the lock {identity} now, and was {before}: rights at {door} would open it")
        return lines

    async def digest(self, since: datetime) -> str:
        """Names the list as it is now, for whoever looked at it, and what put it in doubt."""
        return record.digest(since, await record.snapshot_of(self._storage))

    async def take_as_right(self, *, by: int | None) -> None:
        """Write the whole list into the journal: from here on it is what the journal says."""
        async with self._storage.transaction():
            await self._writer.journal(record.SNAPSHOT, by, **await record.snapshot_of(self._storage))

    async def keep_after(self, seq: int) -> bool:
        """See to it that the whole list stands in an entry of the journal after this one, so that those before may go.

        False if the list is not what the journal says.
        """
        async with self._storage.transaction():
            if await self._storage.journal.newest(record.SNAPSHOT) > seq:
                return True
            # To write such a list down as right would hide what somebody slipped into it.
            if await self.differences():
                return False
            await self.take_as_right(by=None)
        return True
