"""The journal as people ask for it: one entry for each request, with how it was asked and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import MOVES, Action
from bot.domain.commands import How, Result
from bot.domain.journal import Json
from bot.domain.readings import Bolt
from bot.domain.remarks import Remark


class Topic(StrEnum):
    """What somebody wants to read about."""

    MOVES = "moves"
    """Doors that were opened and closed, or should have been."""
    CODES = "codes"
    REFUSED = "refused"
    """What Latchkey said no to."""
    OTHER = "other"
    """People, rights, and what happened to the journal itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which entries are wanted; what is None does not matter. `until` is the first moment that is too late."""

    door: str | None = None
    person_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    topic: Topic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One request with its outcome and its evidence, or one thing that happened without a request.

    `name` is how the person was called then. `why`: the reason of a denial as the journal holds it; older versions
    wrote other words. `seconds`: from the request to the lock's answer. `seen` is evidence, never an outcome.
    """

    seq: int
    at: datetime
    kind: str
    command_id: int | None = None
    person_id: int | None = None
    name: str | None = None
    chat_id: int | None = None
    door: str | None = None
    action: str | None = None
    how: How | None = None
    result: Result | None = None
    why: str | None = None
    problem: Remark | None = None
    seconds: float | None = None
    seen: Bolt | None = None
    detail: Mapping[str, Json] = field(default_factory=dict)

    @property
    def is_private(self) -> bool | None:
        """Whether it was asked in the person's own chat with the bot; None where nobody asked."""
        # A private chat has the id of its person.
        return None if self.chat_id is None or self.how is How.TIMER else self.chat_id == self.person_id

    @property
    def is_unfinished(self) -> bool:
        """It was sent, and nothing is written of what came of it."""
        return self.kind == STARTED and self.result is None

    @property
    def topic(self) -> Topic:
        if self.kind in REFUSALS:
            return Topic.REFUSED
        if self.command_id is None:
            return Topic.OTHER
        return Topic.MOVES if self.action in MOVES else Topic.CODES


STARTED = "started"
DENIED = "denied"
REFUSALS = (DENIED, "stranger")
LATER = ("outcome", "evidence")
"""Kinds that belong to the entry of their command."""
CODE_ACTIONS = (Action.PIN, Action.REVOKE)


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Newest first. `older` asks for the page after this one; None: there is none.

    `names`: how the people are called whom the entries name by their id only.
    """

    entries: tuple[HistoryEntry, ...]
    older: int | None
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Openings:
    """How often a person opened doors in the quarter of an hour that begins `at`."""

    person_id: int
    # Quarters, since hours of time zones begin at them: Kathmandu is 5:45 ahead of UTC.
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Use:
    """Somebody used a right."""

    person_id: int
    door: str
    at: datetime
