"""Deliberately broken builds: each breaks one promise, and a program that misses it proves nothing."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import bot.app
import bot.chat.dispatcher
import bot.chat.telegram.answers
import bot.chat.telegram.requests
import bot.chat.telegram.watchdog
import bot.control.decision
import bot.control.execution
import bot.health
import storage.database
import storage.journal
import storage.verification
from bot import logs
from bot.access import PeopleList
from bot.chat.telegram.connection import TelegramConnection
from bot.chat.telegram.ordering import PendingUpdates
from bot.chat.telegram.outbox import OutboxDelivery
from bot.chat.telegram.polling import PollingRequest
from bot.chat.telegram.watchdog import Watchdog
from bot.clock import Clock
from bot.control import DoorControl
from bot.control.command_log import CommandLog, Started
from bot.control.counters import TrustedCounters
from bot.control.decision import Decider
from bot.control.execution import Executor, classify
from bot.domain import chain
from bot.domain.actions import Action
from bot.domain.commands import Command, CommandRequest, Result
from bot.domain.journal import Verification
from bot.domain.people import Rights
from bot.domain.policy import Verdict
from bot.drivers import http
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, OutcomeUnknown
from bot.drivers.http import HttpReply, LockHttpClient
from bot.drivers.the_keys.codes import GatewayReply
from bot.health import Health
from bot.notices import Notices
from storage.commands import Commands
from storage.counters import Counters
from storage.database import Database
from storage.journal import Journal
from storage.outbox import Outbox
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
    conflicts, add = Commands.conflicts, Commands.add

    async def others(self: Commands, update_key: str, door: str) -> tuple[Command, ...]:
        found = await conflicts(self, update_key, door)
        return tuple(command for command in found if command.update_key != update_key)

    async def added(self: Commands, request: CommandRequest, **more: Any) -> Command:
        await self._database.rows("DELETE FROM commands WHERE update_key = $1", request.update_key)
        return await add(self, request, **more)

    replace(Commands, "conflicts", others)
    replace(Commands, "add", added)


def skip_freshness() -> None:
    replace(Clock, "age", lambda self, asked_at: 0.0)


def deadline_ignored() -> None:
    """Judges the age when the command comes in and never again."""
    replace(Deadline, "remaining", lambda self: 3600.0)


def right_not_asked_again() -> None:
    """Judges the right when the command is recorded and never again."""
    replace(Deadline, "withdraw", lambda self: None)
    replace(Deadline, "check_right", lambda self: None)


def closed_and_not_reset() -> None:
    """Leaves what is unsent of a connection that is given up to the kernel, which sends it on."""
    replace(http, "RESET", http.NO_RESET)


def local_clock() -> None:
    """Believes the host's own clock, as most programs do."""
    replace(Clock, "stamp", lambda self, date, *, sent, received: None)
    replace(Clock, "is_trusted", property(lambda self: True))


def date_believed() -> None:
    """Takes whatever Telegram's last `Date` says for the time."""
    original = Clock.stamp

    def stamp(self: Clock, date: float, *, sent: float, received: float) -> None:
        self._bounds = self._rival = self._witness = None
        original(self, date, sent=sent, received=received)

    replace(Clock, "stamp", stamp)
    replace(Clock, "message_date", lambda self, date, *, made_after, received: None)
    replace(Clock, "is_trusted", property(lambda self: True))


def everybody_may() -> None:
    replace(bot.control.decision, "decide", lambda *_, **__: Verdict())


def second_hand_counts() -> None:
    """Obeys what was forwarded, scheduled or sent through another bot, or in the name of a channel."""
    replace(bot.chat.dispatcher, "is_second_hand", lambda message: False)
    replace(bot.chat.dispatcher, "person_of", lambda message: message.from_user)


def updates_unread() -> None:
    """Hands every update on as it is, whether the library can read it or not."""
    replace(PollingRequest, "_read_update", lambda self, update: update)


