"""The composition root: builds every part of Latchkey and wires them; nothing else."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from bot.access import PeopleList
from bot.access.acquaintances import Acquaintances
from bot.access.approvals import Approvals
from bot.access.invitations import Invitations
from bot.access.lockdowns import Lockdowns
from bot.access.passes import Passes
from bot.access.reminders import RightReminders
from bot.access.requests import JoinRequests
from bot.access.timekeeper import Timekeeper
from bot.activity import Activity
from bot.chat.connection import Chat
from bot.chat.context import Services
from bot.chat.telegram.connection import TelegramConnection
from bot.clock import Clock
from bot.control import DoorControl, Lookout
from bot.control.auto_lock import AutoLock
from bot.control.command_log import CommandLog
from bot.control.counters import ProcessCounters, TrustedCounters
from bot.control.evidence import EvidenceReader
from bot.control.status_reader import StatusReader
from bot.domain.commands import DenialReason
from bot.domain.doors import Door, Doors
from bot.domain.events import RecordsDoubted
from bot.drivers import TEMPLATES, build_drivers, say
from bot.drivers.base import Counters, DriverContext, LockDriver
from bot.drivers.errors import LockError
from bot.health import Heartbeat, tell_supervisors
from bot.history import History
from bot.history.upkeep import JournalUpkeep
from bot.monitor import Monitor
from bot.monitor.left_open import LeftOpen
from bot.notices import Notices
from bot.settings import LockSettings, Settings
from storage import Loss, Storage
from storage.process_lock import only_process_on

log = logging.getLogger("latchkey")

SETTLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Environment:
    """What lies outside: real sockets, clocks and sleep, unless a test brings its own."""

    clock: Clock
    telegram: httpx.AsyncBaseTransport | None = None
    locks: httpx.AsyncBaseTransport | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


async def run(settings: Settings, *, stop: asyncio.Event, environment: Environment | None = None) -> None:
    """Run the bot until `stop` is set; commands in flight are finished and recorded first.

    Raises `Stalled` when only a new process can help, `BadToken` when none can.
    """
    ready = asyncio.Event()

    async def live() -> None:
        async with latchkey(settings, environment or Environment(Clock())):
            ready.set()
            log.info("Latchkey is ready; doors: %d, owners: %d", len(settings.doors), len(settings.owner_ids))
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
async def latchkey(settings: Settings, environment: Environment) -> AsyncIterator[Services]:
    """The whole bot, running inside the block."""
    clock = environment.clock
    async with AsyncExitStack() as stack:
        # A second process would declare the commands of the first one interrupted.
        stack.enter_context(only_process_on(settings.database))
        storage, loss = await Storage.open_to_run(settings.database)
        stack.push_async_callback(storage.close_after_run, settings.database)
        activity = Activity()
        counters = TrustedCounters(storage.counters, clock, sleep=environment.sleep)
        drivers = await stack.enter_async_context(open_drivers(settings, environment, counters))
        doors = Doors(build_doors(settings, drivers))
        people = PeopleList(storage, settings.owner_ids, doors, clock)
        notices = Notices(storage, settings.owner_ids)
        monitor = Monitor(
            storage,
            doors,
            drivers,
            notices,
            clock,
            activity=activity,
            poll_seconds=settings.poll_seconds,
            unreachable_after=settings.unreachable_after,
            battery_low_percent=settings.battery_low_percent,
            sleep=environment.sleep,
            chance=environment.chance,
        )
        command_log = CommandLog(storage, doors, people, notices, clock, stale_seconds=settings.stale_seconds)
        lookout = Lookout(
            monitor,
            StatusReader(storage, doors, drivers, people, monitor, clock),
            EvidenceReader(storage, command_log, drivers, monitor, clock, sleep=environment.sleep),
        )
        control = DoorControl(command_log, doors, drivers, lookout, clock, activity, sleep=environment.sleep)
        auto_lock = AutoLock(storage, doors, people, control, notices, clock, activity, sleep=environment.sleep)
        people.when_changed(control.recheck)
        acquaintances = Acquaintances(storage)
        people.when_changed(acquaintances.forget)
        lockdowns = Lockdowns(storage, people, doors, notices, clock)
        lockdowns.when_begun(control.recheck)
        invitations = Invitations(storage, people, doors, notices, clock)
        passes = Passes(storage, people, invitations, notices, clock)
        approvals = Approvals(storage, people, doors, notices, clock)
        requests = JoinRequests(storage, people, notices, clock)
        people.when_changed(requests.close_if_let_in)
        await doubt_records(storage, people, drivers, command_log, notices, clock, loss)
        await control.recover()

        async def moved(old: int, new: int) -> None:
            await notices.moved(old, new)
            await people.group_moved(old, new)

        telegram = TelegramConnection(
            token=settings.telegram_token.get_secret_value(), api_url=settings.telegram_api_url, control=control,
            notices=notices, clock=clock, activity=activity, moved=moved, transport=environment.telegram,
            sleep=environment.sleep,
        )  # fmt: skip
        history = History(storage, clock, battery_low_percent=settings.battery_low_percent)
        chat = Chat(
            telegram, control, doors, people, acquaintances, requests, invitations, lockdowns, approvals, passes,
            notices, history, auto_lock, clock,
            activity, zone=settings.timezone, stale_seconds=settings.stale_seconds, templates=TEMPLATES,
        )  # fmt: skip
        supervisors = tell_supervisors(
            Heartbeat.beside(settings.database), telegram.watchdog.health,
            storage_check=storage.check, last_poll=lambda: telegram.polls.completed_at,
        )  # fmt: skip
        await stack.enter_async_context(running(supervisors, settle(drivers)))
        await stack.enter_async_context(telegram.polling())
        upkeep = JournalUpkeep(
            storage, people, clock, keep_days=settings.journal_keep_days, sleep=environment.sleep
        )  # fmt: skip
        timekeeper = Timekeeper(
            lockdowns.end_due, approvals.look_after, passes.look_after, activity=activity, sleep=environment.sleep
        )  # fmt: skip
        left_open = LeftOpen(storage, doors, notices, clock, activity, sleep=environment.sleep)
        reminders = RightReminders(storage, people, notices, clock, sleep=environment.sleep)
        watching = (monitor.run(), left_open.run(), auto_lock.run())
        # What is read carries its time, so nothing is watched before Telegram told the time.
        async with running(*chat.jobs(), *watching, upkeep.run(), reminders.run(), timekeeper.run()):
            yield chat.services


async def doubt_records(
    storage: Storage,
    people: PeopleList,
    drivers: Mapping[str, LockDriver],
    command_log: CommandLog,
    notices: Notices,
    clock: Clock,
    loss: Loss | None,
) -> None:
    """Where rights may have come back, or came from nowhere, no door moves until an owner confirmed the list."""
    # When something was asked is Telegram's own word. The journal's times may be those of a wrong host clock, which
    # recovery had to go by before Telegram told the time.
    if asked_at := await storage.commands.last_asked_at():
        clock.recorded(asked_at.timestamp())
    await people.begin()
    swapped = await people.swapped_locks({name: driver.identity for name, driver in drivers.items()})
    differences = [*await people.differences(), *swapped]
    if loss is None and not differences:
        return
    log.error("the people list is in doubt: %s", "; ".join([*([loss.value] if loss else []), *differences]))
    await command_log.lock_out(DenialReason.LIST_UNCONFIRMED)
    await storage.invitations.revoke_all(at=clock.datetime())
    event = RecordsDoubted(loss=loss and loss.value, differences=tuple(differences), at=clock.datetime())
    await notices.tell_owners(event)


def build_doors(settings: Settings, drivers: Mapping[str, LockDriver]) -> list[Door]:
    return [
        Door(
            name,
            door.title,
            drivers[name].capabilities,
            confirm=door.confirm,
            travel_seconds=drivers[name].travel_seconds,
            open_reminder=_minutes(door.open_reminder_minutes),
            auto_lock=_minutes(door.auto_lock_minutes),
        )
        for name, door in settings.door_settings.items()
    ]


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


@asynccontextmanager
async def open_drivers(
    settings: LockSettings, environment: Environment | None = None, counters: Counters | None = None
) -> AsyncIterator[dict[str, LockDriver]]:
    """A driver for every door. Without `counters` timestamps are the clock's own: for single calls, not for a bot."""
    environment = environment or Environment(Clock())
    context = DriverContext(
        counters=counters or ProcessCounters(),
        now=environment.clock.now,
        monotonic=environment.clock.boot,
        sleep=environment.sleep,
        timezone=settings.timezone.key,
        transport=environment.locks,
    )
    drivers = build_drivers(settings.door_settings, context)
    try:
        yield drivers
    finally:
        for driver in drivers.values():
            await driver.aclose()


async def settle(drivers: Mapping[str, LockDriver]) -> None:
    """Make what an earlier run left unanswered undeliverable; a gateway that is away cannot be waited for."""

    async def one(name: str, driver: LockDriver) -> None:
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await driver.settle()
        except LockError as error:
            log.warning("%s could not be settled: %s", name, say(error))
        except TimeoutError:
            log.warning("%s could not be settled: no answer in time", name)
        except Exception:
            log.exception("the driver of %s failed", name)

    await asyncio.gather(*(one(name, driver) for name, driver in drivers.items()))


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
