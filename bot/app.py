"""The composition root: builds every part of Latchkey and wires them; nothing else."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from telegram import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    Update,
)
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application

from bot.chat import COMMANDS, register
from bot.chat.commands import Audience, Command
from bot.chat.context import House
from bot.chat.errors import note
from bot.chat.notifier import Notifier
from bot.chat.polling import ALLOWED_UPDATES, InTurn, PollingRequest, Polls, StampingRequest
from bot.chat.reception import Reception
from bot.clock import Clock
from bot.control import DoorControl
from bot.doors import Door, Doors
from bot.drivers import build_drivers
from bot.drivers.base import LockDriver, Stamps, Surroundings
from bot.drivers.errors import LockError
from bot.notices import Notices
from bot.outcomes import Reason
from bot.people import Allowlist
from bot.settings import Settings, SettingsWrong
from bot.watcher import Watcher
from storage import Storage

log = logging.getLogger("latchkey")

SETTLE_SECONDS = 10.0
LONG_POLL = timedelta(seconds=10)
REPORT_SECONDS = 60.0
NOT_KNOWN = "TELEGRAM_TOKEN: Telegram does not know this token: copy it again from BotFather"


@dataclass(frozen=True, slots=True)
class World:
    """What lies outside: real sockets, clocks and sleep, unless a test brings its own."""

    clock: Clock
    telegram: httpx.AsyncBaseTransport | None = None
    locks: httpx.AsyncBaseTransport | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def run(settings: Settings, *, stop: asyncio.Event, world: World | None = None) -> None:
    """Run the bot until `stop` is set; commands in flight are finished and recorded first."""
    async with latchkey(settings, world or World(Clock())):
        log.info("Latchkey is ready: %d doors, %d owners", len(settings.doors), len(settings.owner_ids))
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def latchkey(settings: Settings, world: World) -> AsyncIterator[House]:
    """The whole bot, running inside the block."""
    async with AsyncExitStack() as stack:
        storage = await Storage.open(settings.database)
        stack.push_async_callback(storage.close)
        drivers = await stack.enter_async_context(open_drivers(settings, world, storage.stamps))
        doors = Doors(
            Door(name, door.title, drivers[name], door.confirm) for name, door in settings.door_settings.items()
        )
        people = Allowlist(storage, settings.owner_ids, world.clock)
        notices = Notices(storage, settings.owner_ids)
        watcher = Watcher(
            storage,
            notices,
            world.clock,
            poll_seconds=settings.poll_seconds,
            unreachable_after=settings.unreachable_after,
            battery_low_percent=settings.battery_low_percent,
            sleep=world.sleep,
        )
        control = DoorControl(
            storage, doors, people, notices, watcher, world.clock,
            stale_seconds=settings.stale_seconds, sleep=world.sleep,
        )  # fmt: skip
        await control.recover()
        await settle(doors)
        polls = Polls(world.clock)
        application, house = build_chat(settings, world, control, doors, people, notices, polls)
        await stack.enter_async_context(polling(application, control))
        notifier = Notifier(application.bot, notices, world.clock, settings.timezone, sleep=world.sleep)
        async with running(notifier.run(), announce_commands(application, settings), *map(watcher.watch, doors)):
            yield house


@asynccontextmanager
async def open_drivers(
    settings: Settings, world: World | None = None, stamps: Stamps | None = None
) -> AsyncIterator[dict[str, LockDriver]]:
    """A driver for every door. Without `stamps` timestamps are the clock's own: for single calls, not for a bot."""
    world = world or World(Clock())
    surroundings = Surroundings(
        stamps=stamps or PlainStamps(),
        now=world.clock.now,
        monotonic=time.monotonic,
        sleep=world.sleep,
        timezone=settings.timezone.key,
        transport=world.locks,
    )
    drivers = build_drivers(settings.door_settings, surroundings)
    try:
        yield drivers
    finally:
        for driver in drivers.values():
            await driver.aclose()


