"""Tells once that a door has been open for long."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.activity import Activity
from bot.clock import Clock
from bot.domain.doors import Doors
from bot.domain.events import DoorLeftOpen
from bot.domain.failures import StorageFailed
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.monitor")
CHECK_SECONDS = 30.0


class LeftOpen:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        notices: Notices,
        clock: Clock,
        activity: Activity,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._activity = activity
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            with self._activity.item():
                await self._guarded_round()
            await self._sleep(CHECK_SECONDS)

    async def round(self) -> None:
        now = self._clock.datetime()
        async with self._storage.transaction():
            for one in await self._storage.open_doors.all():
                door = self._doors.get(one.door)
                due = one.reminds_at(door) if door else None
                if due and due <= now:
                    await self._notices.tell_groups(DoorLeftOpen(door=one.door, since=one.since, at=now))
                    await self._storage.open_doors.told(one.door)

    async def _guarded_round(self) -> None:
        try:
            await self.round()
        except StorageFailed as error:
            log.error("nobody could be told of open doors: %s", error)  # noqa: TRY400
