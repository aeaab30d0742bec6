"""What is decided about a request and written down: on disk before anything leaves, and the outcome afterwards."""

import logging
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.access import PeopleList
from bot.access.second_factors import SecondFactors
from bot.clock import Clock
from bot.control.code_log import CodeLog
from bot.control.decision import Decider, Permitted
from bot.control.denials import Denials, about
from bot.control.restraint import Restraint
from bot.control.strangers import Strangers
from bot.domain.actions import MOVES, Action
from bot.domain.codes import IssuedPin, Pin
from bot.domain.commands import Command, CommandRequest, DenialReason, Finished, Result
from bot.domain.doors import Door, Doors
from bot.domain.events import PassUsed
from bot.domain.journal import Json
from bot.domain.policy import Verdict
from bot.domain.readings import SHOWN_BY, LockStatus
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.control")


class Refusal(Exception):
    """Latchkey says no: nothing is sent. `finished` is the answer."""

    def __init__(self, finished: Finished) -> None:
        super().__init__(finished.reason)
        self.finished = finished


@dataclass(frozen=True, slots=True)
class Started:
    """A command that is recorded and may be sent until its deadline. `pin`: the code it takes back."""

    request: CommandRequest
    command: Command
    door: Door
    verdict: Verdict
    deadline: Deadline
    pin: IssuedPin | None
    age: float
    """How many seconds after the asking it was looked at."""
    counted_grant_id: int | None
    """The right of which this is one of a limited number of uses."""
    is_proved: bool
    """Whether a one-time code was wanted, and right."""


