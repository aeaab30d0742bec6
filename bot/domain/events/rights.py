"""What became of somebody's rights or of their place on the list."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.actions import Action


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


RightEvent: TypeAlias = (
    RightGiven | RightChanged | RightTaken | RightBegins | RightEnds | RightEnded | StandingChanged | RightsRestored
)
