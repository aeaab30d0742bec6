"""Since when, and until when, locks could not be reached or their bolts were not where they should be."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.faults import FaultyTime, LockFault
from bot.domain.times import from_ms, to_ms
from storage.database import Database

KEPT = timedelta(days=366)


class StoredFaults:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, door: str, faults: Iterable[LockFault], *, at: datetime) -> None:
        for fault in faults:
            await self._database.rows(
                "INSERT INTO lock_faults (door, fault, began_at) VALUES ($1, $2, $3)", door, fault, to_ms(at)
            )

    async def end(self, door: str, faults: Iterable[LockFault], *, at: datetime) -> None:
        for fault in faults:
            await self._database.rows(
                "UPDATE lock_faults SET ended_at = $3 WHERE door = $1 AND fault = $2 AND ended_at IS NULL",
                door,
                fault,
                to_ms(at),
            )
        await self._database.rows("DELETE FROM lock_faults WHERE ended_at < $1", to_ms(at - KEPT))

    async def between(self, since: datetime, until: datetime) -> list[FaultyTime]:
        """Those that lasted at some moment of this time, oldest first."""
        rows = await self._database.rows(
            "SELECT door, fault, began_at, ended_at FROM lock_faults"
            " WHERE began_at < $2 AND (ended_at IS NULL OR ended_at >= $1) ORDER BY began_at, door",
            to_ms(since),
            to_ms(until),
        )
        return [
            FaultyTime(door=door, fault=LockFault(fault), since=from_ms(began), until=from_ms(ended))
            for door, fault, began, ended in rows
        ]
