"""What people asked of the doors, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, How, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandFinished:
    """A door moved, or may have, or a code was made or revoked, because somebody asked the bot."""

    name: ClassVar = "command"
    door: str
    action: Action
    result: Result
    by: str
    at: datetime
    how: How | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandInterrupted:
    """Latchkey stopped before the outcome of a command; `at` is when the command started."""

    name: ClassVar = "recovered"
    door: str
    action: Action
    by: str
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
class TryRefused:
    """Somebody on the list wanted what their rights do not allow."""

    name: ClassVar = "refused"
    door: str
    action: Action
    person: int
    by: str
    reason: DenialReason
    at: datetime
    how: How | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangersTurnedAway:
    """How often people who are not on the list wanted something since then; no door is named."""

    name: ClassVar = "strangers"
    count: int
    since: datetime
    at: datetime


CommandEvent: TypeAlias = CommandFinished | CommandInterrupted | PinMade | TryRefused | StrangersTurnedAway
