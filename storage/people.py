"""Who is on the allowlist, in which role, and the named sets of doors; what each may do is in grants.py."""

from bot.domain.people import Person, Role
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "id, name, added_by, added_at, role, is_suspended"


class StoredPeople:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._promoted: frozenset[int] | None = None
        self._promoted_is_of = -1

    async def get(self, person_id: int) -> Person | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM people WHERE id = $1", person_id)
        return read_person(row) if row else None

    async def all(self) -> list[Person]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM people ORDER BY lower(name), id")
        return [read_person(row) for row in rows]

    async def promoted(self) -> frozenset[int]:
        """The owners among them who are not suspended."""
        # Remembered: they are asked for with every notice.
        if self._promoted is None or self._promoted_is_of != self._database.rollbacks:
            rows = await self._database.rows("SELECT id FROM people WHERE role = 'owner' AND is_suspended = 0")
            self._promoted, self._promoted_is_of = frozenset(number for (number,) in rows), self._database.rollbacks
        return self._promoted

    async def claim(self, update_key: str) -> bool:
        """False if this update has changed the list before."""
        sql = "INSERT INTO list_changes (update_key) VALUES ($1) ON CONFLICT DO NOTHING RETURNING update_key"
        return bool(await self._database.rows(sql, update_key))

    async def save(self, person: Person) -> None:
        """Add somebody, or give somebody known a new name, role or state."""
        await self._database.rows(
            # By whom and when they came stays: a manager's reach and a keyholder's place go by it.
            f"INSERT INTO people ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET"
            " name = excluded.name, role = excluded.role, is_suspended = excluded.is_suspended",
            person.id,
            person.name,
            person.added_by,
            to_ms(person.added_at),
            person.role,
            int(person.is_suspended),
        )
        self._promoted = None

    async def remove(self, person_id: int) -> bool:
        """Take the person and every grant away; False if there was nobody."""
        removed = await self._database.rows("DELETE FROM people WHERE id = $1 RETURNING id", person_id)
        self._promoted = None
        return bool(removed)

    async def sets(self) -> dict[str, frozenset[str]]:
        """The named sets of doors."""
        found: dict[str, frozenset[str]] = {}
        for name, door in await self._database.rows("SELECT name, door FROM door_sets"):
            found[name] = found.get(name, frozenset()) | {door}
        return found

    async def save_set(self, name: str, doors: frozenset[str]) -> None:
        """Put these doors in the place of the set's earlier ones; none removes the set."""
        async with self._database.transaction():
            await self._database.rows("DELETE FROM door_sets WHERE name = $1", name)
            for door in sorted(doors):
                await self._database.rows("INSERT INTO door_sets (name, door) VALUES ($1, $2)", name, door)


def read_person(row: Row) -> Person:
    person_id, name, added_by, added_at, role, is_suspended = row
    return Person(
        id=person_id,
        name=name,
        added_by=added_by,
        added_at=from_ms(added_at),
        role=Role(role),
        is_suspended=bool(is_suspended),
    )
