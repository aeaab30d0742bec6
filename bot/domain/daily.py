"""A time of the day, as the clock on the wall of one time zone shows it: when it comes next, and when it was last."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.schedules import NotHours


@dataclass(frozen=True, slots=True)
class DailyTime:
    """`minute` of the local day. It comes once a day, also on the days when the clocks change.

    A time that the clock shows twice counts the first time; one that is skipped comes as much later as the clock jumps.
    """

    minute: int
    zone: ZoneInfo

    def next(self, after: datetime) -> datetime:
        """The first time after this moment."""
        return min(moment for moment in self._around(after) if moment > after)

    def last(self, now: datetime) -> datetime:
        """The newest time up to this moment."""
        return max(moment for moment in self._around(now) if moment <= now)

    def _around(self, moment: datetime) -> list[datetime]:
        today, clock = moment.astimezone(self.zone).date(), time(*divmod(self.minute, 60))
        # Two days each way: a zone may skip one, as Samoa did with 30 December 2011.
        days = (today + timedelta(days=number) for number in range(-2, 3))
        # `fold` is 0: the first of two equal times, and a skipped one as if the clock had not jumped yet (PEP 495).
        return [datetime.combine(day, clock, self.zone).astimezone(UTC) for day in days]

    def __str__(self) -> str:
        return spell_minute(self.minute)


def parse_minute(text: str) -> int:
    """The minute of the day that "8:00", "08:00" or "8" names. Raises NotHours."""
    found = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2}))?", text.strip())
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    if hour > 23 or minute > 59:
        raise NotHours(text)
    return hour * 60 + minute


def spell_minute(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
