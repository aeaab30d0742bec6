"""Who is on the allowlist, and what each of them may do."""

from dataclasses import replace

from bot.domain.actions import Action
from bot.domain.people import Grant, Person
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

PERSON = "id, name, added_by, added_at"
GRANT = "id, person_id, door, actions, ends_at, granted_by, granted_at"


class People:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def with_grants(self, person_id: int) -> tuple[Person | None, tuple[Grant, ...]]:
        """The person and every grant of theirs, in one statement: it stands before each command."""
        rows = await self._database.rows(
            "SELECT p.id, p.name, p.added_by, p.added_at, g.id, g.person_id, g.door, g.actions, g.ends_at,"
            " g.granted_by, g.granted_at FROM people p LEFT JOIN grants g ON g.person_id = p.id"
            " WHERE p.id = $1 ORDER BY g.id",
            person_id,
        )
        if not rows:
            return None, ()
        return _person(rows[0][:4]), tuple(_grant(row[4:]) for row in rows if row[4] is not None)

    async def get(self, person_id: int) -> Person | None:
        row = await self._database.row(f"SELECT {PERSON} FROM people WHERE id = $1", person_id)
        return _person(row) if row else None

    async def all(self) -> list[Person]:
        rows = await self._database.rows(f"SELECT {PERSON} FROM people ORDER BY lower(name), id")
        return [_person(row) for row in rows]

    async def claim(self, update_key: str) -> bool:
        """False if this update has changed the list before."""
        sql = "INSERT INTO list_changes (update_key) VALUES ($1) ON CONFLICT DO NOTHING RETURNING update_key"
        return bool(await self._database.rows(sql, update_key))

    async def save(self, person: Person) -> None:
        """Add somebody, or give somebody known a new name."""
        await self._database.rows(
            f"INSERT INTO people ({PERSON}) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            person.id,
            person.name,
            person.added_by,
            to_ms(person.added_at),
        )

    async def remove(self, person_id: int) -> bool:
        """Take the person and every grant away; False if there was nobody."""
        return bool(await self._database.rows("DELETE FROM people WHERE id = $1 RETURNING id", person_id))

    async def grants(self) -> list[Grant]:
        """Everybody's grants."""
        return [_grant(row) for row in await self._database.rows(f"SELECT {GRANT} FROM grants ORDER BY id")]

    async def add_grant(self, grant: Grant) -> Grant:
        """Add the grant and give it its id; the id passed in is ignored."""
        (grant_id,) = await self._database.one(
            "INSERT INTO grants (person_id, door, actions, ends_at, granted_by, granted_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            grant.person_id,
            grant.door,
            ",".join(sorted(grant.actions)),
            to_ms(grant.ends_at),
            grant.granted_by,
            to_ms(grant.granted_at),
        )
        return replace(grant, id=grant_id)

    async def remove_grant(self, grant_id: int) -> None:
        await self._database.rows("DELETE FROM grants WHERE id = $1", grant_id)


def _person(row: Row) -> Person:
    person_id, name, added_by, added_at = row
    return Person(id=person_id, name=name, added_by=added_by, added_at=from_ms(added_at))


def _grant(row: Row) -> Grant:
    grant_id, person_id, door, actions, ends_at, granted_by, granted_at = row
    return Grant(
        id=grant_id,
        person_id=person_id,
        door=door,
        actions=frozenset(Action(action) for action in actions.split(",") if action),
        ends_at=from_ms(ends_at),
        granted_by=granted_by,
        granted_at=from_ms(granted_at),
    )
