"""Rights: of people and of the members of Telegram groups."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.actions import Action
from bot.domain.people import Grant, Person
from bot.domain.schedules import WeeklyHours, parse_hours
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row, Value
from storage.people import read_person

FIELDS = (
    "person_id",
    "chat_id",
    "door",
    "actions",
    "starts_at",
    "ends_at",
    "hours",
    "uses_left",
    "asks_first",
    "needs_second_factor",
    "is_suspended",
    "pass_id",
    "granted_by",
    "granted_at",
)
COLUMNS = ", ".join(("id", *FIELDS))
VALUES = ", ".join(f"${number}" for number in range(1, len(FIELDS) + 1))
PERSON = ("id", "name", "added_by", "added_at", "role", "is_suspended")


class StoredGrants:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_person(self, person_id: int, groups: Iterable[int] = ()) -> tuple[Person | None, tuple[Grant, ...]]:
        """The person, and the grants of theirs or of these groups."""
        # One statement, as it stands before each command's first byte.
        chats = [int(chat) for chat in groups]
        of_groups = f" OR g.chat_id IN ({', '.join(map(str, chats))})" if chats else ""
        columns = ", ".join([*(f"p.{name}" for name in PERSON), "g.id", *(f"g.{name}" for name in FIELDS)])
        rows = await self._database.rows(
            # From a row that is always there: somebody off the list may still have the rights of a group.
            f"SELECT {columns} FROM (SELECT CAST($1 AS BIGINT) AS wanted) w LEFT JOIN people p ON p.id = w.wanted"
            f" LEFT JOIN grants g ON g.person_id = w.wanted{of_groups} ORDER BY g.id",
            person_id,
        )
        width = len(PERSON)
        person = read_person(rows[0][:width]) if rows[0][0] is not None else None
        return person, tuple(read_grant(row[width:]) for row in rows if row[width] is not None)

    async def all(self) -> list[Grant]:
        return [read_grant(row) for row in await self._database.rows(f"SELECT {COLUMNS} FROM grants ORDER BY id")]

    async def get(self, grant_id: int) -> Grant | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM grants WHERE id = $1", grant_id)
        return read_grant(row) if row else None

    async def of_pass(self, pass_id: int) -> list[Grant]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM grants WHERE pass_id = $1 ORDER BY id", pass_id)
        return [read_grant(row) for row in rows]

    async def of_people(self, person_ids: Iterable[int]) -> list[Grant]:
        ids = ", ".join(str(int(number)) for number in person_ids)
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM grants WHERE person_id IN ({ids}) ORDER BY id")
        return [read_grant(row) for row in rows]

    async def of_group(self, chat_id: int) -> list[Grant]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM grants WHERE chat_id = $1 ORDER BY id", chat_id)
        return [read_grant(row) for row in rows]

    async def of_doors(self, names: Iterable[str]) -> list[Grant]:
        """The grants for these doors, sets and signs, as they are written."""
        wanted = list(names)
        numbers = ", ".join(f"${number}" for number in range(1, len(wanted) + 1))
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM grants WHERE door IN ({numbers}) ORDER BY id", *wanted)
        return [read_grant(row) for row in rows]

    async def given_by(self, person_id: int) -> list[Grant]:
        """Those whose sponsor this person is, but for their own."""
        rows = await self._database.rows(
            # Their own rights end with them, and are nobody's to inherit.
            f"SELECT {COLUMNS} FROM grants WHERE granted_by = $1 AND (person_id IS NULL OR person_id <> $1)"
            " ORDER BY id",
            person_id,
        )
        return [read_grant(row) for row in rows]

    async def turning(self, *, since: datetime, until: datetime) -> list[Grant]:
        """Those of people that begin or end in this time and belong to no pass."""
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM grants WHERE (starts_at BETWEEN $1 AND $2 OR ends_at BETWEEN $1 AND $2)"
            " AND person_id IS NOT NULL AND pass_id IS NULL ORDER BY id",
            to_ms(since),
            to_ms(until),
        )
        return [read_grant(row) for row in rows]

    async def groups(self) -> frozenset[int]:
        """The Telegram groups whose members have a right."""
        rows = await self._database.rows("SELECT DISTINCT chat_id FROM grants WHERE chat_id IS NOT NULL")
        return frozenset(chat for (chat,) in rows)

    async def add(self, grant: Grant) -> Grant:
        """Add the grant and give it its id; the id passed in is ignored."""
        sql = f"INSERT INTO grants ({', '.join(FIELDS)}) VALUES ({VALUES}) RETURNING id"
        (grant_id,) = await self._database.one(sql, *values_of(grant))
        return replace(grant, id=grant_id)

    async def restore(self, grant: Grant) -> None:
        """Put back a grant that was removed, under the id it had."""
        # The old id, since entries of the journal and buttons of older messages name the right by it.
        numbers = ", ".join(f"${number}" for number in range(1, len(FIELDS) + 2))
        await self._database.rows(
            f"INSERT INTO grants ({', '.join(FIELDS)}, id) VALUES ({numbers})", *values_of(grant), grant.id
        )

    async def save(self, grant: Grant) -> None:
        """Change a grant that is there."""
        changes = ", ".join(f"{name} = ${number}" for number, name in enumerate(FIELDS, 1))
        sql = f"UPDATE grants SET {changes} WHERE id = ${len(FIELDS) + 1}"
        await self._database.rows(sql, *values_of(grant), grant.id)

    async def remove(self, grant_id: int) -> None:
        await self._database.rows("DELETE FROM grants WHERE id = $1", grant_id)

    async def use(self, grant_id: int) -> bool:
        """Count one use; False if none is left."""
        sql = "UPDATE grants SET uses_left = uses_left - 1 WHERE id = $1 AND uses_left > 0 RETURNING id"
        return bool(await self._database.rows(sql, grant_id))

    async def give_back(self, grant_id: int) -> None:
        """The use moved nothing."""
        await self._database.rows("UPDATE grants SET uses_left = uses_left + 1 WHERE id = $1", grant_id)


def spell_hours(hours: WeeklyHours | None) -> str | None:
    # With the zone: what was given keeps its hours, though TIMEZONE of the settings changes.
    return None if hours is None else f"{hours} {hours.zone.key}"


# Parsed before each command, and most rights share a few texts.
@lru_cache(maxsize=256)
def read_hours(text: str | None) -> WeeklyHours | None:
    if text is None:
        return None
    spans, _, zone = text.rpartition(" ")
    return parse_hours(spans, ZoneInfo(zone))


@lru_cache(maxsize=64)
def read_actions(text: str) -> frozenset[Action]:
    return frozenset(Action(action) for action in text.split(",") if action)


def values_of(grant: Grant) -> tuple[Value, ...]:
    return (
        grant.person_id,
        grant.chat_id,
        grant.door,
        ",".join(sorted(grant.actions)),
        to_ms(grant.starts_at),
        to_ms(grant.ends_at),
        spell_hours(grant.hours),
        grant.uses_left,
        int(grant.asks_first),
        int(grant.needs_second_factor),
        int(grant.is_suspended),
        grant.pass_id,
        grant.granted_by,
        to_ms(grant.granted_at),
    )


def read_grant(row: Row) -> Grant:
    grant_id, person_id, chat_id, door, actions, starts_at, ends_at, hours, uses_left, *flags, pass_id, by, at = row
    asks_first, needs_second_factor, is_suspended = map(bool, flags)
    return Grant(
        id=grant_id,
        person_id=person_id,
        chat_id=chat_id,
        door=door,
        actions=read_actions(actions),
        starts_at=from_ms(starts_at),
        ends_at=from_ms(ends_at),
        hours=read_hours(hours),
        uses_left=uses_left,
        asks_first=asks_first,
        needs_second_factor=needs_second_factor,
        is_suspended=is_suspended,
        pass_id=pass_id,
        granted_by=by,
        granted_at=from_ms(at),
    )
