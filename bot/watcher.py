"""Polls the locks, keeps what was seen, and finds what changed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

from bot.access import Action
from bot.clock import Clock
from bot.doors import Door
from bot.drivers.base import Bolt, LockStatus
from bot.drivers.errors import LockError, UnexpectedReply
from bot.notices import Notices
from storage import Storage, StorageFailed
from storage.records import Json, Sighting, to_ms

log = logging.getLogger("latchkey.watcher")
REMIND_LOOK_SECONDS = 6 * 3600.0
REMIND_AGAIN_SECONDS = 7 * 86400.0
BATTERY_HYSTERESIS = 5
"""Percent above the threshold at which a low battery counts as good again."""


class Watcher:
    """One loop a door, so that a slow or dead gateway delays nobody else's."""

    def __init__(
        self,
        storage: Storage,
        notices: Notices,
        clock: Clock,
        *,
        poll_seconds: float = 30,
        unreachable_after: int = 3,
        battery_low_percent: int = 20,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._notices = notices
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._unreachable_after = unreachable_after
        self._battery_low = battery_low_percent
        self._sleep = sleep
        self._quiet: dict[str, float] = {}
        self._known: dict[str, LockStatus] = {}

    async def watch(self, door: Door) -> None:
        """Read the door every `poll_seconds`, for ever."""
        while True:
            await self.look(door)
            await self._sleep(self._poll_seconds)

    async def remind(self, doors: Iterable[Door]) -> None:
        """Tell the owners, at most once a week, what the locks will need soon; for ever."""
        while True:
            for door in doors:
                try:
                    await self._remind(door)
                except StorageFailed as error:
                    log.error("the owners could not be reminded: %s", error)  # noqa: TRY400
                except Exception:
                    log.exception("the driver of %s failed", door.name)
            await self._sleep(REMIND_LOOK_SECONDS)

    async def _remind(self, door: Door) -> None:
        sentence, now, name = door.driver.reminder(), self._clock.datetime(), f"reminder {door.name}"
        if sentence is None:
            return
        async with self._storage.transaction():
            told = (await self._storage.stamps.everyone()).get(name, 0)
            if to_ms(now) - told >= REMIND_AGAIN_SECONDS * 1000:
                await self._notices.reminded(door, sentence, at=now)
                await self._storage.stamps.at_least({name: to_ms(now)})

    async def look(self, door: Door) -> None:
        """One reading, unless the bolt is on its way; whatever goes wrong is kept or logged, never raised."""
        if not door.can(Action.STATUS) or self._is_quiet(door):
            return
        asked = self._clock.boot()
        try:
            status = await door.driver.poll(self._known.get(door.name))
            await self.saw(door, status, asked=asked)
        except LockError as error:
            await self._keep_failure(door, error)
        except StorageFailed as error:
            log.error("what was seen of %s could not be kept: %s", door.name, error)  # noqa: TRY400
        except Exception:
            log.exception("the driver of %s failed", door.name)
            await self._keep_failure(door, UnexpectedReply("What the lock answered cannot be understood."))

    def quiet(self, door: Door, seconds: float) -> None:
        """The bolt is about to move: readings that began before `seconds` have passed prove nothing."""
        self._quiet[door.name] = self._clock.boot() + seconds

    async def saw(self, door: Door, status: LockStatus, *, asked: float) -> Sighting:
        """Keep a reading begun at boot time `asked`, and tell the groups what is new. The first one is no change.

        If the bolt was or came to be on its way meanwhile, the reading is given back but not kept.
        """
        sighting = Sighting(
            door=door.name,
            bolt=status.bolt,
            read_at=status.read_at,
            heard_at=self._clock.datetime(),
            battery_percent=status.battery_percent,
            battery_mv=status.battery_mv,
            rssi_dbm=status.rssi_dbm,
            firmware=status.firmware,
        )
        async with self._storage.transaction():
            if asked < self._quiet.get(door.name, 0):
                return sighting
            old = await self._storage.sightings.get(door.name)
            sighting = replace(sighting, told=await self._tell(door, old, status))
            await self._storage.sightings.save(sighting)
        self._known[door.name] = status
        return sighting

    async def failed(self, door: Door, error: LockError) -> Sighting:
        """Keep a failed reading; enough of them in a row and the groups are told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            old = await self._storage.sightings.get(door.name) or Sighting(door=door.name, bolt=Bolt.UNKNOWN)
            told = dict(old.told)
            since = old.failing_since or now
            if old.failures + 1 >= self._unreachable_after and told.get("reachable", True):
                told["reachable"] = False
                await self._notices.changed(door, "unreachable", at=now, since=_iso(since), why=str(error))
            sighting = replace(old, failures=old.failures + 1, failing_since=since, trouble=str(error), told=told)
            await self._storage.sightings.save(sighting)
        if old.trouble != sighting.trouble:
            log.warning("%s cannot be read: %s", door.name, error)
        return sighting

    async def commanded(self, door: Door, action: Action) -> None:
        """The groups learn of a confirmed command from its own notice: seeing its result is no news."""
        old = await self._storage.sightings.get(door.name)
        if old is not None:
            bolt = Bolt.UNLOCKED if action is Action.OPEN else Bolt.LOCKED
            await self._storage.sightings.save(replace(old, told={**old.told, "bolt": bolt}))

    async def _keep_failure(self, door: Door, error: LockError) -> None:
        try:
            await self.failed(door, error)
        except StorageFailed as trouble:
            log.error("what was seen of %s could not be kept: %s", door.name, trouble)  # noqa: TRY400

    async def _tell(self, door: Door, old: Sighting | None, status: LockStatus) -> dict[str, Json]:
        told: dict[str, Json] = dict(old.told) if old else {}
        now = self._clock.datetime()
        if not told.get("reachable", True):
            await self._notices.changed(door, "reachable", at=now)
        told["reachable"] = True
        if told.setdefault("bolt", status.bolt) != status.bolt:
            await self._notices.changed(door, status.bolt, at=status.read_at, by=await self._culprit(door, old, status))
            told["bolt"] = status.bolt
        low = self._is_low(status.battery_percent, bool(told.get("battery_low")))
        if low is not None and told.setdefault("battery_low", low) != low:
            await self._notices.changed(
                door, "battery low" if low else "battery good", at=now, percent=status.battery_percent
            )
            told["battery_low"] = low
        return told

    async def _culprit(self, door: Door, old: Sighting | None, status: LockStatus) -> str | None:
        """Who gave the command without an answer that explains what is seen now, if anybody did."""
        if old is None or old.read_at is None:
            return None
        command = await self._storage.commands.last(door.name, since=old.read_at)
        if command is None or command.outcome != "unknown":
            return None
        explains = {Action.OPEN: Bolt.UNLOCKED, Action.CLOSE: Bolt.LOCKED}.get(Action(command.action))
        return command.person_name if explains == status.bolt else None

    def _is_low(self, percent: int | None, was_low: bool) -> bool | None:
        if percent is None:
            return None
        return percent < self._battery_low + (BATTERY_HYSTERESIS if was_low else 0)

    def _is_quiet(self, door: Door) -> bool:
        return self._clock.boot() < self._quiet.get(door.name, 0)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
