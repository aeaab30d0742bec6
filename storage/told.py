"""What people were told about their rights, so that nothing is told twice, also after a restart."""

from datetime import datetime

from bot.domain.times import to_ms
from storage.database import Database


class StoredToldRights:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, grant_id: int, kind: str, about: datetime) -> bool:
        """False if this was told before about this moment: a right whose end moved is told of again."""
        sql = (
            "INSERT INTO told_rights (grant_id, kind, about) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            " RETURNING grant_id"
        )
        return bool(await self._database.rows(sql, grant_id, kind, to_ms(about)))

    async def forget(self, *, before: datetime) -> None:
        await self._database.rows("DELETE FROM told_rights WHERE about < $1", to_ms(before))
