"""What notices are about: several of one matter share a message, and a fault stands until it ends."""

from bot.domain.alerts import AlertKind
from bot.domain.commands import Result
from bot.domain.events import (
    AlertAcknowledged,
    AlertEnded,
    BatteryChanged,
    BatteryRunsLow,
    BoltChanged,
    CommandFinished,
    DoorLeftOpen,
    Event,
    LeaveOpen,
    LeftOpenEnded,
    LockReachable,
    LockUnreachable,
    OpenLate,
    SpaceAsked,
    SpaceClosed,
    SpaceHeld,
    TryRefused,
)
from bot.domain.notices import is_quiet
from bot.domain.readings import Bolt

# They change what was told of the matter, and are nothing where nothing was told.
AMENDING = (AlertAcknowledged, AlertEnded)


def matter_of(event: Event) -> str | None:
    """What the event is about, where several in a row are one matter; None: each is a message of its own."""
    match event:
        case BoltChanged(door=door):
            return AlertKind.BOLT.matter(door)
        case LockUnreachable(door=door) | LockReachable(door=door):
            return AlertKind.REACH.matter(door)
        case BatteryChanged(door=door) | BatteryRunsLow(door=door):
            return AlertKind.BATTERY.matter(door)
        case DoorLeftOpen(door=door) | LeftOpenEnded(door=door) | OpenLate(door=door) | LeaveOpen(door=door):
            return AlertKind.LEFT_OPEN.matter(door)
        case AlertAcknowledged(kind=kind, door=door) | AlertEnded(kind=kind, door=door):
            return kind.matter(door)
        case SpaceAsked() | SpaceHeld() | SpaceClosed(is_answer=True):
            return "space"
        case TryRefused(door=door, person=person):
            return f"refused {person} {door}"
    return None


def alert_of(event: Event) -> AlertKind | None:
    """The fault that begins, or goes on, with the event."""
    match event:
        case LockUnreachable():
            return AlertKind.REACH
        case BoltChanged(bolt=Bolt.JAMMED | Bolt.UNKNOWN):
            return AlertKind.BOLT
        case BatteryChanged(is_low=True):
            return AlertKind.BATTERY
        case DoorLeftOpen():
            return AlertKind.LEFT_OPEN
    return None


def ended_alert_of(event: Event) -> AlertKind | None:
    """The fault that ends with the event, if it stood."""
    # Not LEFT_OPEN: `LeftOpenEnded` says itself that it is over, and it would be told twice.
    match event:
        case LockReachable():
            return AlertKind.REACH
        case BoltChanged(bolt=Bolt.LOCKED | Bolt.UNLOCKED):
            return AlertKind.BOLT
        case BatteryChanged(is_low=False):
            return AlertKind.BATTERY
    return None


def replaces(event: Event) -> bool:
    """Whether it takes the place of what was told of the matter before, however long ago."""
    answers = LeftOpenEnded | LeaveOpen | SpaceHeld | SpaceClosed
    return isinstance(event, answers) or (isinstance(event, LockUnreachable) and event.is_still)


def joins(event: Event) -> bool:
    """Whether it may be added to a message that made its sound already."""
    # Telegram makes no sound for an edit. A jammed bolt, or a door that stands open, must be heard.
    return is_quiet(event) or isinstance(event, LockUnreachable | BatteryChanged)


def is_one_of_many(event: Event) -> bool:
    """What people did, each a line: lines that wait together become one message."""
    return isinstance(event, CommandFinished) and event.result in (Result.CONFIRMED, Result.ACCEPTED)
