"""Codes that were made; never their digits."""

from datetime import datetime

from bot.domain.codes import IssuedPin
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "id, door, handle, person_id, person_name, made_at, asked_until, ends_at, pass_id"
LIVE = "revoked_at IS NULL AND (coalesce(ends_at, asked_until) IS NULL OR coalesce(ends_at, asked_until) > $1)"


class Pins:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, pin: IssuedPin) -> None:
        """The id passed in is ignored."""
        await self._database.rows(
            "INSERT INTO pins (door, handle, person_id, person_name, made_at, asked_until, ends_at, pass_id)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            pin.door,
            pin.handle,
            pin.person_id,
            pin.person_name,
            to_ms(pin.made_at),
            to_ms(pin.asked_until),
            to_ms(pin.ends_at),
            pin.pass_id,
        )

    async def live(self, now: datetime) -> list[IssuedPin]:
        """Neither revoked nor past their end, oldest first."""
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM pins WHERE {LIVE} ORDER BY id", to_ms(now))
        return [_pin(row) for row in rows]

    async def get(self, pin_id: int, now: datetime) -> IssuedPin | None:
        """The code if it is live."""
        row = await self._database.row(f"SELECT {COLUMNS} FROM pins WHERE {LIVE} AND id = $2", to_ms(now), pin_id)
        return _pin(row) if row else None

    async def of_pass(self, pass_id: int, now: datetime) -> list[IssuedPin]:
        """The live ones of a guest pass."""
        sql = f"SELECT {COLUMNS} FROM pins WHERE {LIVE} AND pass_id = $2 ORDER BY id"
        return [_pin(row) for row in await self._database.rows(sql, to_ms(now), pass_id)]

    async def mark_revoked(self, pin_id: int, at: datetime) -> None:
        await self._database.rows("UPDATE pins SET revoked_at = $2 WHERE id = $1", pin_id, to_ms(at))


def _pin(row: Row) -> IssuedPin:
    pin_id, door, handle, person_id, person_name, made_at, asked_until, ends_at, pass_id = row
    return IssuedPin(
        id=pin_id,
        door=door,
        handle=handle,
        person_id=person_id,
        person_name=person_name,
        made_at=from_ms(made_at),
        asked_until=from_ms(asked_until),
        ends_at=from_ms(ends_at),
        pass_id=pass_id,
    )
