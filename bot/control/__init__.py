"""The only way to move a door or make a code: record, then send once, then record the outcome."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from bot.activity import Activity
from bot.clock import Clock
from bot.control.command_log import CommandLog, Refusal, Started
from bot.control.evidence import EvidenceReader
from bot.control.status_reader import StatusReader
from bot.domain.actions import MOVES, Action
from bot.domain.codes import IssuedPin, Pin
from bot.domain.commands import (
    Command,
    CommandRequest,
    Delivery,
    DenialReason,
    Finished,
    Progress,
    Result,
    Sent,
    StatusResult,
)
from bot.domain.doors import Door, Doors
from bot.domain.failures import StorageFailed
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, Refused, UnexpectedReply, Unsupported, Withdrawn
from bot.monitor import Monitor

log = logging.getLogger("latchkey.control")

RECORD_AGAIN_SECONDS = 5.0
REPEATED_PRESS = timedelta(minutes=2)
Answer: TypeAlias = Delivery | Pin | None | LockError
"""What a driver's verb gave back or raised; None: a code is revoked."""
Tell: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Lookout:
    """What control reads the locks with."""

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
        self._sleep = sleep
        self._tasks: set[asyncio.Task[Any]] = set()
        self._lockouts: set[DenialReason] = set()
        self._started: dict[int, Started] = {}
        """The commands that may still send something, by their id."""

    @property
    def lockouts(self) -> frozenset[DenialReason]:
        """Reasons for which no door is moved at the moment, whoever asks."""
        return frozenset(self._lockouts)

    def shut(self, reason: DenialReason) -> None:
        self._lockouts.add(reason)

    def reopen(self, reason: DenialReason) -> None:
        self._lockouts.discard(reason)

    async def operate(self, request: CommandRequest) -> AsyncIterator[Progress]:
        """Do what is asked. Yields `Sent` at most once, `Finished` once, then `Seen` at most once.

        The command runs to its recorded end, whatever becomes of the one who listens.
        """
        steps: asyncio.Queue[Progress | None] = asyncio.Queue()
        self._spawn(self._run(request, steps))
        while (step := await steps.get()) is not None:
            yield step

    async def authorize(self, request: CommandRequest) -> Finished | None:
        """Whether this would be done if it were asked now: None is yes, and nothing is sent. A no is recorded."""
        try:
            await self._log.check(request, self._lockouts)
        except Refusal as no:
            return no.finished
        except StorageFailed:
            log.exception("a decision could not be recorded")
            return _not_recorded(request, age=0.0)
        return None

    async def recheck(self, person_id: int) -> None:
        """This person's rights changed: what waits for a lock and is not theirs any more is withdrawn."""
        for started in [*self._started.values()]:
            command = started.command
            if command.person_id == person_id:
                verdict = await self._log.verdict(person_id, command.door, command.action)
                if not verdict.allowed:
                    started.deadline.withdraw()

    async def status(self, request: CommandRequest) -> StatusResult:
        return await self._lookout.status.status(request)

    async def overview(self, person_id: int) -> list[StatusResult]:
        return await self._lookout.status.overview(person_id)

    async def repeated_move(self, request: CommandRequest) -> Command | None:
        """What this person made this door do within the last two minutes, if it was the same."""
        since = self._clock.datetime() - REPEATED_PRESS
        last = await self._log.last_move(request.person_id, request.door, since=since)
        return last if last and last.action is request.action else None

    async def live_pins(self, person_id: int) -> list[IssuedPin]:
        """One's own codes that may still work; for owners everybody's."""
        return await self._log.live_pins(person_id)

    async def record_stranger(self, request: CommandRequest, action: str) -> None:
        """Somebody nobody knows was here."""
        await self._log.record_stranger(request, action)

    async def list_to_confirm(self) -> str | None:
        """Names the people list that waits for an owner's yes; None if none does."""
        return await self._log.list_digest()

    async def confirm_list(self, request: CommandRequest, digest: str) -> Finished | None:
        """An owner has looked at the list of this digest: doors may move again. None: it is confirmed."""
        verdict = await self._log.verdict(request.person_id, "", Action.CONFIRM_LIST)
        if verdict.reason:
            return Finished(action=request.action, result=Result.DENIED, reason=verdict.reason)
        if not await self._log.confirm_list(request.person_id, digest):
            return Finished(action=request.action, result=Result.DENIED, reason=DenialReason.LIST_CHANGED)
        # Not before it is on disk: a confirmation that nobody can find again is none.
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
        self._lookout.evidence.close_up()

    async def finish(self) -> None:
        """Wait for the commands in flight to be recorded."""
        self.close_up()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _run(self, request: CommandRequest, steps: "asyncio.Queue[Progress | None]") -> None:
        try:
            if request.action is Action.SYNCHRONISE:
                steps.put_nowait(await self._synchronise(request))
            else:
                await self._command(request, steps.put_nowait)
        finally:
            steps.put_nowait(None)

    async def _command(self, request: CommandRequest, tell: Tell) -> None:
        age = self._clock.age(request.asked_at)
        try:
            started = await self._log.start(request, self._lockouts)
        except Refusal as no:
            tell(no.finished)
            return
        except StorageFailed:
            log.exception("a command could not be recorded, so nothing was sent")
            tell(_not_recorded(request, age=age))
            return
        # Nothing is awaited between the commit and this line: whoever takes the right afterwards finds it here.
        self._started[started.command.id] = started
        tell(Sent(started.door))
        finished = await self._carry_out(started, age=age)
        tell(finished)
        await self._read_evidence(started, finished.result, tell)

    async def _carry_out(self, started: Started, *, age: float) -> Finished:
        door, monitor, is_move = started.door, self._lookout.monitor, started.command.action in MOVES
        began = self._clock.boot()
        if is_move:
            monitor.suppress(door, self._budget_seconds + door.travel_seconds)
        answer = await self._send(started)
        del self._started[started.command.id]
        seconds, result = self._clock.boot() - began, classify(answer)
        if is_move:
            moving = result in (Result.CONFIRMED, Result.UNKNOWN)
            monitor.suppress(door, door.travel_seconds if moving else 0)
        return Finished(
            action=started.command.action,
            result=result,
            door=door,
            reason=DenialReason.WITHDRAWN if isinstance(answer, Withdrawn) else None,
            problem=answer.remark if isinstance(answer, LockError) else None,
            seconds=seconds,
            age=age,
            pin=answer if isinstance(answer, Pin) else None,
            is_recorded=await self._record(started, result, answer, seconds),
        )

    async def _send(self, started: Started) -> Answer:
        try:
            started.deadline.check()
            async with asyncio.timeout(self._budget_seconds):
                return await self._act(started)
        except LockError as error:
            return error
        except TimeoutError:
            return OutcomeUnknown("driver.no_answer")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Something the driver waited for was cancelled, not this command.
            return OutcomeUnknown("driver.failed")
        except Exception:
            # A bug in a driver must not become "nothing happened".
            log.exception("the driver of %s failed", started.door.name)
            return OutcomeUnknown("driver.failed")

    async def _act(self, started: Started) -> Answer:
        driver, deadline, request = self._drivers[started.door.name], started.deadline, started.request
        if request.action is Action.OPEN:
            return await driver.unlock(deadline)
        if request.action is Action.CLOSE:
            return await driver.lock(deadline)
        if request.action is Action.PIN and request.pin:
            return await driver.create_pin(request.pin, deadline)
        if started.pin and started.pin.handle:
            await driver.revoke_pin(started.pin.handle, deadline)
            return None
        raise Unsupported("driver.unsupported")

    async def _record(self, started: Started, result: Result, answer: Answer, seconds: float) -> bool:
        """Write the outcome of a command down now, or else as soon as that can be done."""
        try:
            await self._log.finish(started, result, answer, seconds=seconds)
        except StorageFailed:
            log.exception("the outcome of command %d could not be recorded yet", started.command.id)
            self._spawn(self._record_later(started, result, answer, seconds))
            return False
        return True

    async def _record_later(self, started: Started, result: Result, answer: Answer, seconds: float) -> None:
        while DenialReason.CLOSING not in self._lockouts:
            await self._sleep(RECORD_AGAIN_SECONDS)
            try:
                await self._log.finish(started, result, answer, seconds=seconds)
            except StorageFailed:
                continue
            log.info("the outcome of command %d is recorded now", started.command.id)
            return

    async def _read_evidence(self, started: Started, result: Result, tell: Tell) -> None:
        door, command, evidence = started.door, started.command, self._lookout.evidence
        if evidence.is_worth_reading(door, command, result):
            seen = await evidence.read(command, door, result, delay=door.travel_seconds)
            if seen:
                tell(seen)

    async def _synchronise(self, request: CommandRequest) -> Finished:
        """Bring lock, gateway and cloud in step. It moves nothing, so it keeps no command waiting."""
        verdict = await self._log.verdict(request.person_id, request.door, Action.SYNCHRONISE)
        door = self._doors.get(request.door)
        if verdict.reason or door is None:
            reason = verdict.reason or DenialReason.NO_SUCH_DOOR
            return Finished(action=request.action, result=Result.DENIED, reason=reason)
        problem: LockError | None = None
        try:
            async with asyncio.timeout(self._budget_seconds):
                await self._drivers[door.name].synchronise()
        except LockError as error:
            problem = error
        except TimeoutError:
            problem = UnexpectedReply("driver.no_answer")
        await self._log.record_synchronise(request, problem)
        result = Result.REFUSED if problem else Result.CONFIRMED
        return Finished(action=request.action, result=result, door=door, problem=problem.remark if problem else None)

    def _spawn(self, work: Coroutine[Any, Any, object]) -> None:
        self._activity.begin()
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        self._activity.end()


def classify(answer: Answer) -> Result:
    """The truth about a send: only what is sure is called sure."""
    if answer is None or isinstance(answer, Pin) or answer is Delivery.CONFIRMED:
        return Result.CONFIRMED
    if answer is Delivery.ACCEPTED:
        return Result.ACCEPTED
    if isinstance(answer, NotSent):
        return Result.NOT_SENT
    if isinstance(answer, (Refused, Unsupported)):
        return Result.REFUSED
    return Result.UNKNOWN


def _not_recorded(request: CommandRequest, *, age: float) -> Finished:
    return Finished(action=request.action, result=Result.DENIED, reason=DenialReason.NOT_RECORDED, age=age)
