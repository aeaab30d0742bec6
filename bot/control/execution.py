"""Carries out a command that is recorded: sends it once, and records what came of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from bot.clock import Clock
from bot.control.command_log import CommandLog, Started
from bot.domain.actions import MOVES, Action
from bot.domain.codes import IssuedPin, Pin
from bot.domain.commands import Delivery, DenialReason, Finished, Result
from bot.domain.failures import StorageFailed
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, Refused, Unsupported, Withdrawn
from bot.monitor import Monitor

log = logging.getLogger("latchkey.control")
# A disk that is full or locked is tried so often. The door stays taken meanwhile: nothing else is sent to it.
RECORD_AGAIN_SECONDS = 5.0
LISTING_SECONDS = 10.0
Answer: TypeAlias = Delivery | Pin | LockError | None
"""What a driver's verb gave back or raised; None: a code is revoked."""


class Executor:
    def __init__(
        self,
        command_log: CommandLog,
        drivers: Mapping[str, LockDriver],
        monitor: Monitor,
        clock: Clock,
        *,
        spawn: Callable[[Coroutine[Any, Any, object]], None],
        budget_seconds: float,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._log = command_log
        self._drivers = drivers
        self._monitor = monitor
        self._clock = clock
        self._spawn = spawn
        self._budget_seconds = budget_seconds
        self._sleep = sleep
        self._is_closing = False
        self._waiting: dict[int, Started] = {}
        """The commands that may still send something, by their id."""

    def take(self, started: Started) -> None:
        """From here on the command can be withdrawn."""
        self._waiting[started.command.id] = started

    def waiting_of(self, person_id: int | None) -> list[Started]:
        """None: everybody's."""
        waiting = self._waiting.values()
        return [started for started in waiting if person_id in (None, started.command.person_id)]

    def withdraw_all(self) -> None:
        for started in self._waiting.values():
            started.deadline.withdraw()

    def close_up(self) -> None:
        self._is_closing = True

    async def carry_out(self, started: Started) -> Finished:
        door, is_move = started.door, started.command.action in MOVES
        began = self._clock.boot()
        if is_move:
            # Until the last moment at which it can move: a reading in between would be told as turned by hand.
            self._monitor.suppress(door, self._budget_seconds + door.travel_seconds)
        answer = await self._send(started)
        del self._waiting[started.command.id]
        seconds, result = self._clock.boot() - began, classify(answer)
        if is_move:
            is_moving = result in (Result.CONFIRMED, Result.UNKNOWN)
            self._monitor.suppress(door, door.travel_seconds if is_moving else 0)
        return Finished(
            action=started.command.action,
            result=result,
            door=door,
            reason=DenialReason.WITHDRAWN if isinstance(answer, Withdrawn) else None,
            problem=answer.remark if isinstance(answer, LockError) else None,
            seconds=seconds,
            age=started.age,
            pin=answer if isinstance(answer, Pin) else None,
            is_recorded=await self._record(started, result, answer, seconds),
        )

    async def _send(self, started: Started) -> Answer:
        try:
            # The disk took its time: a right may have been taken meanwhile.
            started.deadline.check()
            async with asyncio.timeout(self._budget_seconds):
                return await self._act(started)
        except LockError as error:
            return error
        except TimeoutError:
            # Nobody knows how far the request got (docs/trials.md, R7).
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
            return await self._is_gone(driver, started.pin)
        raise Unsupported("driver.unsupported")

    async def _is_gone(self, driver: LockDriver, pin: IssuedPin) -> Delivery | None:
        # A code is revoked when the lock system does not list it any more, and not when it says yes.
        try:
            async with asyncio.timeout(LISTING_SECONDS):
                listing = await driver.pins()
        except (LockError, TimeoutError):
            return Delivery.ACCEPTED
        return Delivery.ACCEPTED if listing.has(pin) else None

    async def _record(self, started: Started, result: Result, answer: Answer, seconds: float) -> bool:
        """Write the outcome of a command down now, or else as soon as that can be done."""
        try:
            await self._log.finish(started, result, answer, seconds=seconds)
        except Exception:
            # Whatever it is: the caller has to hear what became of the door.
            log.exception("the outcome of command %d could not be recorded yet", started.command.id)
            self._spawn(self._record_later(started, result, answer, seconds))
            return False
        return True

    async def _record_later(self, started: Started, result: Result, answer: Answer, seconds: float) -> None:
        # When the bot stops it is tried once more; if that fails, too, the next start calls the command unknown.
        is_last = False
        while not is_last:
            await self._sleep(RECORD_AGAIN_SECONDS)
            is_last = self._is_closing
            try:
                await self._log.finish(started, result, answer, seconds=seconds)
            except StorageFailed:
                continue
            log.info("the outcome of command %d is recorded now", started.command.id)
            return


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
    # Also errors that are added later: "failed" is never said of a door that may have moved (docs/trials.md, R7).
    return Result.UNKNOWN
