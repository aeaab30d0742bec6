"""Tells in good time what locks and gateways will need: what their drivers say, batteries, and new firmware."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.activity import Activity
from bot.clock import Clock
from bot.domain.batteries import HISTORY, Forecast, forecast
from bot.domain.doors import Door, Doors
from bot.domain.events import BatteryRunsLow, FirmwareChanged, LockReminder
from bot.domain.failures import StorageFailed
from bot.domain.readings import PeerStatus
from bot.domain.times import to_ms
from bot.drivers.base import LockDriver, Peer
from bot.drivers.errors import LockError, bugs_as_errors
from bot.monitor.peers import doors_by_peer
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.monitor")
CHECK_SECONDS = 6 * 3600.0
REMIND_AGAIN_SECONDS = 7 * 86400.0
# So many times the days of the setting, and a battery that was told to be low soon is not any more. Forecasts go up
# and down: with one limit for both it would be told again and again.
SURELY_LATER = 1.5


class LockReminders:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        drivers: Mapping[str, LockDriver],
        notices: Notices,
        clock: Clock,
        *,
        activity: Activity,
        battery_notice_days: int = 14,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`battery_notice_days`: with fewer days left it is told that a battery will be low."""
        self._storage = storage
        self._doors = doors
        self._drivers = drivers
        self._notices = notices
        self._clock = clock
        self._activity = activity
        self._notice = timedelta(days=battery_notice_days)
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            with self._activity.item():
                await self.round()
            await self._sleep(CHECK_SECONDS)

    async def round(self) -> None:
        for door in self._doors:
            await self._guarded(door.name, self._remind_of(door))
            await self._guarded(door.name, self._foresee(door))
        gateways = {peer: names for peer, names in doors_by_peer(self._drivers).items() if peer.tells_firmware}
        for peer, names in gateways.items():
            await self._guarded(names[0], self._look_at(peer, names))

    async def _guarded(self, door: str, work: Awaitable[None]) -> None:
        try:
            with bugs_as_errors(door):
                await work
        except StorageFailed as error:
            log.error("nobody could be reminded of %s: %s", door, error)  # noqa: TRY400
        except LockError as error:
            log.info("%s cannot be asked what it needs: %s", door, error)

    async def _remind_of(self, door: Door) -> None:
        remark, now, name = self._drivers[door.name].reminder(), self._clock.datetime(), f"reminder {door.name}"
        if remark is None:
            return
        async with self._storage.transaction():
            reminded = (await self._storage.counters.all()).get(name, 0)
            if to_ms(now) - reminded >= REMIND_AGAIN_SECONDS * 1000:
                await self._notices.tell_owners(LockReminder(door=door.name, remark=remark, at=now))
                # The moment is kept as a counter, which only grows and is on disk: a restart reminds nobody again.
                await self._storage.counters.raise_to({name: to_ms(now)})

    async def _foresee(self, door: Door) -> None:
        """Once for each battery: a new one, or one that falls slower after all, may be told of again."""
        async with self._storage.transaction():
            reading, now = await self._storage.readings.get(door.name), self._clock.datetime()
            if reading is None or reading.battery_percent is None:
                return
            expected, was_told = await battery_forecast(self._storage, door, now), reading.announced.runs_low
            if was_told and self._is_far(expected, now):
                await self._storage.readings.announce_runs_low(door.name, False)
            elif expected and not was_told and not reading.announced.is_battery_low and self._is_soon(expected, now):
                await self._notices.tell_groups(_runs_low(door, reading.battery_percent, expected, now))
                await self._storage.readings.announce_runs_low(door.name, True)

    def _is_soon(self, expected: Forecast, now: datetime) -> bool:
        return expected.low_at - now < self._notice

    def _is_far(self, expected: Forecast | None, now: datetime) -> bool:
        return expected is None or expected.low_at - now > SURELY_LATER * self._notice

    async def _look_at(self, peer: Peer, doors: tuple[str, ...]) -> None:
        seen = await peer.look()
        async with self._storage.transaction():
            known = await self._storage.peers.get(peer.name)
            if seen.firmware in (None, known.firmware):
                return
            # The first one that is seen is no change.
            if known.firmware:
                await self._notices.tell_owners(_changed(doors, known.firmware, seen, self._clock.datetime()))
            await self._storage.peers.save(replace(known, firmware=seen.firmware))


async def battery_forecast(storage: Storage, door: Door, now: datetime) -> Forecast | None:
    """How long the door's battery will last; None while too little is known."""
    days = await storage.batteries.since(now - HISTORY)
    return forecast(days.get(door.name, []), low_percent=door.battery_low_percent)


def _runs_low(door: Door, percent: int, expected: Forecast, now: datetime) -> BatteryRunsLow:
    return BatteryRunsLow(
        door=door.name,
        percent=percent,
        low_percent=expected.low_percent,
        percent_a_day=expected.percent_a_day,
        low_at=expected.low_at,
        at=now,
    )


def _changed(doors: tuple[str, ...], was: str, seen: PeerStatus, now: datetime) -> FirmwareChanged:
    return FirmwareChanged(door=doors[0], others=doors[1:], is_gateway=True, was=was, now=seen.firmware or "", at=now)
