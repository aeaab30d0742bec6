"""The house closes doors by itself, some minutes after they were opened or at an hour. It never opens one."""

import asyncio
from datetime import datetime

from bot.access import PeopleList
from bot.access.second_factors import SecondFactors
from bot.clock import Clock
from bot.control import DoorControl
from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, DenialReason, Finished, How, Result
from bot.domain.doors import Door, Doors
from bot.domain.events import DoorLeftOpen, LeaveOpen
from bot.domain.lockdowns import under_lockdown
from bot.domain.open_doors import CLOSE_AGAIN, KEEP_OPEN, OpenDoor
from bot.domain.people import HOUSE_ID, HOUSE_NAME, SCHEDULE_NAME
from bot.domain.policy import Denied, Verdict, decide
from bot.domain.second_factor import Proof, unproved
from bot.domain.times import to_ms
from bot.notices import Notices
from storage import Storage

NO_CHAT = 0
# Over in a moment, or told already: somebody moves the door just now, or the bot stops.
NOT_WORTH_TELLING = (DenialReason.IN_FLIGHT, DenialReason.CLOSING, DenialReason.DUPLICATE)
MOVED_NOTHING = (Result.DENIED, Result.NOT_SENT, Result.REFUSED)


class AutoLock:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: PeopleList,
        second_factors: SecondFactors,
        control: DoorControl,
        notices: Notices,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._second_factors = second_factors
        self._control = control
        self._notices = notices
        self._clock = clock

    async def close_due(self) -> None:
        if not self._doors.have_timers:
            return  # nothing is asked of the disk for what nobody set
        now = self._clock.datetime()
        doors = [(self._doors.get(one.door), one) for one in await self._storage.open_doors.all()]
        due = [(door, one, due_by(one, door, now)) for door, one in doors if door]
        # Side by side: a gateway that does not answer holds up no other's doors.
        await asyncio.gather(*(self._close(door, one, *why) for door, one, why in due if why))

    async def keep_open(self, request: CommandRequest) -> datetime | Finished | None:
        """Whoever may open the door may keep it open for a while. None: it is not open. Raises Denied.

        A Finished says that a one-time code is wanted for it, or what is wrong with the one that was typed.
        """
        until = self._clock.datetime() + KEEP_OPEN
        async with self._storage.transaction():
            if not await self._open_door(request):
                return None
            if (proof := await self._proof(request)).reason:
                return unproved(Action.OPEN, proof, self._doors.get(request.door))
            await self._storage.open_doors.hold(request.door, until)
            await self._journal("kept open", request, until=to_ms(until))
        return until

    async def leave_open(self, request: CommandRequest) -> bool:
        """Whoever may open the door may leave it as it is: everybody who was asked hears who was the first to say so.

        False: it is not open. It changes no timer. Raises Denied.
        """
        async with self._storage.transaction():
            if not (door := await self._open_door(request)):
                return False
            if not door.left_at:
                now = self._clock.datetime()
                await self._storage.open_doors.left(request.door, now)
                await self._journal("left open", request)
                await self._notices.tell_groups_and_owners(LeaveOpen(door=request.door, by=request.person_name, at=now))
        return True

    async def _open_door(self, request: CommandRequest) -> OpenDoor | None:
        """None: it is not open. Raises Denied for whoever may not open it, with a one-time code or without."""
        verdict = await self._verdict(request)
        # Who may not open it, in a lockdown for example, must not keep the house from closing it.
        if verdict.reason not in (None, DenialReason.NEEDS_SECOND_FACTOR):
            raise Denied(verdict.reason)
        return await self._storage.open_doors.get(request.door)

    async def _proof(self, request: CommandRequest) -> Proof:
        verdict = await self._verdict(request)
        if verdict.reason is not DenialReason.NEEDS_SECOND_FACTOR:
            return Proof(verdict.reason)
        return await self._second_factors.prove(request.person_id, request.person_name, request.one_time_code)

    async def _verdict(self, request: CommandRequest) -> Verdict:
        rights, lockdowns = await self._people.rights(request.person_id), await self._storage.lockdowns.all()
        now, door = self._clock.moment(), request.door
        verdict = decide(rights, door=door, action=Action.OPEN, now=now)
        return under_lockdown(verdict, rights, lockdowns, door=door, action=Action.OPEN, now=now)

    async def _journal(self, kind: str, request: CommandRequest, *, until: int | None = None) -> None:
        await self._storage.journal.append(
            kind,
            at=self._clock.datetime(),
            person_id=request.person_id,
            chat_id=request.chat_id,
            door=request.door,
            update=request.update_key,
            name=request.person_name,
            until=until,
        )

    async def _close(self, door: Door, one: OpenDoor, due: datetime, name: str) -> None:
        request = CommandRequest(
            # The same timer never sends twice, not even after a restart in the middle.
            update_key=f"auto-lock {door.name} {to_ms(due)}",
            person_id=HOUSE_ID,
            person_name=name,
            chat_id=NO_CHAT,
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
        # What certainly moved nothing is tried again later; anything else is never repeated by software.
        now = self._clock.datetime()
        async with self._storage.transaction():
            if not await self._moved_nothing(request, finished):
                await self._storage.open_doors.tried(one.door, now)
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
        # Of a timer that ran before a restart the record says what came of it.
        if finished.reason is not DenialReason.DUPLICATE:
            return finished.result in MOVED_NOTHING
        conflicts = await self._storage.commands.conflicts(request.update_key, request.door)
        earlier = [command for command in conflicts if command.update_key == request.update_key]
        return all(command.outcome in MOVED_NOTHING for command in earlier)


def due_by(one: OpenDoor, door: Door, now: datetime) -> tuple[datetime, str] | None:
    """Since when the house should close the door, and in which name; None: not yet."""
    timers = ((one.locks_at(door), HOUSE_NAME), (one.closes_at(door, now), SCHEDULE_NAME))
    return min(((at, name) for at, name in timers if at and at <= now), default=None)
