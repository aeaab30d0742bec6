"""Changes of the people list as they are written: each with its row in the journal, in the caller's transaction."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bot.access import record
from bot.clock import Clock
from bot.domain.people import Grant, Person
from storage import Storage


class ListWriter:
    """Judges nothing: whoever calls it has."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def add(self, grant: Grant) -> Grant:
        added = await self._storage.grants.add(grant)
        await self._journal_grant(record.GRANT_ADDED, added, by=grant.granted_by, **record.spelt(added))
        return added

    async def put_back(self, grant: Grant, *, by: int) -> None:
        await self._storage.grants.restore(grant)
        await self._journal_grant(record.GRANT_ADDED, grant, by=by, **record.spelt(grant))

    async def remove(self, grants: Iterable[Grant], *, by: int) -> None:
        for grant in grants:
            await self._storage.grants.remove(grant.id)
            await self._journal_grant(record.GRANT_REMOVED, grant, by=by, **record.spelt(grant))

    async def change(self, before: Grant, after: Grant, *, by: int | None) -> None:
        await self._storage.grants.save(after)
        detail = {**record.spelt(after), "before": record.spelt(before)}
        # `spelt` has no sponsor, since the list is not compared by it.
        if after.granted_by != before.granted_by:
            detail |= {"sponsor": after.granted_by, "sponsor before": before.granted_by}
        await self._journal_grant(record.GRANT_CHANGED, after, **({"by": by} if by is not None else {}), **detail)

    async def add_person(self, person: Person, *, by: int) -> None:
        await self._storage.people.save(person)
        await self.journal(record.PERSON_ADDED, person.id, by=by, name=person.name, **record.spelt_person(person))

    async def change_person(self, before: Person, after: Person, *, by: int) -> None:
        await self._storage.people.save(after)
        detail = {**record.spelt_person(after), "before": record.spelt_person(before)}
        await self.journal(record.PERSON_CHANGED, after.id, by=by, **detail)

    async def remove_person(self, person_id: int, *, by: int) -> None:
        """Their rights are removed before."""
        await self._storage.people.remove(person_id)
        await self.journal(record.PERSON_REMOVED, person_id, by=by)

    async def sponsor(self, grants: Iterable[Grant], *, by: int) -> None:
        """Whoever is `by` answers for these rights from now on."""
        for grant in grants:
            await self.change(grant, replace(grant, granted_by=by), by=by)

    async def _journal_grant(self, kind: str, about: Grant, **detail: Any) -> None:
        # The door and the person are columns of their own.
        kept = {name: value for name, value in detail.items() if name not in ("door", "person")}
        await self._storage.journal.append(
            kind, at=self._clock.datetime(), person_id=about.person_id, door=about.door, **kept
        )

    async def journal(self, kind: str, person_id: int | None, **detail: Any) -> None:
        await self._storage.journal.append(kind, at=self._clock.datetime(), person_id=person_id, **detail)
