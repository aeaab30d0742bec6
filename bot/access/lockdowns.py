"""Owners shut a door, or every door, for everybody else, and end that again."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from bot.access import PeopleList
from bot.access.changes import AlreadyHandled
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.doors import Doors
from bot.domain.events import Event, LockdownBegan, LockdownEnded
from bot.domain.lockdowns import Lockdown
from bot.domain.people import EVERY_DOOR, Grant, Rights
from bot.domain.policy import Denied, decide
from bot.notices import Notices
from storage import Storage

BEGAN, ENDED = "lockdown", "lockdown ended"


class Lockdowns:
    """Raises Denied for everybody but owners, and AlreadyHandled for an update that comes again."""

    def __init__(self, storage: Storage, people: PeopleList, doors: Doors, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._begun: list[Callable[[None], Awaitable[None]]] = []

    def when_begun(self, call: Callable[[None], Awaitable[None]]) -> None:
        """`call` is awaited once a lockdown holds, before anybody hears of it: what waits is to be withdrawn."""
        self._begun.append(call)

    async def standing(self) -> list[Lockdown]:
        now = self._clock.moment()
        return [one for one in await self._storage.lockdowns.all() if one.holds(now)]

    async def begin(
        self, *, caller: int, caller_name: str, door: str, ends_at: datetime | None, update_key: str
    ) -> Lockdown:
        """In place of an earlier one for the same door."""
        begun = Lockdown(door=door, by_name=caller_name, began_at=self._clock.datetime(), ends_at=ends_at)
        async with self._storage.transaction():
            await self._judge(caller, update_key)
            await self._storage.lockdowns.put(begun)
            until = round(ends_at.timestamp()) if ends_at else None
            await self._journal(BEGAN, begun, person_id=caller, by=caller, until=until)
            event = LockdownBegan(door=_named(door), by=caller_name, at=begun.began_at, ends_at=ends_at)
            await self._tell(door, event, skip=caller)
        # Before the owner reads that it holds: after that nothing that waits for a lock leaves (docs/trials.md, R16).
        for call in self._begun:
            await call(None)
        return begun

    async def end(self, *, caller: int, caller_name: str, door: str | None, update_key: str) -> list[Lockdown]:
        """The one for this door, or with None all of them; those that held."""
        async with self._storage.transaction():
            await self._judge(caller, update_key)
            ended = [one for one in await self.standing() if door in (None, one.door)]
            for one in ended:
                await self._end(one, by=caller_name, person_id=caller)
        return ended

    async def end_due(self) -> None:
        """Remove those whose time has come, and tell people."""
        now = self._clock.moment()
        for one in await self._storage.lockdowns.all():
            # Decisions look at the time themselves: however late this is, nobody was kept out by it.
            if not one.holds(now):
                async with self._storage.transaction():
                    await self._end(one, by=None, person_id=None)

    async def _end(self, lockdown: Lockdown, *, by: str | None, person_id: int | None) -> None:
        await self._storage.lockdowns.remove(lockdown.door)
        await self._journal(ENDED, lockdown, person_id=person_id, by=person_id)
        event = LockdownEnded(door=_named(lockdown.door), by=by, at=self._clock.datetime())
        await self._tell(lockdown.door, event, skip=person_id)

    async def _judge(self, caller: int, update_key: str) -> None:
        verdict = decide(await self._people.rights(caller), action=Action.LOCK_DOWN, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        if not await self._storage.people.claim(update_key):
            raise AlreadyHandled

    async def _tell(self, door: str, event: Event, *, skip: int | None) -> None:
        """Owners, everybody who could open there, and the groups that are told of doors."""
        names = [one.name for one in self._doors] if door == EVERY_DOOR else [door]
        concerned = set(await self._people.owners())
        # From one reading of the list: a statement for each of 500 people would hold up the lockdown.
        for entry in await self._people.register.entries():
            rights = Rights(entry.person.id, entry.person, False, entry.grants, self._people.sets)
            if not entry.person.is_suspended and any(self._may_open(rights, name) for name in names):
                concerned.add(entry.person.id)
        rights = Rights(0, None, False, tuple(await self._people.register.group_grants()), self._people.sets)
        # One set for both: Telegram's ids of groups are below zero, and a person's is that of their private chat.
        concerned |= {grant.chat_id for grant in rights.grants if grant.chat_id and _opens(rights, grant, names)}
        await self._notices.tell_groups_and(concerned, event, skip=skip)

    def _may_open(self, rights: Rights, door: str) -> bool:
        # At any time: whoever may open on Mondays wants to know on Sunday.
        now = self._clock.datetime()
        return any(_opens(rights, grant, [door]) and not grant.has_ended(now) for grant in rights.grants)

    async def _journal(self, kind: str, lockdown: Lockdown, *, person_id: int | None, **detail: Any) -> None:
        await self._storage.journal.append(
            kind, at=self._clock.datetime(), person_id=person_id, door=_named(lockdown.door), **detail
        )


def _opens(rights: Rights, grant: Grant, doors: list[str]) -> bool:
    return Action.OPEN in grant.actions and not grant.is_suspended and any(rights.reaches(grant, one) for one in doors)


def _named(door: str) -> str | None:
    return None if door == EVERY_DOOR else door
