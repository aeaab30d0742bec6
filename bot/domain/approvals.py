"""Somebody wants a door opened, and others say yes or no: with a right that asks first, or by breaking a glass."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ApprovalAnswer(StrEnum):
    """What became of the question."""

    ONCE = "once"
    HOUR = "hour"
    REFUSED = "refused"
    EXPIRED = "expired"
    """Nobody answered in time."""
    LAPSED = "lapsed"
    """What it rests on, a right that asks first or a glass, is not the same any more: there was nothing to allow."""


ALLOWING = (ApprovalAnswer.ONCE, ApprovalAnswer.HOUR)
CHOICES = (*ALLOWING, ApprovalAnswer.REFUSED)
"""What an approver can say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """`chat_id` and `thread_id`: where it was asked, and is answered. `votes_needed`: so many must say yes.

    `answered_by` is the name of who gave the answer that counts.
    """

    id: int
    person_id: int
    person_name: str
    door: str
    chat_id: int
    thread_id: int | None
    votes_needed: int
    asked_at: datetime
    expires_at: datetime
    answer: ApprovalAnswer | None = None
    answered_by: str | None = None
    grant_id: int | None = None
    """The right that was given."""
    glass_id: int | None = None
    """The glass that is broken; None: a right asks first."""
    silent: timedelta | None = None
    """How long no owner has said a word, of those who were told and would have been heard. None: nobody is told."""
    seen_owner: str | None = None
    """The name of an owner who showed a sign of life since, where their silence is waited for."""
