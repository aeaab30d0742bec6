"""Deliberately broken builds: each breaks one promise, and a harness that misses it proves nothing."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import bot.app
import bot.chat.dispatcher
import bot.chat.telegram.answers
import bot.chat.telegram.polling
import bot.chat.telegram.requests
import bot.chat.telegram.watchdog
import bot.control.decision
import bot.control.execution
import storage.journal
import storage.verification
from bot import logs
from bot.chat.telegram.connection import TelegramConnection
from bot.chat.telegram.ordering import PendingUpdates
from bot.chat.telegram.outbox import OutboxDelivery
from bot.chat.telegram.watchdog import Watchdog
from bot.clock import Clock
from bot.control import DoorControl
from bot.control.command_log import CommandLog, Started
from bot.control.counters import TrustedCounters
from bot.control.decision import Decider
from bot.control.execution import Executor, classify
from bot.domain.actions import Action
from bot.domain.commands import Command, CommandRequest, Result
from bot.domain.journal import Verification
from bot.domain.policy import Verdict
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, OutcomeUnknown
from bot.drivers.http import HttpReply, LockHttpClient
from bot.health import Health, Heartbeat
from bot.notices import Notices
from storage.commands import Commands
from storage.counters import Counters
from storage.database import Database
from storage.journal import Journal
from storage.outbox import Outbox
from tests.trials.patching import replace


def record_after_sending() -> None:
    original, send = DoorControl._command, Executor._send
    answers: dict[str, Any] = {}

    async def command(self: DoorControl, request: CommandRequest, tell: Any) -> None:
        door = self._doors.get(request.door)
        assert door is not None
        deadline = Deadline(self._clock.boot() + 30, self._clock.boot)
        answers[request.update_key] = await send(self._executor, _unrecorded(request, door, deadline))
        await original(self, request, tell)

    async def already(self: Executor, started: Started) -> Any:
        return answers.pop(started.request.update_key)

    replace(DoorControl, "_command", command)
    replace(Executor, "_send", already)


def _unrecorded(request: CommandRequest, door: Any, deadline: Deadline) -> Any:
    command: Any = None
    return Started(request, command, door, Verdict(), deadline, None, 0.0, None)


def retry_unanswered() -> None:
    """Asks again after silence, as any HTTP library with retries would."""
    original = LockHttpClient.command

    async def command(self: LockHttpClient, *args: Any, **kwargs: Any) -> HttpReply:
        try:
            return await original(self, *args, **kwargs)
        except OutcomeUnknown:
            return await original(self, *args, **kwargs)

    replace(LockHttpClient, "command", command)


def skip_dedupe() -> None:
    original = Commands.add

    async def conflicts(self: Commands, update_key: str, door: str) -> tuple[Command, ...]:
        return ()

    async def add(self: Commands, request: CommandRequest, **more: Any) -> Command:
        await self._database.rows("DELETE FROM commands WHERE update_key = $1", request.update_key)
        return await original(self, request, **more)

    replace(Commands, "conflicts", conflicts)
    replace(Commands, "add", add)


def skip_freshness() -> None:
    replace(Clock, "age", lambda self, asked_at: 0.0)


def deadline_ignored() -> None:
    """Judges the age when the command comes in and never again."""
    replace(Deadline, "check", lambda self: None)


def local_clock() -> None:
    """Believes the host's own clock, as most programs do."""
    replace(Clock, "stamp", lambda self, date, *, sent, received: None)


def everybody_may() -> None:
    replace(bot.control.decision, "decide", lambda *_, **__: Verdict())


def second_hand_counts() -> None:
    """Obeys what was forwarded, scheduled or sent through another bot, or in the name of a channel."""
    replace(bot.chat.dispatcher, "is_second_hand", lambda message: False)
    replace(bot.chat.dispatcher, "person_of", lambda message: message.from_user)


def updates_unread() -> None:
    """Hands every update on as it is, whether the library can read it or not."""
    replace(bot.chat.telegram.polling, "parse", lambda update: _Whatever())


class _Whatever:
    """An update that nobody looked at."""

    message = None


def answers_unread() -> None:
    """Hands every answer of Telegram's on as it is."""

    def read(method: str, status: int, body: bytes) -> Any:
        return json.loads(body)

    replace(bot.chat.telegram.requests, "read_answer", read)


def rights_outside() -> None:
    """Reads the rights first and opens the transaction afterwards."""
    original = CommandLog.start

    async def start(self: CommandLog, request: CommandRequest, lockouts: Any) -> Started:
        verdict = await self._decider.verdict(request.person_id, request.door, request.action)
        await asyncio.sleep(0)

        async def known(person_id: int, door: str, action: Action) -> Verdict:
            return verdict

        decider = Decider.__new__(Decider)
        decider.__dict__.update(self._decider.__dict__)
        replace(decider, "verdict", known)
        twin = CommandLog.__new__(CommandLog)
        twin.__dict__.update(self.__dict__)
        replace(twin, "_decider", decider)
        return await original(twin, request, lockouts)

    replace(CommandLog, "start", start)


def forgotten_too_soon() -> None:
    """Asks for more at once, which lets Telegram forget what is not on record yet."""

    async def emptied(self: PendingUpdates, seconds: float) -> bool:
        return True

    replace(PendingUpdates, "emptied", emptied)


