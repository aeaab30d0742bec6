"""What a lock looks like after a command: read once the bolt is at rest, recorded, and never an outcome."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.clock import Clock
from bot.control.command_log import CommandLog
from bot.domain.actions import MOVES, Action
from bot.domain.commands import Command, Result, Seen
from bot.domain.doors import Door
from bot.domain.failures import StorageFailed
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError
from bot.monitor import Monitor
from storage import Storage

log = logging.getLogger("latchkey.control")


class EvidenceReader:
    def __init__(
        self,
        storage: Storage,
        command_log: CommandLog,
        drivers: Mapping[str, LockDriver],
        monitor: Monitor,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._log = command_log
        self._drivers = drivers
        self._monitor = monitor
        self._clock = clock
        self._sleep = sleep
        self._closing = asyncio.Event()

    def is_worth_reading(self, door: Door, command: Command, result: Result) -> bool:
        if result is Result.UNKNOWN:
            return True
        return result is Result.CONFIRMED and command.action in MOVES and door.travel_seconds > 0

    async def read(self, command: Command, door: Door, result: Result, *, delay: float) -> Seen | None:
        """None if nothing can be seen."""
        began, driver = self._clock.boot(), self._drivers[door.name]
        try:
            if result is Result.UNKNOWN:
                # First: what had no answer may still be valid, as with The Keys until a newer timestamp is used.
                await driver.settle()
            if not door.can(Action.STATUS) or command.action not in MOVES:
                return None
            if not await self._rested(max(0.0, delay - (self._clock.boot() - began))):
                return None
            asked = self._clock.boot()
            status = await driver.status()
            seconds = self._clock.boot() - began
            async with self._storage.transaction():
                await self._log.record_evidence(command, status, seconds=seconds)
                await self._monitor.keep(door, status, asked=asked)
        except (LockError, StorageFailed) as error:
            log.warning("after command %d %s could not be read: %s", command.id, door.name, error)
            return None
        except Exception:
            # A bug in a driver: the command has its outcome already, and only the later look is missing.
            log.exception("the driver of %s failed", door.name)
            return None
        # What a newer command did to the bolt says nothing of this one.
        return Seen(status.bolt, seconds) if self._log.is_newest(command) else None

    def close_up(self) -> None:
        """Read no more bolts: a wait for one to come to rest ends at once."""
        self._closing.set()

    async def _rested(self, seconds: float) -> bool:
        """Sleep so long; False at once if the bot is stopping."""
        waits = [asyncio.ensure_future(wait) for wait in (self._sleep(seconds), self._closing.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return not self._closing.is_set()
