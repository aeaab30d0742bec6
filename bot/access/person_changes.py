"""Who is on the people list, and as what: people come, change and go; nothing here is about one right."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.access.changes import GIVERS, Heritage, HeritageUndecided
from bot.access.writing import ListWriter
from bot.clock import Clock
from bot.domain.commands import DenialReason
from bot.domain.people import Grant, Person, Rights, Role
from bot.domain.policy import Denied
from storage import Storage


class PersonChanges:
    """Everything in the caller's transaction; `giver` was judged there."""

    def __init__(
        self, storage: Storage, writer: ListWriter, clock: Clock, owners: Callable[[], Awaitable[frozenset[int]]]
    ) -> None:
        self._storage = storage
        self._writer = writer
        self._clock = clock
        self._owners = owners

    async def meet(self, person_id: int, name: str, role: Role, *, by: int) -> tuple[Grant, ...]:
        """Put the person on the list, or keep their new name. The grants they have."""
        known, grants = await self._storage.grants.of_person(person_id)
        if known is None:
            person = Person(
                id=person_id, name=name or str(person_id), added_by=by, added_at=self._clock.datetime(), role=role
            )
            await self._writer.add_person(person, by=by)
        elif name:
            await self.update_name(known, name)
        return grants

    async def update_name(self, person: Person, name: str) -> None:
        # Not journalled: people change their names themselves, and no right depends on one.
        if person.name != name:
            await self._storage.people.save(replace(person, name=name))

    async def change(
        self, giver: Rights, person_id: int, role: Role | None, is_suspended: bool | None, heritage: Heritage | None
    ) -> tuple[Person, Person]:
        """How the person was, and is. None: as before."""
        before = await self._storage.people.get(person_id)
        if before is None:
            raise Denied(DenialReason.NO_RIGHT)
        # A manager makes no managers, and changes only whom they brought in themselves.
        if not giver.is_owner and (role is not None or before.added_by != giver.person_id or before.role is Role.OWNER):
            raise Denied(DenialReason.OUT_OF_SCOPE)
        after = replace(
            before,
            role=before.role if role is None else role,
            is_suspended=before.is_suspended if is_suspended is None else is_suspended,
        )
        if after.role is not Role.OWNER or after.is_suspended:
            await self._keep_an_owner(before)
        if after.role not in GIVERS:
            await self._settle_heritage(before, heritage, by=giver.person_id)
        await self._writer.change_person(before, after, by=giver.person_id)
        return before, after

    async def remove(self, giver: Rights, person: Person, heritage: Heritage | None) -> None:
        """Their rights are taken before."""
        await self._keep_an_owner(person)
        await self._settle_heritage(person, heritage, by=giver.person_id)
        await self._writer.remove_person(person.id, by=giver.person_id)

    async def _settle_heritage(self, person: Person, heritage: Heritage | None, *, by: int) -> None:
        # What somebody gave who gives no more ends or gets another sponsor. Nobody but a person decides that: to assume
        # the end locks guests out, and to assume the other leaves rights that nobody answers for.
        given = await self._storage.grants.given_by(person.id) if person.role in GIVERS else []
        if given and heritage is None:
            raise HeritageUndecided
        if heritage is Heritage.END:
            await self._writer.remove(given, by=by)
        else:
            await self._writer.sponsor(given, by=by)

    async def _keep_an_owner(self, person: Person) -> None:
        if person.role is Role.OWNER and await self._owners() == {person.id}:
            raise Denied(DenialReason.LAST_OWNER)
