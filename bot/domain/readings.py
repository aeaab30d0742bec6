"""What a lock said of itself, and what is kept of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.remarks import Remark


class Bolt(StrEnum):
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    JAMMED = "jammed"
    # Never a guess: a client of The Keys that began with "unlocked" told of openings that never were.
    UNKNOWN = "unknown"


SHOWN_BY = {Action.OPEN: Bolt.UNLOCKED, Action.CLOSE: Bolt.LOCKED}
"""What a bolt looks like once a move is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockStatus:
    """What the lock said of itself; `read_at` (UTC) is when the bolt was read, not when this was passed on."""

    bolt: Bolt
    read_at: datetime
    battery_percent: int | None = None
    # The percent is reckoned from it, and the formulas that clients of The Keys use differ by ten points and more.
    battery_mv: int | None = None
    rssi_dbm: int | None = None
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """What a gateway or a cloud says of itself: `says` is for owners."""

    says: Remark
    firmware: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPeer:
    """What was last known of a gateway or a cloud, and told: `is_clock_wrong`."""

    name: str
    firmware: str | None = None
    is_clock_wrong: bool = False


@dataclass(frozen=True, slots=True)
class LockCheck:
    """A lock that was looked at closely: what is so, and what somebody should see to."""

    facts: tuple[Remark, ...]
    doubts: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """What the groups were last told of a door, so that a restart tells nothing twice; None: nothing yet."""

    bolt: Bolt | None = None
    is_reachable: bool = True
    is_battery_low: bool | None = None
    away_since: datetime | None = None
    """While it cannot be reached: since when."""
    bolt_since: datetime | None = None
    """When the bolt was first seen in this position."""
    runs_low: bool = False
    """Whether it was told that the battery will be low soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The last status of a door's lock with its age. `failures` counts failed readings in a row since then."""

    door: str
    bolt: Bolt
    read_at: datetime | None = None
    battery_percent: int | None = None
    battery_mv: int | None = None
    rssi_dbm: int | None = None
    firmware: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    problem: Remark | None = None
    announced: Announced = Announced()

    @property
    def newest(self) -> "Reading":
        """The same, but the bolt as a command left it that was confirmed after the reading."""
        told = self.announced
        # Just after /open the last reading is older than the confirmed command, which says more.
        if told.bolt is None or told.bolt_since is None or (self.read_at and told.bolt_since <= self.read_at):
            return self
        return replace(self, bolt=told.bolt, read_at=told.bolt_since)


def rssi_word(dbm: int | None) -> str:
    """How good the radio link is, in a word people know."""
    if dbm is None:
        return "unknown"
    if dbm >= -65:
        return "strong"
    return "fair" if dbm >= -80 else "weak"