class CommandLog:
    """Every method that writes is one transaction."""

    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: PeopleList,
        second_factors: SecondFactors,
        notices: Notices,
        clock: Clock,
        *,
        stale_seconds: float,
        openings_per_hour: int | None = None,
    ) -> None:
        self._storage = storage
        self._people = people
        self._notices = notices
        self._codes = CodeLog(storage, notices)
        self._clock = clock
        self._restraint = Restraint(storage, notices, clock, openings_per_hour=openings_per_hour)
        self._decider = Decider(
            storage, doors, people, second_factors, self._restraint, clock, stale_seconds=stale_seconds
        )
        self.strangers = Strangers(storage, notices, clock)
        self._denials = Denials(storage, doors, notices, self.strangers, self._restraint, clock)
        self._used: list[Callable[[int, str], Awaitable[None]]] = []
        self._code_made: list[Callable[[int], Awaitable[None]]] = []
        # The command that was started last at each door, by its id.
        self._newest: dict[str, int] = {}

    def when_used(self, call: Callable[[int, str], Awaitable[None]]) -> None:
        """`call` is awaited with a right of limited uses and who used it, in the transaction of the outcome."""
        self._used.append(call)

    def when_code_made(self, call: Callable[[int], Awaitable[None]]) -> None:
        """`call` is awaited with who had a code made, in the transaction of the outcome."""
        self._code_made.append(call)

    async def start(self, request: CommandRequest, lockouts: Set[DenialReason]) -> Started:
        """Decide, and record the command or the no: on disk before any byte leaves. Raises Refusal."""
        async with self._storage.transaction():
            decision = await self._decider.decide(request, lockouts)
            if isinstance(decision, Permitted):
                command = await self._record(request)
                self._newest[request.door] = command.id
                return Started(
                    request,
                    command,
                    decision.door,
                    decision.verdict,
                    decision.deadline,
                    decision.pin,
                    decision.age,
                    await self._count_use(request, decision.verdict),
                    decision.is_proved,
                )
            await self._denials.record(request, decision)
        # Outside, or the record of the no would be rolled back.
        raise Refusal(decision)

    async def check(self, request: CommandRequest, lockouts: Set[DenialReason]) -> None:
        """Decide as if it were asked now, and record only a no. Raises Refusal."""
        async with self._storage.transaction():
            decision = await self._decider.decide_as_new(request, lockouts)
            if isinstance(decision, Permitted):
                return
            await self._denials.record(request, decision)
        raise Refusal(decision)

    async def look_up(self, person_id: int) -> None:
        """Find out what a decision about this person needs and the database does not know."""
        try:
            await self._people.look_up(person_id)
        except Exception:
            # Whoever was not looked up is no member: what can be decided without is decided, and said.
            log.exception("the groups of %d could not be looked up", person_id)

    async def verdict(self, person_id: int, door: str, action: Action, *, is_proved: bool = False) -> Verdict:
        return await self._decider.verdict(person_id, door, action, is_proved=is_proved)

    async def finish(self, started: Started, result: Result, answer: object, *, seconds: float) -> None:
        """The outcome of a command, with what follows from it: the codes there are, and who is told."""
        command, now = started.command, self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=result, at=now)
            await self._journal("outcome", command, result=result, seconds=round(seconds, 2), **_spelt(answer))
            if isinstance(answer, Pin):
                await self._codes.made(started.request, command, answer, now)
                for made in self._code_made:
                    await made(command.person_id)
            # Where nobody knows what came of it the use stays used: the door may have opened.
            if started.counted_grant_id and result in (Result.NOT_SENT, Result.REFUSED):
                await self._storage.grants.give_back(started.counted_grant_id)
            if started.pin:
                await self._codes.revoking(started.pin, result, now)
            if command.action in MOVES and result in (Result.CONFIRMED, Result.ACCEPTED, Result.UNKNOWN):
                how = started.request.how
                await self._notices.command_finished(command, result=result, at=now, how=how)
                await self._note_first_use(started, now)
                for call in self._used if started.counted_grant_id else ():
                    await call(started.counted_grant_id or 0, command.person_name)
            elif result is Result.UNKNOWN:
                await self._notices.command_unclear(command, at=now)
            # Panels show also that a door may have moved.
            self._storage.doors_changed.set()
            if command.action in MOVES and result is Result.CONFIRMED:
                # The groups learn of it from the command's own notice: reading it is no news.
                await self._storage.readings.announce_bolt(command.door, SHOWN_BY[command.action], now)
                await self._note_position(started.door, command.action, now)

    async def _note_position(self, door: Door, action: Action, now: datetime) -> None:
        # Timers count from the command: the next reading may come minutes later.
        if not door.has_timers:
            return
        if action is Action.OPEN:
            await self._storage.open_doors.opened(door.name, now)
        else:
            await self._notices.closed(await self._storage.open_doors.closed(door.name), at=now)

    async def unfinished(self) -> list[Command]:
        return await self._storage.commands.unfinished()

    async def mark_interrupted(self, command: Command) -> None:
        """Latchkey stopped before the command's outcome: it may have happened, and people are told."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=Result.UNKNOWN, at=now)
            await self._journal("outcome", command, result=Result.UNKNOWN, problem="interrupted")
            await self._notices.command_interrupted(command)

    def is_newest(self, command: Command) -> bool:
        """Whether nothing was started at its door since, so that what the bolt shows is this command's doing."""
        return self._newest.get(command.door, command.id) == command.id

    async def record_evidence(self, command: Command, status: LockStatus, *, seconds: float) -> None:
        """What the lock looked like after a command: evidence, never an outcome."""
        await self._journal("evidence", command, bolt=status.bolt, seconds=round(seconds, 1))

    async def record_synchronise(self, request: CommandRequest, problem: LockError | None) -> None:
        await self._storage.journal.append(
            "synchronise",
            at=self._clock.datetime(),
            person_id=request.person_id,
            chat_id=request.chat_id,
            door=request.door,
            **_spelt(problem),
        )

    async def record_stranger(self, request: CommandRequest, action: str) -> None:
        await self.strangers.record(request, action)

    async def list_digest(self) -> str | None:
        """Names the list that waits for an owner's yes, and the event that made it doubtful; None: no list waits."""
        async with self._storage.transaction():
            since = (await self._storage.lockouts.all()).get(DenialReason.LIST_UNCONFIRMED)
            return None if since is None else await self._people.record.digest(since)

    async def confirm_list(self, request: CommandRequest, digest: str) -> DenialReason | None:
        """An owner says that the list of this digest is right. Why not, or None if it is done."""
        async with self._storage.transaction():
            verdict = await self.verdict(request.person_id, "", Action.CONFIRM_LIST)
            if verdict.reason:
                return verdict.reason
            if request.person_id not in self._people.owner_ids:
                # Who else is an owner stands in the very list that is in doubt.
                return DenialReason.NOT_IN_OWNER_IDS
            if self._decider.is_stale(request):
                return DenialReason.STALE
            if await self.list_digest() != digest:
                return DenialReason.LIST_CHANGED
            await self._storage.lockouts.remove(DenialReason.LIST_UNCONFIRMED)
            await self._storage.journal.append("list confirmed", at=self._clock.datetime(), person_id=request.person_id)
            await self._people.record.take_as_right(by=request.person_id)
        return None

    async def lock_out(self, reason: DenialReason) -> None:
        await self._storage.lockouts.put(reason, at=self._clock.datetime())

    async def stored_lockouts(self) -> set[DenialReason]:
        # Remembered from now on, so that no opening waits for it.
        await self._storage.lockdowns.all()
        await self._storage.cool_downs.all()
        return {DenialReason(reason) for reason in await self._storage.lockouts.all()}

    async def last_effect(self, request: CommandRequest, *, since: datetime) -> Command | None:
        """What this person last did to the door since then; closing makes an earlier opening another matter."""
        actions = MOVES if request.action in MOVES else (request.action, request.action)
        return await self._storage.commands.last_effect(request.person_id, request.door, actions, since=since)

    async def _record(self, request: CommandRequest) -> Command:
        command = await self._storage.commands.add(request, now=self._clock.datetime())
        await self._journal("started", command, **about(request))
        return command

    async def _count_use(self, request: CommandRequest, verdict: Verdict) -> int | None:
        """Of a right with a limited number of openings one is used up, in the transaction that records the command."""
        grant = verdict.grant
        if request.action is not Action.OPEN or grant is None or grant.uses_left is None:
            return None
        await self._storage.grants.use(grant.id)
        return grant.id

    async def _note_first_use(self, started: Started, now: datetime) -> None:
        """The host of a guest is told that they came."""
        pass_id = started.verdict.grant.pass_id if started.verdict.grant else None
        if pass_id is None or started.command.action is not Action.OPEN:
            return
        guest_pass = await self._storage.passes.get(pass_id)
        if guest_pass and await self._storage.passes.mark_used(pass_id, now):
            event = PassUsed(label=guest_pass.label, by=started.command.person_name, door=started.command.door, at=now)
            await self._notices.tell(guest_pass.host_id, event)

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


def _spelt(answer: object) -> dict[str, Any]:
    if not isinstance(answer, LockError):
        return {}
    return {"problem": answer.remark.code, "parameters": dict(answer.remark.parameters)}
