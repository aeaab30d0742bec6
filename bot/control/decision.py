"""Whether a request is done: everything that can speak against it, in one place and in this order."""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime

from bot.access import PeopleList
from bot.access.second_factors import SecondFactors
from bot.clock import TOLERANCE_SECONDS, Clock
from bot.control.restraint import Restrained, Restraint
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.commands import Command, CommandRequest, DenialReason, Finished, How, Result
from bot.domain.doors import ConfirmWhen, Door, Doors
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import HOUSE_ID, Rights
from bot.domain.policy import Verdict, decide
from bot.drivers.base import Deadline
from storage import Storage

# A no that the person can do something about at the door: it is said with the door's name.
ANSWERABLE = (DenialReason.NEEDS_APPROVAL, DenialReason.NEEDS_SECOND_FACTOR)


@dataclass(frozen=True, slots=True)
class Permitted:
    """`pin`: the code that is taken back."""

    door: Door
    verdict: Verdict
    deadline: Deadline
    pin: IssuedPin | None
    age: float
    is_proved: bool
    """Whether a one-time code was wanted, and right."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a decision rests on, read in the transaction that records it."""

    request: CommandRequest
    age: float
    verdict: Verdict
    is_owner: bool
    conflicts: tuple[Command, ...]
    lockouts: Set[DenialReason] = field(default_factory=frozenset)
    is_time_doubted: bool = False
    is_asked_back: bool = False
    """Whether a confirmation is asked for before anything is done."""
    needs_proof: bool = False
    """Whether `verdict` holds only if the one-time code of the request is right."""
    cool_down: Restrained | None = None


