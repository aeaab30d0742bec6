"""What the locks did, or what was seen of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.commands import DenialReason
from bot.domain.readings import Bolt
from bot.domain.remarks import Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class BoltChanged:
    """`by`: who gave a command without an answer that explains it; None: somebody else's doing. `was`: told before."""

    name: ClassVar = "bolt"
    door: str
    bolt: Bolt
    at: datetime
    by: str | None = None
    was: Bolt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockUnreachable:
    """`others`: doors behind the same gateway or cloud, of which none answers. `is_still`: this was told before."""

    name: ClassVar = "unreachable"
    door: str
    at: datetime
    since: datetime | None = None
    problem: Remark | None = None
    others: tuple[str, ...] = ()
    is_still: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReachable:
    """`others` came back with it. `moved`: which of them look different since `since`, and `bolts`: how each does."""

    name: ClassVar = "reachable"
    door: str
    at: datetime
    others: tuple[str, ...] = ()
    since: datetime | None = None
    moved: tuple[str, ...] = ()
    bolts: tuple[Bolt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryChanged:
    name: ClassVar = "battery"
    door: str
    is_low: bool
    percent: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryRunsLow:
    """It will be low (below `low_percent`) at `low_at`, which is soon, if it goes on as it did."""

    name: ClassVar = "battery runs low"
    door: str
    percent: int
    low_percent: int
    percent_a_day: float
    low_at: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FirmwareChanged:
    """Of the door's lock, or of the gateway that it shares with `others`."""

    name: ClassVar = "firmware"
    door: str
    is_gateway: bool
    was: str
    now: str
    at: datetime
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayClockWrong:
    """The gateway of the door, and of `others`, has a wrong clock that could not be set; `is_over`: not any more."""

    name: ClassVar = "gateway clock"
    door: str
    is_over: bool
    at: datetime
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLeftOpen:
    """A door stands open since `since`. `is_not_closed`: the house tried to close it, and `reason` or `problem` says
    what came of it.
    """

    name: ClassVar = "left open"
    door: str
    since: datetime
    at: datetime
    is_not_closed: bool = False
    reason: DenialReason | None = None
    problem: Remark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLate:
    """A door stands open at the hour at which it is asked whether it may."""

    name: ClassVar = "open late"
    door: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOpen:
    """Somebody answered that it may."""

    name: ClassVar = "leave open"
    door: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOpenEnded:
    """A door of which it was told that it stands open is closed."""

    name: ClassVar = "left open ended"
    door: str
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockReminder:
    """The owners must see to a lock some time soon."""

    name: ClassVar = "reminder"
    door: str
    remark: Remark
    at: datetime


LockEvent: TypeAlias = (
    BoltChanged
    | LockUnreachable
    | LockReachable
    | BatteryChanged
    | DoorLeftOpen
    | OpenLate
    | LeaveOpen
    | BatteryRunsLow
    | FirmwareChanged
    | GatewayClockWrong
    | LeftOpenEnded
    | LockReminder
)
