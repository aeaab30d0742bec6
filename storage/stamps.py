"""The timestamp book: numbers that only grow, on disk before anybody uses them."""

from storage.database import Database


class Stamps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def next(self, name: str, now: int) -> int:
        """A number above every earlier one of this name: `now`, or one more than the last."""
        row = await self._database.one(
            "INSERT INTO stamps (name, value) VALUES ($1, $2)"
            " ON CONFLICT (name) DO UPDATE SET value = CASE WHEN excluded.value > stamps.value"
            " THEN excluded.value ELSE stamps.value + 1 END RETURNING value",
            name,
            now,
        )
        return int(row[0])
