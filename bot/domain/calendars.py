"""Months, days and hours as a clock on the wall of one zone shows them: what can be chosen of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True)
class Window:
    """From one moment (UTC) until another."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        return self.ends_at - self.starts_at


@dataclass(frozen=True, slots=True, order=True)
class Month:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    def next(self) -> "Month":
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)

    def previous(self) -> "Month":
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    def weeks(self) -> list[list[date | None]]:
        """From Monday to Sunday; None for the days of other months."""
        days: list[date | None] = [None] * self.first.weekday()
        day = self.first
        while Month.of(day) == self:
            days.append(day)
            day += DAY
        days += [None] * (-len(days) % WEEK_DAYS)
        return [days[start : start + WEEK_DAYS] for start in range(0, len(days), WEEK_DAYS)]


@dataclass(frozen=True, slots=True)
class Choosable:
    """What lies after `after`, until `until` at the latest, by the clocks of `zone`."""

    after: datetime
    until: datetime
    zone: tzinfo

    def has_moment(self, moment: datetime) -> bool:
        return self.after < moment <= self.until

    def has_hour(self, hour: datetime) -> bool:
        """Whether one of its quarters can be chosen."""
        return any(map(self.has_moment, quarters(hour)))

    def has_day(self, day: date) -> bool:
        return any(map(self.has_hour, hours(day, self.zone)))

    def has_month(self, month: Month) -> bool:
        first, last = (moment.astimezone(self.zone).date() for moment in (self.after, self.until))
        return Month.of(first) <= month <= Month.of(last)


def hours(day: date, zone: tzinfo) -> list[datetime]:
    """The full hours (UTC) of a day: 23 where one is skipped, 25 where one comes twice."""
    return [moment for hour in range(24) for moment in moments(datetime.combine(day, time(hour)), zone)]


def moments(wall: datetime, zone: tzinfo) -> list[datetime]:
    """When (UTC) a clock on the wall shows this: never, once or twice."""
    # Without `fold` (PEP 495) an hour that comes twice in autumn would count once. A set, as both are mostly the same.
    found = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    # A time that the clock skips in spring is another one when it is converted there and back.
    return sorted(moment for moment in found if moment.astimezone(zone).replace(tzinfo=None, fold=0) == wall)


def quarters(hour: datetime) -> list[datetime]:
    return [hour + QUARTER * number for number in range(4)]
