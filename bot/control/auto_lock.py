"""The house closes doors by itself, some minutes after they were opened. It never opens one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.access import PeopleList
from bot.activity import Activity
from bot.clock import Clock
from bot.control import DoorControl
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, DenialReason, Finished, How, Result
from bot.domain.doors import Door, Doors
from bot.domain.events import DoorLeftOpen
from bot.domain.failures import StorageFailed
from bot.domain.open_doors import CLOSE_AGAIN, KEEP_OPEN, OpenDoor
from bot.domain.people import HOUSE_ID, HOUSE_NAME
from bot.domain.policy import Denied, decide
from bot.domain.times import to_ms
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.control")
CHECK_SECONDS = 30.0
NOT_WORTH_TELLING = (DenialReason.IN_FLIGHT, DenialReason.CLOSING, DenialReason.DUPLICATE)
MOVED_NOTHING = (Result.DENIED, Result.NOT_SENT, Result.REFUSED)


class AutoLock:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: PeopleList,
        control: DoorControl,
        notices: Notices,
        clock: Clock,
        activity: Activity,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._control = control
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
        """Close what is due, each door for itself: a gateway that does not answer holds up no other."""
        now = self._clock.datetime()
        due = []
        for one in await self._storage.open_doors.all():
            door = self._doors.get(one.door)
            closes_at = one.closes_at(door) if door else None
            if door and closes_at and closes_at <= now:
                due.append(self._close(door, one, closes_at))
        await asyncio.gather(*due)

    async def keep_open(self, request: CommandRequest) -> datetime | None:
        """Whoever may open the door may keep it open for a while. None: it is not open. Raises Denied."""
        until = self._clock.datetime() + KEEP_OPEN
        async with self._storage.transaction():
            rights = await self._people.rights(request.person_id)
            verdict = decide(rights, door=request.door, action=Action.OPEN, now=self._clock.moment())
            if verdict.reason:
                raise Denied(verdict.reason)
            one = await self._storage.open_doors.get(request.door)
            if one is None:
                return None
            await self._storage.open_doors.hold(request.door, until)
            await self._storage.journal.append(
                "kept open",
                at=self._clock.datetime(),
                person_id=request.person_id,
                chat_id=request.chat_id,
                door=request.door,
                update=request.update_key,
                name=request.person_name,
                until=to_ms(until),
            )
        return until

    async def _guarded_round(self) -> None:
        try:
            await self.round()
        except StorageFailed as error:
            log.error("open doors could not be looked up: %s", error)  # noqa: TRY400

    async def _close(self, door: Door, one: OpenDoor, due: datetime) -> None:
        request = CommandRequest(
            # The same timer never sends twice, not even after a restart in the middle.
            update_key=f"auto-lock {door.name} {to_ms(due)}",
            person_id=HOUSE_ID,
            person_name=HOUSE_NAME,
            chat_id=HOUSE_ID,
            thread_id=None,
            action=Action.CLOSE,
            door=door.name,
            asked_at=self._clock.now(),
            how=How.TIMER,
        )
        async for step in self._control.operate(request):
            if isinstance(step, Finished):
                await self._note(one, request, step)

    async def _note(self, one: OpenDoor, request: CommandRequest, finished: Finished) -> None:
        """What certainly moved nothing is tried again later; anything else is never repeated by software."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            if not await self._moved_nothing(request, finished):
                await self._storage.open_doors.tried(one.door)
                return
            await self._storage.open_doors.hold(one.door, now + CLOSE_AGAIN)
            if one.is_told or finished.reason in NOT_WORTH_TELLING:
                return
            await self._notices.tell_groups(
                DoorLeftOpen(
                    door=one.door, since=one.since, at=now, is_not_closed=True,
                    reason=finished.reason, problem=finished.problem,
                )
            )  # fmt: skip
            await self._storage.open_doors.told(one.door)

    async def _moved_nothing(self, request: CommandRequest, finished: Finished) -> bool:
        """Of a timer that ran before a restart the record says what came of it."""
        if finished.reason is not DenialReason.DUPLICATE:
            return finished.result in MOVED_NOTHING
        conflicts = await self._storage.commands.conflicts(request.update_key, request.door)
        earlier = [command for command in conflicts if command.update_key == request.update_key]
        return all(command.outcome in MOVED_NOTHING for command in earlier)
