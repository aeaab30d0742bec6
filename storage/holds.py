"""What must stay off until somebody says otherwise, and so must survive a restart."""

from datetime import datetime

from storage.database import Database
from storage.records import to_ms


class Holds:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def everyone(self) -> set[str]:
        return {reason for (reason,) in await self._database.rows("SELECT reason FROM holds")}

    async def put(self, reason: str, *, at: datetime) -> None:
        await self._database.rows(
            "INSERT INTO holds (reason, since) VALUES ($1, $2) ON CONFLICT (reason) DO NOTHING", reason, to_ms(at)
        )

    async def lift(self, reason: str) -> bool:
        """False if there was no such hold."""
        return bool(await self._database.rows("DELETE FROM holds WHERE reason = $1 RETURNING reason", reason))
