"""Who may do what, when, and why: one pure function, and its default is no."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.records import EVERY_DOOR, Grant, Person


class Action(StrEnum):
    OPEN = "open"
    CLOSE = "close"
    STATUS = "status"
    PIN = "pin"
    REVOKE = "revoke"
    """Take a code back: whoever may make codes for the door may."""


MOVES = (Action.OPEN, Action.CLOSE)
GRANTABLE = (Action.OPEN, Action.CLOSE, Action.STATUS, Action.PIN)


class Why(StrEnum):
    OWNER = "owner"
    GRANTED = "granted"
    STRANGER = "stranger"
    NO_GRANT = "no grant"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Verdict:
    allowed: bool
    why: Why


@dataclass(frozen=True, slots=True)
class Rights:
    """A person as the decision sees them, read from the database in the transaction that records the command."""

    person: Person | None
    is_owner: bool
    grants: tuple[Grant, ...]

    @property
    def known(self) -> bool:
        return self.is_owner or self.person is not None


def decide(rights: Rights, *, door: str, action: Action, now: datetime) -> Verdict:
    if rights.is_owner:
        return Verdict(True, Why.OWNER)
    if rights.person is None:
        return Verdict(False, Why.STRANGER)
    needed = Action.PIN if action is Action.REVOKE else action
    fitting = [grant for grant in rights.grants if grant.door in (door, EVERY_DOOR) and needed in grant.actions]
    if any(is_live(grant, now) for grant in fitting):
        return Verdict(True, Why.GRANTED)
    return Verdict(False, Why.EXPIRED if fitting else Why.NO_GRANT)


def is_live(grant: Grant, now: datetime) -> bool:
    return grant.ends_at is None or now < grant.ends_at
