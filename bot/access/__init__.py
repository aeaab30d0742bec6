"""The people list: who has which rights, and how owners and managers give and take them."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.access.changes import AlreadyHandled, Given, Heritage
from bot.access.list_record import ListRecord
from bot.access.person_changes import PersonChanges
from bot.access.record import SET_CHANGED
from bot.access.register import Register
from bot.access.rights_reader import RightsReader
from bot.access.scope import may_give
from bot.access.undo import Undos
from bot.access.writing import ListWriter
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.failures import StorageFailed
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant, Person, Rights, Role
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
        self._reader = RightsReader(storage, owner_ids, doors, clock)
        self._writer = ListWriter(storage, clock)
        self._person_changes = PersonChanges(storage, self._writer, clock, self.owners)
        self.record = ListRecord(storage, self._writer)
        self.register = Register(storage)
        self.undos = Undos(storage, self._writer, clock)
        self.memberships = self._reader.memberships
        self._changed: list[Callable[[int | None], Awaitable[None]]] = [self._reader.list_changed]
        self.owner_ids = owner_ids
        """Owners by the settings: no row can make or unmake them."""

    def when_changed(self, call: Callable[[int | None], Awaitable[None]]) -> None:
        """`call` is awaited after rights changed, before whoever did it is told: with an id, or None for all."""
        self._changed.append(call)

    async def begin(self) -> None:
        await self._reader.remember()
        await self.record.begin()

    async def rights(self, person_id: int) -> Rights:
        """In one statement. Rights of groups count as far as `look_up` has found the person to be a member."""
        return await self._reader.rights(person_id)

    async def look_up(self, person_id: int) -> None:
        """Ask Telegram of which groups the person is a member, where that gives rights. Not inside a transaction."""
        await self._reader.look_up(person_id)

    async def owners(self) -> frozenset[int]:
        """By the settings and by promotion."""
        return self.owner_ids | await self._storage.people.promoted()

    @property
    def sets(self) -> Mapping[str, frozenset[str]]:
        """The named sets of doors."""
        return self._reader.sets

    async def update_name(self, person: Person, name: str) -> None:
        """Somebody on the list showed up under this name: keep it if it is new."""
        await self._person_changes.update_name(person, name)

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
        """Give a right in place of this person's earlier ones for this door; `length` None is for good."""
        now = self._clock.datetime()
        grant = Grant(
            id=0,
            person_id=person_id,
            door=door,
            actions=frozenset(actions),
            # From when it was asked: words that waited for the bot, or come again, let nobody in for longer.
            # `min`: nor does a time that is ahead of the clock.
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
                earlier = await self._person_changes.meet(grant.person_id, name, role, by=caller)
                before = tuple(one for one in earlier if replaces_door and one.door == grant.door)
                await self._writer.remove(before, by=caller)
            # Whoever gives answers for it, whatever sponsor the grant that was passed in names.
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
                # The update is claimed with the first, and would count as handled with the others.
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
            # Both: how it was must be theirs, and what comes of it inside what they have themselves.
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

        A right to every door, or to a set, becomes rights to the others when one is taken. Raises HeritageUndecided.
        """
        async with self._storage.transaction():
            giver = await self._begin_change(caller, update_key)
            person, grants = await self._storage.grants.of_person(person_id)
            if person is None:
                return False
            if not giver.is_owner and (person.role in (Role.OWNER, Role.MANAGER) or person.added_by != caller):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            # A right to every door, or to a set with this one in it, opens it as well.
            taken = [grant for grant in grants if door is None or grant.door == door or giver.reaches(grant, door)]
            await self._writer.remove(taken, by=caller)
            if door is None:
                await self._person_changes.remove(giver, person, heritage)
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
            before, after = await self._person_changes.change(giver, person_id, role, is_suspended, heritage)
        await self._tell_changed(person_id)
        return before, after

    async def undo(self, *, caller: int, token: str) -> frozenset[int]:
        """Put back what a change changed; whom it was about. Raises Denied and undo.CannotUndo."""
        async with self._storage.transaction():
            giver = await self._begin_change(caller, None)

            async def judge(grant: Grant) -> None:
                if not (self._may_change(giver, grant) and may_give(giver, grant, self._doors)):
                    raise Denied(DenialReason.OUT_OF_SCOPE)

            subjects = await self.undos.put_back(token, by=caller, judge=judge)
            if not await self.owners():
                # A promotion that is taken back may leave nobody.
                raise Denied(DenialReason.LAST_OWNER)
        self.undos.forget(token)
        await self._tell_changed(None)
        return subjects

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
            for before in await self.register.group_grants():
                if before.chat_id == old:
                    await self._writer.change(before, replace(before, chat_id=new), by=None)
        await self._tell_changed(None)

    async def member_changed(self, person_id: int, chat_id: int) -> None:
        """Somebody came into a group or left it: what waits on that right is judged anew."""
        if chat_id in self._reader.groups:
            # Telegram is asked again and the update not believed: it may be a day old.
            self.memberships.forget(person_id, chat_id)
            await self.look_up(person_id)
            await self._tell_changed(person_id)

    async def _begin_change(self, caller: int, update_key: str | None) -> Rights:
        rights = await self.rights(caller)
        verdict = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        # What was fetched and not confirmed comes again after a crash: /allow again, after the /deny that followed it.
        if update_key is not None and not await self._storage.people.claim(update_key):
            raise AlreadyHandled
        return rights

    @staticmethod
    def _may_change(giver: Rights, grant: Grant) -> bool:
        # A manager changes what they gave themselves.
        return giver.is_owner or grant.granted_by == giver.person_id

    async def _keep_others(self, taken: Iterable[Grant], door: str) -> None:
        """`door`: one, or a set of them."""
        meant = self._doors_of_set(door) or {door}
        for grant in taken:
            for other in self._doors:
                is_reached = grant.door == EVERY_DOOR or other.name in self._doors_of_set(grant.door)
                if is_reached and other.name not in meant:
                    # The sponsor stays: this is what is left of the old right, and nobody's new gift.
                    await self._writer.add(replace(grant, door=other.name))

    def _doors_of_set(self, name: str) -> frozenset[str]:
        return self.sets.get(name.removeprefix(SET_SIGN), frozenset()) if name.startswith(SET_SIGN) else frozenset()

    async def _tell_changed(self, person_id: int | None) -> None:
        # The change is on disk. Whoever must know of it learns of it, though the disk fails another one meanwhile: what
        # waits on a right that was taken is withdrawn by the second of these.
        for call in self._changed:
            try:
                await call(person_id)
            except StorageFailed:
                log.exception("the people list was changed, and not all that follows from it could be done")
