"""Reads the locks for somebody who wants to know."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, DenialReason, StatusResult
from bot.domain.doors import Door, Doors
from bot.domain.failures import StorageFailed
from bot.domain.policy import decide
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, bugs_as_errors
from bot.monitor import Monitor
from bot.monitor.reminders import battery_forecast
from storage import Storage

log = logging.getLogger("latchkey.control")


class StatusReader:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        drivers: Mapping[str, LockDriver],
        people: PeopleList,
        monitor: Monitor,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._drivers = drivers
        self._people = people
        self._monitor = monitor
        self._clock = clock

    async def status(self, request: CommandRequest) -> StatusResult:
        """A live reading for somebody with the right to it; the last one where there is none."""
        try:
            async with self._storage.transaction():
                rights = await self._people.rights(request.person_id)
                verdict = decide(rights, door=request.door, action=Action.STATUS, now=self._clock.moment())
                if verdict.reason:
                    return StatusResult(reason=verdict.reason)
                door = self._doors.get(request.door)
                if door is None:
                    return StatusResult(reason=DenialReason.NO_SUCH_DOOR)
                # The network is asked after the transaction, or a slow lock would hold up every other statement.
                last = await self._last(door, await self._storage.commands.unclear())
        except StorageFailed:
            log.exception("rights could not be read")
            return StatusResult(reason=DenialReason.NOT_RECORDED)
        if last.reason:
            return last
        result = replace(await self._read(door, last), every_seconds=self._monitor.interval(door))
        return await self._with_details(result, door) if rights.is_owner and result.reason is None else result

    async def _with_details(self, result: StatusResult, door: Door) -> StatusResult:
        """What owners see beside it: how long the battery lasts, and what the gateway is doing."""
        # Beside the answer: without it the reading is still worth telling.
        with suppress(StorageFailed):
            expected = await battery_forecast(self._storage, door, self._clock.datetime())
            result = replace(result, forecast=expected)
        peers = self._drivers[door.name].peers()
        # A gateway that has just failed to answer is not waited for a second time.
        if result.problem or not peers:
            return result
        with suppress(LockError), bugs_as_errors(door.name):
            result = replace(result, detail=(await peers[0].look()).says)
        return result

    async def overview(self, person_id: int) -> list[StatusResult]:
        """What is known of every door the person may see; nothing is asked of the locks."""
        async with self._storage.transaction():
            rights, now = await self._people.rights(person_id), self._clock.moment()
            unclear = await self._storage.commands.unclear()
            return [
                await self._last(door, unclear)
                for door in self._doors
                if decide(rights, door=door.name, action=Action.STATUS, now=now).allowed
            ]

    async def _last(self, door: Door, unclear: frozenset[str]) -> StatusResult:
        """What is known of the door without asking it."""
        if not door.can(Action.STATUS):
            return StatusResult(door=door, reason=DenialReason.UNSUPPORTED)
        reading = await self._storage.readings.get(door.name)
        return StatusResult(door=door, reading=reading and reading.newest, is_unclear=door.name in unclear)

    async def _read(self, door: Door, last: StatusResult) -> StatusResult:
        asked = self._clock.boot()
        try:
            with bugs_as_errors(door.name):
                # Not `poll`: whoever asks is told what the lock itself says, not what its gateway remembers.
                status = await self._drivers[door.name].status()
            return StatusResult(door=door, reading=await self._monitor.keep(door, status, asked=asked))
        except LockError as error:
            return replace(last, problem=error.remark)
        except StorageFailed:
            log.exception("a reading of %s could not be kept", door.name)
            return replace(last, reason=DenialReason.NOT_RECORDED)
