"""The composition root: builds every part of Latchkey and wires them; nothing else."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from bot.access.reminders import RightReminders
from bot.access.ways import Access
from bot.activity import Activity
from bot.chat.connection import Chat
from bot.chat.services import Services
from bot.chat.telegram.connection import TelegramConnection
from bot.chat.telegram.own_account import OwnAccount
from bot.chat.telegram.topics import TopicKeeper
from bot.clock import Clock
from bot.control import DoorControl, Lookout
from bot.control.arrivals import Arrivals
from bot.control.auto_lock import AutoLock
from bot.control.code_rights import CodeRights
from bot.control.codes import Codes
from bot.control.command_log import CommandLog
from bot.control.counters import TrustedCounters
from bot.control.evidence import EvidenceReader
from bot.control.status_reader import StatusReader
from bot.doctor import Doctor
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import RecordsDoubted
from bot.drivers import TEMPLATES
from bot.drivers.base import LockDriver
from bot.environment import Environment
from bot.health import Heartbeat, tell_supervisors
from bot.history import History
from bot.history.digest import DigestWriter
from bot.history.upkeep import JournalUpkeep
from bot.jobs import running
from bot.locks import build_doors, open_drivers, settle
from bot.monitor import Monitor
from bot.monitor.clocks import ClockWatch
from bot.monitor.left_open import LeftOpen
from bot.monitor.reminders import LockReminders
from bot.notices import Notices
from bot.notices.digests import DailyDigests
from bot.notices.door_topics import DoorTopics
from bot.notices.panels import Panels
from bot.settings import ENV_FILE, Settings
from bot.space import Space
from bot.timekeeper import Timekeeper
from storage import Loss, Storage
from storage.process_lock import only_process_on

log = logging.getLogger("latchkey")


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
    # Left in reverse: polling ends, and what is in flight is recorded, before drivers and storage close.
    async with AsyncExitStack() as stack:
        # A second process would declare the commands of the first one interrupted.
        stack.enter_context(only_process_on(settings.database))
        storage, loss = await Storage.open_to_run(settings.database)
        stack.push_async_callback(storage.close_after_run, settings.database)
        counters = TrustedCounters(storage.counters, environment.clock, sleep=environment.sleep)
        drivers = await stack.enter_async_context(open_drivers(settings, environment, counters))
        core = build_core(settings, environment, storage, drivers)
        await doubt_records(core, loss)
        # Before the first update: what was in flight when the last run ended holds its door until it is recorded.
        await core.control.recover()
        telegram = build_telegram(settings, core)
        chat = Chat(telegram, build_services(settings, core, telegram))
        # An owner's silence opens a glass, so it counts only while what they say would reach the bot.
        core.access.silence.hears = lambda: not core.control.lockouts and telegram.polls.is_fresh
        supervisors = tell_supervisors(
            Heartbeat.beside(settings.database), telegram.watchdog.health,
            storage_check=storage.check, last_poll=lambda: telegram.polls.completed_at,
        )  # fmt: skip
        # Before polling, which waits for the network: systemd would end a bot that is never ready.
        await stack.enter_async_context(running(supervisors, settle(drivers)))
        await stack.enter_async_context(telegram.polling())
        # What is read carries its time, so nothing is watched before Telegram told the time.
        async with running(*chat.jobs(), *build_jobs(settings, core, chat)):
            yield chat.services


@dataclass(frozen=True, slots=True)
class Core:
    """The rooms of the bot without the chat, put together."""

    environment: Environment
    storage: Storage
    drivers: Mapping[str, LockDriver]
    doors: Doors
    activity: Activity
    notices: Notices
    access: Access
    monitor: Monitor
    command_log: CommandLog
    control: DoorControl
    auto_lock: AutoLock
    digests: DailyDigests
    codes: Codes
    code_rights: CodeRights
    arrivals: Arrivals
    space: Space | None


def build_core(
    settings: Settings, environment: Environment, storage: Storage, drivers: Mapping[str, LockDriver]
) -> Core:
    clock, sleep, activity = environment.clock, environment.sleep, Activity()
    doors = Doors(build_doors(settings, drivers))
    notices = Notices(storage, settings.owner_ids)
    token = settings.telegram_token.get_secret_value()
    access = Access.build(storage, settings.owner_ids, doors, notices, clock, token=token)
    monitor = Monitor(
        storage, doors, drivers, notices, clock, activity=activity, poll_seconds=settings.poll_seconds,
        unreachable_after=settings.unreachable_after, zone=settings.timezone, sleep=sleep, chance=environment.chance,
    )  # fmt: skip
    command_log = CommandLog(
        storage, doors, access.people, access.second_factors, notices, clock,
        stale_seconds=settings.stale_seconds, openings_per_hour=settings.openings_per_hour,
    )  # fmt: skip
    lookout = Lookout(
        monitor,
        StatusReader(storage, doors, drivers, access.people, monitor, clock),
        EvidenceReader(storage, command_log, drivers, monitor, clock, sleep=sleep),
    )
    control = DoorControl(command_log, doors, drivers, lookout, clock, activity, sleep=sleep)
    access.connect(control.recheck, lockouts=lambda: control.lockouts)
    auto_lock = AutoLock(storage, doors, access.people, access.second_factors, control, notices, clock)
    codes = Codes(storage, doors, drivers, access.people, notices, clock)
    arrivals = Arrivals(storage, doors, drivers, monitor, codes, access.passes, notices, clock)
    code_rights = CodeRights(storage, access.people, notices, clock, activity, sleep=sleep)
    access.people.when_changed(code_rights.rights_changed)
    profile = settings.space_in(settings.timezone.key)
    space = Space(storage, doors, notices, clock, profile) if profile else None
    digests = DailyDigests(storage, DigestWriter(storage, doors), notices, clock, settings.timezone)
    command_log.when_used(access.breaking.used)
    command_log.when_code_made(code_rights.rights_changed)
    return Core(
        environment, storage, drivers, doors, activity, notices, access, monitor, command_log, control, auto_lock,
        digests, codes, code_rights, arrivals, space,
    )  # fmt: skip


def build_telegram(settings: Settings, core: Core) -> TelegramConnection:
    async def moved(old: int, new: int) -> None:
        await core.notices.moved(old, new)
        await core.access.people.group_moved(old, new)

    return TelegramConnection(
        token=settings.telegram_token.get_secret_value(),
        api_url=settings.telegram_api_url,
        control=core.control,
        notices=core.notices,
        clock=core.environment.clock,
        activity=core.activity,
        moved=moved,
        transport=core.environment.telegram,
        sleep=core.environment.sleep,
    )


def build_services(settings: Settings, core: Core, telegram: TelegramConnection) -> Services:
    access, clock = core.access, core.environment.clock
    topics = DoorTopics(core.storage, core.doors)
    return Services(
        control=core.control,
        doors=core.doors,
        people=access.people,
        acquaintances=access.acquaintances,
        requests=access.requests,
        invitations=access.invitations,
        lockdowns=access.lockdowns,
        approvals=access.approvals,
        ballots=access.ballots,
        glasses=access.glasses,
        breaking=access.breaking,
        signs=access.signs,
        passes=access.passes,
        drafts=access.drafts,
        second_factors=access.second_factors,
        codes=core.codes,
        neighbours=access.neighbours,
        door_calls=access.door_calls,
        arrivals=core.arrivals,
        notices=core.notices,
        panels=Panels(core.storage, settings.owner_ids),
        history=History(core.storage, clock, core.doors),
        topics=topics,
        topic_keeper=TopicKeeper(telegram.places, topics, core.doors, sleep=core.environment.sleep),
        doctor=build_doctor(settings, core, telegram),
        auto_lock=core.auto_lock,
        digests=core.digests,
        space=core.space,
        clock=clock,
        sender=telegram.sender,
        polls=telegram.polls,
        ordering=telegram.pending,
        activity=core.activity,
        zone=settings.timezone,
        stale_seconds=settings.stale_seconds,
        templates=TEMPLATES,
    )


def build_doctor(settings: Settings, core: Core, telegram: TelegramConnection) -> Doctor:
    return Doctor(
        database=settings.database,
        private_files=[ENV_FILE],
        telegram=OwnAccount(telegram.application.bot),
        doors=core.doors,
        drivers=core.drivers,
        clock=core.environment.clock,
        pulse=telegram.watchdog.pulse,
        interval=core.monitor.interval,
    )


def build_jobs(settings: Settings, core: Core, chat: Chat) -> Iterable[Coroutine[Any, Any, None]]:
    """What goes on beside the chat, for ever."""
    storage, access, clock, sleep = core.storage, core.access, core.environment.clock, core.environment.sleep
    yield core.monitor.run()
    yield LockReminders(
        storage, core.doors, core.drivers, core.notices, clock, activity=core.activity,
        battery_notice_days=settings.battery_notice_days, sleep=sleep,
    ).run()  # fmt: skip
    yield JournalUpkeep(
        storage, access.people.record, clock,
        sealed=core.digests.tell_head, keep_days=settings.journal_keep_days, sleep=sleep,
    ).run()  # fmt: skip
    yield RightReminders(storage, access.people, core.notices, clock, sleep=sleep).run()
    yield core.code_rights.run()
    clocks = ClockWatch(storage, core.drivers, core.notices, clock)
    of_the_house = (core.digests.tell_due, core.command_log.strangers.tell)
    duties = [*access.duties, clocks.tell_changes, *of_the_house, *chat.duties]
    duties += [core.space.look] if core.space else []
    yield Timekeeper(*duties, activity=core.activity, sleep=sleep).run()
    # Apart from the others: a gateway that does not answer holds up nothing else.
    yield Timekeeper(core.arrivals.look_after, activity=core.activity, sleep=sleep).run()
    left_open = LeftOpen(storage, core.doors, core.notices, clock)
    # Apart from the other: a gateway that does not answer holds up no approval.
    yield Timekeeper(left_open.tell_due, core.auto_lock.close_due, activity=core.activity, sleep=sleep).run()


async def doubt_records(core: Core, loss: Loss | None) -> None:
    """Where rights may have come back, or came from nowhere, no door moves until an owner confirmed the list."""
    # When something was asked is Telegram's own word. The journal's times may be those of a wrong host clock, which
    # recovery had to go by before Telegram told the time.
    storage, people, clock = core.storage, core.access.people, core.environment.clock
    if asked_at := await storage.commands.last_asked_at():
        clock.recorded(asked_at.timestamp())
    await people.begin()
    # OWNER_IDS may have changed while the bot was off, and glasses are set in an owner's name.
    await core.access.glasses.recheck()
    swapped = await people.record.swapped_locks({name: driver.identity for name, driver in core.drivers.items()})
    differences = [*await people.record.differences(), *swapped]
    if loss is None and not differences:
        return
    log.error("the people list is in doubt: %s", "; ".join([*([loss.value] if loss else []), *differences]))
    await core.command_log.lock_out(DenialReason.LIST_UNCONFIRMED)
    # An older database may be back: nobody knows which of its links and glasses were used since.
    await storage.invitations.revoke_all(at=clock.datetime())
    await core.access.glasses.void_all()
    event = RecordsDoubted(loss=loss and loss.value, differences=tuple(differences), at=clock.datetime())
    await core.notices.tell_owners(event)
