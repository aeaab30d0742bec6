"""Who may do what, when, and why not: one pure function, and its default is no."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actions import GRANTABLE, LETS_IN, MOVES, Action
from bot.domain.commands import DenialReason
from bot.domain.people import HOUSE_ID, Grant, Rights, Role

ASKED_OF_GRANTS = (*GRANTABLE, Action.REVOKE)
# Of several refusals the one that stands last here is told: it is nearest to a yes.
HOPEFUL = (
    DenialReason.EXPIRED,
    DenialReason.USED_UP,
    DenialReason.SUSPENDED,
    DenialReason.NOT_YET,
    DenialReason.OUTSIDE_HOURS,
    DenialReason.NEEDS_APPROVAL,
    DenialReason.NEEDS_SECOND_FACTOR,
)
MANAGERS_MAY = (Action.SEE_PEOPLE, Action.CHANGE_PEOPLE)


class Denied(Exception):
    """The verdict is no, and nothing was done."""

    def __init__(self, reason: DenialReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: the bounds of what time it can be. A right must hold at both."""

    earliest: datetime
    latest: datetime

    @classmethod
    def exactly(cls, moment: datetime) -> "Moment":
        return cls(moment, moment)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` says why not; `grant` by which right, or which one nearly is.

    `ends_at`: when this yes ends by itself. `opens_at`: when this no becomes a yes by itself.
    """

    reason: DenialReason | None = None
    grant: Grant | None = None
    ends_at: datetime | None = None
    opens_at: datetime | None = None

    @property
    def allowed(self) -> bool:
        return self.reason is None

    def lasts_as_long_as(self, other: "Verdict") -> bool:
        return self.ends_at is None or (other.ends_at is not None and other.ends_at <= self.ends_at)


def decide(rights: Rights, *, action: Action, now: Moment, door: str = "", is_proved: bool = False) -> Verdict:
    """`is_proved`: the person has given a right one-time code for this very command.

    True as well where the question is what somebody may do who has a code at hand.
    """
    # First the rights: who may not open is told why, and not asked for a code that would change nothing.
    verdict = _decide_by_rights(rights, action=action, now=now, door=door, is_proved=is_proved)
    hours = rights.second_factors.get(door)
    if hours is None or is_proved or not verdict.allowed or action not in LETS_IN:
        return verdict
    # A code made by day opens the door at night, without the bot. `or`: in doubt about the time a code is wanted.
    if action is Action.PIN or hours.contains(now.earliest) or hours.contains(now.latest):
        return replace(verdict, reason=DenialReason.NEEDS_SECOND_FACTOR, ends_at=None)
    # A command that waits into these hours would open without a code, so the yes ends when they begin.
    ends = (verdict.ends_at, hours.next_start(now.latest))
    return replace(verdict, ends_at=min(filter(None, ends)))


def _decide_by_rights(rights: Rights, *, action: Action, now: Moment, door: str, is_proved: bool) -> Verdict:
    if rights.person_id == HOUSE_ID:
        # Before everything else: whatever a list or a setting says of this id, the house opens nothing.
        return Verdict() if action is Action.CLOSE else Verdict(DenialReason.STRANGER)
    # Before the list is looked at: whoever the settings name cannot be shut out by a row of it.
    if rights.is_owner:
        return Verdict()
    if not rights.known:
        return Verdict(DenialReason.STRANGER)
    if rights.person and rights.person.is_suspended:
        return Verdict(DenialReason.SUSPENDED)
    if action not in ASKED_OF_GRANTS:
        return _decide_by_role(rights, action)
    fitting = [grant for grant in rights.valid_grants if rights.reaches(grant, door) and _covers(grant, action)]
    verdicts = [_decide_by_grant(grant, action, now, is_proved=is_proved) for grant in fitting]
    yes = [verdict for verdict in verdicts if verdict.allowed]
    if yes:
        return max(yes, key=_worth)
    return max(verdicts, key=_hope, default=Verdict(DenialReason.NO_RIGHT))


def _decide_by_role(rights: Rights, action: Action) -> Verdict:
    is_manager = rights.person is not None and rights.person.role is Role.MANAGER
    return Verdict() if is_manager and action in MANAGERS_MAY else Verdict(DenialReason.OWNERS_ONLY)


def _covers(grant: Grant, action: Action) -> bool:
    return (Action.PIN if action is Action.REVOKE else action) in grant.actions


def _decide_by_grant(grant: Grant, action: Action, now: Moment, *, is_proved: bool) -> Verdict:
    # While the time is in doubt every part must hold at both bounds: an end by the latest, a start by the earliest.
    if grant.is_suspended:
        return Verdict(DenialReason.SUSPENDED, grant)
    if grant.ends_at and grant.ends_at <= now.latest:
        return Verdict(DenialReason.EXPIRED, grant)
    if grant.uses_left is not None and grant.uses_left <= 0:
        return Verdict(DenialReason.USED_UP, grant)
    if grant.starts_at and grant.starts_at > now.earliest:
        return Verdict(DenialReason.NOT_YET, grant, opens_at=_open_from(grant, grant.starts_at))
    if grant.hours and not (grant.hours.contains(now.earliest) and grant.hours.contains(now.latest)):
        return Verdict(DenialReason.OUTSIDE_HOURS, grant, opens_at=_open_from(grant, now.latest))
    # A code opens at the keypad, without the bot: nobody would be asked.
    if grant.asks_first and action in (*MOVES, Action.PIN):
        return Verdict(DenialReason.NEEDS_APPROVAL, grant)
    if grant.needs_second_factor and action in LETS_IN and not is_proved:
        # After the approval: a right that wanted the code first would never come to ask anybody.
        return Verdict(DenialReason.NEEDS_SECOND_FACTOR, grant)
    return Verdict(grant=grant, ends_at=_ends(grant, now))


def _open_from(grant: Grant, moment: datetime) -> datetime | None:
    start = grant.hours.next_start(moment) if grant.hours else moment
    # The hours may begin again only after the right has ended: then it never opens.
    return start if grant.ends_at is None or start < grant.ends_at else None


def _ends(grant: Grant, now: Moment) -> datetime | None:
    ends = [grant.ends_at, grant.hours.next_end(now.latest) if grant.hours else None]
    return min((end for end in ends if end), default=None)


def _worth(verdict: Verdict) -> tuple[bool, float]:
    # Of several rights the one counts that is not used up by it, and of these the one that lasts longest.
    is_unlimited = verdict.grant is None or verdict.grant.uses_left is None
    return is_unlimited, verdict.ends_at.timestamp() if verdict.ends_at else float("inf")


def _hope(verdict: Verdict) -> tuple[int, float]:
    # Of several refusals the one is told that the person can do something about, or that ends soonest.
    # The sign is turned: what opens soonest is the largest for max().
    opens = -verdict.opens_at.timestamp() if verdict.opens_at else float("-inf")
    return HOPEFUL.index(verdict.reason) if verdict.reason in HOPEFUL else -1, opens
