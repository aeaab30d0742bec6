"""Who may not ask to come in any more."""

from datetime import datetime

from bot.domain.times import to_ms
from storage.database import Database


class StoredBans:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, person_id: int, name: str, *, by: int, at: datetime) -> None:
        await self._database.rows(
            "INSERT INTO bans (person_id, name, banned_by, banned_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            person_id,
            name,
            by,
            to_ms(at),
        )

    async def has(self, person_id: int) -> bool:
        return bool(await self._database.rows("SELECT person_id FROM bans WHERE person_id = $1", person_id))

    async def tell(self, person_id: int) -> bool:
        """Whether this banned person is to be told now."""
        # Once: whoever is banned must not have the bot write messages as often as they like.
        sql = "UPDATE bans SET is_told = 1 WHERE person_id = $1 AND is_told = 0 RETURNING person_id"
        return bool(await self._database.rows(sql, person_id))

    async def all(self) -> list[tuple[int, str]]:
        """The id and the name of each, the newest first."""
        rows = await self._database.rows("SELECT person_id, name FROM bans ORDER BY banned_at DESC, person_id")
        return [(person_id, name) for person_id, name in rows]

    async def remove(self, person_id: int) -> bool:
        """False if there was no such ban."""
        return bool(await self._database.rows("DELETE FROM bans WHERE person_id = $1 RETURNING person_id", person_id))
