"""What control writes down: the decision and its record before any byte leaves, the outcome after."""

from collections.abc import Set
from datetime import UTC, datetime

from bot.access import MOVES, Action, Verdict, Why, decide
from bot.clock import Clock
from bot.doors import Door, Doors
from bot.drivers.base import Deadline, LockStatus, Pin
from bot.drivers.errors import LockError
from bot.notices import Notices
from bot.outcomes import REASONS, Answer, Ask, Outcome, Reason, Result
from bot.people import Allowlist
from bot.throttle import Throttle
from bot.watcher import Watcher
from storage import Storage
from storage.records import Command, Json, MadePin


class Denied(Exception):
    """Latchkey says no: nothing is sent."""

    def __init__(self, reason: Reason, *, door: Door | None = None, other: Command | None = None) -> None:
        self.reason = reason
        self.door = door
        self.other = other

    def outcome(self, action: Action, *, age: float = 0.0) -> Outcome:
        return Outcome(
            result=Result.DENIED, action=action, door=self.door, reason=self.reason, other=self.other, age=age
        )


class Register:
    """Every method that writes is one transaction. `holds`: reasons for which no door is moved, whoever asks."""

    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: Allowlist,
        notices: Notices,
        watcher: Watcher,
        clock: Clock,
        *,
        stale_seconds: float,
        holds: Set[Reason],
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._notices = notices
        self._watcher = watcher
        self._clock = clock
        self._stale_seconds = stale_seconds
        self._holds = holds
        self._strangers = Throttle(times=1, seconds=600, clock=clock.boot)
        self._crowd = Throttle(times=100, seconds=3600, clock=clock.boot)

    async def begin(self, ask: Ask, action: Action) -> tuple[Door, Command, Deadline]:
        """Decide, and record the command or the no: on disk before any byte leaves. Raises Denied."""
        async with self._storage.transaction():
            age = self._clock.age(ask.asked_at)
            deadline = Deadline(self._clock.boot() + self._stale_seconds - age, self._clock.boot)
            door = await self._weigh(ask, action, deadline)
            if isinstance(door, Door):
                return door, await self._record(ask, action), deadline
        # Outside, or the record of the no would be rolled back.
        raise door

    async def judge(self, ask: Ask, action: Action) -> None:
        """Decide as if it were asked now, and record only a no. Raises Denied."""
        in_time = Deadline(self._clock.boot() + self._stale_seconds, self._clock.boot)
        async with self._storage.transaction():
            door = await self._weigh(ask, action, in_time)
        if isinstance(door, Denied):
            raise door

    async def permitted(self, ask: Ask, action: Action) -> Door:
        """The door, if the caller has this right to it now; nothing is recorded. Raises Denied."""
        return self._door(ask, await self._verdict(ask, action))

    async def end(
        self, command: Command, door: Door, result: Result, answer: Answer | LockError, seconds: float
    ) -> None:
        """The outcome of a command, with what follows from it: the codes there are, and who is told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=result, at=now)
            why: dict[str, Json] = {"why": str(answer), "code": answer.code} if isinstance(answer, LockError) else {}
            await self._journal("outcome", command, result=result, seconds=round(seconds, 2), **why)
            if isinstance(answer, Pin) and answer.handle:
                await self._storage.pins.add(_made(command, answer, answer.handle, now))
            if isinstance(answer, MadePin):
                await self._storage.pins.revoked(answer.id, now)
            if command.action in MOVES and result in (Result.CONFIRMED, Result.ACCEPTED, Result.UNKNOWN):
                await self._notices.commanded(command, door, result=result, at=now)
            if command.action in MOVES and result is Result.CONFIRMED:
                await self._watcher.commanded(door, Action(command.action))

    async def cut_off(self, command: Command, title: str) -> None:
        """Latchkey stopped before the command's outcome: it may have happened, and people are told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=Result.UNKNOWN, at=now)
            await self._journal("outcome", command, result=Result.UNKNOWN, why="Latchkey stopped before the answer")
            await self._notices.recovered(command, title, at=now)

    async def saw(self, command: Command, door: Door, status: LockStatus, *, seconds: float, asked: float) -> None:
        """What the lock looked like after a command: evidence, never an outcome."""
        async with self._storage.transaction():
            await self._journal("evidence", command, bolt=status.bolt, seconds=round(seconds, 1))
            await self._watcher.saw(door, status, asked=asked)

    async def stranger(self, ask: Ask, action: str) -> None:
        """Somebody nobody knows was here: journalled now and then, so that a crowd does not fill the disk."""
        if self._strangers.allows(ask.person_id) and self._crowd.allows("all"):
            await self._storage.journal.append(
                "stranger",
                at=self._clock.datetime(),
                person_id=ask.person_id,
                chat_id=ask.chat_id,
                action=action,
                name=ask.person_name,
                update=ask.update_key,
            )

    async def _weigh(self, ask: Ask, action: Action, deadline: Deadline) -> Door | Denied:
        """The door that may be moved, or why not; the no is recorded."""
        if await self._storage.commands.seen(ask.update_key):
            return Denied(Reason.DUPLICATE)
        verdict = await self._verdict(ask, action)
        try:
            return await self._permit(ask, action, verdict, deadline)
        except Denied as no:
            if verdict.why is Why.STRANGER:
                await self.stranger(ask, action)
            else:
                await self._record(ask, action, no)
            return no

    async def _permit(self, ask: Ask, action: Action, verdict: Verdict, deadline: Deadline) -> Door:
        if verdict.why is Why.STRANGER:
            raise Denied(Reason.STRANGER)
        if deadline.remaining() <= 0:
            raise Denied(Reason.STALE)
        if self._holds:
            raise Denied(min(self._holds))
        door = self._door(ask, verdict)
        if not door.can(action):
            raise Denied(Reason.UNSUPPORTED, door=door)
        other = await self._storage.commands.in_flight(door.name)
        if other:
            raise Denied(Reason.IN_FLIGHT, door=door, other=other)
        return door

    async def _verdict(self, ask: Ask, action: Action) -> Verdict:
        rights = await self._people.rights(ask.person_id)
        return decide(rights, door=ask.door, action=action, now=self._clock.datetime())

    def _door(self, ask: Ask, verdict: Verdict) -> Door:
        """Permission comes before existence, so that nobody learns of doors by asking."""
        if not verdict.allowed:
            raise Denied(REASONS[verdict.why])
        door = self._doors.get(ask.door)
        if door is None:
            raise Denied(Reason.NO_SUCH_DOOR)
        return door

    async def _record(self, ask: Ask, action: Action, no: Denied | None = None) -> Command:
        now = self._clock.datetime()
        command = await self._storage.commands.add(
            Command(
                id=0,
                update_key=ask.update_key,
                person_id=ask.person_id,
                person_name=ask.person_name,
                chat_id=ask.chat_id,
                thread_id=ask.thread_id,
                door=ask.door,
                action=action,
                asked_at=datetime.fromtimestamp(ask.asked_at, UTC),
                started_at=now,
                ended_at=now if no else None,
                outcome=Result.DENIED if no else None,
            )
        )
        about: dict[str, Json] = {"update": ask.update_key, "name": ask.person_name, "asked": round(ask.asked_at)}
        if no:
            await self._journal("denied", command, **about, why=no.reason.value)
        else:
            await self._journal("started", command, **about)
        return command

    async def _journal(self, kind: str, command: Command, **detail: Json) -> None:
        await self._storage.journal.append(
            kind,
            at=self._clock.datetime(),
            command_id=command.id,
            person_id=command.person_id,
            chat_id=command.chat_id,
            door=command.door,
            action=command.action,
            **detail,
        )


def _made(command: Command, pin: Pin, handle: str, now: datetime) -> MadePin:
    return MadePin(
        id=0,
        door=command.door,
        handle=handle,
        person_id=command.person_id,
        person_name=command.person_name,
        made_at=now,
        ends_at=pin.ends_at,
    )