def any_answer_is_a_yes() -> None:
    """Takes a 200 for a yes, whatever stands in it."""
    replace(GatewayReply, "done", property(lambda self: True))


def answers_unread() -> None:
    """Hands every answer of Telegram's on as it is."""
    replace(bot.chat.telegram.requests, "read_answer", lambda method, status, body: json.loads(body))


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


def forgotten_too_soon() -> None:
    """Asks for more at once, which lets Telegram forget what is not on record yet."""

    async def emptied(self: PendingUpdates, seconds: float) -> bool:
        return True

    replace(PendingUpdates, "emptied", emptied)


def counters_forgotten() -> None:
    last: dict[str, int] = {}

    async def following(self: Counters, name: str, now: int) -> int:
        last[name] = max(now, last.get(name, 0) + 1)
        return last[name]

    replace(Counters, "next", following)


def counters_of_the_clock() -> None:
    async def following(self: Counters, name: str, now: int) -> int:
        return now

    replace(Counters, "next", following)


def time_trusted_at_once() -> None:
    """Signs with the host's clock until Telegram has told the time."""

    async def following(self: TrustedCounters, name: str, now: int) -> int:
        return await self._counters.next(name, now)

    replace(TrustedCounters, "next", following)


def synchronous_off() -> None:
    """Says that a record is on disk when it is in the kernel's memory."""
    pragmas = tuple(pragma.replace("= FULL", "= OFF") for pragma in storage.database.PRAGMAS)
    assert pragmas != storage.database.PRAGMAS
    replace(storage.database, "PRAGMAS", pragmas)


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
    instead(DoorControl, "recover")


def recovery_untold() -> None:
    instead(Notices, "command_interrupted")


def recovery_untold_in_groups() -> None:
    instead(Notices, "tell_groups")


def recovery_repeats() -> None:
    """Sends again what had no outcome when it stopped."""
    original = DoorControl.recover

    async def recover(self: DoorControl) -> None:
        for command in await self._log.unfinished():
            await self._drivers[command.door].unlock(Deadline(self._clock.boot() + 9, self._clock.boot))
        await original(self)

    replace(DoorControl, "recover", recover)


def messages_dropped_first() -> None:
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

    async def round_(self: OutboxDelivery) -> float:
        self._delivered.clear()
        return await original(self)

    replace(OutboxDelivery, "round", round_)


def digest_without_detail() -> None:
    original = chain.digest
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
    instead(Watchdog, "check")


def always_healthy() -> None:
    for module in (bot.chat.telegram.watchdog, bot.health):
        replace(module, "judge", lambda **_: Health(True, "all is well"))


def no_network_is_fatal() -> None:
    async def once(self: TelegramConnection, step: Any) -> None:
        await step()

    replace(TelegramConnection, "_until_reached", once)


def second_bot_ignored() -> None:
    replace(Watchdog, "failed", lambda self, error: None)


def pauses_without_end() -> None:
    """Keeps every pause that Telegram asks for, however long."""
    replace(bot.chat.telegram.answers, "LONGEST_PAUSE_SECONDS", {"getUpdates": 1e9})


def codes_outlive_rights() -> None:
    """Makes a code for as long as it is asked, however long the right is."""
    original = Decider._decide_at

    async def decide_at(self: Decider, door: Any, facts: Any) -> Any:
        endless = bot.control.decision._Facts(
            facts.request, facts.age, Verdict(), facts.conflicts, facts.lockouts, facts.is_time_doubted
        )
        return await original(self, door, endless)

    replace(Decider, "_decide_at", decide_at)


def codes_untold() -> None:
    """Tells no owner of a code."""
    original = Notices.tell_owners

    async def tell_owners(self: Notices, event: Any, *, skip: int | None = None) -> None:
        if event.name != "pin made":
            await original(self, event, skip=skip)

    replace(Notices, "tell_owners", tell_owners)


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
