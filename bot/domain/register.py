"""The people list as it is read: a page of it, and everybody who may open a door."""

from dataclasses import dataclass

from bot.domain.history import Use
from bot.domain.people import Grant, Person
from bot.domain.policy import Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """A person with every right of their own and their last use of any."""

    person: Person
    grants: tuple[Grant, ...]
    last: Use | None = None


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """`number` of `count` pages; `total`: how many people fit what was searched for."""

    entries: tuple[Entry, ...]
    number: int
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a right to open a door, or the members of a group (`person` None)."""

    person: Person | None
    chat_id: int | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Holders:
    """Who may open a door: now, otherwise within a week, whose right ends within a week, who has not for 90 days."""

    now: tuple[Holder, ...]
    this_week: tuple[Holder, ...]
    ends_soon: tuple[Holder, ...]
    unused: tuple[Holder, ...]
