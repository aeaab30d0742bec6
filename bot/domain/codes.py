"""Codes that open a door at its keypad. Their digits are for one private message and are never stored."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.remarks import Remark

SOON = timedelta(hours=3)
# Of the end of so short a code nobody has to be told.
SHORT = timedelta(hours=2)
# Telegram lets a bot delete a message for 48 hours only, and nobody knows when such a code ends.
SHOWN_WITHOUT_END = timedelta(days=1)
# The Keys' help page says that a code reaches the lock within about ten seconds; meanwhile its list may lack it.
SETTLING = timedelta(minutes=5)


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

    # `repr=False`: what is logged or raised shows no digits.
    digits: str = field(repr=False)
    handle: str | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    note: Remark | None = None


class PinState(Enum):
    """What is known of a code that was made and neither revoked nor over."""

    BEGINS_LATER = auto()
    WORKS = auto()
    """The lock system lists it, or promised it."""
    SHOULD_WORK = auto()
    """Nobody can confirm it."""
    ENDS_SOON = auto()
    MISSING = auto()
    """The lock system does not list it, and nobody revoked it here."""
    REVOKING = auto()
    """It was asked to be revoked, and was still listed afterwards, or nobody could look."""


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
    label: str = ""
    """For whom it is; empty for codes of earlier versions."""
    starts_at: datetime | None = None
    note: Remark | None = None
    """What was known of its validity, and how to type it; None for codes of earlier versions."""
    is_revoke_asked: bool = False
    outlives_right: bool = False
    """Whether the owners were asked what becomes of it, since its maker's right ends before it."""

    @property
    def until(self) -> datetime | None:
        """When it probably ends."""
        return self.ends_at or self.asked_until

    @property
    def tell_end_at(self) -> datetime | None:
        """When its maker is told that it ends soon."""
        begins = self.starts_at or self.made_at
        # A pass tells of its own end, and its codes end with it.
        if self.until is None or self.pass_id is not None or self.until - begins <= SHORT:
            return None
        # A quarter at most, or a code of three hours would be told of as soon as it begins.
        return self.until - min(SOON, (self.until - begins) / 4)

    def state(self, now: datetime, listed: "Listing | None") -> PinState:
        """`listed`: what the lock system lists now; None if it cannot say."""
        is_listed = listed.has(self) if listed and self.handle is not None else None
        # Also where it was asked to be revoked: one that is not listed any more is gone, and no longer being revoked.
        if is_listed is False and now - self.made_at > SETTLING:
            return PinState.MISSING
        if self.is_revoke_asked:
            return PinState.REVOKING
        if self.starts_at and now < self.starts_at:
            return PinState.BEGINS_LATER
        if self.until and self.until - now <= SOON:
            return PinState.ENDS_SOON
        # KAS's offline codes stand in no list, and nothing is promised of them.
        return PinState.WORKS if is_listed or self.ends_at else PinState.SHOULD_WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPin:
    """A code of which something is still to be done. `message_id`: the message that shows its digits, if one does."""

    pin: IssuedPin
    is_untold: bool
    """Whether it may still be told that it ends."""
    message_id: int | None
    is_revoked: bool

    @property
    def delete_at(self) -> datetime | None:
        """When its message is to be deleted: at its end, and at once if that was brought forward."""
        if self.message_id is None:
            return None
        # The time of its making is over, so the message goes at once.
        return self.pin.made_at if self.is_revoked else self.pin.until or self.pin.made_at + SHOWN_WITHOUT_END


@dataclass(frozen=True, slots=True)
class Listing:
    """The codes that a lock system lists: label by handle, empty where it does not tell the label."""

    labels: dict[str, str]

    def has(self, pin: IssuedPin) -> bool:
        # The number alone proves nothing: a slot may have been emptied by hand, and hold somebody else's code now.
        label = self.labels.get(pin.handle or "")
        # A vendor may have kept the beginning of a long name only.
        return label is not None and (not pin.label or pin.label.startswith(label))
