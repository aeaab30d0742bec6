"""The polling job: reads the locks, keeps the readings, and finds what changed."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from bot.activity import Activity
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import Result
from bot.domain.doors import Door, Doors
from bot.domain.events import BatteryChanged, BoltChanged, ClockDoubted, LockReminder, LockUnreachable
from bot.domain.failures import StorageFailed
from bot.domain.readings import SHOWN_BY, Announced, Bolt, LockStatus, Reading
from bot.domain.times import to_ms
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, UnexpectedReply
from bot.monitor import outages
from bot.monitor.pace import Pace
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.monitor")
REMINDER_CHECK_SECONDS = 6 * 3600.0
REMIND_AGAIN_SECONDS = 7 * 86400.0
CLOCK_CHECK_SECONDS = 30.0
STILL_AWAY_SECONDS = 3600.0
BATTERY_HYSTERESIS = 5
"""Percent above the threshold at which a low battery counts as good again."""


class Monitor:
    """One loop a door, so that a slow or dead gateway delays nobody else's."""

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
        battery_low_percent: int = 20,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`chance`: numbers from 0 to 1 that vary the pauses."""
        self._storage = storage
        self._doors = doors
        self._drivers = drivers
        self._notices = notices
        self._clock = clock
        self._activity = activity or Activity()
        self._poll_seconds = poll_seconds
        self._pace = Pace(clock.boot, poll_seconds=poll_seconds, slow_after=unreachable_after, chance=chance)
        self._beside = outages.by_connection(
            {door.name: drivers[door.name].connection or door.name for door in doors if door.can(Action.STATUS)}
        )
        self._unreachable_after = unreachable_after
        self._battery_low = battery_low_percent
        self._sleep = sleep
        self._suppressed_until: dict[str, float] = {}
        self._known: dict[str, LockStatus] = {}
        self._back_since: dict[str, float] = {}
        """Doors that answer again, while it is not told yet."""
        self._still_told: dict[str, int] = {}
        """After how many hours it was last told that a door is still away."""

    async def run(self) -> None:
        """Watch everything for ever."""
        async with asyncio.TaskGroup() as group:
            for door in self._doors:
                group.create_task(self._watch(door))
            group.create_task(self._remind())
            group.create_task(self._watch_clock())

    async def poll(self, door: Door) -> None:
        """One reading, unless the bolt is on its way; whatever goes wrong is kept or logged, never raised."""
        if not door.can(Action.STATUS) or self._is_suppressed(door):
            return
        asked = self._clock.boot()
        try:
            status = await self._drivers[door.name].poll(self._known.get(door.name))
            await self.keep(door, status, asked=asked)
        except LockError as error:
            await self._keep_failure(door, error)
        except StorageFailed as error:
            log.error("a reading of %s could not be kept: %s", door.name, error)  # noqa: TRY400
        except Exception:
            log.exception("the driver of %s failed", door.name)
            await self._keep_failure(door, UnexpectedReply("driver.failed"))

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
        )
        async with self._storage.transaction():
            if asked < self._suppressed_until.get(door.name, 0):
                return reading
            old = await self._storage.readings.get(door.name)
            reading = await self._announce(door, old, reading)
            await self._storage.readings.save(reading)
            await self._note_position(door, status)
            if status.battery_percent is not None and _is_news(status, old):
                await self._storage.batteries.keep(door.name, at=status.read_at, percent=status.battery_percent)
        if old and old.bolt is not reading.bolt:
            self._pace.hurry(door.name)
        self._pace.read(door.name)
        self._known[door.name] = status
        return reading

    async def keep_failure(self, door: Door, error: LockError) -> Reading:
        """Keep a failed reading; enough of them in a row and the groups are told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            old = await self._storage.readings.get(door.name) or Reading(door=door.name, bolt=Bolt.UNKNOWN)
            since = old.failing_since or now
            reading = replace(old, failures=old.failures + 1, failing_since=since, problem=error.remark)
            if not reading.announced.is_reachable:
                await self._tell_still_away(reading, now)
            elif reading.failures >= self._unreachable_after:
                reading = await self._tell_away(reading, now)
            await self._storage.readings.save(reading)
        self._back_since.pop(door.name, None)
        self._pace.failed(door.name, reading.failures)
        if old.problem != reading.problem:
            log.warning("%s cannot be read: %s", door.name, error)
        return reading

    async def _tell_away(self, reading: Reading, now: datetime) -> Reading:
        """One notice for all doors of a connection that does not answer."""
        others = await self._readings_beside(reading.door)
        fallen = outages.fallen_with(reading, others, patience=self._unreachable_after + 1)
        if fallen is None:
            return reading
        for other in fallen:
            await self._storage.readings.save(outages.told_away(other, now))
        first, *more = self._in_order([reading, *fallen])
        await self._notices.tell_groups(
            LockUnreachable(
                door=first.door, at=now, since=reading.failing_since, problem=reading.problem,
                others=tuple(other.door for other in more),
            )
        )  # fmt: skip
        return outages.told_away(reading, now)

    async def _tell_still_away(self, reading: Reading, now: datetime) -> None:
        """Once an hour, and for all doors of a connection together."""
        first, *more = self._in_order([reading, *outages.away(await self._readings_beside(reading.door))])
        since = reading.announced.away_since
        if first.door != reading.door or since is None:
            return
        hours = int((now - since).total_seconds() // STILL_AWAY_SECONDS)
        if hours <= self._still_told.get(reading.door, 0):
            return
        self._still_told[reading.door] = hours
        await self._notices.tell_groups(
            LockUnreachable(
                door=first.door, at=now, since=since, problem=reading.problem,
                others=tuple(other.door for other in more), is_still=True,
            )
        )  # fmt: skip

    async def _tell_back(self, reading: Reading, now: datetime) -> Reading:
        """One notice for all doors that come back together: it waits a round for those that are about to."""
        others = outages.away(await self._readings_beside(reading.door))
        came_back = self._back_since.setdefault(reading.door, self._clock.boot())
        still_away = [other for other in others if other.failures]
        if still_away and self._clock.boot() - came_back < self._poll_seconds:
            for other in still_away:
                self._pace.read(other.door)  # it may answer, too: it is read in the next round
            return reading
        doors = self._in_order([reading, *(other for other in others if not other.failures)])
        await self._notices.tell_groups(outages.back(doors, now))
        for one in doors:
            self._back_since.pop(one.door, None)
            self._still_told.pop(one.door, None)
            if one.door != reading.door:
                await self._storage.readings.save(outages.told_back(one))
        return outages.told_back(reading)

    async def _readings_beside(self, door: str) -> list[Reading]:
        """What was last read of the other doors of the same connection."""
        found = [await self._storage.readings.get(other) for other in self._beside.get(door, ())]
        return [reading for reading in found if reading]

    def _in_order(self, readings: Sequence[Reading]) -> list[Reading]:
        names = [door.name for door in self._doors]
        return sorted(readings, key=lambda reading: names.index(reading.door))

    async def _note_position(self, door: Door, status: LockStatus) -> None:
        """What is neither open nor closed leaves the timers as they are."""
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

    async def _remind(self) -> None:
        """Tell the owners, at most once a week, what the locks will need soon."""
        while True:
            with self._activity.item():
                await self._remind_of_all()
            await self._sleep(REMINDER_CHECK_SECONDS)

    async def _remind_of_all(self) -> None:
        for door in self._doors:
            try:
                await self._remind_of(door)
            except StorageFailed as error:
                log.error("the owners could not be reminded: %s", error)  # noqa: TRY400
            except Exception:
                log.exception("the driver of %s failed", door.name)

    async def _remind_of(self, door: Door) -> None:
        remark, now, name = self._drivers[door.name].reminder(), self._clock.datetime(), f"reminder {door.name}"
        if remark is None:
            return
        async with self._storage.transaction():
            reminded = (await self._storage.counters.all()).get(name, 0)
            if to_ms(now) - reminded >= REMIND_AGAIN_SECONDS * 1000:
                await self._notices.tell_owners(LockReminder(door=door.name, remark=remark, at=now))
                await self._storage.counters.raise_to({name: to_ms(now)})

    async def _watch_clock(self) -> None:
        """Tell the owners once when Telegram's time contradicts itself, and when it agrees again."""
        is_told = False
        while True:
            if is_told != self._clock.is_doubted:
                with suppress(StorageFailed):
                    await self._notices.tell_owners(ClockDoubted(is_over=is_told, at=self._clock.datetime()))
                    is_told = not is_told
            await self._sleep(CLOCK_CHECK_SECONDS)

    async def _keep_failure(self, door: Door, error: LockError) -> None:
        try:
            await self.keep_failure(door, error)
        except StorageFailed as failure:
            log.error("a reading of %s could not be kept: %s", door.name, failure)  # noqa: TRY400

    async def _announce(self, door: Door, old: Reading | None, reading: Reading) -> Reading:
        """The reading with what the groups know of it from now on."""
        announced, now = old.announced if old else Announced(), self._clock.datetime()
        reading = replace(reading, announced=await self._announce_battery(announced, reading, now))
        if not announced.is_reachable:
            return await self._tell_back(reading, now)
        if announced.bolt not in (None, reading.bolt):
            by, at = await self._cause(door, old, reading.bolt), reading.read_at or now
            await self._notices.tell_groups(
                BoltChanged(door=door.name, bolt=reading.bolt, at=at, by=by, was=announced.bolt)
            )
        return outages.told_back(reading)

    async def _announce_battery(self, announced: Announced, reading: Reading, now: datetime) -> Announced:
        percent = reading.battery_percent
        if percent is None:
            return announced
        is_low = self._is_low(percent, was_low=bool(announced.is_battery_low))
        if announced.is_battery_low not in (None, is_low):
            await self._notices.tell_groups(BatteryChanged(door=reading.door, is_low=is_low, percent=percent, at=now))
        return replace(announced, is_battery_low=is_low)

    async def _cause(self, door: Door, old: Reading | None, bolt: Bolt) -> str | None:
        """Who gave the command without an answer that explains this position, if anybody did."""
        if old is None or old.read_at is None:
            return None
        command = await self._storage.commands.last(door.name, since=old.read_at)
        if command is None or command.outcome is not Result.UNKNOWN:
            return None
        return command.person_name if SHOWN_BY.get(command.action) is bolt else None

    def _is_low(self, percent: int, *, was_low: bool) -> bool:
        return percent < self._battery_low + (BATTERY_HYSTERESIS if was_low else 0)

    def _is_suppressed(self, door: Door) -> bool:
        return self._clock.boot() < self._suppressed_until.get(door.name, 0)


def _is_news(status: LockStatus, old: Reading | None) -> bool:
    """The history of a battery has one line a day, and most readings say what it says."""
    if old is None or old.read_at is None or status.battery_percent != old.battery_percent:
        return True
    return status.read_at.date() != old.read_at.date()
