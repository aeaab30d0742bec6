"""Who wants to come in, and who came."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAsked:
    """Somebody who is not on the list asks to come in: an owner answers with the buttons of the message."""

    name: ClassVar = "join asked"
    request: int
    person: int
    by: str
    username: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAnswered:
    """Another owner answered first. `of`: who asked. `edits`: the message that asked, where it is known."""

    name: ClassVar = "join answered"
    person: int
    of: str
    answer: str
    by: str
    doors: tuple[str, ...]
    ends_at: datetime | None
    at: datetime
    edits: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAccepted:
    """For the person who asked: one message, however many doors it is about."""

    name: ClassVar = "join accepted"
    doors: tuple[str, ...]
    ends_at: datetime | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRefused:
    """For the person who asked."""

    name: ClassVar = "join refused"
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationClaimed:
    """Who came, for whoever invited them. `grants`: the numbers of the rights they got."""

    name: ClassVar = "invitation claimed"
    person: int
    by: str
    doors: tuple[str, ...]
    # One press takes all of them back, where the link reached the wrong person.
    grants: tuple[int, ...]
    at: datetime


JoinEvent: TypeAlias = JoinAsked | JoinAnswered | JoinAccepted | JoinRefused | InvitationClaimed
