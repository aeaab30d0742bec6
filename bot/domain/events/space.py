"""A space that opens when the first comes and closes when the last goes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.spaces import ClosingItem


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceOpened:
    """`door` None: somebody said so. `by` None: nobody knows who opened the door."""

    name: ClassVar = "space opened"
    space: str
    by: str | None
    door: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceAsked:
    """All doors are closed: is anybody still there?"""

    name: ClassVar = "space asked"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceHeld:
    """Somebody is: `by` says so and stays until then; `by` None: a door was opened again."""

    name: ClassVar = "space held"
    by: str | None
    until: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceClosed:
    """`by` None: nobody answered. `is_answer`: to the question. `doors` that stand open all the same."""

    name: ClassVar = "space closed"
    space: str
    by: str | None
    at: datetime
    is_answer: bool
    doors: tuple[str, ...]
    items: tuple[ClosingItem, ...]


SpaceEvent: TypeAlias = SpaceOpened | SpaceAsked | SpaceHeld | SpaceClosed
