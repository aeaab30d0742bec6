"""When rights were used: the openings of people, as rehearsals, cards and /who ask for them."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.history import Use
from bot.domain.times import from_ms, to_ms
from storage.database import Database

# What did something, or may have.
DONE = "outcome IN ('confirmed', 'accepted', 'unknown')"


class StoredUses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def openings(self, person_id: int, *, since: datetime) -> list[Use]:
        """Oldest first."""
        rows = await self._database.rows(
            f"SELECT person_id, door, started_at FROM commands WHERE person_id = $1 AND action = 'open' AND {DONE}"
            " AND started_at >= $2 ORDER BY id",
            person_id,
            to_ms(since),
        )
        return [Use(person, door, from_ms(at)) for person, door, at in rows]

    async def opening_before(self, person_id: int, later: int, *, since: datetime) -> datetime | None:
        """When the opening began that `later` newer ones followed, if it was since then."""
        # Those in flight count, or somebody could ask for many at once.
        row = await self._database.row(
            f"SELECT started_at FROM commands WHERE person_id = $1 AND action = 'open' AND (outcome IS NULL OR {DONE})"
            " AND started_at > $2 ORDER BY id DESC LIMIT 1 OFFSET $3",
            person_id,
            to_ms(since),
            later,
        )
        return from_ms(row[0]) if row else None

    async def last(self, person_ids: Iterable[int]) -> dict[int, Use]:
        """The newest use of any kind of each of these people."""
        ids = ", ".join(str(int(number)) for number in person_ids)
        rows = await self._database.rows(
            f"SELECT person_id, door, started_at FROM commands WHERE id IN (SELECT max(id) FROM commands"
            f" WHERE person_id IN ({ids}) AND {DONE} GROUP BY person_id)"
        )
        return {person: Use(person, door, from_ms(at)) for person, door, at in rows}

    async def who_opened(self, door: str, *, since: datetime) -> frozenset[int]:
        rows = await self._database.rows(
            "SELECT DISTINCT person_id FROM commands WHERE action = 'open' AND door = $1 AND started_at >= $2"
            f" AND {DONE}",
            door,
            to_ms(since),
        )
        return frozenset(person for (person,) in rows)
