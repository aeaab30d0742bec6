"""What every lock driver is: its verbs, and the values they speak in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, Flag, StrEnum, auto
from typing import Protocol

import httpx
from pydantic import BaseModel, ConfigDict, Field

from bot.drivers.errors import TooLate, Unsupported


class Bolt(StrEnum):
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    JAMMED = "jammed"
    UNKNOWN = "unknown"


class Capability(Flag):
    UNLOCK = auto()
    LOCK = auto()
    STATUS = auto()
    PINS = auto()
    REVOKE_PINS = auto()
    SYNC = auto()


class Delivery(Enum):
    CONFIRMED = "confirmed"
    """The lock or its gateway says it is done."""
    ACCEPTED = "accepted"
    """Queued somewhere; nobody can confirm it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockStatus:
    """What the lock said of itself; `read_at` (UTC) is when the bolt was read, not when this was passed on."""

    bolt: Bolt
    read_at: datetime
    battery_percent: int | None = None
    battery_mv: int | None = None
    rssi_dbm: int | None = None
    firmware: str | None = None


def rssi_word(dbm: int | None) -> str:
    """How good the radio link is, in a word people know."""
    if dbm is None:
        return "unknown"
    if dbm >= -65:
        return "strong"
    return "fair" if dbm >= -80 else "weak"


@dataclass(frozen=True, slots=True, kw_only=True)
class PinAsk:
    """A code for one door, from `starts_at` (UTC) for `duration`; `label` names it in the vendor's own lists."""

    starts_at: datetime
    duration: timedelta
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A code that was made. The digits are for one private message and are never stored.

    `handle` revokes it (None: this kind cannot be revoked). `starts_at` and `ends_at` are set only where the lock
    system itself promises them. `note` says in one sentence what is known of its validity and how to type it.
    """

    digits: str = field(repr=False)
    handle: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last moment at which a command's first byte may leave.

    The clock must count the time the machine slept; it is asked again right before the bytes go out.
    """

    at: float
    clock: Callable[[], float]

    def remaining(self) -> float:
        """Seconds left; zero or less when it has passed."""
        return self.at - self.clock()

    def check(self) -> None:
        if self.remaining() <= 0:
            raise TooLate("It was not sent: by the time the lock could take it, it was too late.")


class Stamps(Protocol):
    """The timestamp book: numbers that only ever grow, across restarts and clock steps."""

    async def next(self, name: str, now: int) -> int:
        """A number above every earlier one of this name, `now` if that will do; on disk before it is returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a driver is given by the composition root, so that tests can give it another world."""

    stamps: Stamps
    now: Callable[[], float]
    """UTC seconds since 1970 by the best clock there is."""
    monotonic: Callable[[], float]
    """Seconds that never go back, for pacing and back-off."""
    sleep: Callable[[float], Awaitable[None]]
    timezone: str = "UTC"
    transport: httpx.AsyncBaseTransport | None = None
    """None: real sockets."""


class DoorSettings(BaseModel):
    """The settings every door has; each vendor adds its own. Unknown names are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    driver: str
    title: str = Field(default="", max_length=40)
    confirm: bool = False


class LockDriver:
    """One door. Verbs return what the far side said or raise a `LockError`; only `status()` speaks of the bolt.

    A verb that moves the bolt or makes a code sends at most one request that can act, and not after its deadline.
    """

    capabilities: Capability
    travel_seconds: float = 0.0
    """How long after a confirmed command the bolt is at rest and worth reading."""

    async def unlock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("This lock cannot be opened from here.")

    async def lock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("This lock cannot be closed from here.")

    async def status(self) -> LockStatus:
        raise Unsupported("This lock cannot be asked for its state.")

    async def poll(self, known: LockStatus | None) -> LockStatus:
        """The cheapest reading that is still true: `known` again where the system says nothing changed."""
        return await self.status()

    async def create_pin(self, ask: PinAsk, deadline: Deadline) -> Pin:
        raise Unsupported("This lock cannot make codes.")

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        raise Unsupported("Codes of this lock cannot be revoked.")

    async def synchronise(self) -> None:
        """Bring lock, gateway and cloud in step."""
        raise Unsupported("There is nothing to synchronise here.")

    async def settle(self) -> None:
        """Make any earlier unanswered request undeliverable."""

    def reminder(self) -> str | None:
        """What the owner should do by hand before long, in one sentence; None while there is nothing."""
        return None

    async def check(self) -> str:
        """One line on what is right, for the owner; raises a `LockError` that says what is wrong."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Let go of sockets."""
