"""The people list: who has which rights, and how owners give and take them."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.access import record
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.doors import Doors
from bot.domain.people import EVERY_DOOR, Grant, Person, Rights
from bot.domain.policy import Denied, decide
from storage import Storage


class AlreadyHandled(Exception):
    """The update came again: the list was changed by it already, and perhaps by others since."""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person of the list with every right."""

    person: Person
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The grant that was given, and those for the same door that it replaced."""

    grant: Grant
    before: tuple[Grant, ...]


class PeopleList:
    """Owners come from the settings and have every right; everybody else is in the database."""

    def __init__(self, storage: Storage, owner_ids: frozenset[int], doors: Doors, clock: Clock) -> None:
        self._storage = storage
        self._doors = doors
        self._clock = clock
        self._changed: list[Callable[[int], Awaitable[None]]] = []
        self.owner_ids = owner_ids

    def when_changed(self, call: Callable[[int], Awaitable[None]]) -> None:
        """`call` is awaited with the person's id after their rights changed and before whoever changed them is told."""
        self._changed.append(call)

    async def rights(self, person_id: int) -> Rights:
        person, grants = await self._storage.people.with_grants(person_id)
        return Rights(person_id, person, person_id in self.owner_ids, grants)

    async def entries(self) -> list[PersonEntry]:
        async with self._storage.transaction():
            people, grants = await self._storage.people.all(), await self._storage.people.grants()
        return [PersonEntry(one, tuple(grant for grant in grants if grant.person_id == one.id)) for one in people]

    async def update_name(self, person: Person, name: str) -> None:
        """Somebody on the list showed up under this name: keep it if it is new."""
        if person.name != name:
            await self._storage.people.save(replace(person, name=name))

    async def allow(
        self,
        *,
        caller: int,
        person_id: int,
        name: str,
        door: str,
        actions: Iterable[Action],
        length: timedelta | None,
        asked_at: datetime | None = None,
        update_key: str | None = None,
    ) -> Allowed:
        """Give a right in place of this person's earlier ones for this door; `length` None is for good.

        A length counts from `asked_at`: words that waited for the bot, or come again, let nobody in for longer.
        Raises Denied: whoever asks is judged here, whatever was judged before. Raises AlreadyHandled.
        """
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._begin_change(caller, update_key)
            known, grants = await self._storage.people.with_grants(person_id)
            name = name or (known.name if known else str(person_id))
            await self._save(Person(id=person_id, name=name, added_by=caller, added_at=now), is_new=known is None)
            before = tuple(grant for grant in grants if grant.door == door)
            await self._remove(before, by=caller)
            grant = await self._add(
                Grant(
                    id=0,
                    person_id=person_id,
                    door=door,
                    actions=frozenset(actions),
                    ends_at=None if length is None else min(asked_at or now, now) + length,
                    granted_by=caller,
                    granted_at=now,
                )
            )
        await self._tell_changed(person_id)
        return Allowed(grant, before)

    async def deny(self, *, caller: int, person_id: int, door: str | None, update_key: str | None = None) -> bool:
        """Take away one door, or with None the person. False if there was nothing to take.

        A right to every door becomes rights to the others when one is taken. Raises Denied and AlreadyHandled.
        """
        async with self._storage.transaction():
            await self._begin_change(caller, update_key)
            person, grants = await self._storage.people.with_grants(person_id)
            if person is None:
                return False
            taken = [grant for grant in grants if door in (None, grant.door) or grant.door == EVERY_DOOR]
            await self._remove(taken, by=caller)
            if door is None:
                await self._storage.people.remove(person_id)
                await self._journal(record.PERSON_REMOVED, person_id, by=caller)
            elif door != EVERY_DOOR:
                await self._keep_others(taken, door)
        await self._tell_changed(person_id)
        return door is None or bool(taken)

    async def differences(self) -> list[str]:
        """Where the list is not what the journal says it is; each a line for an owner."""
        return await record.differences(self._storage)

    async def digest(self, since: datetime) -> str:
        """Names the list as it is now, for whoever looked at it, and what put it in doubt."""
        async with self._storage.transaction():
            people, grants = await self._storage.people.all(), await self._storage.people.grants()
        return record.digest(since, people, grants)

    async def take_as_right(self, *, by: int | None) -> None:
        """Write the whole list into the journal: from here on it is what the journal says."""
        async with self._storage.transaction():
            people, grants = await self._storage.people.all(), await self._storage.people.grants()
            detail = record.snapshot(people, grants)
            await self._storage.journal.append(record.SNAPSHOT, at=self._clock.datetime(), person_id=by, **detail)

    async def keep_record_after(self, seq: int) -> bool:
        """See to it that the whole list stands in an entry of the journal after this one, so that those before may go.

        False if the list is not what the journal says: to write it down as right would hide that.
        """
        async with self._storage.transaction():
            if await self._storage.journal.newest(record.SNAPSHOT) > seq:
                return True
            if await self.differences():
                return False
            await self.take_as_right(by=None)
        return True

    async def begin(self) -> None:
        """The first time, a list from before the journal told of every grant is taken as it is."""
        if not await record.has_snapshot(self._storage.journal):
            await self.take_as_right(by=None)

    async def _begin_change(self, caller: int, update_key: str | None) -> None:
        verdict = decide(await self.rights(caller), action=Action.CHANGE_PEOPLE, now=self._clock.latest_datetime())
        if verdict.reason:
            raise Denied(verdict.reason)
        if update_key is not None and not await self._storage.people.claim(update_key):
            raise AlreadyHandled

    async def _save(self, person: Person, *, is_new: bool) -> None:
        await self._storage.people.save(person)
        if is_new:
            await self._journal(record.PERSON_ADDED, person.id, name=person.name, by=person.added_by)

    async def _add(self, grant: Grant) -> Grant:
        added = await self._storage.people.add_grant(grant)
        await self._journal(record.GRANT_ADDED, grant.person_id, grant.door, by=grant.granted_by, **record.spelt(added))
        return added

    async def _remove(self, grants: Iterable[Grant], *, by: int) -> None:
        for grant in grants:
            await self._storage.people.remove_grant(grant.id)
            await self._journal(record.GRANT_REMOVED, grant.person_id, grant.door, by=by, **record.spelt(grant))

    async def _keep_others(self, taken: Iterable[Grant], door: str) -> None:
        for grant in taken:
            if grant.door == EVERY_DOOR:
                for other in self._doors:
                    if other.name != door:
                        await self._add(replace(grant, door=other.name))

    async def _journal(self, kind: str, person_id: int, door: str | None = None, **detail: Any) -> None:
        await self._storage.journal.append(kind, at=self._clock.datetime(), person_id=person_id, door=door, **detail)

    async def _tell_changed(self, person_id: int) -> None:
        for call in self._changed:
            await call(person_id)
