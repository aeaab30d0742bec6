"""The polling job: reads the locks, keeps the readings, and finds what changed."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from bot.activity import Activity
from bot.clock import Clock
from bot.domain import batteries
from bot.domain.actions import Action
from bot.domain.alerts import AlertKind
from bot.domain.commands import Result
from bot.domain.doors import Door, Doors
from bot.domain.events import BatteryChanged, BoltChanged, FirmwareChanged
from bot.domain.failures import StorageFailed
from bot.domain.readings import SHOWN_BY, Announced, Bolt, LockStatus, Reading
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, bugs_as_errors
from bot.monitor.keeping import keep_reading
from bot.monitor.outages import Outages, told_back
from bot.monitor.pace import Pace
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.monitor")
# Local hours in which nobody expects much to happen.
NIGHT = range(6)
NOWHERE = (Bolt.JAMMED, Bolt.UNKNOWN)


class Monitor:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        drivers: Mapping[str, LockDriver],
        notices: Notices,
        clock: Clock,
        *,
        activity: Activity | None = None,
        poll_seconds: float = 30,
        unreachable_after: int = 3,
        zone: tzinfo = UTC,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`zone`: where it is night. `chance`: numbers from 0 to 1 that vary the pauses."""
        self._storage = storage
        self._doors = doors
        self._drivers = drivers
        self._notices = notices
        self._clock = clock
        self._activity = activity or Activity()
        self._pace = Pace(
            clock.boot, poll_seconds=poll_seconds, slow_after=unreachable_after, chance=chance,
            is_night=lambda: clock.datetime().astimezone(zone).hour in NIGHT,
        )  # fmt: skip
        self._outages = Outages(
            storage, doors, notices, clock, self._pace,
            {door.name: drivers[door.name].connection or door.name for door in doors if door.can(Action.STATUS)},
            unreachable_after=unreachable_after, round_seconds=poll_seconds,
        )  # fmt: skip
        self._sleep = sleep
        self._suppressed_until: dict[str, float] = {}
        self._known: dict[str, LockStatus] = {}

    async def run(self) -> None:
        """Watch everything for ever."""
        # One loop a door: a slow or dead gateway delays nobody else's (docs/trials.md, R9).
        async with asyncio.TaskGroup() as group:
            for door in self._doors:
                group.create_task(self._watch(door))

    async def poll(self, door: Door) -> None:
        """One reading, unless the bolt is on its way; whatever goes wrong is kept or logged, never raised."""
        if not door.can(Action.STATUS) or self._is_suppressed(door):
            return
        asked = self._clock.boot()
        try:
            await self._read(door, asked)
        except StorageFailed as error:
            log.error("a reading of %s could not be kept: %s", door.name, error)  # noqa: TRY400

    async def _read(self, door: Door, asked: float) -> None:
        try:
            with bugs_as_errors(door.name):
                # The Keys' gateway says without its radio that nothing changed, and radio costs the lock's battery.
                status = await self._drivers[door.name].poll(self._known.get(door.name))
        except LockError as error:
            await self.keep_failure(door, error)
        else:
            await self.keep(door, status, asked=asked)

    def interval(self, door: Door) -> float:
        """How many seconds lie between two readings of the door, as things are."""
        return self._pace.interval(door.name)

    def suppress(self, door: Door, seconds: float) -> None:
        """The bolt is about to move: readings that began before `seconds` have passed prove nothing."""
        self._pace.hurry(door.name)
        self._suppressed_until[door.name] = self._clock.boot() + seconds

    async def keep(self, door: Door, status: LockStatus, *, asked: float) -> Reading:
        """Keep a reading begun at boot time `asked`, and tell the groups what is new. The first one is no change.

        If the bolt was or came to be on its way meanwhile, the reading is given back but not kept.
        """
        reading = Reading(
            door=door.name,
            bolt=status.bolt,
            read_at=status.read_at,
            battery_percent=status.battery_percent,
            battery_mv=status.battery_mv,
            rssi_dbm=status.rssi_dbm,
            firmware=status.firmware,
        )
        async with self._storage.transaction():
            # A bolt that is on its way would be told as turned by hand.
            if asked < self._suppressed_until.get(door.name, 0):
                return reading
            old = await self._storage.readings.get(door.name)
            reading = await self._announce(door, old, _with_firmware(reading, old))
            await keep_reading(self._storage, old, reading, now=self._clock.datetime())
            await self._note_position(door, status)
            if status.battery_percent is not None and _is_news(status, old):
                await self._storage.batteries.keep(door.name, at=status.read_at, percent=status.battery_percent)
        if old and old.bolt is not reading.bolt:
            self._pace.hurry(door.name)
        self._pace.read(
            door.name,
            is_calm=old is not None and old.bolt is reading.bolt is Bolt.LOCKED,
            is_battery_low=bool(reading.announced.is_battery_low),
        )
        # Only what was kept: by this the next poll may answer that nothing has changed since.
        self._known[door.name] = status
        return reading

    async def keep_failure(self, door: Door, error: LockError) -> Reading:
        """Keep a failed reading; enough of them in a row and the groups are told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            old = await self._storage.readings.get(door.name) or Reading(door=door.name, bolt=Bolt.UNKNOWN)
            since = old.failing_since or now
            reading = replace(old, failures=old.failures + 1, failing_since=since, problem=error.remark)
            reading = await self._outages.failed(reading, now)
            await keep_reading(self._storage, old, reading, now=now)
        self._pace.failed(door.name, reading.failures)
        # Once for each problem: a gateway that is off for days must not fill the log.
        if old.problem != reading.problem:
            log.warning("%s cannot be read: %s", door.name, error)
        return reading

    async def _note_position(self, door: Door, status: LockStatus) -> None:
        # Jammed or unknown, the door may still stand open: its timers go on.
        if door.has_timers and status.bolt is Bolt.UNLOCKED:
            await self._storage.open_doors.seen_open(door.name, status.read_at)
        elif door.has_timers and status.bolt is Bolt.LOCKED:
            await self._notices.closed(await self._storage.open_doors.closed(door.name), at=status.read_at)

    async def _watch(self, door: Door) -> None:
        while True:
            with self._activity.item():
                if self._pace.is_due(door.name):
                    await self.poll(door)
            await self._sleep(self._pace.pause())

    async def _announce(self, door: Door, old: Reading | None, reading: Reading) -> Reading:
        """The reading with what the groups know of it from now on."""
        announced, now = old.announced if old else Announced(), self._clock.datetime()
        reading = replace(reading, announced=await self._announce_battery(door, announced, reading, now))
        await self._announce_firmware(old, reading, now)
        if not announced.is_reachable:
            return await self._outages.answered(reading, now)
        if announced.bolt not in (None, reading.bolt):
            by, at = await self._cause(door, old, reading.bolt), reading.read_at or now
            await self._notices.tell_groups(
                BoltChanged(door=door.name, bolt=reading.bolt, at=at, by=by, was=announced.bolt)
            )
        elif old and old.bolt in NOWHERE and reading.bolt not in NOWHERE:
            # A command moved it, and its own notice said so.
            await self._notices.alerts.end(AlertKind.BOLT, door.name, now)
        return told_back(reading)

    async def _announce_firmware(self, old: Reading | None, reading: Reading, now: datetime) -> None:
        if old and old.firmware and reading.firmware and old.firmware != reading.firmware:
            await self._notices.tell_owners(
                FirmwareChanged(door=reading.door, is_gateway=False, was=old.firmware, now=reading.firmware, at=now)
            )

    async def _announce_battery(self, door: Door, announced: Announced, reading: Reading, now: datetime) -> Announced:
        percent = reading.battery_percent
        if percent is None:
            return announced
        is_low = batteries.is_low(percent, low_percent=door.battery_low_percent, was_low=bool(announced.is_battery_low))
        if announced.is_battery_low not in (None, is_low):
            await self._notices.tell_groups(BatteryChanged(door=reading.door, is_low=is_low, percent=percent, at=now))
        return replace(announced, is_battery_low=is_low)

    async def _cause(self, door: Door, old: Reading | None, bolt: Bolt) -> str | None:
        """Who gave the command without an answer that explains this position, if anybody did."""
        if old is None or old.read_at is None:
            return None
        command = await self._storage.commands.last(door.name, since=old.read_at)
        # A confirmed command has set what was announced, so it is no news here.
        if command is None or command.outcome is not Result.UNKNOWN:
            return None
        return command.person_name if SHOWN_BY.get(command.action) is bolt else None

    def _is_suppressed(self, door: Door) -> bool:
        return self._clock.boot() < self._suppressed_until.get(door.name, 0)


def _with_firmware(reading: Reading, old: Reading | None) -> Reading:
    # Not every reading tells the firmware: what an earlier one said stays.
    return reading if reading.firmware or old is None else replace(reading, firmware=old.firmware)


def _is_news(status: LockStatus, old: Reading | None) -> bool:
    # The history of a battery has one line a day, and most readings say what it says. An opening reads the bolt,
    # too, and crosses twenty statements at most (docs/design.md).
    if old is None or old.read_at is None or status.battery_percent != old.battery_percent:
        return True
    return status.read_at.date() != old.read_at.date()
