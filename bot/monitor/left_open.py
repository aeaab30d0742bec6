"""Tells once that a door has been open for long, and asks at an hour of the day whether it may stay open."""

from datetime import datetime

from bot.clock import Clock
from bot.domain.doors import Door, Doors
from bot.domain.events import DoorLeftOpen, OpenLate
from bot.domain.open_doors import OpenDoor
from bot.notices import Notices
from storage import Storage


class LeftOpen:
    def __init__(self, storage: Storage, doors: Doors, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._doors = doors
        self._notices = notices
        self._clock = clock

    async def tell_due(self) -> None:
        if not self._doors.have_timers:
            return  # nothing is asked of the disk for what nobody set
        now = self._clock.datetime()
        async with self._storage.transaction():
            for one in await self._storage.open_doors.all():
                if door := self._doors.get(one.door):
                    await self._tell(one, door, now)

    async def _tell(self, one: OpenDoor, door: Door, now: datetime) -> None:
        asks_at, reminds_at = one.asks_at(door, now), one.reminds_at(door)
        if asks_at and asks_at <= now:
            await self._notices.tell_groups_and_owners(OpenLate(door=one.door, since=one.since, at=now))
            await self._storage.open_doors.asked(one.door, now)
        # Whoever is asked is reminded by that: one message for both.
        elif reminds_at and reminds_at <= now:
            await self._notices.tell_groups(DoorLeftOpen(door=one.door, since=one.since, at=now))
            await self._storage.open_doors.told(one.door)