def stamps_forgotten() -> None:
    last: dict[str, int] = {}

    async def following(self: Counters, name: str, now: int) -> int:
        last[name] = max(now, last.get(name, 0) + 1)
        return last[name]

    replace(Counters, "next", following)


def stamps_of_the_clock() -> None:
    async def following(self: Counters, name: str, now: int) -> int:
        return now

    replace(Counters, "next", following)


def host_clock_in_the_book() -> None:
    """Signs with the host's clock until Telegram has told the time."""

    async def following(self: TrustedCounters, name: str, now: int) -> int:
        return await self._counters.next(name, now)

    replace(TrustedCounters, "next", following)


def redactor_off() -> None:
    """Nothing is taken out of the log, and httpx may write its addresses."""
    replace(logs.Redactor, "__call__", lambda self, text: text)
    original = bot.app.run

    async def run(*args: Any, **kwargs: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.INFO)
        await original(*args, **kwargs)

    replace(bot.app, "run", run)


def unknown_is_failed() -> None:
    _say_instead_of_unknown(Result.REFUSED)


def unknown_is_opened() -> None:
    _say_instead_of_unknown(Result.CONFIRMED)


def no_recovery() -> None:
    async def recover(self: DoorControl) -> None:
        return None

    replace(DoorControl, "recover", recover)


def recovery_untold() -> None:
    async def interrupted(self: Notices, command: Command) -> None:
        return None

    replace(Notices, "command_interrupted", interrupted)


def recovery_repeats() -> None:
    """Sends again what had no outcome when it stopped."""
    original = DoorControl.recover

    async def recover(self: DoorControl) -> None:
        for command in await self._log.unfinished():
            deadline = Deadline(self._clock.boot() + 9, self._clock.boot)
            with suppress(LockError):
                await self._drivers[command.door].unlock(deadline)
        await original(self)

    replace(DoorControl, "recover", recover)


def notices_dropped_first() -> None:
    """Takes a message out of the outbox before it is delivered."""
    original = Outbox.next_per_chat

    async def next_per_chat(self: Outbox) -> Any:
        messages = await original(self)
        for message in messages:
            await self.remove(message.id)
        return messages

    replace(Outbox, "next_per_chat", next_per_chat)


def delivered_again() -> None:
    """Forgets what Telegram has, if the disk does not take that it has it."""
    original = OutboxDelivery.round

    async def round(self: OutboxDelivery) -> float:  # noqa: A001 - its name
        self._delivered.clear()
        return await original(self)

    replace(OutboxDelivery, "round", round)


def digest_without_detail() -> None:
    original = storage.journal.digest
    for module in (storage.journal, storage.verification):
        replace(module, "digest", lambda previous, body: original(previous, (*body[:-1], "")))


def head_not_compared() -> None:
    original = Journal.verify

    async def verify(self: Journal, *, kept_head: str | None = None) -> Verification:
        return await original(self)

    replace(Journal, "verify", verify)


def storage_faults_ignored() -> None:
    """Goes on and sends although the record could not be kept."""
    original = Database._run

    async def run(self: Database, sql: str, values: tuple[Any, ...] = ()) -> Any:
        if sql.startswith("COMMIT"):
            try:
                return await original(self, sql, values)
            except Exception:  # noqa: BLE001 - that is what is broken here
                return []
        return await original(self, sql, values)

    replace(Database, "_run", run)


def one_line_for_all() -> None:
    """Every request to any lock waits for every other."""
    line = asyncio.Lock()
    original = LockHttpClient._exchange

    async def exchange(self: LockHttpClient, *args: Any) -> HttpReply:
        async with line:
            return await original(self, *args)

    replace(LockHttpClient, "_exchange", exchange)


def watchdog_asleep() -> None:
    async def check(self: Watchdog) -> None:
        return None

    replace(Watchdog, "check", check)


def always_healthy() -> None:
    write = Heartbeat.write
    replace(bot.chat.telegram.watchdog, "judge", lambda **_: Health(True, "all is well"))
    replace(Heartbeat, "write", lambda self, health, **when: write(self, health, **when | {"last_poll": None}))


def no_network_is_fatal() -> None:
    async def reach(self: TelegramConnection, step: Any) -> None:
        await step()

    replace(TelegramConnection, "_until_reached", reach)


def second_bot_ignored() -> None:
    replace(Watchdog, "failed", lambda self, error: None)


def pauses_without_end() -> None:
    """Keeps every pause that Telegram asks for, however long."""
    replace(bot.chat.telegram.answers, "LONGEST_PAUSE_SECONDS", {"getUpdates": 1e9})


def _say_instead_of_unknown(other: Result) -> None:
    def wrong(answer: Any) -> Result:
        result = classify(answer)
        return other if result is Result.UNKNOWN else result

    replace(bot.control.execution, "classify", wrong)


Build = Callable[[], None]
BROKEN: Mapping[str, Build] = {
    name.replace("_", " "): build
    for name, build in globals().copy().items()
    if callable(build) and getattr(build, "__module__", "") == __name__ and not name.startswith("_")
}
