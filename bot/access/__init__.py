"""The people list: who has which rights, and how owners and managers give and take them."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.access.changes import GIVERS, AlreadyHandled, Given, Heritage, HeritageUndecided, PersonEntry
from bot.access.list_record import ListRecord
from bot.access.membership import Memberships
from bot.access.record import SET_CHANGED
from bot.access.register import Register
from bot.access.scope import may_give
from bot.access.undo import Undos
from bot.access.writing import ListWriter
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.failures import StorageFailed
from bot.domain.people import EVERY_DOOR, HOUSE_ID, Grant, Person, Rights, Role
from bot.domain.policy import Denied, decide
from storage import Storage

log = logging.getLogger("latchkey.access")


class PeopleList:
    """Owners come from the settings or are promoted; everybody else has what the database says.

    Whoever changes something is judged here, in the transaction that changes it: Denied says no. With an `update_key`
    an update that comes again raises AlreadyHandled.
    """

    def __init__(self, storage: Storage, owner_ids: frozenset[int], doors: Doors, clock: Clock) -> None:
        self._storage = storage
        self._doors = doors
        self._clock = clock
        self._writer = ListWriter(storage, clock)
        self.record = ListRecord(storage, self._writer)
        self.register = Register(storage)
        self.undos = Undos(storage, self._writer, clock)
        self._changed: list[Callable[[int | None], Awaitable[None]]] = []
        self._sets: Mapping[str, frozenset[str]] = {}
        self._groups: frozenset[int] = frozenset()
        self._is_outdated = False
        """Whether sets and groups may have changed since they were remembered."""
        self.memberships = Memberships(clock.boot)
        self.owner_ids = owner_ids
        """Owners by the settings: no row can make or unmake them."""

    def when_changed(self, call: Callable[[int | None], Awaitable[None]]) -> None:
        """`call` is awaited after rights changed and before whoever changed them is told.

        It gets the id of the person, or None where it may be anybody's rights.
        """
        self._changed.append(call)

    async def begin(self) -> None:
        await self._remember()
        await self.record.begin()

    async def rights(self, person_id: int) -> Rights:
        """In one statement. Rights of groups count as far as `look_up` has found the person to be a member."""
        if self._is_outdated:
            await self._remember()
        groups = self._groups & self.memberships.of(person_id)
        person, grants = await self._storage.grants.of_person(person_id, groups)
        is_owner = person_id in self.owner_ids or bool(person and person.role is Role.OWNER and not person.is_suspended)
        return Rights(person_id, person, is_owner, grants, self._sets, self._doors.second_factors)

    async def look_up(self, person_id: int) -> None:
        """Ask Telegram of which groups the person is a member, where that gives rights. Not inside a transaction."""
        if person_id not in self.owner_ids and person_id != HOUSE_ID and self._groups:
            await self.memberships.look_up(person_id, self._groups)

    async def owners(self) -> frozenset[int]:
        """By the settings and by promotion."""
        return self.owner_ids | await self._storage.people.promoted()

    async def entries(self) -> list[PersonEntry]:
        """Everybody, by name."""
        async with self._storage.transaction():
            people, grants = await self._storage.people.all(), await self._storage.grants.all()
        by_person: dict[int | None, list[Grant]] = {}
        for grant in grants:
            by_person.setdefault(grant.person_id, []).append(grant)
        return [PersonEntry(one, tuple(by_person.get(one.id, ()))) for one in people]

    async def group_grants(self) -> list[Grant]:
        return [grant for grant in await self._storage.grants.all() if grant.chat_id is not None]

    @property
    def sets(self) -> Mapping[str, frozenset[str]]:
        """The named sets of doors."""
        return self._sets

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
    ) -> Given:
        """Give a right in place of this person's earlier ones for this door; `length` None is for good.

        A length counts from `asked_at`: words that waited for the bot, or come again, let nobody in for longer.
        """
        now = self._clock.datetime()
        grant = Grant(
            id=0,
            person_id=person_id,
            door=door,
            actions=frozenset(actions),
            ends_at=None if length is None else min(asked_at or now, now) + length,
            granted_by=caller,
            granted_at=now,
        )
        return await self.give(caller=caller, grant=grant, name=name, replaces_door=True, update_key=update_key)

    async def give(
        self,
        *,
        caller: int,
        grant: Grant,
        name: str = "",
        role: Role = Role.MEMBER,
        replaces_door: bool = False,
        update_key: str | None = None,
    ) -> Given:
        """Add a grant, and its person if they are new. `replaces_door`: in place of their others for this door."""
        async with self._storage.transaction():
            giver = await self._begin_change(caller, update_key)
            if not may_give(giver, grant, self._doors):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            before: tuple[Grant, ...] = ()
            if grant.person_id is not None:
                earlier = await self._meet(grant.person_id, name, role, by=caller)
                before = tuple(one for one in earlier if replaces_door and one.door == grant.door)
                await self._writer.remove(before, by=caller)
            given = Given(await self._writer.add(replace(grant, granted_by=caller)), before)
        await self._tell_changed(grant.person_id)
        return given

    async def give_all(
        self, *, caller: int, grants: Iterable[Grant], name: str = "", role: Role = Role.MEMBER, update_key: str
    ) -> list[Grant]:
        """Add all of these grants, or none."""
        given: list[Grant] = []
        async with self._storage.transaction():
            for grant in grants:
                key = None if given else update_key
                one = await self.give(caller=caller, grant=grant, name=name, role=role, update_key=key)
                given.append(one.grant)
        return given

    async def change(self, *, caller: int, grant_id: int, update_key: str | None = None, **fields: Any) -> Given:
        """Change fields of a grant. `Given.before` is how it was. Denied if there is no such grant any more."""
        async with self._storage.transaction():
            giver = await self._begin_change(caller, update_key)
            before = await self._storage.grants.get(grant_id)
            if before is None:
                raise Denied(DenialReason.NO_RIGHT)
            after = replace(before, **fields)
            if not (self._may_change(giver, before) and may_give(giver, after, self._doors)):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            await self._writer.change(before, after, by=caller)
        await self._tell_changed(after.person_id)
        return Given(after, (before,))

    async def take(self, *, caller: int, grant_ids: Iterable[int], update_key: str | None = None) -> list[Grant]:
        """Remove grants; those that were there."""
        async with self._storage.transaction():
            giver = await self._begin_change(caller, update_key)
            found = [grant for number in grant_ids if (grant := await self._storage.grants.get(number))]
            if not all(self._may_change(giver, grant) for grant in found):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            await self._writer.remove(found, by=caller)
        for person_id in {grant.person_id for grant in found}:
            await self._tell_changed(person_id)
        return found

    async def deny(
        self,
        *,
        caller: int,
        person_id: int,
        door: str | None,
        update_key: str | None = None,
        heritage: Heritage | None = None,
    ) -> bool:
        """Take away one door, or with None the person. False if there was nothing to take.

        A right to every door becomes rights to the others when one is taken. Raises HeritageUndecided.
        """
        async with self._storage.transaction():
            giver = await self._begin_change(caller, update_key)
            person, grants = await self._storage.grants.of_person(person_id)
            if person is None:
                return False
            if not giver.is_owner and (person.role in (Role.OWNER, Role.MANAGER) or person.added_by != caller):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            taken = [grant for grant in grants if door in (None, grant.door) or grant.door == EVERY_DOOR]
            await self._writer.remove(taken, by=caller)
            if door is None:
                await self._keep_an_owner(person_id, person.role)
                await self._settle_heritage(person, heritage, by=caller)
                await self._writer.remove_person(person_id, by=caller)
            elif door != EVERY_DOOR:
                await self._keep_others(taken, door)
        await self._tell_changed(person_id)
        return door is None or bool(taken)

    async def change_person(
        self,
        *,
        caller: int,
        person_id: int,
        role: Role | None = None,
        is_suspended: bool | None = None,
        heritage: Heritage | None = None,
    ) -> tuple[Person, Person]:
        """Another role, or suspended and resumed: nothing of the rights is lost. How the person was, and is.

        Raises HeritageUndecided where somebody gives no rights any more.
        """
        async with self._storage.transaction():
            giver = await self._begin_change(caller, None)
            before = await self._storage.people.get(person_id)
            if before is None:
                raise Denied(DenialReason.NO_RIGHT)
            if not giver.is_owner and (role is not None or before.added_by != caller or before.role is Role.OWNER):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            after = replace(
                before,
                role=before.role if role is None else role,
                is_suspended=before.is_suspended if is_suspended is None else is_suspended,
            )
            if after.role is not Role.OWNER or after.is_suspended:
                await self._keep_an_owner(person_id, before.role)
            if after.role not in GIVERS:
                await self._settle_heritage(before, heritage, by=caller)
            await self._writer.change_person(before, after, by=caller)
        await self._tell_changed(person_id)
        return before, after

    async def save_set(self, *, caller: int, name: str, doors: frozenset[str]) -> None:
        """Name a set of doors, for owners; none removes it."""
        async with self._storage.transaction():
            if not (await self._begin_change(caller, None)).is_owner:
                raise Denied(DenialReason.OWNERS_ONLY)
            await self._storage.people.save_set(name, doors)
            await self._writer.journal(SET_CHANGED, None, by=caller, set=name, doors=sorted(doors))
        await self._tell_changed(None)

    async def group_moved(self, old: int, new: int) -> None:
        """A group became a supergroup and has a new id."""
        async with self._storage.transaction():
            for before in await self.group_grants():
                if before.chat_id == old:
                    await self._writer.change(before, replace(before, chat_id=new), by=None)
        await self._tell_changed(None)

    async def _begin_change(self, caller: int, update_key: str | None) -> Rights:
        rights = await self.rights(caller)
        verdict = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        if update_key is not None and not await self._storage.people.claim(update_key):
            raise AlreadyHandled
        return rights

    @staticmethod
    def _may_change(giver: Rights, grant: Grant) -> bool:
        """A manager changes what they gave themselves."""
        return giver.is_owner or grant.granted_by == giver.person_id

    async def _meet(self, person_id: int, name: str, role: Role, *, by: int) -> tuple[Grant, ...]:
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

    async def undo(self, *, caller: int, token: str) -> frozenset[int]:
        """Put back what a change changed; whom it was about. Raises Denied and undo.CannotUndo."""
        async with self._storage.transaction():
            giver = await self._begin_change(caller, None)

            async def judge(grant: Grant) -> None:
                if not (self._may_change(giver, grant) and may_give(giver, grant, self._doors)):
                    raise Denied(DenialReason.OUT_OF_SCOPE)

            subjects = await self.undos.put_back(token, by=caller, judge=judge)
            if not await self.owners():
                raise Denied(DenialReason.LAST_OWNER)
        self.undos.forget(token)
        await self._tell_changed(None)
        return subjects

    async def member_changed(self, person_id: int, chat_id: int) -> None:
        """Somebody came into a group or left it: what waits on that right is judged anew."""
        if chat_id in self._groups:
            self.memberships.forget(person_id, chat_id)
            await self.look_up(person_id)
            await self._tell_changed(person_id)

    async def _settle_heritage(self, person: Person, heritage: Heritage | None, *, by: int) -> None:
        """What somebody gave who gives no more ends or gets another sponsor: decided, never assumed."""
        given = await self.register.given_by(person.id) if person.role in GIVERS else []
        if given and heritage is None:
            raise HeritageUndecided
        if heritage is Heritage.END:
            await self._writer.remove(given, by=by)
        else:
            await self._writer.sponsor(given, by=by)

    async def _keep_an_owner(self, person_id: int, role: Role) -> None:
        """The last owner cannot leave."""
        if role is Role.OWNER and await self.owners() == {person_id}:
            raise Denied(DenialReason.LAST_OWNER)

    async def _keep_others(self, taken: Iterable[Grant], door: str) -> None:
        for grant in taken:
            if grant.door == EVERY_DOOR:
                for other in self._doors:
                    if other.name != door:
                        await self._writer.add(replace(grant, door=other.name))

    async def _remember(self, _: int | None = None) -> None:
        self._sets, self._groups = await self._storage.people.sets(), await self._storage.grants.groups()
        # Asked for with every notice: it is remembered from now on, so that no opening waits for it.
        await self._storage.people.promoted()
        self._is_outdated = False

    async def _tell_changed(self, person_id: int | None) -> None:
        # The change is on disk. Whoever must know of it learns of it, though the disk fails another one meanwhile: what
        # waits on a right that was taken is withdrawn by the second of these calls.
        self._is_outdated = True
        for call in (self._remember, *self._changed):
            try:
                await call(person_id)
            except StorageFailed:
                log.exception("the people list was changed, and not all that follows from it could be done")
