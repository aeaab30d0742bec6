"""What the journal needs every day: a seal, and where the owner wants it the end of what is too old."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from bot.clock import Clock
from bot.domain.failures import StorageFailed
from bot.domain.journal import Seal
from storage import Storage

log = logging.getLogger("latchkey.history")

CHECK_SECONDS = 3600.0
# With a check an hour there is never more than a day between two seals.
SEAL_AFTER = timedelta(hours=23)
# Entries. Commands wait for the database while they are dropped: some hundredths of a second.
DROP_AT_ONCE = 5000


class PeopleRecord(Protocol):
    async def keep_after(self, seq: int) -> bool: ...


async def _tell_nobody(seal: Seal) -> None:
    pass


class JournalUpkeep:
    """`sealed` is called with the seal of each day. `keep_days` None keeps everything."""

    def __init__(
        self,
        storage: Storage,
        record: PeopleRecord,
        clock: Clock,
        *,
        sealed: Callable[[Seal], Awaitable[None]] = _tell_nobody,
        keep_days: int | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._record = record
        self._clock = clock
        self._sealed = sealed
        self._keep = timedelta(days=keep_days) if keep_days else None
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            try:
                await self.seal_daily()
                await self.drop_old()
            except StorageFailed as error:
                log.error("the journal could not be looked after: %s", error)  # noqa: TRY400
            await self._sleep(CHECK_SECONDS)

    async def seal(self) -> Seal | None:
        """The newest seal, after everything there is was sealed: its hash is for keeping somewhere else."""
        return await self._storage.seals.seal(at=self._clock.datetime()) or await self._storage.seals.newest()

    async def seal_daily(self) -> None:
        last = await self._storage.seals.newest()
        is_due = last is None or self._clock.datetime() - last.at >= SEAL_AFTER
        if is_due and (seal := await self.seal()):
            await self._sealed(seal)

    async def drop_old(self) -> int:
        """Drop what is older than wanted, up to a seal; the number of the last entry that was dropped, 0 for none."""
        if self._keep is None:
            return 0
        limit = self._clock.datetime() - self._keep
        boundary = await self._storage.seals.last_boundary(before=limit)
        start, _ = await self._storage.journal.start()
        if boundary <= start:
            return 0
        # First: from the entries that stay the people list must follow, as it did from all of them.
        if not await self._record.keep_after(boundary):
            log.error("nothing is dropped from the journal: the people list is not what it says")
            return 0
        while start < boundary:
            start = min(boundary, start + DROP_AT_ONCE)
            async with self._storage.transaction():
                await self._storage.journal.drop(up_to=start, at=self._clock.datetime())
                await self._storage.history.drop_commands(before=limit, at_once=DROP_AT_ONCE)
        log.info("the entries of the journal up to number %d are dropped", boundary)
        return boundary
