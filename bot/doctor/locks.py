"""How gateways, clouds and locks are."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.diagnoses import Diagnosis, Grade
from bot.domain.doors import Door
from bot.domain.readings import Reading
from bot.domain.remarks import Remark
from bot.drivers.base import LockDriver, Peer
from bot.drivers.errors import LockError, bugs_as_errors
from bot.monitor.reminders import battery_forecast
from storage import Storage

# A calm door is read every four minutes at the latest, if POLL_SECONDS is not longer: two readings were missed.
OLD_SECONDS = 600.0


async def look_at(peer: Peer, doors: tuple[str, ...]) -> Sequence[Diagnosis]:
    try:
        with bugs_as_errors(doors[0]):
            # It signs nothing, so it may be asked beside a running bot as well.
            seen = await peer.look()
    except LockError as error:
        return [_wrong(error, doors)]
    clock = [Diagnosis("peer.clock", Grade.BAD, {"door": doors[0]}, doors)] if peer.is_clock_wrong else []
    return [Diagnosis("said", about=doors, remark=seen.says), *clock]


async def look_closely(door: Door, driver: LockDriver) -> Sequence[Diagnosis]:
    """Asks the lock itself."""
    about = (door.name,)
    try:
        with bugs_as_errors(door.name):
            found = await driver.check()
    except LockError as error:
        return [_wrong(error, about)]
    return [
        *(Diagnosis("said", about=about, remark=fact) for fact in found.facts),
        *(_doubtful(doubt, about) for doubt in found.doubts),
    ]


async def last_reading(
    storage: Storage, door: Door, driver: LockDriver, now: datetime, every_seconds: float | None
) -> Sequence[Diagnosis]:
    """Goes by what the running bot last read of the lock."""
    about = (door.name,)
    reminder = driver.reminder()
    found = [] if reminder is None else [_doubtful(reminder, about)]
    if not door.can(Action.STATUS):
        return found
    reading = await storage.readings.get(door.name)
    return [_reading(reading, about, now, every_seconds), *await _battery(storage, door, reading, now), *found]


def _reading(reading: Reading | None, about: tuple[str, ...], now: datetime, every_seconds: float | None) -> Diagnosis:
    # Before the age: a reading that is young says nothing of a lock that has not answered since.
    if reading and reading.failures:
        return Diagnosis("door.away", Grade.BAD, {"tries": reading.failures}, about, reading.problem)
    if reading is None or reading.read_at is None:
        return Diagnosis("door.unread", Grade.WARNING, about=about)
    age = round((now - reading.read_at).total_seconds())
    if age > max(OLD_SECONDS, 3 * (every_seconds or 0)):
        return Diagnosis("door.old", Grade.WARNING, {"age": age}, about)
    known = {"every": None if every_seconds is None else round(every_seconds), "battery": reading.battery_percent}
    parameters: dict[str, int | str] = {
        "age": age,
        **{name: value for name, value in known.items() if value is not None},
    }
    return Diagnosis("door.read", parameters=parameters, about=about)


async def _battery(storage: Storage, door: Door, reading: Reading | None, now: datetime) -> list[Diagnosis]:
    if reading is None or reading.battery_percent is None:
        return []
    percent = {"percent": reading.battery_percent}
    # What was announced, as the chats know it: a level that goes up and down around the limit is not judged anew here.
    if reading.announced.is_battery_low:
        return [Diagnosis("battery.low", Grade.WARNING, percent, (door.name,))]
    if reading.announced.runs_low and (expected := await battery_forecast(storage, door, now)):
        days = max(0, (expected.low_at - now).days)
        return [Diagnosis("battery.runs_low", Grade.WARNING, {**percent, "days": days}, (door.name,))]
    return []


def _wrong(error: LockError, about: tuple[str, ...]) -> Diagnosis:
    return Diagnosis("said", Grade.BAD, about=about, remark=error.remark)


def _doubtful(remark: Remark, about: tuple[str, ...]) -> Diagnosis:
    return Diagnosis("said", Grade.WARNING, about=about, remark=remark)