class PlainStamps:
    """Strictly increasing within this process only."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    async def next(self, name: str, now: int) -> int:
        self._last[name] = max(now, self._last.get(name, 0) + 1)
        return self._last[name]


def build_chat(
    settings: Settings,
    world: World,
    control: DoorControl,
    doors: Doors,
    people: Allowlist,
    notices: Notices,
    polls: Polls,
) -> tuple["Application[Any, Any, Any, Any, Any, Any]", House]:
    wire: dict[str, Any] = {"httpx_kwargs": {"transport": world.telegram}} if world.telegram else {}
    request = StampingRequest(world.clock, connection_pool_size=64, pool_timeout=5.0, read_timeout=10.0, **wire)
    reception: list[Reception] = []

    async def too_many(update: Update) -> None:
        await reception[0].too_many(update)

    api = settings.telegram_api_url.rstrip("/")
    application = (
        Application.builder()
        .token(settings.telegram_token.get_secret_value())
        .base_url(f"{api}/bot")
        .base_file_url(f"{api}/file/bot")
        .request(request)
        .get_updates_request(PollingRequest(world.clock, polls, **wire))
        .concurrent_updates(InTurn(too_many))
        .job_queue(None)
        .build()
    )
    house = House(
        bot=application.bot,
        control=control,
        doors=doors,
        people=people,
        notices=notices,
        clock=world.clock,
        polls=polls,
        zone=settings.timezone,
        stale_seconds=settings.stale_seconds,
    )
    reception.append(register(application, house))
    return application, house


@asynccontextmanager
async def polling(
    application: "Application[Any, Any, Any, Any, Any, Any]", control: DoorControl
) -> AsyncIterator[None]:
    """Receive and answer updates inside the block; at its end those in hand are finished, the others refused."""
    await reach_telegram(application)
    updater = application.updater
    assert updater is not None  # noqa: S101 - the builder makes one unless told not to
    try:
        await application.start()
        await updater.start_polling(
            timeout=LONG_POLL,
            bootstrap_retries=-1,
            allowed_updates=ALLOWED_UPDATES,
            error_callback=lambda error: note(None, error),
        )
        yield
    finally:
        control.holds.add(Reason.CLOSING)
        if updater.running:
            await updater.stop()
        if application.running:
            await application.stop()
        await control.finish()
        await application.shutdown()


async def reach_telegram(application: "Application[Any, Any, Any, Any, Any, Any]") -> None:
    """Wait for Telegram as long as it takes: without network at boot the bot is late, not dead."""
    reported = float("-inf")
    while True:
        try:
            await application.initialize()
        except InvalidToken:
            raise SettingsWrong([NOT_KNOWN]) from None
        except TelegramError as error:
            if time.monotonic() - reported >= REPORT_SECONDS:
                log.warning("Telegram cannot be reached, trying on: %s", error)
                reported = time.monotonic()
            await asyncio.sleep(1)
        else:
            return


async def settle(doors: Doors) -> None:
    """Make what an earlier run left unanswered undeliverable; a gateway that is away cannot be waited for."""

    async def one(door: Door) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await door.driver.settle()
        except (LockError, TimeoutError) as error:
            log.warning("%s could not be settled: %s", door.name, str(error) or "no answer in time")

    await asyncio.gather(*map(one, doors))


async def announce_commands(application: "Application[Any, Any, Any, Any, Any, Any]", settings: Settings) -> None:
    """Fill the command menus; they are cosmetic, so a failure is a line in the log."""
    everybody = [command for command in COMMANDS if command.audience is not Audience.OWNERS]
    try:
        for scope in (None, BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()):
            await application.bot.set_my_commands(_menu(everybody), scope=scope)
        for owner in settings.owner_ids:
            with suppress(TelegramError):  # an owner who never pressed Start has no chat yet
                await application.bot.set_my_commands(_menu(COMMANDS), scope=BotCommandScopeChat(owner))
    except TelegramError as error:
        log.warning("the command menus could not be set: %s", error)


def _menu(commands: "list[Command] | tuple[Command, ...]") -> list[BotCommand]:
    return [BotCommand(name, command.what) for command in commands for name in command.names]


@asynccontextmanager
async def running(*jobs: Awaitable[None]) -> AsyncIterator[None]:
    """Jobs that go on beside the block and are cancelled at its end."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
