"""Where events are told: the chats that subscribed, to what, how loud, and what waits for them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import MOVES
from bot.domain.commands import Result
from bot.domain.events import (
    BatteryChanged,
    BoltChanged,
    CommandFinished,
    CommandInterrupted,
    DoorLeftOpen,
    Event,
    InvitationClaimed,
    LeftOpenEnded,
    LockReachable,
    LockUnreachable,
    PinMade,
)
from bot.domain.readings import Bolt


class Kind(StrEnum):
    """What a chat can subscribe to. The names are stored, so they stay."""

    MOVES = "moves"
    TROUBLE = "trouble"
    BATTERY = "battery"
    PEOPLE = "people"
    CODES = "codes"


AT_FIRST = frozenset({Kind.MOVES, Kind.TROUBLE, Kind.BATTERY})
"""What a chat hears that only said "on": who may come in and who made a code is told where it is asked for."""


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
    quiet: QuietHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """An event waiting to be told to one chat."""

    id: int
    chat_id: int
    thread_id: int | None
    event: Event


@dataclass(frozen=True, slots=True)
class NoticeMessage:
    """The last message about a matter in a chat, with the sentences it holds."""

    number: int
    texts: tuple[str, ...]
    sent_at: datetime


def kinds_of(event: Event) -> frozenset[Kind]:
    """Whoever subscribed to one of these is told."""
    match event:
        case CommandFinished(action=action) if action not in MOVES:
            return frozenset({Kind.CODES})
        case CommandFinished(result=Result.CONFIRMED | Result.ACCEPTED):
            return frozenset({Kind.MOVES})
        case BoltChanged(bolt=Bolt.LOCKED | Bolt.UNLOCKED, was=None | Bolt.LOCKED | Bolt.UNLOCKED):
            return frozenset({Kind.MOVES})
        case CommandFinished() | CommandInterrupted() | BoltChanged() | DoorLeftOpen() | LeftOpenEnded():
            return frozenset({Kind.MOVES, Kind.TROUBLE})
        case LockReachable(moved=moved) if moved:
            return frozenset({Kind.MOVES, Kind.TROUBLE})
        case BatteryChanged():
            return frozenset({Kind.BATTERY})
        case PinMade():
            return frozenset({Kind.CODES})
        case InvitationClaimed():
            return frozenset({Kind.PEOPLE})
    return frozenset({Kind.TROUBLE})


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
        case LockUnreachable(is_still=is_still):
            return is_still
        case PinMade() | InvitationClaimed() | LeftOpenEnded():
            return True
    return False


def matter_of(event: Event) -> str | None:
    """What the event is about, where several in a row are one matter; None: each is a message of its own."""
    match event:
        case BoltChanged(door=door):
            return f"bolt {door}"
        case LockUnreachable(door=door) | LockReachable(door=door):
            return f"reach {door}"
        case BatteryChanged(door=door):
            return f"battery {door}"
        case DoorLeftOpen(door=door) | LeftOpenEnded(door=door):
            return f"left open {door}"
    return None


def replaces(event: Event) -> bool:
    """Whether it takes the place of what was told of the matter before, however long ago."""
    return isinstance(event, LeftOpenEnded) or (isinstance(event, LockUnreachable) and event.is_still)


def joins(event: Event) -> bool:
    """Whether it may be added to a message that made its sound already. A jammed bolt may not."""
    return is_quiet(event) or isinstance(event, LockUnreachable | BatteryChanged)
