"""Times on a lock's own wall clock, which cannot say which 02:30 is meant in a night that has two."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LocalSpan:
    """From `start` to `end` on the wall (no zone). However the lock reads them, they hold all that was asked for.

    `starts_at` is what was asked, `ends_at` the latest moment at which the lock can take the end to be.
    """

    start: datetime
    end: datetime
    starts_at: datetime
    ends_at: datetime


def local_span(starts_at: datetime, duration: timedelta, zone: ZoneInfo) -> LocalSpan:
    """Whole minutes; never shorter than asked, and an hour longer at most where the clocks go back."""
    first, last = _floor(starts_at), _ceiling(starts_at + duration)
    start, end = _wall(first, zone), _wall(last, zone)
    while _readings(start, zone)[1] > first:
        start -= MINUTE
    while _readings(end, zone)[0] < last:
        end += MINUTE
    return LocalSpan(start, end, first, _readings(end, zone)[1])


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _readings(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The earliest and the latest moment (UTC) that a wall clock can mean by this."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(first, second), max(first, second)


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _ceiling(moment: datetime) -> datetime:
    return _floor(moment + MINUTE - timedelta(microseconds=1))
