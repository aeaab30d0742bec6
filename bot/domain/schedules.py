"""Weekly hours: when in a week something is allowed, by the clock on the wall of one time zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = "mon-sun"
DAY_MINUTES = 24 * 60
EXAMPLE = "mon-fri 08:00-18:00"
_DAY_SPAN = re.compile(
    r"(?P<from_day>[a-z]{3})[a-z]*(?:-(?P<to_day>[a-z]{3})[a-z]*)?"
    r"\s+(?P<from>\d{1,2}(?::\d\d)?)\s*-\s*(?P<to>\d{1,2}(?::\d\d)?)"
)


class NotHours(ValueError):
    """The text is no weekly hours; the message is what was not understood."""


@dataclass(frozen=True, slots=True, order=True)
class DaySpan:
    """From one minute of a day to another, on some days of the week (0 is Monday).

    `end` is not part of it. An end at or before the start is on the next day.
    """

    days: tuple[int, ...]
    start: int
    end: int

    def contains(self, local: datetime) -> bool:
        minute, today = local.hour * 60 + local.minute, local.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= minute < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and minute >= self.start) or (yesterday in self.days and minute < self.end)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Several spans; a moment counts by what a clock on the wall of `zone` shows, also when the clocks change."""

    spans: tuple[DaySpan, ...]
    zone: ZoneInfo

    def contains(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone)
        return any(span.contains(local) for span in self.spans)

    def next_start(self, after: datetime) -> datetime:
        """The first minute after this moment (UTC) at which the hours begin or go on."""
        return after if self.contains(after) else _next_start(self, after)

    def next_end(self, inside: datetime) -> datetime | None:
        """The first moment after this one, which is inside, that is outside; None if there is none within a week."""
        return _next_end(self, inside)

    def ends(self, after: datetime) -> Iterator[datetime]:
        yield from _clock_changes(self.zone, after.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        # From yesterday, whose span may go on over midnight, until a week from today.
        first = after.astimezone(self.zone).date() - timedelta(days=1)
        for day in (first + timedelta(days=number) for number in range(9)):
            for span in self.spans:
                if day.weekday() in span.days:
                    last = day if span.start < span.end else day + timedelta(days=1)
                    yield from _moments(last, span.end, self.zone)

    def starts(self, after: datetime) -> Iterator[datetime]:
        yield from _clock_changes(self.zone, after.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        first = after.astimezone(self.zone).date() - timedelta(days=1)
        for day in (first + timedelta(days=number) for number in range(10)):
            for span in self.spans:
                if day.weekday() in span.days:
                    # A time that is skipped begins when the clocks have jumped, which may be earlier.
                    yield from (self._earliest(moment) for moment in _moments(day, span.start, self.zone))

    def _earliest(self, moment: datetime) -> datetime:
        minute = timedelta(minutes=1)
        # No zone jumps by more than two hours nowadays; Antarctica/Troll does by two.
        for _ in range(2 * 60):
            if not self.contains(moment - minute):
                return moment
            moment -= minute
        return moment

    def covers(self, other: "WeeklyHours") -> bool:
        """Whether every minute of the other hours is in these, in the same zone."""
        # Two zones change their clocks on different days, so hours that fit today may not fit next week.
        return self.zone == other.zone and other.minutes() <= self.minutes()

    def minutes(self) -> set[int]:
        """The minutes of the week, from Monday midnight."""
        week = 7 * DAY_MINUTES
        return {
            (day * DAY_MINUTES + minute) % week
            for span in self.spans
            for day in span.days
            for minute in range(span.start, span.end + (DAY_MINUTES if span.end <= span.start else 0))
        }

    def __str__(self) -> str:
        return ", ".join(f"{_days(span.days)} {_clock(span.start)}-{_clock(span.end)}" for span in self.spans)


@lru_cache(maxsize=256)
def _next_start(hours: WeeklyHours, after: datetime) -> datetime:
    # Remembered: /who asks about many people, of whom many have the same hours (measured with 500).
    return min(moment for moment in hours.starts(after) if moment > after and hours.contains(moment))


@lru_cache(maxsize=256)
def _next_end(hours: WeeklyHours, inside: datetime) -> datetime | None:
    ends = (moment for moment in hours.ends(inside) if moment > inside and not hours.contains(moment))
    return min(ends, default=None)


@lru_cache(maxsize=64)
def _clock_changes(zone: ZoneInfo, first: datetime) -> tuple[datetime, ...]:
    """When the clocks change in the nine days from this hour on."""
    # With a jump of the clock hours may begin or end at a time that no span names.
    found = []
    for hour in (first + timedelta(hours=number) for number in range(9 * 24 + 1)):
        before, later = (moment.astimezone(zone).utcoffset() for moment in (hour, hour + timedelta(hours=1)))
        if before != later:
            # Found to the minute: Lord Howe changes at half past the hour of UTC.
            inside = (hour + timedelta(minutes=number) for number in range(61))
            found.append(next(minute for minute in inside if minute.astimezone(zone).utcoffset() == later))
    return tuple(found)


def _moments(day: date, minute: int, zone: ZoneInfo) -> Iterator[datetime]:
    """When a clock on the wall shows this minute of the day: a time that comes twice is two moments."""
    # Python adds to the clock on the wall, not to the time that passes, and that is meant here.
    wall = datetime.combine(day, time(), zone) + timedelta(minutes=minute)
    for fold in (0, 1):
        yield wall.replace(fold=fold).astimezone(UTC)


def parse_hours(text: str, zone: ZoneInfo) -> WeeklyHours:
    """Read "mon-fri 8-18, sat 10:00-14:00" as clocks on the wall of this zone show it. Raises NotHours.

    Hours without days are those of every day.
    """
    spans = tuple(_span(part) for part in re.split(r"[,;]", text.lower()) if part.strip())
    if not spans:
        raise NotHours(text)
    return WeeklyHours(spans, zone)


def _span(text: str) -> DaySpan:
    written = text.strip()
    found = _DAY_SPAN.fullmatch(written if written[:1].isalpha() else f"{EVERY_DAY} {written}")
    if not found:
        raise NotHours(text.strip())
    first = _day(found["from_day"], text)
    last = _day(found["to_day"], text) if found["to_day"] else first
    days = tuple(sorted((first + number) % 7 for number in range((last - first) % 7 + 1)))
    start, end = _minute(found["from"], text), _minute(found["to"], text)
    # 24:00 is an end; as a start it could be of this day or of the next.
    if start == DAY_MINUTES:
        raise NotHours(text.strip())
    return DaySpan(days, start, end)


def _day(word: str, text: str) -> int:
    if word not in DAYS:
        raise NotHours(text.strip())
    return DAYS.index(word)


def _minute(word: str, text: str) -> int:
    hour, _, minute = word.partition(":")
    value = int(hour) * 60 + int(minute or 0)
    if value > DAY_MINUTES or int(minute or 0) > 59:
        raise NotHours(text.strip())
    return value


def _days(days: tuple[int, ...]) -> str:
    """The days as a range where they follow each other, also around Sunday."""
    for first in days:
        run = [(first + number) % 7 for number in range(len(days))]
        if sorted(run) == list(days):
            return DAYS[first] if len(days) == 1 else f"{DAYS[first]}-{DAYS[run[-1]]}"
    return "+".join(DAYS[day] for day in days)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
