"""The people list as the journal tells it: what a change writes, and the list that all changes together make."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from bot.domain.approvals import ApprovalAnswer
from bot.domain.glass import Glass
from bot.domain.journal import JournalEntry
from bot.domain.people import Grant, Person, Role
from bot.domain.times import to_ms
from storage import Storage
from storage.grants import spell_hours
from storage.journal import StoredJournal

SNAPSHOT = "people list"
PERSON_ADDED = "person added"
PERSON_CHANGED = "person changed"
PERSON_REMOVED = "person removed"
GRANT_ADDED = "grant added"
GRANT_CHANGED = "grant changed"
GRANT_REMOVED = "grant removed"
SET_CHANGED = "door set"
GLASS_KEPT, GLASS_REVOKED = ("glass set", "glass restored", "glass renewed", "glass void"), "glass revoked"
ANSWERED = "asking answered"
KINDS = (
    *(SNAPSHOT, PERSON_ADDED, PERSON_CHANGED, PERSON_REMOVED, GRANT_ADDED, GRANT_CHANGED, GRANT_REMOVED, SET_CHANGED),
    *(*GLASS_KEPT, GLASS_REVOKED, ANSWERED),
)

Spelt: TypeAlias = Mapping[str, Any]
"""A person, a grant or a glass as it is written and compared: what is not said is false, or none."""


def spelt_person(person: Person) -> dict[str, Any]:
    return _said({"id": person.id, "role": person.role.value, "suspended": person.is_suspended})


def spelt(grant: Grant) -> dict[str, Any]:
    # Without the uses that are left: each use is a command with an entry of its own.
    return _said(
        {
            "grant": grant.id,
            "person": grant.person_id,
            "group": grant.chat_id,
            "door": grant.door,
            "actions": sorted(grant.actions),
            "from": to_ms(grant.starts_at),
            "until": to_ms(grant.ends_at),
            "hours": spell_hours(grant.hours),
            "counted": grant.uses_left is not None,
            "asks": grant.asks_first,
            "second": grant.needs_second_factor,
            "suspended": grant.is_suspended,
            "pass": grant.pass_id,
        }
    )


def spelt_glass(glass: Glass) -> dict[str, Any]:
    return _said(
        {
            "glass": glass.id,
            "door": glass.door,
            "keyholders": [[one.person_id, to_ms(one.listed_at)] for one in glass.keyholders],
            "needed": glass.votes_needed,
            "silence": round(glass.silence.total_seconds()) if glass.silence else None,
            "sponsor": glass.set_by,
            "broken": glass.broken_at is not None,
        }
    )


def snapshot(
    people: Iterable[Person],
    grants: Iterable[Grant],
    sets: Mapping[str, frozenset[str]],
    glasses: Iterable[Glass],
) -> dict[str, Any]:
    return {
        "glasses": [spelt_glass(glass) for glass in glasses],
        "people": [spelt_person(person) for person in sorted(people, key=lambda person: person.id)],
        "grants": [spelt(grant) for grant in grants],
        "sets": {name: sorted(doors) for name, doors in sets.items()},
    }


async def snapshot_of(storage: Storage) -> dict[str, Any]:
    """The list as it is, in one transaction."""
    async with storage.transaction():
        people, grants = await storage.people.all(), await storage.grants.all()
        return snapshot(people, grants, await storage.people.sets(), await storage.glasses.standing())


def digest(since: datetime, listed: Mapping[str, Any]) -> str:
    """Names this list (a snapshot), and the moment since which it is in doubt."""
    # Short, as it stands in a button, of which Telegram takes 64 bytes. The moment keeps an old button from confirming
    # a list that was restored again.
    return hashlib.sha256(json.dumps([to_ms(since), listed], sort_keys=True).encode()).hexdigest()[:16]


async def has_snapshot(journal: StoredJournal) -> bool:
    async for _ in journal.entries(SNAPSHOT):
        return True
    return False


async def differences(storage: Storage) -> list[str]:
    """Where the list is not what the journal says it is; each a line for an owner. An old journal says nothing."""
    async with storage.transaction():
        if not await has_snapshot(storage.journal):
            return []
        expected = ListByJournal()
        async for entry in storage.journal.entries(*KINDS):
            expected.take(entry)
        found = await snapshot_of(storage)
    return expected.differences(found)


@dataclass
class ListByJournal:
    people: dict[int, Spelt] = field(default_factory=dict)
    grants: dict[int, Spelt] = field(default_factory=dict)
    sets: dict[str, list[str]] = field(default_factory=dict)
    glasses: dict[int, Spelt] = field(default_factory=dict)

    def take(self, entry: JournalEntry) -> None:
        detail: Mapping[str, Any] = entry.detail
        person = entry.person_id or 0
        if "glass" in detail:
            self._take_glass(entry, detail["glass"])
        match entry.kind:
            case "people list":
                self._begin(detail)
            case "person added" | "person changed":
                self.people[person] = _person({**detail, "id": person})
            case "person removed":
                self.people.pop(person, None)
                # The database takes the rights along (ON DELETE CASCADE), whether or not each has an entry.
                self.grants = {number: grant for number, grant in self.grants.items() if grant.get("person") != person}
            case "grant added" | "grant changed":
                self.grants[detail["grant"]] = _grant({"person": entry.person_id, "door": entry.door, **detail})
            case "grant removed":
                self.grants.pop(detail["grant"], None)
            case "door set":
                self.sets = {
                    name: doors for name, doors in {**self.sets, detail["set"]: detail["doors"]}.items() if doors
                }

    def _take_glass(self, entry: JournalEntry, number: int) -> None:
        if entry.kind == GLASS_REVOKED:
            self.glasses.pop(number, None)
        elif entry.kind in GLASS_KEPT:
            self.glasses[number] = _glass({"door": entry.door, **entry.detail})
        # A yes to a question about a glass breaks it.
        elif entry.detail.get("answer") == ApprovalAnswer.ONCE and number in self.glasses:
            self.glasses[number] = {**self.glasses[number], "broken": True}

    def differences(self, found: Mapping[str, Any]) -> list[str]:
        """One line for each person, right or set that only one of the two knows, or knows otherwise."""
        people = {one["id"]: _person(one) for one in found["people"]}
        grants = {one["grant"]: _grant(one) for one in found["grants"]}
        return [
            *_compare("person", self.people, people),
            *_compare("right", self.grants, grants),
            *_compare("set", self.sets, found["sets"]),
            *_compare("glass", self.glasses, {one["glass"]: _glass(one) for one in found["glasses"]}),
        ]

    def _begin(self, detail: Mapping[str, Any]) -> None:
        # Versions before the roles wrote the ids alone.
        people = [one if isinstance(one, dict) else {"id": one} for one in detail["people"]]
        self.people = {one["id"]: _person(one) for one in people}
        self.grants = {one["grant"]: _grant(one) for one in detail["grants"]}
        self.sets = dict(detail.get("sets", {}))
        self.glasses = {one["glass"]: _glass(one) for one in detail.get("glasses", ())}


PERSON_KEYS = ("id", "role", "suspended")
GRANT_KEYS = (
    *("grant", "person", "group", "door", "actions", "from", "until", "hours"),
    *("counted", "asks", "second", "suspended", "pass"),
)

GLASS_KEYS = ("glass", "door", "keyholders", "needed", "silence", "sponsor", "broken")


def _person(detail: Mapping[str, Any]) -> Spelt:
    # Entries from before the roles name none.
    kept = {"role": Role.MEMBER.value, **detail}
    return _said({key: kept.get(key) for key in PERSON_KEYS})


def _grant(detail: Mapping[str, Any]) -> Spelt:
    return _said({key: detail.get(key) for key in GRANT_KEYS})


def _glass(detail: Mapping[str, Any]) -> Spelt:
    return _said({key: detail.get(key) for key in GLASS_KEYS})


def _said(fields: Mapping[str, Any]) -> dict[str, Any]:
    # A field that a later version adds is missing in old entries, and has to compare equal to its default.
    return {name: value for name, value in fields.items() if value not in (None, False)}


def _compare(what: str, recorded: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[str]:
    return [
        f"{what} {key}: the records say {_words(recorded.get(key))}, the list says {_words(found.get(key))}"
        for key in sorted(recorded.keys() | found.keys())
        if recorded.get(key) != found.get(key)
    ]


def _words(spelt: object) -> str:
    return "nothing" if spelt is None else json.dumps(spelt, sort_keys=True)
