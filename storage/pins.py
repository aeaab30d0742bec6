"""Codes that were made; never their digits, but the number of the message that shows them, until it is deleted."""

from datetime import datetime

from bot.domain.codes import IssuedPin, WatchedPin
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row
from storage.encoding import decode_remark, encode_remark

COLUMNS = (
    "id, door, handle, person_id, person_name, made_at, asked_until, ends_at, pass_id, label, starts_at,"
    " revoke_asked_at IS NOT NULL, outlives_right, note"
)
# The end that the lock system named counts before the one that was asked for.
LIVE = "revoked_at IS NULL AND (coalesce(ends_at, asked_until) IS NULL OR coalesce(ends_at, asked_until) > $1)"


class StoredPins:
    def __init__(self, database: Database) -> None:
        self._database = database
        # Grows with whatever may bring forward what is due of a code, so that its timekeeper need not ask each time.
        self.changes = 0

    async def add(self, pin: IssuedPin, *, message_id: int | None = None) -> None:
        """The id passed in is ignored. `message_id`: the message in the person's own chat that shows the digits."""
        self.changes += 1
        await self._database.rows(
            "INSERT INTO pins (door, handle, person_id, person_name, made_at, asked_until, ends_at, pass_id, label,"
            " starts_at, message_id, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            pin.door,
            pin.handle,
            pin.person_id,
            pin.person_name,
            to_ms(pin.made_at),
            to_ms(pin.asked_until),
            to_ms(pin.ends_at),
            pin.pass_id,
            pin.label,
            to_ms(pin.starts_at),
            message_id,
            encode_remark(pin.note),
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

    async def of_door(self, door: str) -> list[IssuedPin]:
        """Every one that was ever made for it."""
        # Also what is over: a lock that still lists it does not list a stranger's code.
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM pins WHERE door = $1 ORDER BY id", door)
        return [_pin(row) for row in rows]

    async def watched(self, now: datetime) -> list[WatchedPin]:
        """Those of which something is still to be done: their end is to be told, or their message to be deleted."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS}, {LIVE} AND end_told_at IS NULL, message_id, revoked_at IS NOT NULL FROM pins"
            f" WHERE message_id IS NOT NULL OR ({LIVE} AND end_told_at IS NULL) ORDER BY id",
            to_ms(now),
        )
        return [
            WatchedPin(pin=_pin(row[:-3]), is_untold=bool(row[-3]), message_id=row[-2], is_revoked=bool(row[-1]))
            for row in rows
        ]

    async def mark_end_told(self, pin_id: int, at: datetime) -> None:
        await self._database.rows("UPDATE pins SET end_told_at = $2 WHERE id = $1", pin_id, to_ms(at))

    async def mark_revoke_asked(self, pin_id: int, at: datetime) -> None:
        await self._database.rows("UPDATE pins SET revoke_asked_at = $2 WHERE id = $1", pin_id, to_ms(at))

    async def mark_revoked(self, pin_id: int, at: datetime) -> None:
        self.changes += 1
        await self._database.rows("UPDATE pins SET revoked_at = $2 WHERE id = $1", pin_id, to_ms(at))

    async def mark_outliving(self, pin_id: int, *, outlives: bool) -> None:
        await self._database.rows("UPDATE pins SET outlives_right = $2 WHERE id = $1", pin_id, int(outlives))

    async def forget_message(self, pin_id: int) -> None:
        await self._database.rows("UPDATE pins SET message_id = NULL WHERE id = $1", pin_id)

    async def message_moved(self, person_id: int, old: int, new: int) -> None:
        """The digits are shown by another message than was meant."""
        # The number is kept before the digits are in a message, or a crash in between would leave them there for good.
        sql = "UPDATE pins SET message_id = $3 WHERE person_id = $1 AND message_id = $2"
        await self._database.rows(sql, person_id, old, new)


def _pin(row: Row) -> IssuedPin:
    pin_id, door, handle, person_id, person_name, made_at, asked_until, ends_at, pass_id, *rest = row
    label, starts_at, is_revoke_asked, outlives_right, note = rest
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
        label=label,
        starts_at=from_ms(starts_at),
        is_revoke_asked=bool(is_revoke_asked),
        outlives_right=bool(outlives_right),
        note=decode_remark(note),
    )
