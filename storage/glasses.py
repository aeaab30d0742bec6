"""Sealed openings, who may break them, and when each owner was last seen."""

from datetime import datetime, timedelta

from bot.domain.glass import Glass, Keyholder, OwnerSign
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "id, door, votes_needed, silence, set_by, set_by_name, set_at, broken_at, revoked_at, revoked_by"


class StoredGlasses:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, glass: Glass) -> int:
        """The id of the new glass, with its keyholders; the id passed in is ignored."""
        async with self._database.transaction():
            (number,) = await self._database.one(
                "INSERT INTO glasses (door, votes_needed, silence, set_by, set_by_name, set_at)"
                " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
                glass.door,
                glass.votes_needed,
                round(glass.silence.total_seconds()) if glass.silence else None,
                glass.set_by,
                glass.set_by_name,
                to_ms(glass.set_at),
            )
            for one in glass.keyholders:
                await self._database.rows(
                    "INSERT INTO keyholders (glass_id, person_id, name, listed_at) VALUES ($1, $2, $3, $4)",
                    number,
                    one.person_id,
                    one.name,
                    to_ms(one.listed_at),
                )
        return int(number)

    async def get(self, glass_id: int) -> Glass | None:
        """Also one that was revoked: buttons of older messages name it."""
        found = await self._read(f"SELECT {COLUMNS} FROM glasses WHERE id = $1", glass_id)
        return found[0] if found else None

    async def standing(self) -> list[Glass]:
        """Those that are not revoked, broken or not."""
        return await self._read(f"SELECT {COLUMNS} FROM glasses WHERE revoked_at IS NULL ORDER BY id")

    async def held_by(self, person_id: int) -> list[Glass]:
        """Those of which this person is a keyholder, not revoked and not broken."""
        return await self._read(
            f"SELECT {COLUMNS} FROM glasses WHERE revoked_at IS NULL AND broken_at IS NULL"
            " AND id IN (SELECT glass_id FROM keyholders WHERE person_id = $1) ORDER BY id",
            person_id,
        )

    async def mark_broken(self, glass_id: int, at: datetime) -> None:
        await self._database.rows("UPDATE glasses SET broken_at = $2 WHERE id = $1", glass_id, to_ms(at))

    async def renew(self, glass_id: int, *, by: int, by_name: str, at: datetime) -> None:
        """It can be broken again, and this owner answers for it."""
        await self._database.rows(
            "UPDATE glasses SET broken_at = NULL, set_by = $2, set_by_name = $3, set_at = $4 WHERE id = $1",
            glass_id,
            by,
            by_name,
            to_ms(at),
        )

    async def revoke(self, glass_id: int, *, by: int | None, at: datetime | None) -> None:
        """`at` None: it is not revoked after all."""
        await self._database.rows(
            "UPDATE glasses SET revoked_at = $2, revoked_by = $3 WHERE id = $1", glass_id, to_ms(at), by
        )

    async def save_sign(self, sign: OwnerSign) -> None:
        await self._database.rows(
            "INSERT INTO owner_signs (person_id, name, seen_at) VALUES ($1, $2, $3)"
            " ON CONFLICT (person_id) DO UPDATE SET name = excluded.name, seen_at = excluded.seen_at",
            sign.person_id,
            sign.name,
            to_ms(sign.at),
        )

    async def signs(self) -> list[OwnerSign]:
        """The last of each, also of those who are no owners any more."""
        rows = await self._database.rows("SELECT person_id, name, seen_at FROM owner_signs")
        return [OwnerSign(person, name, from_ms(at)) for person, name, at in rows]

    async def _read(self, sql: str, *values: int) -> list[Glass]:
        rows = await self._database.rows(sql, *values)
        if not rows:
            return []
        # Numbers of the table's own: they may stand in the statement.
        numbers = ", ".join(str(int(row[0])) for row in rows)
        holders: dict[int, list[Keyholder]] = {}
        for number, person_id, name, listed_at in await self._database.rows(
            f"SELECT glass_id, person_id, name, listed_at FROM keyholders WHERE glass_id IN ({numbers})"
            " ORDER BY name, person_id"
        ):
            holders.setdefault(number, []).append(Keyholder(person_id, name, from_ms(listed_at)))
        return [_glass(row, holders.get(row[0], [])) for row in rows]


def _glass(row: Row, keyholders: list[Keyholder]) -> Glass:
    number, door, votes_needed, silence, set_by, set_by_name, set_at, broken_at, revoked_at, revoked_by = row
    return Glass(
        id=number,
        door=door,
        keyholders=tuple(keyholders),
        votes_needed=votes_needed,
        silence=None if silence is None else timedelta(seconds=silence),
        set_by=set_by,
        set_by_name=set_by_name,
        set_at=from_ms(set_at),
        broken_at=from_ms(broken_at),
        revoked_at=from_ms(revoked_at),
        revoked_by=revoked_by,
    )
