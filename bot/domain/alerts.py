"""Faults that stand for a while, and that somebody may take on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AlertKind(StrEnum):
    """What is wrong with a door. The names are stored, so they stay."""

    REACH = "reach"
    BOLT = "bolt"
    """Jammed, or nobody knows where it is."""
    BATTERY = "battery"
    LEFT_OPEN = "left open"

    def matter(self, door: str) -> str:
        """What notices of it are about."""
        return f"{self} {door}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """`by_id`, `by` and `taken_at`: who is on it, if anybody is."""

    kind: AlertKind
    door: str
    since: datetime
    by_id: int | None = None
    by: str | None = None
    taken_at: datetime | None = None
