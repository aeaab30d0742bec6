"""The composition root: builds every part of Latchkey and wires them; nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bot.chat.connection import Chat
from bot.chat.context import House
from bot.chat.notifier import Notifier
from bot.clock import Clock
from bot.console import Call, open_console
from bot.control import DoorControl
from bot.doors import Door, Doors
from bot.drivers import build_drivers
from bot.drivers.base import LockDriver, Stamps, Surroundings
from bot.drivers.errors import LockError
from bot.health import tell_systemd
from bot.notices import Notices
from bot.outcomes import Reason
from bot.people import Allowlist
from bot.settings import Settings
from bot.stamps import PlainStamps, StampsUntilTold
from bot.watcher import Watcher
from storage import Storage
from storage.alone import alone_with

log = logging.getLogger("latchkey")

SETTLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class World:
    """What lies outside: real sockets, clocks and sleep, unless a test brings its own."""

    clock: Clock
    telegram: httpx.AsyncBaseTransport | None = None
    locks: httpx.AsyncBaseTransport | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


async def run(settings: Settings, *, stop: asyncio.Event, world: World | None = None) -> None:
    """Run the bot until `stop` is set; commands in flight are finished and recorded first.

    Raises `Stalled` when only a new process can help, `UnknownToken` when none can.
    """
    ready = asyncio.Event()

    async def live() -> None:
        async with latchkey(settings, world or World(Clock())):
            ready.set()
            log.info("Latchkey is ready: %d doors, %d owners", len(settings.doors), len(settings.owner_ids))
            await stop.wait()
            log.info("stopping")

    living, stopping = asyncio.ensure_future(live()), asyncio.ensure_future(stop.wait())
    await asyncio.wait({living, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not ready.is_set():
        living.cancel()  # still waiting for the network, with nothing in hand
    with suppress(asyncio.CancelledError):
        await living


@asynccontextmanager
async def latchkey(settings: Settings, world: World) -> AsyncIterator[House]:
    """The whole bot, running inside the block."""
    async with AsyncExitStack() as stack:
        # A second process would declare the commands of the first one cut off, and take its console away.
        stack.enter_context(alone_with(settings.database))
        storage = await Storage.open(settings.database)
        stack.push_async_callback(storage.close)
        stamps = StampsUntilTold(storage.stamps, world.clock)
        drivers = await stack.enter_async_context(open_drivers(settings, world, stamps))
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
        control.holds |= {Reason(reason) for reason in await storage.holds.everyone()}
        await control.recover()
        chat = Chat(
            token=settings.telegram_token.get_secret_value(),
            api_url=settings.telegram_api_url,
            control=control,
            doors=doors,
            people=people,
            notices=notices,
            clock=world.clock,
            zone=settings.timezone,
            stale_seconds=settings.stale_seconds,
            transport=world.telegram,
        )
        calls: dict[str, Call] = {"health": chat.say_health, "backup": partial(back_up, storage)}
        await stack.enter_async_context(open_console(settings.database, calls))
        await stack.enter_async_context(running(tell_systemd(chat.keeper.health), settle(doors)))
        await stack.enter_async_context(chat.polling())
        stamps.time_is_told()
        notifier = Notifier(chat.house.bot, notices, world.clock, settings.timezone, sleep=world.sleep)
        # What is seen carries its time, so nothing is watched before Telegram told the time.
        watching = (*map(watcher.watch, doors), watcher.remind(doors))
        async with running(notifier.run(), chat.keeper.run(), chat.announce_commands(), *watching):
            yield chat.house


async def back_up(storage: Storage, asked: Mapping[str, object]) -> dict[str, object]:
    await storage.database.back_up(Path(str(asked["file"])))
    return {"done": True}


@asynccontextmanager
async def open_drivers(
    settings: Settings, world: World | None = None, stamps: Stamps | None = None
) -> AsyncIterator[dict[str, LockDriver]]:
    """A driver for every door. Without `stamps` timestamps are the clock's own: for single calls, not for a bot."""
    world = world or World(Clock())
    surroundings = Surroundings(
        stamps=stamps or PlainStamps(),
        now=world.clock.now,
        monotonic=world.clock.boot,
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


async def settle(doors: Doors) -> None:
    """Make what an earlier run left unanswered undeliverable; a gateway that is away cannot be waited for."""

    async def one(door: Door) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await door.driver.settle()
        except (LockError, TimeoutError) as error:
            log.warning("%s could not be settled: %s", door.name, str(error) or "no answer in time")
        except Exception:
            log.exception("the driver of %s failed", door.name)

    await asyncio.gather(*map(one, doors))


@asynccontextmanager
async def running(*jobs: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Jobs that go on beside the block and end with it; one that fails ends the block, with its own exception."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(job) for job in jobs]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
    except BaseExceptionGroup as failures:
        raise (failures.exceptions[0] if len(failures.exceptions) == 1 else failures) from None
