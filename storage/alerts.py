"""Alerts: faults that were told and have not ended, and who is on them."""

from datetime import datetime

from bot.domain.alerts import Alert, AlertKind
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "kind, door, since, by_id, by_name, taken_at"


class StoredAlerts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Alert]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM alerts ORDER BY since, kind, door")
        return [_standing(row) for row in rows]

    async def get(self, kind: AlertKind, door: str) -> Alert | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM alerts WHERE kind = $1 AND door = $2", kind, door)
        return _standing(row) if row else None

    async def begin(self, kind: AlertKind, door: str, at: datetime) -> None:
        """One that stands already goes on."""
        # With whoever is on it: a fault that is found again after a restart is no new one.
        await self._database.rows(
            "INSERT INTO alerts (kind, door, since) VALUES ($1, $2, $3) ON CONFLICT (kind, door) DO NOTHING",
            kind,
            door,
            to_ms(at),
        )

    async def acknowledge(self, kind: AlertKind, door: str, *, by_id: int, by: str, at: datetime) -> None:
        await self._database.rows(
            "UPDATE alerts SET by_id = $3, by_name = $4, taken_at = $5 WHERE kind = $1 AND door = $2",
            kind,
            door,
            by_id,
            by,
            to_ms(at),
        )

    async def end(self, kind: AlertKind, door: str) -> Alert | None:
        """What was known of it; None: it did not stand."""
        row = await self._database.row(
            f"DELETE FROM alerts WHERE kind = $1 AND door = $2 RETURNING {COLUMNS}", kind, door
        )
        return _standing(row) if row else None


def _standing(row: Row) -> Alert:
    kind, door, since, by_id, by, taken_at = row
    return Alert(kind=AlertKind(kind), door=door, since=from_ms(since), by_id=by_id, by=by, taken_at=from_ms(taken_at))
