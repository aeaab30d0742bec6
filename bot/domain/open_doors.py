"""Doors that stand open: when it is told, when it is asked, and when the house closes them by itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.doors import Door

KEEP_OPEN = timedelta(minutes=30)
# How long after a try that certainly moved nothing the next one is due.
CLOSE_AGAIN = timedelta(minutes=5)
# A bot that was off until the morning must not close a house that is in use again.
LATE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenDoor:
    """A door that was opened or seen open, and was not seen closed since.

    `is_told`: people heard that it stands open. `tried_at`: when the house sent its one command to close it.
    `not_before`: somebody keeps it open until then, or the house tries again then. `asked_at`: when it was asked
    whether it may stay open. `left_at`: when somebody said since that it may.
    """

    door: str
    since: datetime
    is_told: bool = False
    tried_at: datetime | None = None
    not_before: datetime | None = None
    asked_at: datetime | None = None
    left_at: datetime | None = None

    def reminds_at(self, door: Door) -> datetime | None:
        if door.open_reminder is None or self.is_told:
            return None
        return self._not_too_early(self.since + door.open_reminder)

    def asks_at(self, door: Door, now: datetime) -> datetime | None:
        if door.ask_at is None:
            return None
        return self._not_too_early(door.ask_at.next(max(self.since, self.asked_at or self.since, now - LATE)))

    def locks_at(self, door: Door) -> datetime | None:
        """When it has been open for so long that the house closes it."""
        # Once only: the command that was sent may have had no clear answer, and then nobody may repeat it.
        if door.auto_lock is None or self.tried_at:
            return None
        at = self._not_too_early(self.since + door.auto_lock)
        return door.auto_lock_hours.next_start(at) if door.auto_lock_hours else at

    def closes_at(self, door: Door, now: datetime) -> datetime | None:
        """When the hour comes at which the house closes it."""
        if door.close_at is None:
            return None
        # Not before `tried_at`: the house sends one command a day.
        return self._not_too_early(door.close_at.next(max(self.since, self.tried_at or self.since, now - LATE)))

    def _not_too_early(self, at: datetime) -> datetime:
        return max(at, self.not_before) if self.not_before else at