class Decider:
    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        people: PeopleList,
        second_factors: SecondFactors,
        restraint: Restraint,
        clock: Clock,
        *,
        stale_seconds: float,
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._second_factors = second_factors
        self._restraint = restraint
        self._clock = clock
        self._stale_seconds = stale_seconds

    async def verdict(self, person_id: int, door: str, action: Action, *, is_proved: bool = False) -> Verdict:
        """Whether this person may do this now, whatever time it can be. `is_proved`: by a right one-time code."""
        return await self._verdict(await self._people.rights(person_id), door, action, is_proved=is_proved)

    async def _verdict(self, rights: Rights, door: str, action: Action, *, is_proved: bool) -> Verdict:
        now, lockdowns = self._clock.moment(), await self._storage.lockdowns.all()
        verdict = decide(rights, door=door, action=action, now=now, is_proved=is_proved)
        return under_lockdown(verdict, rights, lockdowns, door=door, action=action, now=now)

    async def decide(self, request: CommandRequest, lockouts: Set[DenialReason]) -> Permitted | Finished:
        """As it stands now, with the age that the request has."""
        age = self._clock.age(request.asked_at)
        # A press that confirms is no older than its button, which the bot has just made: it needs no clock.
        is_time_doubted = self._clock.is_doubted and not request.is_confirmed
        # What comes from the future was dated by a time that is not believed any more.
        is_time_doubted = is_time_doubted or age < -TOLERANCE_SECONDS
        return await self._decide(request, lockouts, age=age, is_time_doubted=is_time_doubted)

    async def decide_as_new(self, request: CommandRequest, lockouts: Set[DenialReason]) -> Permitted | Finished:
        """As if it were asked now: it is asked back before anything is done."""
        return await self._decide(request, lockouts, age=0.0, is_time_doubted=False, is_asked_back=True)

    def is_stale(self, request: CommandRequest) -> bool:
        return self._clock.age(request.asked_at) >= self._stale_seconds

    async def _decide(
        self,
        request: CommandRequest,
        lockouts: Set[DenialReason],
        *,
        age: float,
        is_time_doubted: bool,
        is_asked_back: bool = False,
    ) -> Permitted | Finished:
        rights = await self._people.rights(request.person_id)
        verdict, needs_proof = await self._verdict(rights, request.door, request.action, is_proved=False), False
        if request.one_time_code and verdict.reason is DenialReason.NEEDS_SECOND_FACTOR:
            needs_proof = True
            verdict = await self._verdict(rights, request.door, request.action, is_proved=True)
        facts = _Facts(
            request=request,
            age=age,
            verdict=verdict,
            is_owner=rights.is_owner,
            conflicts=await self._storage.commands.conflicts(request.update_key, request.door),
            lockouts=lockouts,
            is_time_doubted=is_time_doubted,
            is_asked_back=is_asked_back,
            needs_proof=needs_proof,
            cool_down=await self._restraint.cool_down(request),
        )
        if reason := self._against_request(facts):
            return _denied(facts, reason, self._door_of_right(facts))
        # Permission comes before existence, so that nobody learns of doors by asking.
        door = self._doors.get(request.door)
        if facts.verdict.reason is DenialReason.NEEDS_APPROVAL:
            # The right is theirs, and with it the name of the door.
            return _denied(facts, DenialReason.NEEDS_APPROVAL, door)
        if facts.verdict.reason is DenialReason.NEEDS_SECOND_FACTOR:
            return await self._unproved(facts, door) or _denied(facts, DenialReason.NEEDS_SECOND_FACTOR, door)
        if door is None:
            return _denied(facts, DenialReason.NO_SUCH_DOOR)
        decision = await self._decide_at(door, facts)
        if isinstance(decision, Permitted) and facts.needs_proof:
            # Last of all: a code is used up, or counted as wrong, only where everything else is right.
            return await self._unproved(facts, door) or decision
        return decision

    async def _unproved(self, facts: _Facts, door: Door | None) -> Finished | None:
        """What is wrong with the one-time code, or that there is none; None if it is right."""
        request = facts.request
        proof = await self._second_factors.prove(request.person_id, request.person_name, request.one_time_code)
        if proof.reason is None:
            return None
        return _denied(facts, proof.reason, door, opens_at=proof.opens_at, tries_left=proof.tries_left)

    def _door_of_right(self, facts: _Facts) -> Door | None:
        # Whoever has a right to it, were it one that does not hold now, knows the door.
        return self._doors.get(facts.request.door) if facts.verdict.grant else None

    def _against_request(self, facts: _Facts) -> DenialReason | None:
        # In this order: what came before is not judged again, and a stranger learns nothing of how the house stands.
        if any(command.update_key == facts.request.update_key for command in facts.conflicts):
            return DenialReason.DUPLICATE
        if facts.request.person_id == HOUSE_ID and facts.request.how is not How.TIMER:
            return DenialReason.STRANGER  # nobody who writes or presses is the house
        if facts.verdict.reason is DenialReason.STRANGER:
            return DenialReason.STRANGER
        if facts.age >= self._stale_seconds:
            return DenialReason.STALE
        if facts.is_time_doubted:
            return DenialReason.CLOCK_DOUBTED
        if facts.lockouts:
            return min(facts.lockouts)
        if facts.cool_down:
            return facts.cool_down.reason
        return None if facts.verdict.reason in ANSWERABLE else facts.verdict.reason

    async def _decide_at(self, door: Door, facts: _Facts) -> Permitted | Finished:
        request, right_ends_at = facts.request, facts.verdict.ends_at
        if not door.can(request.action):
            return _denied(facts, DenialReason.UNSUPPORTED, door)
        if in_flight := [command for command in facts.conflicts if command.outcome is None]:
            return _denied(facts, DenialReason.IN_FLIGHT, door, other=in_flight[0])
        pin = await self._pin(request, is_owner=facts.is_owner)
        if request.action is Action.REVOKE and pin is None:
            return _denied(facts, DenialReason.PIN_GONE, door)
        # A code never outlives the right that it is made by (docs/trials.md, R17).
        if request.pin and right_ends_at and request.pin.starts_at + request.pin.duration > right_ends_at:
            return _denied(facts, DenialReason.PIN_TOO_LONG, door, limit=right_ends_at)
        if restrained := await self._restraint.limit(request, is_owner=facts.is_owner):
            return _denied(facts, restrained.reason, door, opens_at=restrained.until)
        # After all other reasons: nobody is asked to confirm what is refused anyway.
        if door.confirm is ConfirmWhen.ALWAYS and not _is_meant(facts):
            return _denied(facts, DenialReason.NEEDS_CONFIRMATION, door)
        return Permitted(door, facts.verdict, self._deadline(facts), pin, facts.age, facts.needs_proof)

    async def _pin(self, request: CommandRequest, *, is_owner: bool) -> IssuedPin | None:
        """The code to take back: one's own, for owners anybody's."""
        if request.issued_pin_id is None:
            return None
        pin = await self._storage.pins.get(request.issued_pin_id, self._clock.datetime())
        may = pin is not None and (is_owner or request.person_id == pin.person_id)
        # The door, too: it is what the verdict is about.
        return pin if pin and may and pin.door == request.door and pin.handle else None

    def _deadline(self, facts: _Facts) -> Deadline:
        boot, ends_at = self._clock.boot(), facts.verdict.ends_at
        return Deadline(
            boot + self._stale_seconds - facts.age,
            self._clock.boot,
            # By the latest time that it can be, so that no doubt lets anybody in after the end.
            right_ends_at=boot + ends_at.timestamp() - self._clock.latest() if ends_at else None,
            caller=facts.request.person_id,
            is_owner=facts.is_owner,
        )


def _is_meant(facts: _Facts) -> bool:
    """Whether a careful door needs no other word: the house asks nobody, and who types a code means it."""
    request = facts.request
    is_sure = request.is_confirmed or request.one_time_code is not None or request.how is How.TIMER
    return is_sure or facts.is_asked_back


def _denied(
    facts: _Facts,
    reason: DenialReason,
    door: Door | None = None,
    *,
    other: Command | None = None,
    limit: datetime | None = None,
    opens_at: datetime | None = None,
    tries_left: int | None = None,
) -> Finished:
    if reason is DenialReason.COOLING_DOWN and facts.cool_down:
        opens_at = facts.cool_down.until
    return Finished(
        action=facts.request.action,
        result=Result.DENIED,
        door=door,
        reason=reason,
        age=facts.age,
        other=other,
        limit=limit,
        opens_at=opens_at or facts.verdict.opens_at,
        tries_left=tries_left,
    )
