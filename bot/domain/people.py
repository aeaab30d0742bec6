"""People on the allowlist and their rights."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import Action

EVERY_DOOR = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on the allowlist, by Telegram's numeric user id: names change hands, ids do not."""

    id: int
    name: str
    added_by: int
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right: person × door (or every door) × actions × until when. A person may have several for one door."""

    id: int
    person_id: int
    door: str
    actions: frozenset[Action]
    ends_at: datetime | None
    granted_by: int
    granted_at: datetime

    def is_live(self, now: datetime) -> bool:
        return self.ends_at is None or now < self.ends_at

    def covers(self, door: str, action: Action) -> bool:
        needed = Action.PIN if action is Action.REVOKE else action
        return self.door in (door, EVERY_DOOR) and needed in self.actions


@dataclass(frozen=True, slots=True)
class Rights:
    """A person as a decision sees them, read from the database in the transaction that records the command."""

    person_id: int
    person: Person | None
    is_owner: bool
    grants: tuple[Grant, ...] = ()

    @property
    def known(self) -> bool:
        return self.is_owner or self.person is not None
