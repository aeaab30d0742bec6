"""Where events are told: the chats that subscribed, to what, how loud, and what waits for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.commands import Result
from bot.domain.events import (
    ArrivalChecked,
    BatteryChanged,
    BatteryRunsLow,
    BoltChanged,
    CommandFinished,
    CommandInterrupted,
    Digest,
    DoorCallGoesOn,
    DoorLeftOpen,
    Event,
    HeadTold,
    InvitationClaimed,
    LeaveOpen,
    LeftOpenEnded,
    LockReachable,
    LockUnreachable,
    OpenLate,
    PinMade,
    SpaceClosed,
    SpaceHeld,
    SpaceOpened,
    StrangersTurnedAway,
    TryRefused,
)
from bot.domain.readings import Bolt


class Kind(StrEnum):
    """What a chat can subscribe to. The names are stored, so they stay."""

    OPENED = "opened"
    CLOSED = "closed"
    REFUSED = "refused"
    """Tries that Latchkey said no to."""
    TROUBLE = "trouble"
    BATTERY = "battery"
    CODES = "codes"
    PEOPLE = "people"
    DIGEST = "digest"
    """Once a day what there is to say."""


# What a chat hears that only said "on": who may come in and who made a code is told where it is asked for.
AT_FIRST = frozenset({Kind.OPENED, Kind.CLOSED, Kind.TROUBLE, Kind.BATTERY})
OF_DOORS = frozenset({*AT_FIRST, Kind.REFUSED, Kind.CODES})
"""What can be chosen for each door by itself."""
FOR_EVERYBODY = AT_FIRST
"""What somebody who is no owner may be told, in their own chat, of the doors they have a right to."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From a minute of the local day until another one, over midnight if that is the earlier. Only trouble is told."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A chat that wants to know; `thread_id` is its topic, if it has topics."""

    chat_id: int
    thread_id: int | None
    title: str
    added_by: int
    added_at: datetime
    kinds: frozenset[Kind] = AT_FIRST
    doors: Mapping[str, frozenset[Kind]] = field(default_factory=dict)
    """What was chosen for a door by itself; `kinds` holds for the others."""
    quiet: QuietHours | None = None
    muted_until: datetime | None = None
    """Until then everything but alarms comes without a sound."""
    paused_until: datetime | None = None
    """Until then everything but alarms waits."""

    def kinds_at(self, door: str) -> frozenset[Kind]:
        return self.doors.get(door, self.kinds & OF_DOORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReader:
    """A chat that gets the digest. `minute` of the local day. `told_at` None: it asked for it just now."""

    chat_id: int
    thread_id: int | None
    added_by: int
    minute: int
    told_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """An event waiting to be told to one chat.

    `subscriber`: who wanted it told there. It is told only as far as their rights go, looked at when it is delivered.
    """

    id: int
    chat_id: int
    thread_id: int | None
    event: Event
    subscriber: int | None = None
    is_muted: bool = False


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """The last message about a matter in a chat, with the sentences it holds."""

    number: int
    texts: tuple[str, ...]
    sent_at: datetime
    is_alert: bool = False
    """Whether its newest sentence tells of a fault that stands."""


KIND_OF_MOVE = {Action.OPEN: Kind.OPENED, Action.CLOSE: Kind.CLOSED}
ANY_MOVE_OR_TROUBLE = frozenset({Kind.OPENED, Kind.CLOSED, Kind.TROUBLE})
OF_CLASS: Mapping[type[Event], frozenset[Kind]] = {
    DoorLeftOpen: frozenset({Kind.OPENED, Kind.TROUBLE}),
    LeftOpenEnded: frozenset({Kind.OPENED, Kind.TROUBLE}),
    OpenLate: frozenset({Kind.OPENED, Kind.TROUBLE}),
    LeaveOpen: frozenset({Kind.OPENED, Kind.TROUBLE}),
    BatteryChanged: frozenset({Kind.BATTERY}),
    BatteryRunsLow: frozenset({Kind.BATTERY}),
    PinMade: frozenset({Kind.CODES}),
    InvitationClaimed: frozenset({Kind.PEOPLE}),
    # A digest has a head of its own.
    HeadTold: frozenset(Kind) - {Kind.DIGEST},
    TryRefused: frozenset({Kind.REFUSED}),
    StrangersTurnedAway: frozenset({Kind.REFUSED}),
}


def kinds_of(event: Event) -> frozenset[Kind]:
    """Whoever subscribed to one of these is told."""
    match event:
        case CommandFinished(result=Result.CONFIRMED | Result.ACCEPTED):
            return frozenset({KIND_OF_MOVE.get(event.action, Kind.CODES)})
        # The door may have moved or not, so both are told: who wants moves, and who wants trouble.
        case CommandFinished() | CommandInterrupted():
            return frozenset({KIND_OF_MOVE.get(event.action, Kind.CODES), Kind.TROUBLE})
        case BoltChanged(bolt=Bolt.LOCKED | Bolt.UNLOCKED, was=None | Bolt.LOCKED | Bolt.UNLOCKED):
            return frozenset({Kind.OPENED if event.bolt is Bolt.UNLOCKED else Kind.CLOSED})
        case BoltChanged():
            # Into a fault, or out of one: whoever heard that it began hears that it is over.
            return ANY_MOVE_OR_TROUBLE
        case LockReachable(moved=moved) if moved:
            return ANY_MOVE_OR_TROUBLE
    # What nobody thought of is trouble: rather told too loudly than not at all.
    return OF_CLASS.get(type(event), frozenset({Kind.TROUBLE}))


def is_quiet(event: Event) -> bool:
    """Good news: told without a sound, and not in quiet hours."""
    match event:
        case CommandFinished(result=result):
            return result in (Result.CONFIRMED, Result.ACCEPTED)
        case BoltChanged(bolt=bolt):
            return bolt in (Bolt.LOCKED, Bolt.UNLOCKED)
        case LockReachable(bolts=bolts):
            return not {Bolt.JAMMED, Bolt.UNKNOWN} & set(bolts)
        case BatteryChanged(is_low=is_low):
            return not is_low
        # Only the beginning is heard: what is said again every hour of a night changes that message.
        case LockUnreachable(is_still=is_still):
            return is_still
        case PinMade() | InvitationClaimed() | LeftOpenEnded() | LeaveOpen() | BatteryRunsLow() | DoorCallGoesOn():
            return True
        case ArrivalChecked(to_mend=to_mend):
            return not to_mend
        case Digest() | HeadTold() | TryRefused() | StrangersTurnedAway():
            return True
        case SpaceOpened() | SpaceHeld() | SpaceClosed():
            return True
    return False


def is_alarm(event: Event) -> bool:
    """A door may stand open and nobody knows: told whatever is muted or paused."""
    match event:
        case CommandFinished(result=result):
            return result not in (Result.CONFIRMED, Result.ACCEPTED)
        case BoltChanged(bolt=bolt):
            return bolt in (Bolt.JAMMED, Bolt.UNKNOWN)
        case LockReachable(bolts=bolts):
            return bool({Bolt.JAMMED, Bolt.UNKNOWN} & set(bolts))
        case DoorLeftOpen(is_not_closed=is_not_closed):
            return is_not_closed
    return isinstance(event, CommandInterrupted)
