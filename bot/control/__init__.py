"""The only way to move a door or make a code: record, then send once, then record the outcome."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from bot.access import MOVES, Action
from bot.clock import Clock
from bot.control.looks import Looks
from bot.control.register import Denied, Register
from bot.doors import Door, Doors
from bot.drivers.base import Deadline, Pin, PinAsk
from bot.drivers.errors import LockError, OutcomeUnknown, UnexpectedReply
from bot.notices import Notices
from bot.outcomes import Answer, Ask, Evidence, Look, Outcome, Reason, Result, classify
from bot.people import Allowlist, NotAnOwner
from bot.watcher import Watcher
from storage import Storage, StorageFailed
from storage.records import Command, MadePin

log = logging.getLogger("latchkey.control")

RECORD_AGAIN_SECONDS = 5.0
T = TypeVar("T")

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
        self._watcher = watcher
        self._clock = clock
        self._budget_seconds = budget_seconds
        self._sleep = sleep
        self._tasks: set[asyncio.Task[Any]] = set()
        self.holds: set[Reason] = set()
        """Reasons for which no door is moved at the moment, whoever asks."""
        self._register = Register(
            storage, doors, people, notices, watcher, clock, stale_seconds=stale_seconds, holds=self.holds
        )
        self._looks = Looks(storage, doors, people, self._register, watcher, clock, sleep=sleep)

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
            return Denied(Reason.NO_RIGHT).outcome(Action.REVOKE)
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
        try:
            await self._register.judge(ask, action)
        except Denied as no:
            return no.outcome(action)
        except StorageFailed:
            log.exception("a decision could not be recorded")
            return Denied(Reason.NOT_RECORDED).outcome(action)
        return None

    async def status(self, ask: Ask) -> Look:
        """A live reading for somebody with the right to it; the last sighting where there is none."""
        return await self._looks.status(ask)

    async def overview(self, person_id: int) -> list[Look]:
        """What was last seen of every door the person may see; nothing is asked of the locks."""
        return await self._looks.overview(person_id)

    async def stranger(self, ask: Ask, action: str) -> None:
        """Somebody nobody knows was here."""
        await self._register.stranger(ask, action)

    async def confirm_list(self, owner: int) -> None:
        """An owner has looked at the people list after a restore: doors may move again."""
        async with self._storage.transaction():
            lifted = owner in self._people.owner_ids and await self._storage.holds.lift(Reason.LIST_UNCONFIRMED)
            if lifted:
                await self._storage.journal.append("list confirmed", at=self._clock.datetime(), person_id=owner)
        # Not before it is on disk: a confirmation that nobody can find again is none.
        if lifted:
            self.holds.discard(Reason.LIST_UNCONFIRMED)

    async def recover(self) -> None:
        """Commands that had no outcome when the bot stopped become "unknown", and people are told."""
        for command in await self._storage.commands.unfinished():
            door = self._doors.get(command.door)
            await self._register.cut_off(command, door.title if door else command.door)
            log.warning("command %d on %s had no outcome: it may have happened", command.id, command.door)
            if door:
                self._spawn(self._looks.after(command, door, settle=True, delay=0))

    def close_up(self) -> None:
        """Take no more commands, and look at no more bolts."""
        self.holds.add(Reason.CLOSING)
        self._looks.close_up()

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
            door, command, deadline = await self._register.begin(ask, action)
        except Denied as no:
            return no.outcome(action, age=age)
        except StorageFailed:
            log.exception("a command could not be recorded, so nothing was sent")
            return Denied(Reason.NOT_RECORDED).outcome(action, age=age)
        try:
            sent(door)
        except Exception:
            # The command is in flight and must come to its outcome.
            log.exception("nobody could be told that command %d is on its way", command.id)
        return replace(await self._carry_out(command, door, act, deadline), age=age)

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
        recorded = await self._record(command.id, partial(self._register.end, command, door, result, answer, seconds))
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

    async def _record(self, number: int, end: Callable[[], Awaitable[None]]) -> bool:
        """Write the outcome of a command down now, or else as soon as that can be done."""
        try:
            await end()
        except StorageFailed:
            log.exception("the outcome of command %d could not be recorded yet", number)
            self._spawn(self._record_later(number, end))
            return False
        return True

    async def _record_later(self, number: int, end: Callable[[], Awaitable[None]]) -> None:
        while Reason.CLOSING not in self.holds:
            await self._sleep(RECORD_AGAIN_SECONDS)
            try:
                await end()
            except StorageFailed:
                continue
            log.info("the outcome of command %d is recorded now", number)
            return

    def _evidence(self, command: Command, door: Door, result: Result) -> "asyncio.Task[Evidence | None] | None":
        if result is Result.UNKNOWN:
            return self._spawn(self._looks.after(command, door, settle=True, delay=door.driver.travel_seconds))
        if result is Result.CONFIRMED and command.action in MOVES and door.driver.travel_seconds:
            return self._spawn(self._looks.after(command, door, settle=False, delay=door.driver.travel_seconds))
        return None

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
