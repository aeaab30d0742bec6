"""What happened: each kind is a class, kept in the outbox as data and said when it is delivered.

A class's `name` and the names of its fields are stored, so they stay.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias, get_args

from bot.domain.actions import Action
from bot.domain.approvals import ApprovalAnswer
from bot.domain.commands import DenialReason, Result
from bot.domain.readings import Bolt
from bot.domain.remarks import Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFinished:
    """A door moved, or may have, or a code was made or revoked, because somebody asked the bot."""

    name: ClassVar = "command"
    door: str
    action: Action
    result: Result
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInterrupted:
    """Latchkey stopped before the outcome of a command; `at` is when the command started."""

    name: ClassVar = "recovered"
    door: str
    action: Action
    by: str
    at: datetime


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PinMade:
    """A code was made; `ends_at` None: the lock system promises no end."""

    name: ClassVar = "pin made"
    door: str
    by: str
    at: datetime
    asked_until: datetime | None
    ends_at: datetime | None
    is_revocable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutRight:
    """What of a right its person, or with `of` its sponsor, is told. `door` None: every door."""

    name: ClassVar[str]
    door: str | None
    actions: tuple[Action, ...]
    ends_at: datetime | None
    starts_at: datetime | None = None
    hours: str | None = None
    uses_left: int | None = None
    asks_first: bool | None = None
    needs_second_factor: bool | None = None
    is_suspended: bool | None = None
    of: str | None = None
    """Whose right it is, where somebody else is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightGiven(AboutRight):
    name: ClassVar = "granted"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightChanged(AboutRight):
    name: ClassVar = "right changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightTaken(AboutRight):
    name: ClassVar = "right taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightBegins(AboutRight):
    """Soon."""

    name: ClassVar = "right begins"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightEnds(AboutRight):
    """In a day, or less."""

    name: ClassVar = "right ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class RightEnded(AboutRight):
    name: ClassVar = "right ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingChanged:
    """What somebody is on the list: their role, suspended or not, or not on it any more. None: as before."""

    name: ClassVar = "standing"
    role: str | None = None
    is_suspended: bool | None = None
    is_removed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsRestored:
    """A change was undone."""

    name: ClassVar = "rights restored"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAsked:
    """Somebody who is not on the list asks to come in: an owner answers with the buttons of the message."""

    name: ClassVar = "join asked"
    request: int
    person: int
    by: str
    username: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAnswered:
    """Another owner answered first. `of`: who asked. `edits`: the message that asked, where it is known."""

    name: ClassVar = "join answered"
    person: int
    of: str
    answer: str
    by: str
    doors: tuple[str, ...]
    ends_at: datetime | None
    at: datetime
    edits: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAccepted:
    """For the person who asked: one message, however many doors it is about."""

    name: ClassVar = "join accepted"
    doors: tuple[str, ...]
    ends_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRefused:
    """For the person who asked."""

    name: ClassVar = "join refused"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationClaimed:
    """Who came, for whoever invited them. `grants`: the numbers of the rights they got."""

    name: ClassVar = "invitation claimed"
    person: int
    by: str
    doors: tuple[str, ...]
    grants: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """Somebody whose right asks first wants a door opened: an approver answers with the buttons of the message."""

    name: ClassVar = "approval asked"
    request: int
    person: int
    by: str
    door: str
    votes_needed: int
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswered:
    """For who asked, where they asked. `ends_at` and `uses_left` of the right that was given."""

    name: ClassVar = "approval answered"
    of: str
    door: str
    answer: ApprovalAnswer
    by: str | None
    ends_at: datetime | None
    uses_left: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalClosed:
    """For the other approvers. `edits`: the message that asked."""

    name: ClassVar = "approval closed"
    of: str
    person: int
    door: str
    answer: ApprovalAnswer
    by: str | None
    at: datetime
    edits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PassUsed:
    """A guest opened a door for the first time, for their host."""

    name: ClassVar = "pass used"
    label: str
    by: str
    door: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassEnds:
    """For the host, some time before."""

    name: ClassVar = "pass ends"
    number: int
    label: str
    doors: tuple[str, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassExtended:
    """For the guest."""

    name: ClassVar = "pass extended"
    doors: tuple[str, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRevoked:
    """For the guest."""

    name: ClassVar = "pass revoked"
    doors: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownBegan:
    """Nobody but owners opens this door; `door` None: every door. `ends_at` None: until an owner ends it."""

    name: ClassVar = "lockdown began"
    door: str | None
    by: str
    at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownEnded:
    """`by` None: its time was over."""

    name: ClassVar = "lockdown ended"
    door: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnotherBot:
    """Telegram says that somebody else asks for this bot's updates; `is_over`: not any more."""

    name: ClassVar = "another bot"
    is_over: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDoubted:
    """Telegram's time contradicts itself; `is_over`: not any more."""

    name: ClassVar = "clock doubted"
    is_over: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsDoubted:
    """Why no door moves until an owner looks at the people list: `loss`, or `differences` between list and journal."""

    name: ClassVar = "records doubted"
    loss: str | None
    differences: tuple[str, ...]
    at: datetime


class Stopped(StrEnum):
    """Why a chat cannot be written to."""

    GONE = "gone"
    """The group was deleted, or the bot is not in it any more."""
    FORBIDDEN = "forbidden"
    """The bot may not write there. Notices wait."""
    TOPIC_CLOSED = "topic closed"
    """Notices wait."""
    TOPIC_DELETED = "topic deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesStopped:
    """A group that subscribed gets no notices, or none for the time being."""

    name: ClassVar = "notices stopped"
    chat: str
    why: Stopped
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLost:
    """The last word on a command, which reached neither the chat it was asked in nor the caller's own."""

    name: ClassVar = "reply lost"
    by: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayedReply:
    """A reply that did not get through, as it was written `at`; `edits` is the message it replaces."""

    name: ClassVar = "answer"
    text: str
    edits: int | None
    at: datetime


Event: TypeAlias = (
    CommandFinished
    | CommandInterrupted
    | BoltChanged
    | LockUnreachable
    | LockReachable
    | BatteryChanged
    | DoorLeftOpen
    | LeftOpenEnded
    | LockReminder
    | PinMade
    | RightGiven
    | RightChanged
    | RightTaken
    | RightBegins
    | RightEnds
    | RightEnded
    | StandingChanged
    | RightsRestored
    | JoinAsked
    | JoinAnswered
    | JoinAccepted
    | JoinRefused
    | InvitationClaimed
    | ApprovalAsked
    | ApprovalAnswered
    | ApprovalClosed
    | PassUsed
    | PassEnds
    | PassExtended
    | PassRevoked
    | LockdownBegan
    | LockdownEnded
    | AnotherBot
    | ClockDoubted
    | RecordsDoubted
    | NoticesStopped
    | ReplyLost
    | DelayedReply
)
EVENTS: dict[str, type[Event]] = {kind.name: kind for kind in get_args(Event)}
