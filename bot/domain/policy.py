"""Who may do what, when, and why not: one pure function, and its default is no."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import GRANTABLE, Action
from bot.domain.commands import DenialReason
from bot.domain.people import Rights

ASKED_OF_GRANTS = (*GRANTABLE, Action.REVOKE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says why not. `ends_at`: when this yes ends by itself, for a yes that does."""

    reason: DenialReason | None = None
    ends_at: datetime | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is None

    def lasts_as_long_as(self, other: "Verdict") -> bool:
        return self.ends_at is None or (other.ends_at is not None and other.ends_at <= self.ends_at)


class Denied(Exception):
    """The verdict is no, and nothing was done."""

    def __init__(self, reason: DenialReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def decide(rights: Rights, *, action: Action, now: datetime, door: str = "") -> Verdict:
    if rights.is_owner:
        return Verdict()
    if rights.person is None:
        return Verdict(DenialReason.STRANGER)
    if action not in ASKED_OF_GRANTS:
        return Verdict(DenialReason.OWNERS_ONLY)
    fitting = [grant for grant in rights.grants if grant.covers(door, action)]
    live = [grant for grant in fitting if grant.is_live(now)]
    if not live:
        return Verdict(DenialReason.EXPIRED if fitting else DenialReason.NO_RIGHT)
    ends = [grant.ends_at for grant in live]
    return Verdict(ends_at=None if None in ends else max(end for end in ends if end))
