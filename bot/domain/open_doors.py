"""Doors that stand open: when it is told, and when the house closes them by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.doors import Door

KEEP_OPEN = timedelta(minutes=30)
CLOSE_AGAIN = timedelta(minutes=5)
"""How long after a try that certainly moved nothing the next one is due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDoor:
    """A door that was opened or seen open, and was not seen closed since.

    `is_told`: people heard that it stands open. `is_tried`: the house sent its one command to close it.
    `not_before`: somebody keeps it open until then, or the house tries again then.
    """

    door: str
    since: datetime
    is_told: bool = False
    is_tried: bool = False
    not_before: datetime | None = None

    def reminds_at(self, door: Door) -> datetime | None:
        if door.open_reminder is None or self.is_told:
            return None
        return self._not_too_early(self.since + door.open_reminder)

    def closes_at(self, door: Door) -> datetime | None:
        if door.auto_lock is None or self.is_tried:
            return None
        return self._not_too_early(self.since + door.auto_lock)

    def _not_too_early(self, at: datetime) -> datetime:
        return max(at, self.not_before) if self.not_before else at
