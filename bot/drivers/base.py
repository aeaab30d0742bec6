"""What every lock driver is: its verbs, and what it is given to do its work."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import Annotated, ClassVar, Protocol
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from bot.domain.calendars import Window
from bot.domain.codes import Listing, Pin, PinRequest
from bot.domain.commands import Delivery
from bot.domain.daily import parse_minute, spell_minute
from bot.domain.doors import Capability, ConfirmWhen
from bot.domain.readings import LockCheck, LockStatus, PeerStatus
from bot.domain.remarks import Remark
from bot.domain.schedules import NotHours, parse_hours
from bot.domain.second_factor import NEVER
from bot.drivers.errors import TooLate, Unsupported, Withdrawn
from bot.drivers.values import confirm_when, hours_or_never


class Deadline:
    """Until when a command's first byte may leave: until `at`, until the right to it ends, or until it is withdrawn.

    All moments are on `clock`, which must count the time the machine slept.
    """

    def __init__(
        self,
        at: float,
        clock: Callable[[], float],
        *,
        right_ends_at: float | None = None,
        caller: int = 0,
        is_owner: bool = False,
    ) -> None:
        # Whose command it is: `RequestQueue` serves people in turn, and owners first.
        self.caller = caller
        self.is_owner = is_owner
        self._at = at
        self._clock = clock
        self._right_ends_at = right_ends_at
        self._is_withdrawn = False
        self._waits: set[asyncio.Timeout] = set()

    def remaining(self) -> float:
        """Seconds in which something may still be sent; zero or less when nothing may."""
        if self._is_withdrawn:
            return 0.0
        end = self._at if self._right_ends_at is None else min(self._at, self._right_ends_at)
        return end - self._clock()

    def right_remaining(self) -> float | None:
        """Seconds until the right ends; None if it does not."""
        return None if self._right_ends_at is None else self._right_ends_at - self._clock()

    def check(self) -> None:
        """Raises Withdrawn or TooLate if nothing may be sent any more."""
        self.check_right()
        if self.remaining() <= 0:
            raise TooLate

    def check_right(self) -> None:
        """Raises Withdrawn if the right is gone. Does not look at `at`."""
        if self._is_withdrawn or (self._right_ends_at is not None and self._clock() >= self._right_ends_at):
            raise Withdrawn

    def withdraw(self) -> None:
        """Let nothing be sent from now on."""
        self._is_withdrawn = True
        # Whoever waits for a busy gateway is told at once, not when its turn comes.
        for wait in self._waits:
            if not wait.expired():
                wait.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[None]:
        """Around everything that is waited for before the first byte. Raises Withdrawn or TooLate."""
        self.check()
        # A timeout that `withdraw` can move: the task is not cancelled from outside, so its caller sees a LockError.
        wait = asyncio.timeout(self.remaining())
        try:
            async with wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError:
            # A timeout of somebody else's inside the block is not ours to explain.
            if not wait.expired():
                raise
            self.check()
            # The timeout runs on the loop's clock, which may be a little ahead of ours.
            raise TooLate from None


def waiting(deadline: Deadline | None) -> AbstractAsyncContextManager[None]:
    """`Deadline.waiting`, for what may be a command or a query."""
    return nullcontext() if deadline is None else deadline.waiting()


class Counters(Protocol):
    """Numbers that only ever grow, across restarts and clock steps (R8 of docs/trials.md)."""

    async def next(self, name: str, now: int) -> int:
        """`now`, or more if `now` was used before under this name. It is on disk before it is returned."""


class Peer(Protocol):
    """A gateway or a cloud between the bot and its locks: one object, whatever the number of doors behind it."""

    name: str
    """The same after a restart; no secret."""
    tells_firmware: bool
    is_clock_wrong: bool | None
    """Whether its clock is wrong and could not be set right; None where nobody knows."""

    async def look(self) -> PeerStatus:
        """Ask how it is; signs nothing and moves nothing. Raises a `LockError`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverContext:
    """What a driver is given by the composition root, so that tests can give it other clocks and peers."""

    counters: Counters
    now: Callable[[], float]
    """UTC seconds since 1970 by the best clock there is."""
    monotonic: Callable[[], float]
    """Seconds that never go back, for pauses."""
    sleep: Callable[[float], Awaitable[None]]
    timezone: str = "UTC"
    transport: httpx.AsyncBaseTransport | None = None
    """None: real sockets."""


