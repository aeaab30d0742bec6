"""Turns "for two hours" into the two numbers `pinCode` takes. What they mean is an assumption: see PIN_UNITS."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.domain.calendars import Window
from bot.drivers.errors import Refused

# The page says duration 0 to 61, and not of what.
LARGEST = 61
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MOST_NEAR = 4
# What begins now was asked by another reading of the time than the driver's: the two are bounds of Telegram's time, and
# may be seconds apart.
ABOUT_NOW = timedelta(minutes=1)
UNITS = {"hours": (HOUR, "h"), "days": (DAY, "d")}


def mode_and_duration(wanted: timedelta, pin_units: str) -> tuple[int, int]:
    """The first mode in which `wanted` is a whole number up to 61. Refused names what would work."""
    # Never rounded: a code that works longer than was asked lets somebody in who should not be.
    for mode, (unit, _) in _modes(pin_units):
        if _fits(wanted, unit):
            return mode, wanted // unit
    names = [name for name in pin_units.split(",") if name in UNITS]
    raise Refused(f"kas.span.{names[0] if len(names) == 1 else 'both'}", nearest=_nearest(wanted, pin_units))


def windows_near(wanted: Window, now: datetime, pin_units: str) -> list[Window]:
    """What `pinCode` can do nearest to it: from a full hour on, this one included, for whole hours or days."""
    if length_from_hour(wanted, now, pin_units) is not None:
        return [wanted]
    hour = hour_of(wanted.starts_at)
    starts = (
        [hour_of(now)] if not begins_later(wanted, now) else [hour, hour + HOUR] if hour < wanted.starts_at else [hour]
    )
    spans = {unit * count for _, (unit, _) in _modes(pin_units) for count in range(1, LARGEST + 1)}
    found = set[Window]()
    for start in starts:
        length = wanted.ends_at - start
        below, above = [span for span in spans if span <= length], [span for span in spans if span >= length]
        found |= {Window(start, start + span) for span in (*sorted(below)[-1:], *sorted(above)[:1])}
    return sorted(found, key=lambda one: (_distance(one, wanted), one.starts_at))[:MOST_NEAR]


def _distance(one: Window, wanted: Window) -> timedelta:
    return abs(one.starts_at - wanted.starts_at) + abs(one.ends_at - wanted.ends_at)


def length_from_hour(wanted: Window, now: datetime, pin_units: str) -> timedelta | None:
    """The length to ask for; None if the window is not possible. One that begins now may count from its hour."""
    hour = hour_of(wanted.starts_at)
    if begins_later(wanted, now) and wanted.starts_at != hour:
        return None
    possible = [length for length in (wanted.length, wanted.ends_at - hour) if _is_whole(length, pin_units)]
    return possible[0] if possible else None


def begins_later(wanted: Window, now: datetime) -> bool:
    return wanted.starts_at > now + ABOUT_NOW


def hour_of(moment: datetime) -> datetime:
    """As `startTime` counts, by hours of UTC."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _is_whole(length: timedelta, pin_units: str) -> bool:
    return any(_fits(length, unit) for _, (unit, _) in _modes(pin_units))


def _fits(length: timedelta, unit: timedelta) -> bool:
    return length > timedelta(0) and length % unit == timedelta(0) and length // unit <= LARGEST


def start_of(starts_at: float, unit: str) -> int:
    """`startTime`: UTC seconds or milliseconds since 1970, down to the whole hour."""
    hour = int(starts_at // 3600) * 3600
    return hour * 1000 if unit == "milliseconds" else hour


def _modes(pin_units: str) -> Iterator[tuple[int, tuple[timedelta, str]]]:
    for mode, name in enumerate(pin_units.split(",")):
        if name in UNITS:
            yield mode, UNITS[name]


def _nearest(wanted: timedelta, pin_units: str) -> str:
    """The closest spans that work, below and above."""
    spans = {
        unit * count: f"{count}{letter}" for _, (unit, letter) in _modes(pin_units) for count in range(LARGEST, 0, -1)
    }
    below = [span for span in spans if span < wanted]
    above = [span for span in spans if span > wanted]
    return " / ".join(spans[span] for span in (*sorted(below)[-1:], *sorted(above)[:1]))
