"""Open doors: since when each stands open; the timers of reminders and of the auto-lock survive a restart here."""

from datetime import datetime

from bot.domain.open_doors import OpenDoor
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "door, since, is_told, tried_at, not_before, asked_at, left_at"


class StoredOpenDoors:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[OpenDoor]:
        return [
            _open_door(row) for row in await self._database.rows(f"SELECT {COLUMNS} FROM open_doors ORDER BY since")
        ]

    async def get(self, door: str) -> OpenDoor | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM open_doors WHERE door = $1", door)
        return _open_door(row) if row else None

    async def opened(self, door: str, at: datetime) -> None:
        """Somebody opened it: every timer begins anew, but for the time that somebody keeps it open."""
        await self._database.rows(
            "INSERT INTO open_doors (door, since) VALUES ($1, $2)"
            " ON CONFLICT (door) DO UPDATE SET since = excluded.since, is_told = 0, tried_at = NULL,"
            " asked_at = NULL, left_at = NULL",
            door,
            to_ms(at),
        )

    async def seen_open(self, door: str, at: datetime) -> None:
        """It may have been open before."""
        await self._database.rows(
            "INSERT INTO open_doors (door, since) VALUES ($1, $2) ON CONFLICT (door) DO NOTHING", door, to_ms(at)
        )

    async def closed(self, door: str) -> OpenDoor | None:
        """What was known of it; None: it was not open."""
        row = await self._database.row(f"DELETE FROM open_doors WHERE door = $1 RETURNING {COLUMNS}", door)
        return _open_door(row) if row else None

    async def told(self, door: str) -> None:
        await self._database.rows("UPDATE open_doors SET is_told = 1 WHERE door = $1", door)

    async def asked(self, door: str, at: datetime) -> None:
        # It counts as told, too: whoever was asked hears later that it is closed.
        await self._database.rows(
            "UPDATE open_doors SET asked_at = $2, left_at = NULL, is_told = 1 WHERE door = $1", door, to_ms(at)
        )

    async def left(self, door: str, at: datetime) -> None:
        await self._database.rows("UPDATE open_doors SET left_at = $2 WHERE door = $1", door, to_ms(at))

    async def tried(self, door: str, at: datetime) -> None:
        await self._database.rows("UPDATE open_doors SET tried_at = $2 WHERE door = $1", door, to_ms(at))

    async def hold(self, door: str, until: datetime) -> None:
        """Nothing is told and nothing is closed before."""
        await self._database.rows("UPDATE open_doors SET not_before = $2 WHERE door = $1", door, to_ms(until))


def _open_door(row: Row) -> OpenDoor:
    door, since, is_told, tried_at, not_before, asked_at, left_at = row
    return OpenDoor(
        door=door,
        since=from_ms(since),
        is_told=bool(is_told),
        tried_at=from_ms(tried_at),
        not_before=from_ms(not_before),
        asked_at=from_ms(asked_at),
        left_at=from_ms(left_at),
    )