class DoorSettings(BaseModel):
    """The settings every door has; each vendor adds its own. Unknown names are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    driver: str
    is_readable: ClassVar[bool] = True
    """Whether locks of this kind say what their bolt does."""
    is_closable: ClassVar[bool] = True

    title: str = Field(default="", max_length=40)
    confirm: Annotated[ConfirmWhen, confirm_when] = ConfirmWhen.NEVER
    second_factor: Annotated[str, hours_or_never] = NEVER
    open_reminder_minutes: int | None = Field(default=None, ge=1, le=10_080)
    auto_lock_minutes: int | None = Field(default=None, ge=1, le=1_440)
    auto_lock_hours: str | None = None
    """The hours of the week in which the auto-lock works, on the wall of the house."""
    close_at: str | None = None
    ask_if_open_at: str | None = None
    battery_low_percent: int | None = Field(default=None, ge=1, le=99)
    """None: what holds for the house."""

    @field_validator("battery_low_percent")
    @classmethod
    def _tells_battery(cls, percent: int | None) -> int | None:
        if percent is not None and not cls.is_readable:
            raise ValueError("is not possible, as this lock does not say how full its battery is: leave it out")
        return percent

    @field_validator("open_reminder_minutes", "auto_lock_minutes", "close_at", "ask_if_open_at")
    @classmethod
    def _is_possible(cls, timer: int | str | None, field: ValidationInfo) -> int | str | None:
        if timer is not None and not cls.is_readable:
            raise ValueError("is not possible, as this lock does not say whether it is open: leave it out")
        if timer is not None and field.field_name in ("auto_lock_minutes", "close_at") and not cls.is_closable:
            raise ValueError("is not possible, as the bot cannot close this lock: leave it out")
        return timer

    @field_validator("auto_lock_hours")
    @classmethod
    def _are_hours(cls, hours: str | None, field: ValidationInfo) -> str | None:
        if hours is not None and field.data.get("auto_lock_minutes") is None:
            raise ValueError("needs AUTO_LOCK_MINUTES as well")
        try:
            # Any zone will do to see whether it can be read: the house's own is not known to a door.
            return hours and str(parse_hours(hours, ZoneInfo("UTC")))
        except NotHours:
            raise ValueError("must be hours of the week, like 22:00-07:00 or mon-fri 18-8, sat 0-24") from None

    @field_validator("close_at", "ask_if_open_at")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        try:
            return None if text is None else spell_minute(parse_minute(text))
        except NotHours:
            raise ValueError("must be a time of the day, like 23:00") from None


class LockDriver:
    """One door. Verbs return what the peer said or raise a `LockError`; only `status()` speaks of the bolt.

    A verb that moves the bolt or makes a code sends at most one request that can act, and not after its deadline.
    """

    capabilities: Capability
    identity: str
    """Which physical lock this is, the same for as long as it is that lock; no secret. Like "the_keys:45961123"."""
    connection: str = ""
    """The gateway or account that doors share, by a name without secrets; empty if the door shares none."""
    travel_seconds: float = 0.0
    """How long after a confirmed command the bolt is at rest and worth reading."""

    async def unlock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("unsupported.unlock")

    async def lock(self, deadline: Deadline) -> Delivery:
        raise Unsupported("unsupported.lock")

    async def status(self) -> LockStatus:
        raise Unsupported("unsupported.status")

    async def poll(self, known: LockStatus | None) -> LockStatus:
        """The cheapest true reading: `known` again where the system says that nothing changed."""
        return await self.status()

    async def create_pin(self, request: PinRequest, deadline: Deadline) -> Pin:
        raise Unsupported("unsupported.pins")

    def windows_near(self, wanted: Window) -> list[Window]:
        """Between what moments a code can work: `wanted` alone if that is possible, else the nearest. Asks nobody."""
        return [wanted]

    async def pins(self) -> Listing:
        """The codes that the lock system lists."""
        raise Unsupported("unsupported.pins")

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        raise Unsupported("unsupported.revoke_pins")

    async def synchronise(self) -> None:
        """Bring lock, gateway and cloud in step."""
        raise Unsupported("unsupported.sync")

    def peers(self) -> Sequence[Peer]:
        """What stands between the bot and the lock, the nearest first."""
        return ()

    async def settle(self) -> None:
        """Make any earlier unanswered request undeliverable; nothing to do where no request can be replayed."""

    def reminder(self) -> Remark | None:
        """What the owner should do by hand before long; None while there is nothing."""
        return None

    async def check(self) -> LockCheck:
        """Look closely, for the owner; raises a `LockError` that says what is wrong."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Close all connections."""
