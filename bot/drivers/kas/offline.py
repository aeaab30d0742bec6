"""Turns "for two hours" into the two numbers `pinCode` takes. What they mean is an assumption: see PIN_UNITS."""

from collections.abc import Iterator
from datetime import timedelta

from bot.drivers.errors import Refused

LARGEST = 61
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
UNITS = {"hours": (HOUR, "h"), "days": (DAY, "d")}


def mode_and_duration(wanted: timedelta, pin_units: str) -> tuple[int, int]:
    """The first mode in which `wanted` is a whole number up to 61. Never rounds; Refused names what would work."""
    for mode, (unit, _) in _modes(pin_units):
        if wanted > timedelta(0) and wanted % unit == timedelta(0) and wanted // unit <= LARGEST:
            return mode, wanted // unit
    names = [name for name in pin_units.split(",") if name in UNITS]
    raise Refused(f"kas.span.{names[0] if len(names) == 1 else 'both'}", nearest=_nearest(wanted, pin_units))


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
