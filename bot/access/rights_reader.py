"""Reading somebody's rights, in one statement: what they need beside it is remembered until the list changes."""

from collections.abc import Mapping

from bot.access.membership import Memberships
from bot.clock import Clock
from bot.domain.doors import Doors
from bot.domain.people import HOUSE_ID, Rights, Role
from storage import Storage


class RightsReader:
    def __init__(self, storage: Storage, owner_ids: frozenset[int], doors: Doors, clock: Clock) -> None:
        self._storage = storage
        self._owner_ids = owner_ids
        self._doors = doors
        self.memberships = Memberships(clock.boot)
        self.sets: Mapping[str, frozenset[str]] = {}
        """The named sets of doors."""
        self.groups: frozenset[int] = frozenset()
        """The groups whose members have rights."""
        # Whether sets and groups may have changed since they were remembered.
        self._is_outdated = False

    async def rights(self, person_id: int) -> Rights:
        """Rights of groups count as far as `look_up` has found the person to be a member."""
        if self._is_outdated:
            await self.remember()
        groups = self.groups & self.memberships.of(person_id)
        person, grants = await self._storage.grants.of_person(person_id, groups)
        # A suspended owner is none. Those of the settings are owners whatever the list says of them.
        is_promoted = bool(person and person.role is Role.OWNER and not person.is_suspended)
        is_owner = person_id in self._owner_ids or is_promoted
        return Rights(person_id, person, is_owner, grants, self.sets, self._doors.second_factors)

    async def look_up(self, person_id: int) -> None:
        # Owners may do everything anyway, so that their doors do not wait for Telegram's answer.
        if person_id not in self._owner_ids and person_id != HOUSE_ID and self.groups:
            await self.memberships.look_up(person_id, self.groups)

    async def remember(self) -> None:
        self.sets, self.groups = await self._storage.people.sets(), await self._storage.grants.groups()
        # Asked for with every notice: it is remembered from now on, so that no opening waits for it.
        await self._storage.people.promoted()
        self._is_outdated = False

    async def list_changed(self, _: int | None) -> None:
        # If the disk fails now, whoever asks next reads it.
        self._is_outdated = True
        await self.remember()
