"""Reading doors: for somebody who wants to know, and as evidence after a command."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.access import MOVES, Action, decide
from bot.clock import Clock
from bot.control.register import Denied, Register
from bot.doors import Door, Doors
from bot.drivers.errors import LockError, UnexpectedReply
from bot.outcomes import Ask, Evidence, Look, Reason
from bot.people import Allowlist
from bot.watcher import Watcher
from storage import Storage, StorageFailed
from storage.records import Command, Sighting

log = logging.getLogger("latchkey.control")


class Looks:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: Allowlist,
        register: Register,
        watcher: Watcher,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._register = register
        self._watcher = watcher
        self._clock = clock
        self._sleep = sleep
        self._closing = asyncio.Event()

    async def status(self, ask: Ask) -> Look:
        """A live reading for somebody with the right to it; the last sighting where there is none."""
        try:
            async with self._storage.transaction():
                door = await self._register.permitted(ask, Action.STATUS)
                sighting = await self._storage.sightings.get(door.name)
        except Denied as no:
            return Look(reason=no.reason)
        except StorageFailed:
            log.exception("rights could not be read")
            return Look(reason=Reason.NOT_RECORDED)
        if not door.can(Action.STATUS):
            return Look(door=door, reason=Reason.UNSUPPORTED)
        return await self._read(door, sighting)

    async def overview(self, person_id: int) -> list[Look]:
        """What was last seen of every door the person may see; nothing is asked of the locks."""
        async with self._storage.transaction():
            rights, now = await self._people.rights(person_id), self._clock.datetime()
            return [
                _last_look(door, await self._storage.sightings.get(door.name))
                for door in self._doors
                if decide(rights, door=door.name, action=Action.STATUS, now=now).allowed
            ]

    async def after(self, command: Command, door: Door, *, settle: bool, delay: float) -> Evidence | None:
        """Settle the gateway if need be, then read the bolt and journal it as evidence."""
        began = self._clock.boot()
        try:
            if settle:
                await door.driver.settle()
            if not door.can(Action.STATUS) or command.action not in MOVES:
                return None
            if not await self._rested(max(0.0, delay - (self._clock.boot() - began))):
                return None
            asked = self._clock.boot()
            status = await door.driver.status()
            evidence = Evidence(bolt=status.bolt, seconds=self._clock.boot() - began)
            await self._register.saw(command, door, status, seconds=evidence.seconds, asked=asked)
        except (LockError, StorageFailed) as error:
            log.warning("after command %d %s could not be read: %s", command.id, door.name, error)
            return None
        except Exception:
            log.exception("the driver of %s failed", door.name)
            return None
        return evidence

    def close_up(self) -> None:
        """Look at no more bolts: who rests before a look gives it up."""
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

    async def _read(self, door: Door, sighting: Sighting | None) -> Look:
        asked = self._clock.boot()
        try:
            status = await door.driver.status()
            return Look(door=door, sighting=await self._watcher.saw(door, status, asked=asked))
        except LockError as error:
            return Look(door=door, sighting=sighting, error=error)
        except StorageFailed:
            log.exception("what was seen of %s could not be kept", door.name)
            return Look(door=door, sighting=sighting, reason=Reason.NOT_RECORDED)
        except Exception:
            log.exception("the driver of %s failed", door.name)
            return Look(door=door, sighting=sighting, error=UnexpectedReply("The lock could not be read."))


def _last_look(door: Door, sighting: Sighting | None) -> Look:
    return Look(door=door, sighting=sighting, reason=None if door.can(Action.STATUS) else Reason.UNSUPPORTED)
