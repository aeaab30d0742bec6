"""Deliberately broken builds: each breaks one promise, and a harness that misses it proves nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

import bot.chat.keeper
import bot.chat.polling
import bot.chat.reception
import bot.control.register
from bot.chat.keeper import Keeper
from bot.chat.polling import Polls
from bot.chat.turns import InHand
from bot.control.register import Register
from bot.doors import Door
from bot.outcomes import Ask, Outcome, Result, classify
from bot.stamps import StampsUntilTold
from storage.records import Command
from storage.stamps import Stamps

import bot.app
import bot.chat
import bot.control
import storage.journal
import storage.verification
from bot import logs
from bot.access import Action, Verdict, Why, decide
from bot.chat.connection import Chat
from bot.clock import Clock
from bot.control import Act, DoorControl, Sent
from bot.drivers.base import Deadline
from bot.drivers.errors import OutcomeUnknown
from bot.drivers.http import Answer, Wire
from bot.health import Health
from bot.notices import Notices
from storage.commands import Commands
from storage.database import Database
from storage.journal import Journal, Verification
from storage.outbox import Outbox
from tests.trials.patching import replace


def record_after_sending() -> None:
    original = DoorControl._command

    async def command(self: DoorControl, ask: Ask, action: Action, act: Act, sent: Sent) -> Outcome:
        door = self._doors.get(ask.door)
        assert door is not None
        answer = await self._send(door, act, Deadline(self._clock.boot() + 30, self._clock.boot))

        async def already(door: Door, deadline: Deadline) -> Any:
            return answer

        return await original(self, ask, action, already, sent)

    replace(DoorControl, "_command", command)


def retry_unanswered() -> None:
    """Asks again after silence, as any HTTP library with retries would."""
    original = Wire.command

    async def command(self: Wire, *args: Any, **kwargs: Any) -> Answer:
        try:
            return await original(self, *args, **kwargs)
        except OutcomeUnknown:
            return await original(self, *args, **kwargs)

    replace(Wire, "command", command)


def skip_dedupe() -> None:
    original = Commands.add

    async def seen(self: Commands, update_key: str) -> bool:
        return False

    async def add(self: Commands, command: Command) -> Command:
        await self._database.rows("DELETE FROM commands WHERE update_key = $1", command.update_key)
        return await original(self, command)

    replace(Commands, "seen", seen)
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
    replace(bot.control.register, "decide", lambda *_, **__: Verdict(True, Why.GRANTED))


def second_hand_counts() -> None:
    """Obeys what was forwarded, scheduled or sent through another bot, or in the name of a channel."""
    replace(bot.chat.reception, "is_second_hand", lambda message: False)
    replace(bot.chat.reception, "person_of", lambda message: message.from_user)


def updates_unread() -> None:
    """Hands every update on as it is, whether the library can read it or not."""
    replace(bot.chat.polling, "_is_readable", lambda update: True)


def rights_outside() -> None:
    """Reads the rights first and opens the transaction afterwards."""
    original = Register.begin

    async def begin(self: Register, ask: Ask, action: Action) -> tuple[Door, Command, Deadline]:
        rights = await self._people.rights(ask.person_id)
        await asyncio.sleep(0)
        verdict = decide(rights, door=ask.door, action=action, now=self._clock.datetime())

        async def known(ask: Ask, action: Action) -> Verdict:
            return verdict

        twin = Register.__new__(Register)
        twin.__dict__.update(self.__dict__)
        replace(twin, "_verdict", known)
        return await original(twin, ask, action)

    replace(Register, "begin", begin)


def forgotten_too_soon() -> None:
    """Asks for more at once, which lets Telegram forget what is not on record yet."""

    async def emptied(self: InHand, seconds: float) -> bool:
        return True

    replace(InHand, "emptied", emptied)


def stamps_forgotten() -> None:
    last: dict[str, int] = {}

    async def following(self: Stamps, name: str, now: int) -> int:
        last[name] = max(now, last.get(name, 0) + 1)
        return last[name]

    replace(Stamps, "next", following)


def stamps_of_the_clock() -> None:
    async def following(self: Stamps, name: str, now: int) -> int:
        return now

    replace(Stamps, "next", following)


def host_clock_in_the_book() -> None:
    """Signs with the host's clock until Telegram has told the time."""

    async def following(self: StampsUntilTold, name: str, now: int) -> int:
        return await self._stamps.next(name, now)

    replace(StampsUntilTold, "next", following)


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
    async def recovered(self: Notices, *about: Any, **more: Any) -> None:
        return None

    replace(Notices, "recovered", recovered)


def recovery_repeats() -> None:
    """Sends again what had no outcome when it stopped."""
    original = DoorControl.recover

    async def recover(self: DoorControl) -> None:
        for command in await self._storage.commands.unfinished():
            door = self._doors.get(command.door)
            assert door is not None
            deadline = Deadline(self._clock.boot() + 9, self._clock.boot)
            await self._send(door, lambda door, deadline: door.driver.unlock(deadline), deadline)
        await original(self)

    replace(DoorControl, "recover", recover)


def letters_dropped_first() -> None:
    """Takes a letter out of the box before it is delivered."""
    original = Outbox.heads

    async def heads(self: Outbox) -> Any:
        letters = await original(self)
        for letter in letters:
            await self.delivered(letter.id)
        return letters

    replace(Outbox, "heads", heads)


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
    original = Wire._exchange

    async def exchange(self: Wire, *args: Any) -> Answer:
        async with line:
            return await original(self, *args)

    replace(Wire, "_exchange", exchange)


def keeper_asleep() -> None:
    async def look(self: Keeper) -> None:
        return None

    replace(Keeper, "look", look)


def always_healthy() -> None:
    replace(bot.chat.keeper, "judge", lambda **_: Health(True, "all is well"))


def no_network_is_fatal() -> None:
    async def reach(self: Chat) -> None:
        await self._application.initialize()

    replace(Chat, "_reach_telegram", reach)


def second_bot_ignored() -> None:
    replace(Keeper, "failed", lambda self, error: None)


def pauses_ignored() -> None:
    """Takes a poller that waits as Telegram asked it to for one that hangs."""
    original = Polls.answered
    replace(Polls, "answered", lambda self, *, pause_seconds=0.0: original(self))


def _say_instead_of_unknown(other: Result) -> None:
    def wrong(answer: Any) -> Result:
        result = classify(answer)
        return other if result is Result.UNKNOWN else result

    replace(bot.control, "classify", wrong)


Build = Callable[[], None]
BROKEN: Mapping[str, Build] = {
    name.replace("_", " "): build
    for name, build in globals().copy().items()
    if callable(build) and getattr(build, "__module__", "") == __name__ and not name.startswith("_")
}
