"""A guest's stay: one object that holds a link, rights and codes, and ends as one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

TOLD_BEFORE = timedelta(hours=3)
# Of the end of so short a pass nobody has to be told.
SHORT = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestPass:
    """`uses`: openings of each door; None: not counted."""

    id: int
    label: str
    doors: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    uses: int | None
    host_id: int
    host_name: str
    made_at: datetime
    invitation_id: int | None = None
    first_used_at: datetime | None = None
    revoked_at: datetime | None = None
    zone: str | None = None
    """That of the guest, where the host said it."""

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.ends_at

    @property
    def tell_end_at(self) -> datetime | None:
        """When the host is told that it ends soon."""
        length = self.ends_at - self.starts_at
        # A quarter at most, or a pass of three hours would be told of as soon as it begins.
        return None if length <= SHORT else self.ends_at - min(TOLD_BEFORE, length / 4)

    def overlaps(self, other: "GuestPass") -> bool:
        is_at_once = self.starts_at < other.ends_at and other.starts_at < self.ends_at
        return self.id != other.id and is_at_once and bool(set(self.doors) & set(other.doors))


def overlapping(one: GuestPass, others: Iterable[GuestPass]) -> list[GuestPass]:
    return [other for other in others if one.overlaps(other)]
