"""What is asked of a door and what came of it: the values between control and whoever talks to people."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from bot.access import Action, Why
from bot.doors import Door
from bot.drivers.base import Bolt, Delivery, Pin
from bot.drivers.errors import LockError, NotSent, Refused, Unsupported
from storage.records import Command, MadePin, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Who asks for which door, where, when, and in which update.

    `asked_at`: UTC seconds by Telegram's clock, never later than the asking. `update_key` is unique per update.
    """

    update_key: str
    person_id: int
    person_name: str
    chat_id: int
    thread_id: int | None
    door: str
    asked_at: float


class Result(StrEnum):
    CONFIRMED = "confirmed"
    """The lock or its gateway says it is done."""
    ACCEPTED = "accepted"
    """Queued; nobody can confirm it."""
    UNKNOWN = "unknown"
    """It may have happened."""
    NOT_SENT = "not sent"
    REFUSED = "refused"
    """The lock said no and nothing moved."""
    DENIED = "denied"
    """Latchkey said no: nothing was sent. `Outcome.reason` says why."""


class Reason(StrEnum):
    """Why Latchkey itself said no."""

    DUPLICATE = "this update was seen before"
    STALE = "it came too late"
    STRANGER = "not on the allowlist"
    NO_RIGHT = "no right"
    EXPIRED = "the right has ended"
    NO_SUCH_DOOR = "there is no such door"
    UNSUPPORTED = "this lock cannot do that"
    IN_FLIGHT = "another command is in flight"
    CLOSING = "Latchkey is stopping"
    NOT_RECORDED = "it could not be recorded"
    ANOTHER_BOT = "a second bot uses the same token"
    LIST_UNCONFIRMED = "the people list was restored and is not confirmed"


REASONS = {Why.STRANGER: Reason.STRANGER, Why.NO_GRANT: Reason.NO_RIGHT, Why.EXPIRED: Reason.EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the lock looked like afterwards; never itself an outcome."""

    bolt: Bolt
    seconds: float
    """From the answer to the reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an ask. `seconds`: from the ask being recorded to the lock's answer."""

    result: Result
    action: Action
    door: Door | None = None
    reason: Reason | None = None
    error: LockError | None = None
    seconds: float = 0.0
    age: float = 0.0
    """How many seconds after the asking it was looked at."""
    other: Command | None = None
    """The command in the way of this one."""
    pin: Pin | None = None
    recorded: bool = True
    evidence: "asyncio.Task[Evidence | None] | None" = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The answer to a status ask: a live reading, or the last sighting and why there is no newer one."""

    door: Door | None = None
    reason: Reason | None = None
    sighting: Sighting | None = None
    error: LockError | None = None


Answer = Delivery | Pin | MadePin
"""What a driver's verb gives back."""


def classify(answer: Answer | LockError) -> Result:
    """The truth about a send: only what is sure is called sure."""
    if isinstance(answer, (Pin, MadePin)) or answer is Delivery.CONFIRMED:
        return Result.CONFIRMED
    if answer is Delivery.ACCEPTED:
        return Result.ACCEPTED
    if isinstance(answer, NotSent):
        return Result.NOT_SENT
    if isinstance(answer, (Refused, Unsupported)):
        return Result.REFUSED
    return Result.UNKNOWN
