"""The passes of guests."""

import json
from datetime import datetime

from bot.domain.passes import GuestPass
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = (
    "id, label, doors, starts_at, ends_at, uses, host_id, host_name, made_at, invitation_id, first_used_at, revoked_at,"
    " zone"
)


class StoredPasses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, made: GuestPass) -> int:
        """The id of the new pass; the id passed in is ignored."""
        (number,) = await self._database.one(
            "INSERT INTO passes (label, doors, starts_at, ends_at, uses, host_id, host_name, made_at, zone)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
            made.label,
            json.dumps(made.doors),
            to_ms(made.starts_at),
            to_ms(made.ends_at),
            made.uses,
            made.host_id,
            made.host_name,
            to_ms(made.made_at),
            made.zone,
        )
        return int(number)

    async def get(self, pass_id: int) -> GuestPass | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM passes WHERE id = $1", pass_id)
        return _pass(row) if row else None

    async def live(self, now: datetime) -> list[GuestPass]:
        """Neither revoked nor over, in the order in which they begin."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM passes WHERE revoked_at IS NULL AND ends_at > $1 ORDER BY starts_at, id", to_ms(now)
        )
        return [_pass(row) for row in rows]

    async def untold(self, now: datetime) -> list[GuestPass]:
        """Live ones of whose end the host was not told."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM passes WHERE revoked_at IS NULL AND end_told_at IS NULL AND ends_at > $1"
            " ORDER BY ends_at, id",
            to_ms(now),
        )
        return [_pass(row) for row in rows]

    async def keep_invitation(self, pass_id: int, invitation_id: int) -> None:
        await self._database.rows("UPDATE passes SET invitation_id = $2 WHERE id = $1", pass_id, invitation_id)

    async def extend(self, pass_id: int, ends_at: datetime) -> None:
        # Told or not of the old end: the host hears of the new one.
        await self._database.rows(
            "UPDATE passes SET ends_at = $2, end_told_at = NULL WHERE id = $1", pass_id, to_ms(ends_at)
        )

    async def mark_used(self, pass_id: int, at: datetime) -> bool:
        """False if it was used before."""
        sql = "UPDATE passes SET first_used_at = $2 WHERE id = $1 AND first_used_at IS NULL RETURNING id"
        return bool(await self._database.rows(sql, pass_id, to_ms(at)))

    async def mark_end_told(self, pass_id: int, at: datetime) -> None:
        await self._database.rows("UPDATE passes SET end_told_at = $2 WHERE id = $1", pass_id, to_ms(at))

    async def checks(self, pass_id: int) -> frozenset[str]:
        """Which checks before the guest's arrival were made."""
        rows = await self._database.rows("SELECT advance FROM arrival_checks WHERE pass_id = $1", pass_id)
        return frozenset(advance for (advance,) in rows)

    async def claim_check(self, pass_id: int, advance: str, at: datetime) -> bool:
        """False if this one was made before."""
        # On disk, so that a restart does not ask the locks and tell the host again.
        sql = (
            "INSERT INTO arrival_checks (pass_id, advance, checked_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
            " RETURNING pass_id"
        )
        return bool(await self._database.rows(sql, pass_id, advance, to_ms(at)))

    async def revoke(self, pass_id: int, at: datetime) -> bool:
        """False if it was revoked before."""
        sql = "UPDATE passes SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id"
        return bool(await self._database.rows(sql, pass_id, to_ms(at)))


def _pass(row: Row) -> GuestPass:
    number, label, doors, starts_at, ends_at, uses, host_id, host_name, *rest = row
    made_at, invitation_id, first_used_at, revoked_at, zone = rest
    return GuestPass(
        id=number,
        label=label,
        doors=tuple(json.loads(doors)),
        starts_at=from_ms(starts_at),
        ends_at=from_ms(ends_at),
        uses=uses,
        host_id=host_id,
        host_name=host_name,
        made_at=from_ms(made_at),
        invitation_id=invitation_id,
        first_used_at=from_ms(first_used_at),
        revoked_at=from_ms(revoked_at),
        zone=zone,
    )
