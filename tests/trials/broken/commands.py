"""Commands that are decided, recorded, recovered or told of wrongly."""

import asyncio
import dataclasses
from typing import Any

import bot.app
import bot.chat.dispatcher
import bot.chat.telegram.answers
import bot.chat.telegram.requests
import bot.chat.telegram.watchdog
import bot.control.decision
import bot.control.execution
import bot.health
from bot.access import PeopleList
from bot.clock import Clock
from bot.control import DoorControl
from bot.control.command_log import CommandLog, Started
from bot.control.decision import Decider
from bot.control.execution import Executor, classify
from bot.domain.actions import Action
from bot.domain.commands import Command, CommandRequest, Result
from bot.domain.people import Rights
from bot.domain.policy import Verdict
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError
from bot.notices import Notices
from storage.commands import StoredCommands
from tests.trials.patching import instead, replace


def record_after_sending() -> None:
    answers: dict[str, object] = {}
    original = DoorControl._command

    async def command(self: DoorControl, request: CommandRequest, tell: Any) -> None:
        driver, deadline = self._drivers[request.door], Deadline(self._clock.boot() + 30, self._clock.boot)
        try:
            send = driver.lock if request.action is Action.CLOSE else driver.unlock
            answers[request.update_key] = await send(deadline)
        except LockError as error:
            answers[request.update_key] = error
        await original(self, request, tell)

    async def act(self: Executor, started: Started) -> Any:
        answer = answers[started.request.update_key]
        if isinstance(answer, LockError):
            raise answer
        return answer

    replace(DoorControl, "_command", command)
    replace(Executor, "_act", act)


def skip_dedupe() -> None:
    conflicts, add = StoredCommands.conflicts, StoredCommands.add

    async def others(self: StoredCommands, update_key: str, door: str) -> tuple[Command, ...]:
        found = await conflicts(self, update_key, door)
        return tuple(command for command in found if command.update_key != update_key)

    async def added(self: StoredCommands, request: CommandRequest, **more: Any) -> Command:
        await self._database.rows("DELETE FROM commands WHERE update_key = $1", request.update_key)
        return await add(self, request, **more)

    replace(StoredCommands, "conflicts", others)
    replace(StoredCommands, "add", added)


def skip_freshness() -> None:
    replace(Clock, "age", lambda self, asked_at: 0.0)


def deadline_ignored() -> None:
    """Judges the age when the command comes in and never again."""
    replace(Deadline, "remaining", lambda self: 3600.0)


def right_not_asked_again() -> None:
    """Judges the right when the command is recorded and never again."""
    replace(Deadline, "withdraw", lambda self: None)
    replace(Deadline, "check_right", lambda self: None)


def everybody_may() -> None:
    replace(bot.control.decision, "decide", lambda *_, **__: Verdict())


def rights_outside() -> None:
    """Reads the rights first and opens the transaction afterwards."""
    start, rights = CommandLog.start, PeopleList.rights
    read: dict[asyncio.Task[Any] | None, Rights] = {}

    async def started(self: CommandLog, request: CommandRequest, lockouts: Any) -> Started:
        task = asyncio.current_task()
        read[task] = await rights(self._people, request.person_id)
        await asyncio.sleep(0)
        try:
            return await start(self, request, lockouts)
        finally:
            read.pop(task, None)

    async def known(self: PeopleList, person_id: int) -> Rights:
        return read.pop(asyncio.current_task(), None) or await rights(self, person_id)

    replace(CommandLog, "start", started)
    replace(PeopleList, "rights", known)


def unknown_is_failed() -> None:
    _say_instead_of_unknown(Result.REFUSED)


def unknown_is_opened() -> None:
    _say_instead_of_unknown(Result.CONFIRMED)


def recovery_untold() -> None:
    instead(Notices, "command_interrupted")


def recovery_untold_in_groups() -> None:
    async def tell_nobody(*_: object, **__: object) -> frozenset[int]:
        return frozenset()

    replace(Notices, "_tell_groups", tell_nobody)


def recovery_repeats() -> None:
    """Sends again what had no outcome when it stopped."""
    original = DoorControl.recover

    async def recover(self: DoorControl) -> None:
        for command in await self._log.unfinished():
            await self._drivers[command.door].unlock(Deadline(self._clock.boot() + 9, self._clock.boot))
        await original(self)

    replace(DoorControl, "recover", recover)


def codes_outlive_rights() -> None:
    """Makes a code for as long as it is asked, however long the right is."""
    original = Decider._decide_at

    async def decide_at(self: Decider, door: Any, facts: Any) -> Any:
        return await original(self, door, dataclasses.replace(facts, verdict=Verdict()))

    replace(Decider, "_decide_at", decide_at)


def codes_untold() -> None:
    """Tells no owner of a code."""

    async def pin_made(self: Notices, event: Any, *, by: int) -> None:
        pass

    replace(Notices, "pin_made", pin_made)


def _say_instead_of_unknown(other: Result) -> None:
    def wrong(answer: Any) -> Result:
        result = classify(answer)
        return other if result is Result.UNKNOWN else result

    replace(bot.control.execution, "classify", wrong)
