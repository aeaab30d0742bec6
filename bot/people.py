"""The allowlist: who has which rights, and how owners give and take them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.access import Action, Rights
from bot.clock import Clock
from storage import Storage
from storage.records import EVERY_DOOR, Grant, Person


class NotAnOwner(Exception):
    """Only owners change who may do what."""


class ChangedBefore(Exception):
    """The update came again: the list was changed by it already, and perhaps by others since."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the list with every right."""

    person: Person
    grants: tuple[Grant, ...]


class Allowlist:
    """Owners come from the settings and have every right; everybody else is in the database."""

    def __init__(self, storage: Storage, owner_ids: frozenset[int], clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self.owner_ids = owner_ids

    async def rights(self, person_id: int) -> Rights:
        async with self._storage.transaction():
            person = await self._storage.people.get(person_id)
            grants = tuple(await self._storage.people.grants(person_id)) if person else ()
        return Rights(person, person_id in self.owner_ids, grants)

    async def entries(self) -> list[Entry]:
        async with self._storage.transaction():
            people = await self._storage.people.everyone()
            return [Entry(person, tuple(await self._storage.people.grants(person.id))) for person in people]

    async def met(self, person: Person, name: str) -> None:
        """Somebody on the list showed up under this name: keep it if it is new."""
        if person.name != name:
            await self._storage.people.save(replace(person, name=name))

    async def allow(
        self,
        *,
        owner: int,
        person_id: int,
        name: str,
        door: str,
        actions: Iterable[Action],
        length: timedelta | None,
        asked_at: datetime | None = None,
        update_key: str | None = None,
    ) -> Grant:
        """Give a right, replacing an earlier one of this person for this door; `length` None is for good.

        A length counts from `asked_at`: words that waited for the bot, or come again, let nobody in for longer.
        Raises NotAnOwner: whoever asks is judged here, whatever was judged before. Raises ChangedBefore.
        """
        self._check(owner)
        now = self._clock.datetime()
        ends_at = None if length is None else (asked_at or now) + length
        grant = Grant(
            person_id=person_id,
            door=door,
            actions=frozenset(actions),
            ends_at=ends_at,
            granted_by=owner,
            granted_at=now,
        )
        async with self._storage.transaction():
            await self._claim(update_key)
            known = await self._storage.people.get(person_id)
            name = name or (known.name if known else str(person_id))
            await self._storage.people.save(Person(id=person_id, name=name, added_by=owner, added_at=now))
            await self._storage.people.grant(grant)
            await self._storage.journal.append(
                "allowed",
                at=now,
                person_id=person_id,
                door=door,
                by=owner,
                name=name,
                actions=sorted(grant.actions),
                until=ends_at.isoformat() if ends_at else None,
            )
        return grant

    async def deny(
        self, *, owner: int, person_id: int, door: str | None, doors: Iterable[str], update_key: str | None = None
    ) -> bool:
        """Take away one door, or with None the person. False if there was nothing to take.

        `doors` are all there are: a right to every door becomes rights to the others when one is taken.
        Raises NotAnOwner and ChangedBefore.
        """
        self._check(owner)
        async with self._storage.transaction():
            await self._claim(update_key)
            taken = await self._take(person_id, door, doors)
            if taken:
                await self._storage.journal.append(
                    "revoked", at=self._clock.datetime(), person_id=person_id, door=door, by=owner
                )
        return taken

    def _check(self, owner: int) -> None:
        if owner not in self.owner_ids:
            raise NotAnOwner(f"{owner} is not an owner")

    async def _claim(self, update_key: str | None) -> None:
        if update_key is not None and not await self._storage.people.claim(update_key):
            raise ChangedBefore

    async def _take(self, person_id: int, door: str | None, doors: Iterable[str]) -> bool:
        people = self._storage.people
        if door is None:
            return await people.remove(person_id)
        taken = await people.revoke(person_id, door)
        everywhere = next((g for g in await people.grants(person_id) if g.door == EVERY_DOOR), None)
        if everywhere is None:
            return taken
        kept = {grant.door for grant in await people.grants(person_id)}
        await people.revoke(person_id, EVERY_DOOR)
        for other in set(doors) - kept - {door}:
            await people.grant(
                Grant(
                    person_id=person_id,
                    door=other,
                    actions=everywhere.actions,
                    ends_at=everywhere.ends_at,
                    granted_by=everywhere.granted_by,
                    granted_at=everywhere.granted_at,
                )
            )
        return True
