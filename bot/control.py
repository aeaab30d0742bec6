"""The only way to move a door or make a code: record, then send once, then record the outcome."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.access import Action, Verdict, Why, decide
from bot.clock import Clock
from bot.doors import Door, Doors
from bot.drivers.base import Capability, Deadline, Delivery, Pin, PinAsk
from bot.drivers.errors import LockError, OutcomeUnknown, UnexpectedReply
from bot.notices import Notices
from bot.outcomes import REASONS, Ask, Evidence, Look, Outcome, Reason, Result, classify
from bot.people import Allowlist, NotAnOwner
from bot.throttle import Throttle
from bot.watcher import Watcher
from storage import Storage, StorageFailed
from storage.records import Command, Json, MadePin, Sighting

log = logging.getLogger("latchkey.control")

NEEDED = {
    Action.OPEN: Capability.UNLOCK,
    Action.CLOSE: Capability.LOCK,
    Action.PIN: Capability.PINS,
    Action.REVOKE: Capability.REVOKE_PINS,
}
MOVES = (Action.OPEN, Action.CLOSE)
RECORD_AGAIN_SECONDS = 5.0
T = TypeVar("T")


class Denied(Exception):
    """Ends the recording of a command: nothing is sent."""

    def __init__(self, reason: Reason, *, door: Door | None = None, other: Command | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.door = door
        self.other = other


Answer = Delivery | Pin | MadePin
Act = Callable[[Door, Deadline], Awaitable[Answer]]
Sent = Callable[[Door], None]
"""Called once the command is recorded and is about to leave."""


def ignore(door: Door) -> None:
    """The `Sent` of somebody who does not care."""


class DoorControl:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: Allowlist,
        notices: Notices,
        watcher: Watcher,
        clock: Clock,
        *,
        stale_seconds: float = 30,
        budget_seconds: float = 45,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._notices = notices
        self._watcher = watcher
        self._clock = clock
        self._stale_seconds = stale_seconds
        self._budget_seconds = budget_seconds
        self._sleep = sleep
        self._strangers = Throttle(times=1, seconds=600, clock=clock.boot)
        self._crowd = Throttle(times=100, seconds=3600, clock=clock.boot)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = asyncio.Event()
        self.holds: set[Reason] = set()
        """Reasons for which no door is moved at the moment, whoever asks."""

    async def open(self, ask: Ask, sent: Sent = ignore) -> Outcome:
        return await self._command(ask, Action.OPEN, lambda door, deadline: door.driver.unlock(deadline), sent)

    async def close(self, ask: Ask, sent: Sent = ignore) -> Outcome:
        return await self._command(ask, Action.CLOSE, lambda door, deadline: door.driver.lock(deadline), sent)

    async def create_pin(self, ask: Ask, pin: PinAsk, sent: Sent = ignore) -> Outcome:
        return await self._command(ask, Action.PIN, lambda door, deadline: door.driver.create_pin(pin, deadline), sent)

    async def revoke_pin(self, ask: Ask, pin: MadePin, sent: Sent = ignore) -> Outcome:
        """Take back a code of one's own; owners may take back anybody's. `ask` names the code's door."""

        async def act(door: Door, deadline: Deadline) -> MadePin:
            await door.driver.revoke_pin(pin.handle, deadline)
            return pin

        if pin.person_id != ask.person_id and ask.person_id not in self._people.owner_ids:
            return Outcome(result=Result.DENIED, action=Action.REVOKE, reason=Reason.NO_RIGHT)
        return await self._command(ask, Action.REVOKE, act, sent)

    async def live_pins(self, person_id: int) -> list[MadePin]:
        """The codes this person may revoke: their own, for owners everybody's."""
        pins = await self._storage.pins.live(self._clock.datetime())
        return [pin for pin in pins if person_id in self._people.owner_ids or pin.person_id == person_id]

    async def synchronise(self, ask: Ask, door: Door) -> LockError | None:
        """Bring lock, gateway and cloud in step, for owners. It moves nothing; None, or why it did not work."""
        if ask.person_id not in self._people.owner_ids:
            raise NotAnOwner("only owners synchronise")
        try:
            async with asyncio.timeout(self._budget_seconds):
                await door.driver.synchronise()
        except LockError as error:
            return error
        except TimeoutError:
            return UnexpectedReply("The lock gave no answer in time.")
        return None

    async def judge(self, ask: Ask, action: Action) -> Outcome | None:
        """Whether this would be done if it were asked now: None is yes, and nothing is sent. A no is recorded."""
        in_time = Deadline(self._clock.boot() + self._stale_seconds, self._clock.boot)
        try:
            async with self._storage.transaction():
                door = await self._weigh(ask, action, in_time)
        except StorageFailed:
            log.exception("a decision could not be recorded")
            return Outcome(result=Result.DENIED, action=action, reason=Reason.NOT_RECORDED)
        return None if isinstance(door, Door) else self._denied(action, door)

    async def status(self, ask: Ask) -> Look:
        """A live reading for somebody with the right to it; the last sighting where there is none."""
        try:
            async with self._storage.transaction():
                door = self._door(ask, await self._verdict(ask, Action.STATUS))
                sighting = await self._storage.sightings.get(door.name)
        except Denied as no:
            return Look(reason=no.reason)
        except StorageFailed:
            log.exception("rights could not be read")
            return Look(reason=Reason.NOT_RECORDED)
        if Capability.STATUS not in door.driver.capabilities:
            return Look(door=door, reason=Reason.UNSUPPORTED)
        return await self._read(door, sighting)

    async def overview(self, person_id: int) -> list[Look]:
        """What was last seen of every door the person may see; nothing is asked of the locks."""
        async with self._storage.transaction():
            rights, now = await self._people.rights(person_id), self._clock.datetime()
            return [
                self._last_look(door, await self._storage.sightings.get(door.name))
                for door in self._doors
                if decide(rights, door=door.name, action=Action.STATUS, now=now).allowed
            ]

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

    async def confirm_list(self, owner: int) -> None:
        """An owner has looked at the people list after a restore: doors may move again."""
        async with self._storage.transaction():
            if owner in self._people.owner_ids and await self._storage.holds.lift(Reason.LIST_UNCONFIRMED):
                await self._storage.journal.append("list confirmed", at=self._clock.datetime(), person_id=owner)
                self.holds.discard(Reason.LIST_UNCONFIRMED)

    async def recover(self) -> None:
        """Commands that had no outcome when the bot stopped become "unknown", and people are told."""
        for command in await self._storage.commands.unfinished():
            door = self._doors.get(command.door)
            now = self._clock.datetime()
            async with self._storage.transaction():
                await self._storage.commands.end(command.id, outcome=Result.UNKNOWN, at=now)
                await self._journal("outcome", command, result=Result.UNKNOWN, why="Latchkey stopped before the answer")
                await self._notices.recovered(command, door.title if door else command.door, at=now)
            log.warning("command %d on %s had no outcome: it may have happened", command.id, command.door)
            if door:
                self._spawn(self._look_after(command, door, settle=True, delay=0))

    def close_up(self) -> None:
        """Take no more commands, and look at no more bolts."""
        self.holds.add(Reason.CLOSING)
        self._closing.set()

    async def finish(self) -> None:
        """Wait for the commands in flight to be recorded."""
        self.close_up()
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _command(self, ask: Ask, action: Action, act: Act, sent: Sent) -> Outcome:
        """From here a command runs to its recorded end, whatever becomes of the one who asked."""
        return await asyncio.shield(self._spawn(self._run(ask, action, act, sent)))

    async def _run(self, ask: Ask, action: Action, act: Act, sent: Sent) -> Outcome:
        age = self._clock.age(ask.asked_at)
        try:
            door, command, deadline = await self._record(ask, action)
        except Denied as no:
            return self._denied(action, no, age=age)
        except StorageFailed:
            log.exception("a command could not be recorded, so nothing was sent")
            return Outcome(result=Result.DENIED, action=action, reason=Reason.NOT_RECORDED, age=age)
        try:
            sent(door)
        except Exception:
            # The command is in flight and must come to its outcome.
            log.exception("nobody could be told that command %d is on its way", command.id)
        return replace(await self._carry_out(command, door, act, deadline), age=age)

    async def _record(self, ask: Ask, action: Action) -> tuple[Door, Command, Deadline]:
        """The decision and its record, in one transaction on disk before any byte leaves."""
        async with self._storage.transaction():
            age = self._clock.age(ask.asked_at)
            deadline = Deadline(self._clock.boot() + self._stale_seconds - age, self._clock.boot)
            door = await self._weigh(ask, action, deadline)
            if isinstance(door, Door):
                command = await self._keep(ask, action, None)
                await self._keep_journal(ask, action, command, None)
                return door, command, deadline
        raise door

    async def _weigh(self, ask: Ask, action: Action, deadline: Deadline) -> Door | Denied:
        """The door that may be moved, or why not; a no is recorded."""
        if await self._storage.commands.seen(ask.update_key):
            return Denied(Reason.DUPLICATE)
        verdict = await self._verdict(ask, action)
        try:
            return await self._permit(ask, action, verdict, deadline)
        except Denied as no:
            if verdict.why is Why.STRANGER:
                await self.stranger(ask, action)
            else:
                await self._keep_journal(ask, action, await self._keep(ask, action, no), no)
            return no

    async def _permit(self, ask: Ask, action: Action, verdict: Verdict, deadline: Deadline) -> Door:
        if verdict.why is Why.STRANGER:
            raise Denied(Reason.STRANGER)
        if deadline.remaining() <= 0:
            raise Denied(Reason.STALE)
        if self.holds:
            raise Denied(min(self.holds))
        door = self._door(ask, verdict)
        if NEEDED[action] not in door.driver.capabilities:
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

    async def _keep(self, ask: Ask, action: Action, denied: Denied | None) -> Command:
        now = self._clock.datetime()
        return await self._storage.commands.add(
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
                ended_at=now if denied else None,
                outcome=Result.DENIED if denied else None,
            )
        )

    async def _keep_journal(self, ask: Ask, action: Action, command: Command, denied: Denied | None) -> None:
        await self._storage.journal.append(
            "denied" if denied else "started",
            at=self._clock.datetime(),
            command_id=command.id,
            person_id=ask.person_id,
            chat_id=ask.chat_id,
            door=ask.door,
            action=action,
            update=ask.update_key,
            name=ask.person_name,
            asked=round(ask.asked_at),
            **({"why": denied.reason.value} if denied else {}),
        )

    async def _carry_out(self, command: Command, door: Door, act: Act, deadline: Deadline) -> Outcome:
        began = self._clock.boot()
        if command.action in MOVES:
            self._watcher.quiet(door, self._budget_seconds + door.driver.travel_seconds)
        answer = await self._send(door, act, deadline)
        seconds = self._clock.boot() - began
        result = classify(answer)
        if command.action in MOVES:
            moving = result in (Result.CONFIRMED, Result.UNKNOWN)
            self._watcher.quiet(door, door.driver.travel_seconds if moving else 0)
        recorded = await self._record_outcome(command, door, result, answer, seconds)
        return Outcome(
            result=result,
            action=Action(command.action),
            door=door,
            error=answer if isinstance(answer, LockError) else None,
            seconds=seconds,
            pin=answer if isinstance(answer, Pin) else None,
            recorded=recorded,
            evidence=self._evidence(command, door, result),
        )

    async def _send(self, door: Door, act: Act, deadline: Deadline) -> Answer | LockError:
        try:
            deadline.check()
            async with asyncio.timeout(self._budget_seconds):
                return await act(door, deadline)
        except LockError as error:
            return error
        except TimeoutError:
            return OutcomeUnknown("The lock gave no answer in time.")
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Something the driver waited for was cancelled, not this command.
            return OutcomeUnknown("Something went wrong while the lock was asked.")
        except Exception:
            # A bug in a driver must not become "nothing happened".
            log.exception("the driver of %s failed", door.name)
            return OutcomeUnknown("Something went wrong while the lock was asked.")

    async def _record_outcome(
        self, command: Command, door: Door, result: Result, answer: Answer | LockError, seconds: float
    ) -> bool:
        try:
            await self._keep_outcome(command, door, result, answer, seconds)
        except StorageFailed:
            log.exception("the outcome of command %d could not be recorded yet", command.id)
            self._spawn(self._record_later(command, door, result, answer, seconds))
            return False
        return True

    async def _record_later(
        self, command: Command, door: Door, result: Result, answer: Answer | LockError, seconds: float
    ) -> None:
        while Reason.CLOSING not in self.holds:
            await self._sleep(RECORD_AGAIN_SECONDS)
            try:
                await self._keep_outcome(command, door, result, answer, seconds)
            except StorageFailed:
                continue
            log.info("the outcome of command %d is recorded now", command.id)
            return

    async def _keep_outcome(
        self, command: Command, door: Door, result: Result, answer: Answer | LockError, seconds: float
    ) -> None:
        now = self._clock.datetime()
        async with self._storage.transaction():
            await self._storage.commands.end(command.id, outcome=result, at=now)
            await self._journal(
                "outcome",
                command,
                result=result,
                seconds=round(seconds, 2),
                **({"why": str(answer), "code": answer.code} if isinstance(answer, LockError) else {}),
            )
            if isinstance(answer, Pin) and answer.handle:
                await self._storage.pins.add(_made(command, answer, answer.handle, now))
            if isinstance(answer, MadePin):
                await self._storage.pins.revoked(answer.id, now)
            if command.action in MOVES and result in (Result.CONFIRMED, Result.ACCEPTED, Result.UNKNOWN):
                await self._notices.commanded(command, door, result=result, at=now)
            if command.action in MOVES and result is Result.CONFIRMED:
                await self._watcher.commanded(door, Action(command.action))

    def _evidence(self, command: Command, door: Door, result: Result) -> "asyncio.Task[Evidence | None] | None":
        if result is Result.UNKNOWN:
            return self._spawn(self._look_after(command, door, settle=True, delay=door.driver.travel_seconds))
        if result is Result.CONFIRMED and command.action in MOVES and door.driver.travel_seconds:
            return self._spawn(self._look_after(command, door, settle=False, delay=door.driver.travel_seconds))
        return None

    async def _look_after(self, command: Command, door: Door, *, settle: bool, delay: float) -> Evidence | None:
        """Settle the gateway if need be, then read the bolt and journal it as evidence."""
        began = self._clock.boot()
        try:
            if settle:
                await door.driver.settle()
            if Capability.STATUS not in door.driver.capabilities or command.action not in MOVES:
                return None
            if not await self._rested(max(0.0, delay - (self._clock.boot() - began))):
                return None
            asked = self._clock.boot()
            status = await door.driver.status()
            evidence = Evidence(bolt=status.bolt, seconds=self._clock.boot() - began)
            async with self._storage.transaction():
                await self._journal("evidence", command, bolt=status.bolt, seconds=round(evidence.seconds, 1))
                await self._watcher.saw(door, status, asked=asked)
        except (LockError, StorageFailed) as error:
            log.warning("after command %d %s could not be read: %s", command.id, door.name, error)
            return None
        except Exception:
            log.exception("the driver of %s failed", door.name)
            return None
        return evidence

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

    @staticmethod
    def _denied(action: Action, no: Denied, *, age: float = 0.0) -> Outcome:
        return Outcome(result=Result.DENIED, action=action, door=no.door, reason=no.reason, other=no.other, age=age)

    @staticmethod
    def _last_look(door: Door, sighting: Sighting | None) -> Look:
        readable = Capability.STATUS in door.driver.capabilities
        return Look(door=door, sighting=sighting, reason=None if readable else Reason.UNSUPPORTED)

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

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


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
