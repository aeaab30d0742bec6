"""Reasons for which no door moves until somebody says otherwise, and which so must survive a restart."""

from datetime import datetime

from bot.domain.times import from_ms, to_ms
from storage.database import Database


class StoredLockouts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, datetime]:
        """Each reason with the moment since which it holds."""
        return {
            reason: from_ms(since) for reason, since in await self._database.rows("SELECT reason, since FROM lockouts")
        }

    async def put(self, reason: str, *, at: datetime) -> None:
        """A reason that holds already begins anew."""
        await self._database.rows(
            # An owner's yes names the moment: a button from before does not lift what began anew.
            "INSERT INTO lockouts (reason, since) VALUES ($1, $2) ON CONFLICT (reason) DO UPDATE SET"
            " since = excluded.since",
            reason,
            to_ms(at),
        )

    async def remove(self, reason: str) -> bool:
        """False if there was no such lockout."""
        return bool(await self._database.rows("DELETE FROM lockouts WHERE reason = $1 RETURNING reason", reason))
