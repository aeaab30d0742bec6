"""Numbers that only grow, on disk before anybody uses them: the timestamps of requests to gateways."""

from collections.abc import Mapping

from storage.database import Database


class StoredCounters:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def next(self, name: str, now: int) -> int:
        """A number above every earlier one of this name: `now`, or one more than the last."""
        row = await self._database.one(
            # `now` lies below the last where the clock was set back, and gateways take no older timestamp.
            "INSERT INTO counters (name, value) VALUES ($1, $2)"
            " ON CONFLICT (name) DO UPDATE SET value = CASE WHEN excluded.value > counters.value"
            " THEN excluded.value ELSE counters.value + 1 END RETURNING value",
            name,
            now,
        )
        return int(row[0])

    async def raise_to(self, values: Mapping[str, int]) -> None:
        # A restored database must not give out again what was given out since the backup (R8 of docs/trials.md).
        for name, value in values.items():
            await self._database.rows(
                "INSERT INTO counters (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET"
                " value = CASE WHEN excluded.value > counters.value THEN excluded.value ELSE counters.value END",
                name,
                value,
            )

    async def all(self) -> dict[str, int]:
        return {name: int(value) for name, value in await self._database.rows("SELECT name, value FROM counters")}
