"""What becomes of codes."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class PinEnds:
    """For whoever made it, some time before."""

    name: ClassVar = "pin ends"
    number: int
    door: str
    label: str
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodesOutlive:
    """The right of `by` ends, or has ended, before codes that they made: the owners say what becomes of those.

    For each code its door, number, label and end; `revocable` are the numbers of those that can be taken back.
    `is_of_guests`: it is the right of guests that is gone, and `by` made the codes for their passes.
    """

    name: ClassVar = "codes outlive"
    by: str
    doors: tuple[str, ...]
    numbers: tuple[int, ...]
    labels: tuple[str, ...]
    ends: tuple[datetime, ...]
    revocable: tuple[int, ...]
    is_of_guests: bool = False


CodeEvent: TypeAlias = PinEnds | CodesOutlive
"""What becomes of codes."""
