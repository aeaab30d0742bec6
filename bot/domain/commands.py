"""A command from the request to its outcome: what is asked of a door, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import TypeAlias

from bot.domain.actions import Action
from bot.domain.batteries import Forecast
from bot.domain.codes import Pin, PinRequest
from bot.domain.doors import Door
from bot.domain.readings import Bolt, Reading
from bot.domain.remarks import Remark


class How(StrEnum):
    """What the person did to ask."""

    COMMAND = "command"
    BUTTON = "button"
    CONFIRMATION = "confirmation"
    """The button under the question whether it is really meant."""
    SECOND_FACTOR = "second factor"
    """A one-time code, after the door wanted one."""
    TIMER = "timer"
    """Nobody asked: the house does it by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """Who asks for what at which door, where, when, and in which update.

    `asked_at`: UTC seconds by Telegram's clock, never later than the asking. `update_key` is unique per update.
    """

    update_key: str
    person_id: int
    person_name: str
    chat_id: int
    thread_id: int | None
    action: Action
    door: str
    # Telegram gives a press no date, and may deliver it 150 s late: what counts is the earliest that is proved.
    asked_at: float
    is_confirmed: bool = False
    """Whether the caller pressed a one-time confirmation: the request is young, whatever the clock says."""
    pin: PinRequest | None = None
    """For `Action.PIN`: the code that is wanted."""
    issued_pin_id: int | None = None
    """For `Action.REVOKE`: the code to take back."""
    pass_id: int | None = None
    """For `Action.PIN`: the guest pass that the code is for."""
    shown_by: int | None = None
    """For `Action.PIN`: the number of the message, in the person's own chat, that will show the code."""
    how: How | None = None
    """None: nobody says."""
    one_time_code: str | None = field(default=None, repr=False)
    """Six digits of the caller's second factor, typed for this command. They are written nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """The record of a request. `outcome` is None while it is in flight."""

    id: int
    update_key: str
    person_id: int
    person_name: str
    chat_id: int
    thread_id: int | None
    door: str
    action: Action
    asked_at: datetime
    started_at: datetime
    ended_at: datetime | None
    outcome: "Result | None"


class Delivery(Enum):
    CONFIRMED = "confirmed"
    """The lock or its gateway says it is done."""
    # KAS answers 200 for what is in its queue, and never says what came of it.
    ACCEPTED = "accepted"
    """Queued somewhere; nobody can confirm it."""


class Result(StrEnum):
    CONFIRMED = "confirmed"
    """The lock or its gateway says it is done."""
    ACCEPTED = "accepted"
    """Queued; nobody can confirm it."""
    # Nobody but a person asks again: the door would open twice.
    UNKNOWN = "unknown"
    """It may have happened."""
    NOT_SENT = "not sent"
    REFUSED = "refused"
    """The lock said no and nothing moved."""
    DENIED = "denied"
    """Latchkey said no: nothing was sent. `Finished.reason` says why."""


class DenialReason(StrEnum):
    """Why Latchkey itself said no. The values stand in the journal, so they stay."""

    DUPLICATE = "duplicate"
    STALE = "stale"
    STRANGER = "stranger"
    NO_RIGHT = "no right"
    EXPIRED = "expired"
    NOT_YET = "not yet"
    OUTSIDE_HOURS = "outside hours"
    USED_UP = "used up"
    SUSPENDED = "suspended"
    OUT_OF_SCOPE = "out of scope"
    """A manager gives and takes only inside their own rights."""
    LAST_OWNER = "last owner"
    NEEDS_APPROVAL = "needs approval"
    """The right asks first: somebody else has to say yes."""
    NOT_APPROVER = "not approver"
    """Somebody else has to say yes, and not whoever asks."""
    NOT_KEYHOLDER = "not keyholder"
    NEEDS_SECOND_FACTOR = "needs second factor"
    """The right, or the door, wants a one-time code."""
    NO_SECOND_FACTOR = "no second factor"
    """It wants one, and the person has set none up."""
    SECOND_FACTOR_OUTDATED = "second factor outdated"
    """The bot has another token than when it was set up."""
    WRONG_CODE = "wrong code"
    """The one-time code is not right, or was used before."""
    SECOND_FACTOR_LOCKED = "second factor locked"
    """Too many of them were wrong."""
    OWN_SECOND_FACTOR = "own second factor"
    """Nobody resets their own."""
    NEEDS_CONFIRMATION = "needs confirmation"
    """The door asks once more: it is asked back."""
    COOLING_DOWN = "cooling down"
    """The person was refused too often a moment ago."""
    TOO_MANY_OPENINGS = "too many openings"
    """As many as one person may make in an hour."""
    LOCKDOWN = "lockdown"
    """Nobody but owners opens this door for now."""
    OWNERS_ONLY = "owners only"
    WITHDRAWN = "withdrawn"
    """The right was taken, or ended, after the request and before anything was sent."""
    NO_SUCH_DOOR = "no such door"
    UNSUPPORTED = "unsupported"
    IN_FLIGHT = "in flight"
    CLOSING = "closing"
    NOT_RECORDED = "not recorded"
    ANOTHER_BOT = "another bot"
    LIST_UNCONFIRMED = "list unconfirmed"
    PIN_GONE = "pin gone"
    """The code has ended or was revoked before."""
    CLOCK_DOUBTED = "clock doubted"
    """Nobody knows how old the request is: it is asked back."""
    LIST_CHANGED = "list changed"
    """The button was under another list than the one that waits."""
    NOT_IN_OWNER_IDS = "not in OWNER_IDS"
    """An owner by promotion confirms no list."""
    PIN_TOO_LONG = "pin too long"
    """The code would outlive the right it is made by."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The command is recorded and on its way to the lock."""

    door: Door


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What came of a request. `seconds`: from its record to the lock's answer."""

    action: Action
    result: Result
    door: Door | None = None
    reason: DenialReason | None = None
    problem: Remark | None = None
    seconds: float = 0.0
    age: float = 0.0
    """How many seconds after the asking it was looked at."""
    other: Command | None = None
    """The command in the way of this one."""
    pin: Pin | None = None
    limit: datetime | None = None
    """For `PIN_TOO_LONG`: when the right ends."""
    opens_at: datetime | None = None
    """For a no that becomes a yes by itself: when."""
    tries_left: int | None = None
    """For `WRONG_CODE`: how many more may be wrong."""
    is_recorded: bool = True
    """False while the disk refuses the outcome; it is tried again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the lock looked like `seconds` after its answer: evidence, never an outcome."""

    bolt: Bolt
    seconds: float


Progress: TypeAlias = Sent | Finished | Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusResult:
    """The answer to a status request: a live reading, or the last one and why there is no newer one."""

    door: Door | None = None
    reason: DenialReason | None = None
    reading: Reading | None = None
    problem: Remark | None = None
    detail: Remark | None = None
    """For owners: what stands between the bot and the lock is doing."""
    forecast: Forecast | None = None
    """For owners: how long the battery will last, if that is known."""
    every_seconds: float | None = None
    """How often the lock is read, as things are."""
    is_unclear: bool = False
    """Whether the door may have moved since the reading, by a command without a clear answer."""
