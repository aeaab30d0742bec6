"""Who is on the allowlist, and what each of them may do."""

from storage.database import Database, Row
from storage.records import Grant, Person, from_ms, to_ms


class People:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person_id: int) -> Person | None:
        row = await self._database.row("SELECT id, name, added_by, added_at FROM people WHERE id = $1", person_id)
        return _person(row) if row else None

    async def everyone(self) -> list[Person]:
        rows = await self._database.rows("SELECT id, name, added_by, added_at FROM people ORDER BY lower(name), id")
        return [_person(row) for row in rows]

    async def claim(self, update_key: str) -> bool:
        """False if this update has changed the list before."""
        sql = "INSERT INTO list_changes (update_key) VALUES ($1) ON CONFLICT DO NOTHING RETURNING update_key"
        return bool(await self._database.rows(sql, update_key))

    async def save(self, person: Person) -> None:
        """Add somebody, or give somebody known a new name."""
        await self._database.rows(
            "INSERT INTO people (id, name, added_by, added_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            person.id,
            person.name,
            person.added_by,
            to_ms(person.added_at),
        )

    async def remove(self, person_id: int) -> bool:
        """Take the person and every grant away; False if there was nobody."""
        return bool(await self._database.rows("DELETE FROM people WHERE id = $1 RETURNING id", person_id))

    async def grants(self, person_id: int) -> list[Grant]:
        rows = await self._database.rows(
            "SELECT person_id, door, actions, ends_at, granted_by, granted_at FROM grants"
            " WHERE person_id = $1 ORDER BY door",
            person_id,
        )
        return [_grant(row) for row in rows]

    async def grant(self, grant: Grant) -> None:
        """Give a right; an earlier one of this person for this door is replaced."""
        await self._database.rows(
            "INSERT INTO grants (person_id, door, actions, ends_at, granted_by, granted_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (person_id, door) DO UPDATE SET"
            " actions = excluded.actions, ends_at = excluded.ends_at,"
            " granted_by = excluded.granted_by, granted_at = excluded.granted_at",
            grant.person_id,
            grant.door,
            ",".join(sorted(grant.actions)),
            to_ms(grant.ends_at),
            grant.granted_by,
            to_ms(grant.granted_at),
        )

    async def revoke(self, person_id: int, door: str) -> bool:
        """Take one grant away; False if there was none."""
        sql = "DELETE FROM grants WHERE person_id = $1 AND door = $2 RETURNING door"
        return bool(await self._database.rows(sql, person_id, door))


def _person(row: Row) -> Person:
    person_id, name, added_by, added_at = row
    return Person(id=person_id, name=name, added_by=added_by, added_at=from_ms(added_at))


def _grant(row: Row) -> Grant:
    person_id, door, actions, ends_at, granted_by, granted_at = row
    return Grant(
        person_id=person_id,
        door=door,
        actions=frozenset(filter(None, actions.split(","))),
        ends_at=from_ms(ends_at),
        granted_by=granted_by,
        granted_at=from_ms(granted_at),
    )
