"""A call from a door: somebody does not get in, and people are called in turn until one of them answers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from bot.domain.commands import DenialReason
from bot.domain.doors import Door
from bot.domain.policy import Verdict
from bot.domain.remarks import Remark

# Each person who does not hear it costs whoever stands at the door so long. The timekeeper looks twice a minute.
PATIENCE = timedelta(seconds=60)
# A lock that was asked to open has answered by then, or never will.
OPENING = timedelta(minutes=2)
# A card that is delivered later has no buttons: nobody knows who stands at the door by then.
CARD_LASTS = timedelta(minutes=30)
# Calls of one person: each may wake everybody who answers for the door.
MOST_AN_HOUR, MOST_A_NIGHT, NIGHT = 3, 8, timedelta(hours=12)
# A right that begins or ended so near is worth waking a host for; a further one is not.
NEAR = timedelta(days=1)
# Whoever has such a right now may call neighbours, too.
ANYBODY = (None, DenialReason.NEEDS_APPROVAL, DenialReason.NEEDS_SECOND_FACTOR)
# Whether such a right is enough is for hosts to say: no neighbour is called.
HOSTS_ONLY = (DenialReason.USED_UP, DenialReason.OUTSIDE_HOURS, DenialReason.LOCKDOWN)


class CallPart(StrEnum):
    """Why this person is called."""

    HOST = "host"
    CO_HOST = "co-host"
    NEIGHBOUR = "neighbour"


class CallAnswer(StrEnum):
    """What became of calling one person. Stored, so the names stay."""

    OPENING = "opening"
    # A press first, and the link to the guest after it: of a button with a link Telegram tells the bot nothing.
    CALLING = "calling"
    NOT_NOW = "not now"
    NO_ANSWER = "no answer"
    FAILED = "failed"
    """They asked the lock to open, and certainly nothing moved."""


class CallEnd(StrEnum):
    """How a call ended. Stored, so the names stay."""

    OPENED = "opened"
    UNCLEAR = "unclear"
    """The lock was asked to open and gave no clear answer."""
    CALLING = "calling"
    """Somebody talks to whoever stands at the door."""
    GOT_IN = "got in"
    NOBODY = "nobody"
    DENIED = "denied"
    """Whoever called has no right there any more."""


class Cause(StrEnum):
    """Why somebody probably does not get in."""

    NOT_YET = "not yet"
    OVER = "over"
    OUTSIDE_HOURS = "outside hours"
    USED_UP = "used up"
    LOCKDOWN = "lockdown"
    SUSPENDED = "suspended"
    ASKS_FIRST = "asks first"
    SECOND_FACTOR = "second factor"
    SHUT = "shut"
    """The bot moves no door at the moment."""
    UNREACHABLE = "unreachable"
    JAMMED = "jammed"
    BATTERY = "battery"
    OPEN = "open"
    """The bolt is open already."""
    CODE = "code"
    """There is a code, which can be mistyped."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyCause:
    """`at`: since when, or until when. `problem`: what the lock system says, or how the code is typed."""

    cause: Cause
    at: datetime | None = None
    percent: int | None = None
    problem: Remark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCall:
    """`chat_id` and `thread_id`: where the person asked, and is told. `message_id` tells there how far it is."""

    id: int
    person_id: int
    person_name: str
    door: str
    chat_id: int
    thread_id: int | None
    cause: Cause
    cause_at: datetime | None
    began_at: datetime
    message_id: int | None = None
    end: CallEnd | None = None
    answered_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledPerson:
    """`since` None: it is not their turn yet. `message_id`: the card in their own chat."""

    person_id: int
    name: str
    part: CallPart
    can_open: bool
    since: datetime | None = None
    answer: CallAnswer | None = None
    message_id: int | None = None

    def has_waited(self, now: datetime) -> bool:
        """Whether it is the next one's turn, or nobody will hear any more of the opening."""
        # A lock takes its time, and the next one who is called would open the same door again.
        patience = OPENING if self.answer is CallAnswer.OPENING else PATIENCE
        return self.is_awaited and self.since is not None and self.since + patience <= now

    @property
    def is_awaited(self) -> bool:
        return self.since is not None and self.answer in (None, CallAnswer.OPENING)


class Calling(Enum):
    """What became of the wish to call somebody."""

    NOW = auto()
    ALREADY = auto()
    TOO_OFTEN = auto()
    NOBODY = auto()
    NOT_NEAR = auto()
    """The right begins much later, ended long ago or is suspended: nobody is woken for that."""


@dataclass(frozen=True, slots=True)
class Begun:
    door: Door
    causes: tuple[LikelyCause, ...]
    calling: Calling
    host: CalledPerson | None


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """`is_theirs`: the answer counts. Otherwise the call had ended before, as it says, or somebody else is opening."""

    call: DoorCall
    person: CalledPerson
    is_theirs: bool


def may_call(verdict: Verdict, now: datetime) -> bool:
    """Whether somebody with this verdict at a door may call those who answer for it."""
    grant = verdict.grant
    if verdict.reason is DenialReason.NOT_YET and grant and grant.starts_at:
        return grant.starts_at - now <= NEAR
    if verdict.reason is DenialReason.EXPIRED and grant and grant.ends_at:
        return now - grant.ends_at <= NEAR
    return verdict.reason in ANYBODY or verdict.reason in HOSTS_ONLY
