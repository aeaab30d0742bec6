"""Break glass: a sealed opening for an emergency, for several people who agree or for one when no owner is there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from bot.domain.people import Person

LEAST_SILENCE, MOST_SILENCE = timedelta(hours=1), timedelta(days=30)
MOST_KEYHOLDERS = 10
# For the other keyholders to agree: they have to hear it first, and one of them stands at the door.
PATIENCE = timedelta(minutes=10)
# Whoever breaks it stands at the door already. For longer it would be a right like any other.
RIGHT_LASTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Keyholder:
    """`listed_at`: since when they were on the list when the glass was set up."""

    person_id: int
    name: str
    listed_at: datetime

    def is_still(self, person: Person | None) -> bool:
        # The id alone would make a keyholder of somebody who was sent away and came back as a guest.
        return person is not None and person.added_at == self.listed_at and not person.is_suspended


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """So many keyholders must agree (`votes_needed`), or one of them waits for so long a `silence` of all owners.

    `set_by`: the owner who answers for it. `broken_at`: it was used, and holds nothing until an owner renews it.
    """

    id: int
    door: str
    keyholders: tuple[Keyholder, ...]
    votes_needed: int
    silence: timedelta | None
    set_by: int
    set_by_name: str
    set_at: datetime
    broken_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: int | None = None

    def keyholder(self, person_id: int) -> Keyholder | None:
        return next((one for one in self.keyholders if one.person_id == person_id), None)


@dataclass(frozen=True, slots=True)
class OwnerSign:
    """The last sign of life of an owner: anything they wrote, pressed or did that Telegram told the bot."""

    person_id: int
    name: str
    at: datetime


class GlassChange(StrEnum):
    """What an owner did to a glass. The names are stored, so they stay."""

    SET = "set"
    REVOKED = "revoked"
    RESTORED = "restored"
    RENEWED = "renewed"
    VOID = "void"
    """Nobody did anything: the owner who set it is none any more, or the records are in doubt."""


class GlassStep(StrEnum):
    """What happens while a glass is being broken. The names are stored, so they stay."""

    ASKED = "asked"
    AGREED = "agreed"
    OPENED = "opened"
    """The door may be opened, once."""
    REFUSED = "refused"
    EXPIRED = "expired"
    OWNER_SEEN = "owner seen"
    """An owner showed a sign of life."""
    LAPSED = "lapsed"
    """It holds no more: revoked, locked down, or somebody is no keyholder any more."""
    USED = "used"


class GlassReader(StrEnum):
    """Who is told, and so which buttons are under it."""

    OWNER = "owner"
    KEYHOLDER = "keyholder"
    OPENER = "opener"
    """Whoever broke the glass."""


@dataclass(frozen=True, slots=True)
class GlassState:
    """`able`: the keyholders who can still break it. `is_sponsored`: whoever set it up is still an owner."""

    glass: Glass
    able: tuple[Keyholder, ...]
    is_sponsored: bool

    @property
    def is_whole(self) -> bool:
        return self.is_sponsored and self.glass.broken_at is None and self.glass.revoked_at is None

    @property
    def has_enough(self) -> bool:
        return len(self.able) >= self.glass.votes_needed


class Unfit(Enum):
    """Why somebody cannot be a keyholder."""

    NOT_LISTED = auto()
    SUSPENDED = auto()
    OWNER = auto()
    """They open the door anyway, and it is their silence that is waited for."""


class WhyNot(Enum):
    """Why somebody cannot break this glass now."""

    NOT_THEIRS = auto()
    """There is no such glass, or they are no keyholder of it, or not any more."""
    SUSPENDED = auto()
    BROKEN = auto()
    """It was used, or nobody answers for it: an owner must renew it."""
    TOO_FEW = auto()
    """There are not enough keyholders left who could agree."""
    LOCKED_DOWN = auto()
    NO_DOOR = auto()
    CLOCK_DOUBTED = auto()
    ALREADY = auto()
    """It is being broken just now."""
    TOO_OFTEN = auto()


@dataclass(frozen=True, slots=True)
class Prospect:
    """What breaking this glass would mean. `owners` and `keyholders`: the names of those who hear of it."""

    state: GlassState | None
    why_not: WhyNot | None
    owners: tuple[str, ...] = ()
    keyholders: tuple[str, ...] = ()
    chats: int = 0
