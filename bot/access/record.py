"""The people list as the journal tells it: what a change writes, and the list that all changes together make."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from bot.domain.journal import JournalEntry
from bot.domain.people import Grant, Person
from bot.domain.times import to_ms
from storage import Storage
from storage.journal import Journal

SNAPSHOT = "people list"
PERSON_ADDED = "person added"
PERSON_REMOVED = "person removed"
GRANT_ADDED = "grant added"
GRANT_REMOVED = "grant removed"
KINDS = (SNAPSHOT, PERSON_ADDED, PERSON_REMOVED, GRANT_ADDED, GRANT_REMOVED)

Spelt: TypeAlias = tuple[int, str, str, int | None]
"""A grant as it is compared: person, door, actions, end."""


def spelt(grant: Grant) -> dict[str, Any]:
    return {"grant": grant.id, "actions": sorted(grant.actions), "until": to_ms(grant.ends_at)}


def snapshot(people: Iterable[Person], grants: Iterable[Grant]) -> dict[str, Any]:
    return {
        "people": [person.id for person in people],
        "grants": [{"person": grant.person_id, "door": grant.door, **spelt(grant)} for grant in grants],
    }


def digest(since: datetime, people: Iterable[Person], grants: Iterable[Grant]) -> str:
    """Names this list, and the moment since which it is in doubt."""
    seen = json.dumps([to_ms(since), snapshot(people, grants)], sort_keys=True)
    return hashlib.sha256(seen.encode()).hexdigest()[:16]


async def has_snapshot(journal: Journal) -> bool:
    async for _ in journal.entries(SNAPSHOT):
        return True
    return False


async def differences(storage: Storage) -> list[str]:
    """Where the list is not what the journal says it is; each a line for an owner. An old journal says nothing."""
    async with storage.transaction():
        if not await has_snapshot(storage.journal):
            return []
        expected = await replay(storage.journal)
        return expected.differences(await storage.people.all(), await storage.people.grants())


async def replay(journal: Journal) -> "ListByJournal":
    expected = ListByJournal()
    async for entry in journal.entries(*KINDS):
        expected.take(entry)
    return expected


@dataclass
class ListByJournal:
    people: set[int] = field(default_factory=set)
    grants: dict[int, Spelt] = field(default_factory=dict)
    """By the grant's id."""

    def take(self, entry: JournalEntry) -> None:
        detail: Mapping[str, Any] = entry.detail
        person = entry.person_id or 0
        if entry.kind == SNAPSHOT:
            self.people = set(detail["people"])
            self.grants = {one["grant"]: _spelt(one["person"], one["door"], one) for one in detail["grants"]}
        elif entry.kind == PERSON_ADDED:
            self.people.add(person)
        elif entry.kind == PERSON_REMOVED:
            self.people.discard(person)
            self.grants = {number: grant for number, grant in self.grants.items() if grant[0] != person}
        elif entry.kind == GRANT_ADDED:
            self.grants[detail["grant"]] = _spelt(person, entry.door or "", detail)
        elif entry.kind == GRANT_REMOVED:
            self.grants.pop(detail["grant"], None)

    def differences(self, people: Iterable[Person], grants: Iterable[Grant]) -> list[str]:
        """One line for each person or grant that only one of the two knows, or knows otherwise."""
        found = {person.id for person in people}
        kept = {grant.id: _spelt(grant.person_id, grant.door, spelt(grant)) for grant in grants}
        lines = [f"person {one} is on the list, and no record says so" for one in sorted(found - self.people)]
        lines += [f"person {one} is missing on the list" for one in sorted(self.people - found)]
        for number in sorted(self.grants.keys() | kept.keys()):
            was, now = self.grants.get(number), kept.get(number)
            if was != now:
                lines.append(f"right {number}: the records say {_words(was)}, the list says {_words(now)}")
        return lines


def _spelt(person: int, door: str, detail: Mapping[str, Any]) -> Spelt:
    return person, door, ",".join(detail["actions"]), detail["until"]


def _words(grant: Spelt | None) -> str:
    return f"{grant[0]} {grant[1]} {grant[2]}, end {grant[3]}" if grant else "nothing"
