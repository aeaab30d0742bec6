"""How long a battery will last, if it goes on as it did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import linear_regression

# A battery at the threshold wavers, and would be told as low and as good again and again. A low one is good from
# so much above it.
HYSTERESIS_PERCENT = 5
# So much more from one day to the next, and the battery was changed or charged.
FRESH_PERCENT = 10
FEWEST_DAYS = 7
# Readings waver by less.
SMALLEST_FALL_PERCENT = 2
# A line that hardly falls leads ten years ahead, which says nothing of a battery.
FURTHEST = timedelta(days=3 * 365)
LOW_PERCENT = 20
"""Where nobody chose another."""
# A battery falls so slowly that fewer days say little.
HISTORY = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class BatteryDay:
    """What a battery had left on a day; `at` is its noon, UTC."""

    at: datetime
    percent: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """It loses `percent_a_day`. At that pace it is low at `low_at`; of one that is low already that is over."""

    percent_a_day: float
    low_at: datetime
    low_percent: int


def is_low(percent: int, *, low_percent: int, was_low: bool) -> bool:
    return percent < low_percent + (HYSTERESIS_PERCENT if was_low else 0)


def since_fresh(days: Sequence[BatteryDay]) -> Sequence[BatteryDay]:
    """The readings since the battery was new or full."""
    fresh = 0
    for number in range(1, len(days)):
        if days[number].percent - days[number - 1].percent >= FRESH_PERCENT:
            fresh = number
    return days[fresh:]


def forecast(days: Sequence[BatteryDay], *, low_percent: int) -> Forecast | None:
    """None while too little is known: a few days only, or no fall that is more than a wavering."""
    known = since_fresh(days)
    if len(known) < 2 or known[-1].at - known[0].at < timedelta(days=FEWEST_DAYS):
        return None
    x = [(day.at - known[0].at) / timedelta(days=1) for day in known]
    slope, intercept = linear_regression(x, [day.percent for day in known])
    if -slope * x[-1] < SMALLEST_FALL_PERCENT:
        return None
    # From the line, and not from the last reading, which wavers.
    left = timedelta(days=(low_percent - intercept) / slope)
    return Forecast(-slope, min(known[0].at + left, known[-1].at + FURTHEST), low_percent)
