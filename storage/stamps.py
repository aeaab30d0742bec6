"""The timestamp book: numbers that only grow, on disk before anybody uses them."""

from collections.abc import Mapping

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

    async def at_least(self, stamps: Mapping[str, int]) -> None:
        """Never below these: a restored book must not give out again what was given out since."""
        for name, value in stamps.items():
            await self._database.rows(
                "INSERT INTO stamps (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET"
                " value = CASE WHEN excluded.value > stamps.value THEN excluded.value ELSE stamps.value END",
                name,
                value,
            )

    async def everyone(self) -> dict[str, int]:
        return {name: int(value) for name, value in await self._database.rows("SELECT name, value FROM stamps")}
