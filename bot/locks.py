"""The doors of the settings and their drivers, opened and closed."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.control.counters import ProcessCounters
from bot.domain.daily import DailyTime, parse_minute
from bot.domain.doors import Capability, Door
from bot.domain.schedules import parse_hours
from bot.domain.second_factor import demanded_hours
from bot.drivers import build_drivers, say
from bot.drivers.base import Counters, DriverContext, LockDriver
from bot.drivers.errors import LockError, bugs_as_errors
from bot.environment import Environment
from bot.settings import LockSettings, Settings

log = logging.getLogger("latchkey")

# For a gateway that is away. What it would have been asked stays valid until the next call that it answers.
SETTLE_SECONDS = 10.0


def build_doors(settings: Settings, drivers: Mapping[str, LockDriver]) -> list[Door]:
    return [
        Door(
            name,
            door.title,
            drivers[name].capabilities,
            confirm=door.confirm,
            second_factor=demanded_hours(door.second_factor, settings.timezone),
            travel_seconds=drivers[name].travel_seconds,
            open_reminder=_minutes(door.open_reminder_minutes),
            auto_lock=_minutes(door.auto_lock_minutes),
            auto_lock_hours=parse_hours(hours, settings.timezone) if (hours := door.auto_lock_hours) else None,
            close_at=_daily(door.close_at, settings.timezone),
            ask_at=_daily(door.ask_if_open_at, settings.timezone),
            # Only a door that can be read is ever found closed, which is what an empty space is told by.
            is_of_space=settings.space_name is not None and Capability.STATUS in drivers[name].capabilities,
            battery_low_percent=door.battery_low_percent or settings.battery_low_percent,
        )
        for name, door in settings.door_settings.items()
    ]


def _minutes(count: int | None) -> timedelta | None:
    return None if count is None else timedelta(minutes=count)


def _daily(time: str | None, zone: ZoneInfo) -> DailyTime | None:
    return None if time is None else DailyTime(parse_minute(time), zone)


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
    """Make what an earlier run left unanswered undeliverable."""

    # A gateway's signature covers the time only: an unanswered call is valid until the gateway sees a newer one.
    async def one(name: str, driver: LockDriver) -> None:
        try:
            with bugs_as_errors(name):
                async with asyncio.timeout(SETTLE_SECONDS):
                    await driver.settle()
        except LockError as error:
            log.warning("%s could not be settled: %s", name, say(error))
        except TimeoutError:
            log.warning("%s could not be settled: no answer in time", name)

    await asyncio.gather(*(one(name, driver) for name, driver in drivers.items()))
