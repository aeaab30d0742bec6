"""Neighbours: whom owners name to be called, after the hosts, when somebody does not get in at a door."""

from datetime import datetime

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.policy import Denied, decide
from storage import Storage

ADDED, REMOVED = "neighbour added", "neighbour removed"


class Neighbours:
    """Raises Denied for everybody but owners."""

    def __init__(self, storage: Storage, people: PeopleList, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._clock = clock

    async def add(self, *, caller: int, door: str, person_id: int) -> bool:
        """False if they are not on the list or have no right to open the door: they could not help."""
        await self._people.look_up(person_id)
        async with self._storage.transaction():
            await self._judge(caller)
            rights = await self._people.rights(person_id)
            # At any time: whether they can open just then is looked at when somebody calls.
            has_right = any(
                Action.OPEN in grant.actions and rights.reaches(grant, door) and not grant.has_ended(self._now())
                for grant in rights.valid_grants
            )
            if rights.person is None or not has_right:
                return False
            if await self._storage.neighbours.add(door, person_id, by=caller, at=self._now()):
                await self._journal(ADDED, door, person_id, by=caller)
        return True

    async def remove(self, *, caller: int, door: str, person_id: int) -> None:
        async with self._storage.transaction():
            await self._judge(caller)
            if await self._storage.neighbours.remove(door, person_id):
                await self._journal(REMOVED, door, person_id, by=caller)

    async def all(self, caller: int) -> list[tuple[str, int, str]]:
        """Door, id and name, in the order in which they are called."""
        await self._judge(caller)
        return await self._storage.neighbours.all()

    async def _judge(self, caller: int) -> None:
        rights = await self._people.rights(caller)
        verdict = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment())
        if verdict.reason or not rights.is_owner:
            raise Denied(verdict.reason or DenialReason.OWNERS_ONLY)

    async def _journal(self, kind: str, door: str, person_id: int, *, by: int) -> None:
        await self._storage.journal.append(kind, at=self._now(), person_id=person_id, door=door, by=by)

    def _now(self) -> datetime:
        return self._clock.datetime()
