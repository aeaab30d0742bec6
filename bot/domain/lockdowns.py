"""A lockdown: for a while nobody but owners opens a door, or any door, whatever rights there are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actions import LETS_IN, Action
from bot.domain.commands import DenialReason
from bot.domain.people import EVERY_DOOR, Rights
from bot.domain.policy import Moment, Verdict

# Other reasons are told instead: nobody learns of a lockdown at a door that is not theirs.
OVERRULED = (None, DenialReason.NEEDS_APPROVAL, DenialReason.NEEDS_SECOND_FACTOR, DenialReason.USED_UP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lockdown:
    """`ends_at` None: until an owner ends it."""

    door: str
    by_name: str
    began_at: datetime
    ends_at: datetime | None

    def holds(self, now: Moment) -> bool:
        # The earliest: while the time is in doubt it rather holds for too long.
        return self.ends_at is None or self.ends_at > now.earliest

    def reaches(self, door: str) -> bool:
        return self.door in (door, EVERY_DOOR)


def under_lockdown(
    verdict: Verdict, rights: Rights, lockdowns: Iterable[Lockdown], *, door: str, action: Action, now: Moment
) -> Verdict:
    """The verdict with the lockdowns that hold now."""
    if rights.is_owner or action not in LETS_IN or verdict.reason not in OVERRULED:
        return verdict
    holding = [one for one in lockdowns if one.reaches(door) and one.holds(now)]
    if not holding:
        return verdict
    ends = [one.ends_at for one in holding]
    # The longest counts: one of every door may hold beside one of this door.
    opens_at = None if None in ends else max(filter(None, ends))
    return replace(verdict, reason=DenialReason.LOCKDOWN, ends_at=None, opens_at=opens_at)
