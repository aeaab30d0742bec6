"""One simulated KAS lock, and the instructions and codes it is sent."""

from dataclasses import dataclass, field

from simulators.request_log import LoggedRequest
from simulators.simulator import Allowed

BOLTS = ("locked", "unlocked")

CHANGES: Allowed = {
    "bolt": BOLTS,
    "admin": bool,
    "gateway_online": bool,
    "autolock_seconds": float,
    "clock_set": bool,
    "timestamp_synced_at": float,
}


@dataclass(frozen=True, slots=True)
class Password:
    """A code in one of the lock's slots; times are `YYYYMMDDHHmm` as they were sent."""

    password_id: int
    password: str = field(repr=False)
    password_start_time: str
    password_end_time: str
    password_name: str = ""


@dataclass(frozen=True, slots=True)
class PinCode:
    """A code computed by the cloud; the lock knows nothing of it until somebody types it."""

    digits: str = field(repr=False)
    mode: int
    duration: int
    start_time: int


@dataclass(slots=True)
class KasLock:
    factory_number: str
    bolt: str = "locked"
    admin: bool = True
    """Whether the account that holds the key administers this lock."""
    gateway_online: bool = True
    autolock_seconds: float = 5.0
    clock_set: bool = True
    timestamp_synced_at: float = 0.0
    """When the app last set the lock's timestamp; codes are good for 11 months from it."""
    passwords: dict[int, Password] = field(default_factory=dict)
    pins: list[PinCode] = field(default_factory=list)
    relocks_at: float | None = None


@dataclass(slots=True)
class Instruction:
    """A queued call on its way through the gateway to the lock."""

    what: str
    lock: KasLock
    due: float
    request: LoggedRequest
    password: Password | None = None
    held: bool = False
    """It was due while the gateway was away, and is delivered when that comes back."""
