"""Undo for ten minutes: how somebody's entry and rights were before a change, remembered and put back exactly."""

import secrets
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from bot.access.writing import ListWriter
from bot.clock import Clock
from bot.domain.people import Grant, Person
from storage import Storage

LASTS_SECONDS = 600.0
# A bound on memory: each keeps a person's rights, twice.
MOST = 500


class CannotUndo(Exception):
    """`has_changed`: somebody changed the same since. Otherwise it is too late, or the bot was restarted."""

    def __init__(self, *, has_changed: bool) -> None:
        super().__init__()
        self.has_changed = has_changed


@dataclass(frozen=True, slots=True)
class State:
    """A person with their rights, or the rights of a group."""

    person: Person | None
    grants: tuple[Grant, ...]

    def is_same_as(self, other: "State") -> bool:
        # Uses are counted and names change without anybody's changing the list.
        return _comparable(self) == _comparable(other)


@dataclass(slots=True)
class Undoable:
    """`token` is known when the change is written."""

    token: str = ""


@dataclass(frozen=True, slots=True)
class _Change:
    by: int
    at: float
    before: Mapping[int, State]
    after: Mapping[int, State]


class Undos:
    """A subject is a person's id or, below zero, a group's. Nothing is stored: a restart ends what could be undone."""

    def __init__(self, storage: Storage, writer: ListWriter, clock: Clock) -> None:
        self._storage = storage
        self._writer = writer
        self._clock = clock
        self._changes: OrderedDict[str, _Change] = OrderedDict()

    @asynccontextmanager
    async def recording(self, by: int, *subjects: int) -> AsyncIterator[Undoable]:
        """What is changed in the block is one transaction, and can be undone by whoever changed it."""
        made = Undoable()
        async with self._storage.transaction():
            before = {subject: await self.state(subject) for subject in subjects}
            yield made
            after = {subject: await self.state(subject) for subject in subjects}
        # After the transaction: what is not on disk cannot be undone. 12 signs, as a button holds 64 bytes.
        made.token = secrets.token_urlsafe(9)
        self._changes[made.token] = _Change(by, self._clock.boot(), before, after)
        if len(self._changes) > MOST:
            self._changes.popitem(last=False)

    async def put_back(self, token: str, *, by: int, judge: Callable[[Grant], Awaitable[None]]) -> frozenset[int]:
        """Undo a change; the subjects it was about. `judge` raises Denied for a right this person may not touch.

        Raises CannotUndo. In the caller's transaction; `forget` follows when that is written.
        """
        change = self._changes.get(token)
        if change is None or change.by != by or self._clock.boot() - change.at > LASTS_SECONDS:
            raise CannotUndo(has_changed=False)
        for subject, before in change.before.items():
            now = await self.state(subject)
            if not now.is_same_as(change.after[subject]):
                raise CannotUndo(has_changed=True)
            # Rights that stay as they are need not be this person's to change.
            for grant in {*before.grants, *now.grants} - ({*before.grants} & {*now.grants}):
                await judge(grant)
            await self._restore(subject, before, change.after[subject], now, by=by)
        return frozenset(change.before)

    def forget(self, token: str) -> None:
        self._changes.pop(token, None)

    async def state(self, subject: int) -> State:
        if subject < 0:
            return State(None, tuple(await self._storage.grants.of_group(subject)))
        return State(*await self._storage.grants.of_person(subject))

    async def _restore(self, subject: int, before: State, after: State, now: State, *, by: int) -> None:
        # The person comes first and goes last: a right needs its person.
        if before.person and now.person is None:
            await self._writer.add_person(before.person, by=by)
        elif before.person and now.person and _standing(before.person) != _standing(now.person):
            await self._writer.change_person(now.person, replace(before.person, name=now.person.name), by=by)
        wanted, there = _by_id(before), _by_id(now)
        await self._writer.remove([grant for number, grant in there.items() if number not in wanted], by=by)
        for number, grant in wanted.items():
            if number not in there:
                await self._writer.put_back(grant, by=by)
            elif _kept(grant) != _kept(there[number]):
                used = _used(_by_id(after)[number], there[number])
                await self._writer.change(there[number], _with_used(grant, used), by=by)
        if before.person is None and now.person:
            await self._writer.remove_person(subject, by=by)


def _used(then: Grant, now: Grant) -> int:
    """Openings since the change: what was used stays used."""
    return then.uses_left - now.uses_left if then.uses_left is not None and now.uses_left is not None else 0


def _with_used(grant: Grant, used: int) -> Grant:
    return grant if grant.uses_left is None else replace(grant, uses_left=max(grant.uses_left - used, 0))


def _by_id(state: State) -> dict[int, Grant]:
    return {grant.id: grant for grant in state.grants}


def _kept(grant: Grant) -> Grant:
    return grant if grant.uses_left is None else replace(grant, uses_left=0)


def _standing(person: Person) -> tuple[object, ...]:
    return person.role, person.is_suspended


def _comparable(state: State) -> tuple[object, ...]:
    return state.person and _standing(state.person), tuple(_kept(grant) for grant in state.grants)
