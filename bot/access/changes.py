"""What a change of the people list is made of, and why one is not made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.people import Grant, Person, Role

GIVERS = (Role.OWNER, Role.MANAGER)


class AlreadyHandled(Exception):
    """The update came again: the list was changed by it already, and perhaps by others since."""


class Heritage(StrEnum):
    """What becomes of the rights that somebody gave who goes."""

    END = "end"
    TAKE_OVER = "take over"
    """Whoever sends them away answers for them from then on."""


class HeritageUndecided(Exception):
    """The person gave rights, and nobody said what becomes of them."""


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person of the list with every right of their own."""

    person: Person
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """The grant that was given, and those that it replaced."""

    grant: Grant
    before: tuple[Grant, ...] = ()


def role_of(grants: Iterable[Grant]) -> Role:
    """What somebody new is: a guest, if every right of theirs ends."""
    return Role.GUEST if all(grant.ends_at is not None for grant in grants) else Role.MEMBER


def ends_of(grants: Iterable[Grant]) -> datetime | None:
    """When the last of these rights ends; None if one has no end."""
    ends = [grant.ends_at for grant in grants]
    return None if None in ends else max(filter(None, ends), default=None)
