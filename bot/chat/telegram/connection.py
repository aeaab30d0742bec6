"""The connection to Telegram: built, brought up however long that takes, and ended with nothing lost."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, TypeAlias

import httpx
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Update,
)
from telegram.error import InvalidToken, RetryAfter, TelegramError
from telegram.ext import Application

from bot.activity import Activity
from bot.chat.telegram.errors import seconds_to_wait
from bot.chat.telegram.ordering import PendingUpdates, PerUserProcessor
from bot.chat.telegram.places import Places
from bot.chat.telegram.polling import ALLOWED_UPDATES, PollHistory, PollingRequest
from bot.chat.telegram.requests import TelegramRequest
from bot.chat.telegram.sender import Sender
from bot.chat.telegram.watchdog import MOST_REJECTIONS, BadToken, Watchdog
from bot.clock import Clock
from bot.control import DoorControl
from bot.notices import Notices

log = logging.getLogger("latchkey")

# SILENT_SECONDS, SINGLE_CONFLICT_SECONDS and FRESH_SECONDS are reckoned from it.
LONG_POLL = timedelta(seconds=10)
AGAIN_SECONDS = 1.0
REPORT_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 60.0
# The library confirms what it received with a last poll, which Telegram may stretch to 3 s.
STOP_SECONDS = 5.0
# With the rest it stays inside the 60 s that Docker is told to give, and the 90 s of the systemd unit.
LAST_WORDS_SECONDS = 20.0

AnyApplication: TypeAlias = "Application[Any, Any, Any, Any, Any, Any]"


class TelegramConnection:
    """`transport`: None for real sockets."""

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        control: DoorControl,
        notices: Notices,
        clock: Clock,
        activity: Activity,
        moved: Callable[[int, int], Awaitable[None]] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wire: dict[str, Any] = {"httpx_kwargs": {"transport": transport}} if transport else {}
        self._clock = clock
        self._control = control
        self.polls = PollHistory(clock)
        self.pending = PendingUpdates(activity)
        self.too_many: Callable[[Update], Awaitable[None]] = _ignore
        """Called for an update that is skipped, because too many of the same person wait."""
        self.application = self._build(token, api_url.rstrip("/"))
        self.sender = Sender(self.application.bot, clock, activity, moved=moved or notices.moved, sleep=sleep)
        self.places = Places(self.application.bot, self.sender)
        self.watchdog = Watchdog(self.polls, control, notices, clock, probe=self._probe)

    def _build(self, token: str, api: str) -> AnyApplication:
        clock, wire = self._clock, self._wire
        return (
            Application.builder()
            .token(token)
            .base_url(f"{api}/bot")
            .base_file_url(f"{api}/file/bot")
            # The library waits 1 s for a free connection; under load that runs out (its issues 3087 and 4036).
            .request(TelegramRequest(clock, connection_pool_size=64, pool_timeout=5.0, read_timeout=10.0, **wire))
            .get_updates_request(PollingRequest(clock, self.polls, self.pending, **wire))
            .concurrent_updates(PerUserProcessor(self.pending, lambda update: self.too_many(update)))
            # It skips a job that is a second late (the library's issue 3642).
            .job_queue(None)
            .build()
        )

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Receive and answer updates inside the block; at its end those in hand are finished, the others refused."""
        try:
            await self._until_reached(self.application.initialize)
        except BaseException:
            # Also when the bot is stopped while it still waits for the network: its connections are open by now.
            await self.application.bot.shutdown()
            raise
        try:
            # Before polling, so that nothing is fetched which nobody works off.
            await self.application.start()
            await self._until_reached(self._start_polling)
            yield
        finally:
            # First, because the library works off the updates that it has received before it stops.
            self._control.close_up()
            try:
                await self._stop_polling()
                await self._stop_answering()
            finally:
                # Commands in flight run to their recorded end, whatever became of Telegram.
                await self._control.finish()
                await self.application.shutdown()

    async def announce_commands(
        self, everybodys: Sequence[BotCommand], owners: Sequence[BotCommand], owner_ids: Iterable[int]
    ) -> None:
        """Fill the command menus."""
        # They are cosmetic and decide nothing, so a failure is a line in the log.
        bot = self.application.bot
        try:
            for scope in (None, BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()):
                await bot.set_my_commands(everybodys, scope=scope)
            for owner in owner_ids:
                with suppress(TelegramError):  # an owner who never pressed Start has no chat yet
                    await bot.set_my_commands(owners, scope=BotCommandScopeChat(owner))
        except TelegramError as error:
            log.warning("the command menus could not be set: %s", error)

    async def _until_reached(self, step: Callable[[], Awaitable[None]]) -> None:
        # Without network at boot the bot starts late instead of ending. The library can try for ever, too
        # (bootstrap_retries=-1), but then its log says nothing of it.
        reported, rejections = float("-inf"), 0
        while True:
            try:
                return await step()
            except InvalidToken:
                # Somebody who mistyped it waits for this, so it takes seconds here and not a minute.
                rejections += 1
                if rejections == MOST_REJECTIONS:
                    raise BadToken from None
                wait = AGAIN_SECONDS
            except TelegramError as error:
                rejections = 0
                # Once a minute: it is tried each second, for as long as the line is down.
                if self._clock.boot() - reported >= REPORT_SECONDS:
                    log.warning("Telegram cannot be reached, trying on: %s", error)
                    reported = self._clock.boot()
                wait = seconds_to_wait(error) if isinstance(error, RetryAfter) else AGAIN_SECONDS
            await asyncio.sleep(min(wait, LONGEST_PAUSE_SECONDS))

    async def _start_polling(self) -> None:
        if updater := self.application.updater:
            await updater.start_polling(
                timeout=LONG_POLL, allowed_updates=ALLOWED_UPDATES, error_callback=self.watchdog.failed
            )

    async def _stop_polling(self) -> None:
        updater = self.application.updater
        if updater and updater.running:
            # A poller that died of its last error reports that here: what is in flight must be finished all the same.
            with suppress(TimeoutError, TelegramError):
                async with asyncio.timeout(STOP_SECONDS):
                    await updater.stop()

    async def _stop_answering(self) -> None:
        # The library waits without a limit for what is under way. With a Telegram that hangs that took longer than
        # systemd and Docker wait for an end.
        if self.application.running:
            try:
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    await self.application.stop()
            except TimeoutError:
                log.warning("Telegram does not take the last answers: ending without them")

    async def _probe(self) -> None:
        bot = self.application.bot
        # A pool of its own: one of the stalls that were tried was a leak in the pool that polling uses.
        fresh = TelegramRequest(self._clock, connect_timeout=5, read_timeout=5, **self._wire)
        try:
            await fresh.initialize()
            await fresh.post(f"{bot.base_url}/getMe")
        finally:
            await fresh.shutdown()


async def _ignore(_: Update) -> None:
    return
