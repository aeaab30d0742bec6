"""Who was refused too often a moment ago, and until when they have to wait."""

from collections.abc import Mapping
from datetime import datetime

from bot.domain.times import from_ms, to_ms
from storage.database import Database


class StoredCoolDowns:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: Mapping[int, datetime] | None = None
        self._known_is_of = -1

    async def all(self) -> Mapping[int, datetime]:
        # Remembered: every decision asks for them.
        if self._known is None or self._known_is_of != self._database.rollbacks:
            rows = await self._database.rows("SELECT person_id, until FROM cool_downs")
            self._known_is_of = self._database.rollbacks
            self._known = {person_id: from_ms(until) for person_id, until in rows}
        return self._known

    async def put(self, person_id: int, *, until: datetime, now: datetime) -> None:
        """Those that are over are forgotten."""
        await self._database.rows("DELETE FROM cool_downs WHERE until <= $1", to_ms(now))
        await self._database.rows(
            "INSERT INTO cool_downs (person_id, until) VALUES ($1, $2)"
            " ON CONFLICT (person_id) DO UPDATE SET until = excluded.until",
            person_id,
            to_ms(until),
        )
        self._known = None
