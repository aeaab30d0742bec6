"""Before a guest comes: whether they will get in, and what is to be mended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.passes import GuestPass
from bot.domain.remarks import Remark


class Advance(StrEnum):
    """When a pass is checked. Stored, so the names stay."""

    MADE = "made"
    """At once, where the day before is over already."""
    DAY = "day"
    HOURS = "hours"


# What hosts report of nights: dead batteries (38 %), locks or codes that are not there (31 %). In a day a battery can
# be bought; two hours before, what broke since is found.
BEFORE = {Advance.DAY: timedelta(days=1), Advance.HOURS: timedelta(hours=2)}
# A bot that was down for longer after a pass was made does not make up for it.
AT_ONCE = timedelta(minutes=10)


class Defect(StrEnum):
    """Why a guest may not get in. Stored, so the names stay."""

    UNREACHABLE = "unreachable"
    JAMMED = "jammed"
    BATTERY_LOW = "battery low"
    BATTERY_ENDS = "battery ends"
    """It will be low before the pass ends, if it goes on as it did."""
    CODE_MISSING = "code missing"
    """The lock system does not list it, and nobody revoked it."""
    CODE_REVOKED = "code revoked"
    """It was asked to be revoked."""
    CODE_UNSEEN = "code unseen"
    """The lock system did not say whether it lists the code."""
    LOCK_WANTS = "lock wants"
    """Something that only a person can do, such as setting the lock's own clock."""
    GATEWAY_CLOCK = "gateway clock"
    BOT_CLOCK = "bot clock"
    SHUT = "shut"
    """The bot moves no door at the moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMend:
    """`door` is empty for what concerns the whole house. `problem`: what the lock system says."""

    door: str
    defect: Defect
    percent: int | None = None
    at: datetime | None = None
    problem: Remark | None = None


def due(one: GuestPass, done: frozenset[str], now: datetime) -> Advance | None:
    """Which check is to be made now, if one is: the latest that has come, and each once."""
    day_before, hours_before = (one.starts_at - BEFORE[advance] for advance in (Advance.DAY, Advance.HOURS))
    # A pass that is made later than this has its check when it is made.
    if one.made_at < hours_before <= now < one.starts_at and Advance.HOURS not in done:
        return Advance.HOURS
    if one.made_at < day_before <= now < hours_before and Advance.DAY not in done:
        return Advance.DAY
    is_new = one.made_at >= day_before and now < one.made_at + AT_ONCE
    return Advance.MADE if is_new and not done else None
