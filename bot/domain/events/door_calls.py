"""A call from a door: who is called, how far it is, and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.door_calls import CallEnd, CallPart, Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCalled:
    """For whoever is called now: they answer with the buttons of the message.

    `is_last`: nobody is left to be called after them.
    """

    name: ClassVar = "door called"
    call: int
    person: int
    by: str
    door: str
    part: CallPart
    can_open: bool
    is_last: bool
    cause: Cause
    cause_at: datetime | None
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCallClosed:
    """For those who were called, on their cards. `edits`: the message that called."""

    name: ClassVar = "door call closed"
    of: str
    person: int
    door: str
    end: CallEnd
    by: str | None
    at: datetime
    edits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCallGoesOn:
    """For who stands at the door: everybody who was called so far. `answers`: empty while that one is called.

    `edits`: the message that said so before, where its number is known.
    """

    name: ClassVar = "door call goes on"
    call: int
    door: str
    names: tuple[str, ...]
    parts: tuple[CallPart, ...]
    answers: tuple[str, ...]
    is_over: bool
    edits: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorCallEnded:
    """For who stands at the door. `by` and `part`: who answered. `host`: who answers for their right."""

    name: ClassVar = "door call ended"
    door: str
    end: CallEnd
    by: str | None
    part: CallPart | None
    host: str
    host_id: int
    at: datetime


DoorCallEvent: TypeAlias = DoorCalled | DoorCallClosed | DoorCallGoesOn | DoorCallEnded
