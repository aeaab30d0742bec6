"""Codes that open a door at its keypad. Their digits are for one private message and are never stored."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.domain.remarks import Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class PinRequest:
    """A code for one door, from `starts_at` (UTC) for `duration`; `label` names it in the vendor's own lists."""

    starts_at: datetime
    duration: timedelta
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A code that was made.

    `handle` revokes it (None: this kind cannot be revoked). `starts_at` and `ends_at` are set only where the lock
    system itself promises them. `note` says what is known of its validity and how to type it.
    """

    digits: str = field(repr=False)
    handle: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: Remark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedPin:
    """What is kept of a code that was made.

    `ends_at` is what the lock system promises, `asked_until` what the person asked for. No `handle`: it cannot be
    revoked and ends by itself.
    """

    id: int
    door: str
    handle: str | None
    person_id: int
    person_name: str
    made_at: datetime
    asked_until: datetime | None
    ends_at: datetime | None
    pass_id: int | None = None
    """The guest pass it belongs to."""

    @property
    def until(self) -> datetime | None:
        """When it probably ends."""
        return self.ends_at or self.asked_until
