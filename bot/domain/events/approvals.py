"""Somebody asks to be let in, and others answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.approvals import ApprovalAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """Somebody whose right asks first wants a door opened: an approver answers with the buttons of the message."""

    name: ClassVar = "approval asked"
    request: int
    person: int
    by: str
    door: str
    votes_needed: int
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAnswered:
    """For who asked, where they asked. `ends_at` and `uses_left` of the right that was given."""

    name: ClassVar = "approval answered"
    of: str
    door: str
    answer: ApprovalAnswer
    by: str | None
    ends_at: datetime | None
    uses_left: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalClosed:
    """For the other approvers. `edits`: the message that asked."""

    name: ClassVar = "approval closed"
    of: str
    person: int
    door: str
    answer: ApprovalAnswer
    by: str | None
    at: datetime
    edits: int


ApprovalEvent: TypeAlias = ApprovalAsked | ApprovalAnswered | ApprovalClosed
