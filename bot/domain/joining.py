"""How somebody comes in who is not on the list: they ask, or they are invited."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.people import Grant


class JoinAnswer(StrEnum):
    """What became of a request to come in."""

    LET_IN = "let in"
    REFUSED = "refused"
    BANNED = "banned"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinRequest:
    """`answered_by`: the name of who answered, as everybody is told who was asked as well."""

    id: int
    person_id: int
    name: str
    username: str | None
    asked_at: datetime
    answer: JoinAnswer | None = None
    answered_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Rights for the one person who claims it first. `grants` say nothing of a person yet."""

    id: int
    grants: tuple[Grant, ...]
    invited_by: int
    inviter_name: str
    invited_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    claimed_at: datetime | None = None
    claimed_by: int | None = None

    def is_open(self, now: datetime) -> bool:
        return self.claimed_at is None and self.revoked_at is None and now < self.expires_at


class ClaimRefusal(StrEnum):
    """Why an invitation lets nobody in. The values stand in the journal."""

    UNKNOWN = "unknown"
    TAKEN = "taken"
    ALREADY_YOURS = "already theirs"
    EXPIRED = "expired"
    REVOKED = "revoked"
    BANNED = "banned"
    OWN = "own"
    """Whoever invited, or an owner, tries the link: it stays good."""
    WITHDRAWN = "withdrawn"
    """Whoever invited may not let anybody in to that any more."""
