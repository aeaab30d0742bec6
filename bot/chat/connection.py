"""The connection to Telegram: built, brought up however long that takes, kept alive, ended with nothing lost."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta, tzinfo
from typing import Any

import httpx
from telegram import BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.ext import Application
from telegram.request import HTTPXRequest

from bot.chat import COMMANDS, register
from bot.chat.commands import Audience, Command
from bot.chat.context import House
from bot.chat.errors import seconds_to_wait
from bot.chat.keeper import Keeper
from bot.chat.polling import ALLOWED_UPDATES, PollingRequest, Polls, StampingRequest
from bot.chat.reception import Reception
from bot.chat.turns import InHand, InTurn
from bot.clock import Clock
from bot.control import DoorControl
from bot.doors import Doors
from bot.notices import Notices
from bot.people import Allowlist

log = logging.getLogger("latchkey")

LONG_POLL = timedelta(seconds=10)
AGAIN_SECONDS = 1.0
REPORT_SECONDS = 60.0
STOP_SECONDS = 20.0
LAST_WORDS_SECONDS = 20.0
PROBE_SECONDS = 15.0
"""The library's own limits begin anew with every byte."""


class UnknownToken(Exception):
    """Telegram does not know the token."""


class Chat:
    """`transport`: None for real sockets."""

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        control: DoorControl,
        doors: Doors,
        people: Allowlist,
        notices: Notices,
        clock: Clock,
        zone: tzinfo,
        stale_seconds: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        polls, in_hand = Polls(clock), InHand()
        wire: dict[str, Any] = {"httpx_kwargs": {"transport": transport}} if transport else {}
        self._wire = wire
        self._clock = clock
        self._control = control
        self._people = people
        self._polling_request = PollingRequest(clock, polls, in_hand, **wire)
        api = api_url.rstrip("/")
        self._application = (
            Application.builder()
            .token(token)
            .base_url(f"{api}/bot")
            .base_file_url(f"{api}/file/bot")
            .request(StampingRequest(clock, connection_pool_size=64, pool_timeout=5.0, read_timeout=10.0, **wire))
            .get_updates_request(self._polling_request)
            .concurrent_updates(InTurn(in_hand, lambda update: self._reception.too_many(update)))
            .job_queue(None)
            .build()
        )
        self.house = House(
            bot=self._application.bot,
            control=control,
            doors=doors,
            people=people,
            notices=notices,
            clock=clock,
            polls=polls,
            zone=zone,
            stale_seconds=stale_seconds,
        )
        self._reception: Reception = register(self._application, self.house)
        self.keeper = Keeper(polls, control, notices, clock, restart=self._restart, probe=self._probe)

    @asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        """Receive and answer updates inside the block; at its end those in hand are finished, the others refused."""
        try:
            await self._reach_telegram()
        except BaseException:
            await self._application.bot.shutdown()
            raise
        try:
            await self._application.start()
            await self._start_polling()
            yield
        finally:
            self._control.close_up()
            try:
                await self._stop_polling()
                await self._stop_answering()
            finally:
                await self._control.finish()
                await self._application.shutdown()

    async def say_health(self, _: Mapping[str, object]) -> dict[str, object]:
        health = self.keeper.health()
        return {"good": health.good, "sentence": health.sentence}

    async def announce_commands(self) -> None:
        """Fill the command menus; they are cosmetic, so a failure is a line in the log."""
        bot = self._application.bot
        everybody = _menu(command for command in COMMANDS if command.audience is not Audience.OWNERS)
        try:
            for scope in (None, BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()):
                await bot.set_my_commands(everybody, scope=scope)
            for owner in self._people.owner_ids:
                with suppress(TelegramError):  # an owner who never pressed Start has no chat yet
                    await bot.set_my_commands(_menu(COMMANDS), scope=BotCommandScopeChat(owner))
        except TelegramError as error:
            log.warning("the command menus could not be set: %s", error)

    async def _reach_telegram(self) -> None:
        """Wait for Telegram as long as it takes: without network at boot the bot is late, not dead."""
        reported = float("-inf")
        while True:
            try:
                await self._application.initialize()
            except InvalidToken:
                raise UnknownToken from None
            except TelegramError as error:
                if self._clock.boot() - reported >= REPORT_SECONDS:
                    log.warning("Telegram cannot be reached, trying on: %s", error)
                    reported = self._clock.boot()
                await asyncio.sleep(seconds_to_wait(error) if isinstance(error, RetryAfter) else AGAIN_SECONDS)
            else:
                return

    async def _start_polling(self) -> None:
        if updater := self._application.updater:
            await updater.start_polling(
                timeout=LONG_POLL,
                bootstrap_retries=-1,
                allowed_updates=ALLOWED_UPDATES,
                error_callback=self.keeper.failed,
            )

    async def _stop_polling(self) -> None:
        updater = self._application.updater
        if updater and updater.running:
            # A poller that died of its last error reports that here: what is in flight must be finished all the same.
            with suppress(TimeoutError, TelegramError):
                async with asyncio.timeout(STOP_SECONDS):
                    await updater.stop()

    async def _stop_answering(self) -> None:
        """Updates in hand are answered, but a Telegram that hangs must not hold up the end for ever."""
        if self._application.running:
            try:
                async with asyncio.timeout(LAST_WORDS_SECONDS):
                    await self._application.stop()
            except TimeoutError:
                log.warning("Telegram does not take the last answers: ending without them")

    async def _restart(self) -> None:
        await self._stop_polling()
        await self._polling_request.shutdown()
        await self._polling_request.initialize()
        await self._start_polling()

    async def _probe(self) -> None:
        """Ask Telegram on a connection that nothing else uses."""
        bot = self._application.bot
        fresh = HTTPXRequest(connect_timeout=5, read_timeout=5, **self._wire)
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await fresh.initialize()
                await fresh.post(f"{bot.base_url}/getMe")
        except TimeoutError:
            raise TimedOut from None
        finally:
            await fresh.shutdown()


def _menu(commands: Iterable[Command]) -> list[BotCommand]:
    return [BotCommand(command.name, command.what) for command in commands]
