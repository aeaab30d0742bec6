"""For how long a chat is muted or its notices are paused."""

from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

MORNING = time(7)


class Silence(StrEnum):
    """What a button offers."""

    HOUR = "1h"
    MORNING = "morning"
    DAY = "day"

    def ends_at(self, now: datetime, zone: tzinfo) -> datetime:
        if self is Silence.MORNING:
            return _next_morning(now.astimezone(zone))
        return now + (timedelta(hours=1) if self is Silence.HOUR else timedelta(days=1))


def _next_morning(local: datetime) -> datetime:
    day = local.date() + timedelta(days=local.time() >= MORNING)
    return datetime.combine(day, MORNING, local.tzinfo)
