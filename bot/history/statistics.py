"""Numbers of a time: openings by weekday and hour and by person, and the batteries."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from bot.domain.batteries import BatteryDay, Forecast, forecast
from bot.domain.history import Openings

MOST_PEOPLE = 8


@dataclass(frozen=True, slots=True)
class Battery:
    door: str
    days: tuple[BatteryDay, ...]
    forecast: Forecast | None
    low_percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """`by_hour` has seven days, Monday first, of 24 local hours each. `others`: openings of people not listed."""

    since: datetime
    until: datetime
    door: str | None
    total: int
    by_hour: tuple[tuple[int, ...], ...]
    by_person: tuple[tuple[str, int], ...]
    others: int
    batteries: tuple[Battery, ...]


def count_by_hour(openings: Iterable[Openings], zone: tzinfo) -> tuple[tuple[int, ...], ...]:
    hours = [[0] * 24 for _ in range(7)]
    for one in openings:
        local = one.at.astimezone(zone)
        hours[local.weekday()][local.hour] += one.count
    return tuple(tuple(day) for day in hours)


def count_by_person(openings: Iterable[Openings]) -> list[tuple[int, int]]:
    """Person and number, the most first."""
    counts: Counter[int] = Counter()
    for one in openings:
        counts[one.person_id] += one.count
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def batteries(days: Mapping[str, Sequence[BatteryDay]], low_percent: Callable[[str], int]) -> tuple[Battery, ...]:
    """`low_percent` of each door: below that its battery is low."""
    return tuple(
        Battery(door, tuple(of), forecast(of, low_percent=low), low)
        for door, of in days.items()
        for low in [low_percent(door)]
    )
