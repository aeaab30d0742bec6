"""Times on a lock's own wall clock, which cannot say which 02:30 is meant in a night that has two."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.drivers.base import Deadline
from bot.drivers.errors import Refused

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class LocalSpan:
    """From `start` to `end` on the wall (no zone).

    `starts_at` is what was asked, `ends_at` the latest moment at which the lock can take the end to be.
    """

    start: datetime
    end: datetime
    starts_at: datetime
    ends_at: datetime


def local_span(
    starts_at: datetime, duration: timedelta, zone: ZoneInfo, *, not_after: datetime | None = None
) -> LocalSpan:
    """Whole minutes; never shorter than asked, and an hour longer at most where the clocks go back.

    `not_after`, the end of the right it is made by, wins over that. Raises Refused if nothing is left of it.
    """
    first, last = _floor(starts_at), _ceiling(starts_at + duration)
    start, end = _wall(first, zone), _wall(last, zone)
    # However the lock reads an hour that comes twice, the code works for all that was asked.
    while _readings(start, zone)[1] > first:
        start -= MINUTE
    while _readings(end, zone)[0] < last:
        end += MINUTE
    # Last, so that it wins: no code outlives the right it was made by (R17 of docs/trials.md).
    while not_after is not None and end > start and _readings(end, zone)[1] > not_after:
        end -= MINUTE
    if end <= start:
        raise Refused("code.no_time")
    return LocalSpan(start, end, first, _readings(end, zone)[1])


def end_of_right(deadline: Deadline, now: float) -> datetime | None:
    """When the right behind a command ends (UTC), if it does."""
    seconds = deadline.right_remaining()
    return None if seconds is None else datetime.fromtimestamp(now + seconds, UTC)


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
