"""Who is called, after the hosts, when somebody does not get in at a door."""

from datetime import datetime

from bot.domain.times import to_ms
from storage.database import Database


class StoredNeighbours:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, door: str, person_id: int, *, by: int, at: datetime) -> bool:
        """False if they are one already."""
        sql = (
            "INSERT INTO neighbours (door, person_id, added_by, added_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT DO NOTHING RETURNING person_id"
        )
        return bool(await self._database.rows(sql, door, person_id, by, to_ms(at)))

    async def remove(self, door: str, person_id: int) -> bool:
        """False if they were none."""
        sql = "DELETE FROM neighbours WHERE door = $1 AND person_id = $2 RETURNING person_id"
        return bool(await self._database.rows(sql, door, person_id))

    async def of(self, door: str) -> list[int]:
        """In the order in which they were named."""
        sql = "SELECT person_id FROM neighbours WHERE door = $1 ORDER BY added_at, person_id"
        return [person_id for (person_id,) in await self._database.rows(sql, door)]

    async def all(self) -> list[tuple[str, int, str]]:
        """Door, id and name."""
        sql = (
            "SELECT n.door, p.id, p.name FROM neighbours n JOIN people p ON p.id = n.person_id"
            " ORDER BY n.door, n.added_at, p.id"
        )
        return [(str(door), int(person_id), str(name)) for door, person_id, name in await self._database.rows(sql)]
