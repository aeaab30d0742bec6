"""The only way to move a door or make a code: record, then send once, then record the outcome."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

from bot.activity import Activity
from bot.clock import Clock
from bot.control.command_log import CommandLog, Refusal, Started
from bot.control.evidence import EvidenceReader
from bot.control.execution import Executor
from bot.control.status_reader import StatusReader
from bot.domain.actions import Action
from bot.domain.commands import (
    Command,
    CommandRequest,
    DenialReason,
    Finished,
    Progress,
    Result,
    Sent,
    StatusResult,
)
from bot.domain.doors import Door, Doors
from bot.domain.failures import StorageFailed
from bot.domain.policy import Verdict
from bot.domain.remarks import Remark
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, UnexpectedReply
from bot.monitor import Monitor

log = logging.getLogger("latchkey.control")

# Clients send a press again when they are back in the net, and thumbs tap twice.
REPEATED_PRESS = timedelta(minutes=2)
Tell: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Lookout:
    monitor: Monitor
    status: StatusReader
    evidence: EvidenceReader


class DoorControl:
    def __init__(
        self,
        command_log: CommandLog,
        doors: Doors,
        drivers: Mapping[str, LockDriver],
        lookout: Lookout,
        clock: Clock,
        activity: Activity,
        *,
        budget_seconds: float = 45,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._log = command_log
        self._doors = doors
        self._drivers = drivers
        self._lookout = lookout
        self._clock = clock
        self._activity = activity
        self._budget_seconds = budget_seconds
        self._executor = Executor(
            command_log,
            drivers,
            lookout.monitor,
            clock,
            spawn=self._spawn,
            budget_seconds=budget_seconds,
            sleep=sleep,
        )
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lockouts: set[DenialReason] = set()

    @property
    def lockouts(self) -> frozenset[DenialReason]:
        """Reasons for which no door is moved at the moment, whoever asks."""
        return frozenset(self._lockouts)

    def shut(self, reason: DenialReason) -> None:
        """No door moves any more, whoever asks; what waits for a lock is withdrawn."""
        # In this order: what is recorded meanwhile finds the reason, and what was recorded before is withdrawn.
        self._lockouts.add(reason)
        self._executor.withdraw_all()

    def reopen(self, reason: DenialReason) -> None:
        self._lockouts.discard(reason)

    async def operate(self, request: CommandRequest) -> AsyncIterator[Progress]:
        """Do what is asked. Yields `Sent` at most once, `Finished` once, then `Seen` at most once."""
        await self._log.look_up(request.person_id)
        steps: asyncio.Queue[Progress | None] = asyncio.Queue()
        # In a task of its own: a caller that is cancelled must not leave a command without an outcome.
        self._spawn(self._run(request, steps))
        while (step := await steps.get()) is not None:
            yield step

    async def authorize(self, request: CommandRequest) -> Finished | None:
        """Whether this would be done if it were asked now: None is yes, and nothing is sent. A no is recorded."""
        await self._log.look_up(request.person_id)
        try:
            await self._log.check(request, self._lockouts)
        except Refusal as no:
            return no.finished
        except StorageFailed:
            log.exception("a decision could not be recorded")
            return _denied(request, DenialReason.NOT_RECORDED)
        return None

    async def recheck(self, person_id: int | None) -> None:
        """This person's rights changed, or with None anybody's: what waits and is not theirs any more is withdrawn."""
        for started in self._executor.waiting_of(person_id):
            if not await self._is_still_theirs(started):
                started.deadline.withdraw()

    async def status(self, request: CommandRequest) -> StatusResult:
        return await self._lookout.status.status(request)

    async def overview(self, person_id: int) -> list[StatusResult]:
        return await self._lookout.status.overview(person_id)

    async def repeated_command(self, request: CommandRequest) -> Command | None:
        """What this person had this door do within the last two minutes, if it was the same."""
        last = await self._log.last_effect(request, since=self._clock.datetime() - REPEATED_PRESS)
        return last if last and last.action is request.action else None

    async def record_stranger(self, request: CommandRequest, action: str) -> None:
        await self._log.record_stranger(request, action)

    async def list_to_confirm(self) -> str | None:
        """Names the people list that waits for an owner's yes; None if none does."""
        return await self._log.list_digest()

    async def confirm_list(self, request: CommandRequest, digest: str) -> Finished | None:
        """An owner has looked at the list of this digest: doors may move again. None: it is confirmed."""
        try:
            reason = await self._log.confirm_list(request, digest)
        except StorageFailed:
            log.exception("a confirmation of the people list could not be recorded")
            reason = DenialReason.NOT_RECORDED
        if reason:
            return _denied(request, reason)
        # Not before the confirmation is on disk: with a full one, doors would open on a list that nobody confirmed.
        self.reopen(DenialReason.LIST_UNCONFIRMED)
        return None

    async def recover(self) -> None:
        """Lockouts hold on; commands without an outcome become "unknown", and people are told."""
        self._lockouts |= await self._log.stored_lockouts()
        for command in await self._log.unfinished():
            await self._log.mark_interrupted(command)
            log.warning("command %d on %s had no outcome: it may have happened", command.id, command.door)
            if door := self._doors.get(command.door):
                self._spawn(self._lookout.evidence.read(command, door, Result.UNKNOWN, delay=0))

    def close_up(self) -> None:
        """Take no more commands, and read no more bolts."""
        self.shut(DenialReason.CLOSING)
        self._executor.close_up()
        self._lookout.evidence.close_up()

    async def finish(self) -> None:
        """Wait for the commands in flight to be recorded."""
        self.close_up()
        # In a loop: a task that ends may have begun another, such as one that records its outcome later.
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _is_still_theirs(self, started: Started) -> bool:
        command = started.command
        try:
            verdict = await self._log.verdict(
                command.person_id, command.door, command.action, is_proved=started.is_proved
            )
            # A right that ends earlier than before is another one: a code that waits would outlive it.
            return _took_the_last_use(started, verdict) or (
                verdict.allowed and verdict.lasts_as_long_as(started.verdict)
            )
        except StorageFailed:
            # What cannot be read is no right (docs/trials.md, R16).
            log.exception("rights could not be read, so command %d is withdrawn", command.id)
            return False

    async def _run(self, request: CommandRequest, steps: "asyncio.Queue[Progress | None]") -> None:
        try:
            if request.action is Action.SYNCHRONISE:
                steps.put_nowait(await self._synchronise(request))
            else:
                await self._command(request, steps.put_nowait)
        finally:
            # Whatever happens: whoever asked waits for this.
            steps.put_nowait(None)

    async def _command(self, request: CommandRequest, tell: Tell) -> None:
        age = self._clock.age(request.asked_at)
        try:
            started = await self._log.start(request, self._lockouts)
        except Refusal as no:
            tell(no.finished)
            return
        except Exception:
            log.exception("a command could not be recorded, so nothing was sent")
            tell(_denied(request, DenialReason.NOT_RECORDED, age=age))
            return
        # Nothing is awaited between the commit and this line: whoever takes the right afterwards finds it here.
        self._executor.take(started)
        if self._lockouts:
            # The doors were shut while the disk was at work.
            started.deadline.withdraw()
        tell(Sent(started.door))
        finished = await self._executor.carry_out(started)
        if finished.reason is DenialReason.WITHDRAWN:
            finished = await self._with_reason(started.command, finished)
        tell(finished)
        await self._read_evidence(started, finished.result, tell)

    async def _with_reason(self, command: Command, withdrawn: Finished) -> Finished:
        # Told that their right was taken, somebody would ask why: what stands in the way of everybody is told instead.
        if self._lockouts:
            # The least of them, since a set has no order: asked twice, people are told the same.
            return replace(withdrawn, reason=min(self._lockouts), problem=Remark("command.shut"))
        try:
            verdict = await self._log.verdict(command.person_id, command.door, command.action)
        except StorageFailed:
            return withdrawn
        if verdict.reason is not DenialReason.LOCKDOWN:
            return withdrawn
        return replace(
            withdrawn, reason=DenialReason.LOCKDOWN, problem=Remark("command.shut"), opens_at=verdict.opens_at
        )

    async def _read_evidence(self, started: Started, result: Result, tell: Tell) -> None:
        door, command, evidence = started.door, started.command, self._lookout.evidence
        if evidence.is_worth_reading(door, command, result):
            # Read earlier, the bolt would be seen on its way.
            seen = await evidence.read(command, door, result, delay=door.travel_seconds)
            if seen:
                tell(seen)

    async def _synchronise(self, request: CommandRequest) -> Finished:
        # It moves nothing: it is recorded when it is done, and takes no turn at the door that a command would wait for.
        try:
            verdict = await self._log.verdict(request.person_id, request.door, Action.SYNCHRONISE)
            door = self._doors.get(request.door)
            if verdict.reason or door is None:
                return _denied(request, verdict.reason or DenialReason.NO_SUCH_DOOR)
            problem = await self._ask_to_synchronise(door)
            await self._log.record_synchronise(request, problem)
        except StorageFailed:
            log.exception("a synchronisation could not be recorded")
            return _denied(request, DenialReason.NOT_RECORDED)
        result = Result.REFUSED if problem else Result.CONFIRMED
        return Finished(action=request.action, result=result, door=door, problem=problem.remark if problem else None)

    async def _ask_to_synchronise(self, door: Door) -> LockError | None:
        try:
            async with asyncio.timeout(self._budget_seconds):
                await self._drivers[door.name].synchronise()
        except LockError as error:
            return error
        except TimeoutError:
            # And not OutcomeUnknown: synchronising moves nothing, so it may be asked for again.
            return UnexpectedReply("driver.no_answer")
        except Exception:
            log.exception("the driver of %s failed", door.name)
            return UnexpectedReply("driver.failed")
        return None

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        self._activity.begin()
        task = asyncio.get_running_loop().create_task(work)
        # The event loop holds tasks by weak references only.
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._activity.end()


def _took_the_last_use(started: Started, verdict: Verdict) -> bool:
    """Whether the right is used up by this command itself, and otherwise what it was."""
    was = started.verdict.grant
    if started.counted_grant_id is None or was is None or was.uses_left != 1:
        return False
    return verdict.reason is DenialReason.USED_UP and verdict.grant == replace(was, uses_left=0)


def _denied(request: CommandRequest, reason: DenialReason, *, age: float = 0.0) -> Finished:
    return Finished(action=request.action, result=Result.DENIED, reason=reason, age=age)
