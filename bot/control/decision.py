"""Whether a request is done: everything that can speak against it, in one place and in this order."""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime

from bot.access import PeopleList
from bot.clock import TOLERANCE_SECONDS, Clock
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.commands import Command, CommandRequest, DenialReason, Finished, How, Result
from bot.domain.doors import Door, Doors
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import HOUSE_ID, Rights
from bot.domain.policy import Verdict, decide
from bot.drivers.base import Deadline
from storage import Storage


@dataclass(frozen=True, slots=True)
class Permitted:
    """`pin`: the code that is taken back."""

    door: Door
    verdict: Verdict
    deadline: Deadline
    pin: IssuedPin | None
    age: float


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


class Decider:
    def __init__(
        self, storage: Storage, doors: Doors, people: PeopleList, clock: Clock, *, stale_seconds: float
    ) -> None:
        self._storage = storage
        self._doors = doors
        self._people = people
        self._clock = clock
        self._stale_seconds = stale_seconds

    async def verdict(self, person_id: int, door: str, action: Action) -> Verdict:
        """Whether this person may do this now, whatever time it can be."""
        return await self._verdict(await self._people.rights(person_id), door, action)

    async def _verdict(self, rights: Rights, door: str, action: Action) -> Verdict:
        now, lockdowns = self._clock.moment(), await self._storage.lockdowns.all()
        verdict = decide(rights, door=door, action=action, now=now)
        return under_lockdown(verdict, rights, lockdowns, door=door, action=action, now=now)

    async def decide(self, request: CommandRequest, lockouts: Set[DenialReason]) -> Permitted | Finished:
        """As it stands now, with the age that the request has."""
        age = self._clock.age(request.asked_at)
        is_time_doubted = self._clock.is_doubted and not request.is_confirmed
        # What comes from the future was dated by a time that is not believed any more.
        is_time_doubted = is_time_doubted or age < -TOLERANCE_SECONDS
        return await self._decide(request, lockouts, age=age, is_time_doubted=is_time_doubted)

    async def decide_as_new(self, request: CommandRequest, lockouts: Set[DenialReason]) -> Permitted | Finished:
        """As if it were asked now: it is asked back before anything is done."""
        return await self._decide(request, lockouts, age=0.0, is_time_doubted=False)

    def is_stale(self, request: CommandRequest) -> bool:
        return self._clock.age(request.asked_at) >= self._stale_seconds

    async def _decide(
        self, request: CommandRequest, lockouts: Set[DenialReason], *, age: float, is_time_doubted: bool
    ) -> Permitted | Finished:
        rights = await self._people.rights(request.person_id)
        facts = _Facts(
            request,
            age,
            await self._verdict(rights, request.door, request.action),
            rights.is_owner,
            await self._storage.commands.conflicts(request.update_key, request.door),
            lockouts,
            is_time_doubted,
        )
        if reason := self._against_request(facts):
            return _denied(facts, reason)
        if facts.verdict.reason is DenialReason.NEEDS_APPROVAL:
            # The right is theirs, and with it the name of the door.
            return _denied(facts, DenialReason.NEEDS_APPROVAL, self._doors.get(request.door))
        # Permission comes before existence, so that nobody learns of doors by asking.
        door = self._doors.get(request.door)
        if door is None:
            return _denied(facts, DenialReason.NO_SUCH_DOOR)
        return await self._decide_at(door, facts)

    def _against_request(self, facts: _Facts) -> DenialReason | None:
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
        return None if facts.verdict.reason is DenialReason.NEEDS_APPROVAL else facts.verdict.reason

    async def _decide_at(self, door: Door, facts: _Facts) -> Permitted | Finished:
        request, right_ends_at = facts.request, facts.verdict.ends_at
        if not door.can(request.action):
            return _denied(facts, DenialReason.UNSUPPORTED, door)
        if in_flight := [command for command in facts.conflicts if command.outcome is None]:
            return _denied(facts, DenialReason.IN_FLIGHT, door, other=in_flight[0])
        pin = await self._pin(request, is_owner=facts.is_owner)
        if request.action is Action.REVOKE and pin is None:
            return _denied(facts, DenialReason.PIN_GONE, door)
        if request.pin and right_ends_at and request.pin.starts_at + request.pin.duration > right_ends_at:
            return _denied(facts, DenialReason.PIN_TOO_LONG, door, limit=right_ends_at)
        return Permitted(door, facts.verdict, self._deadline(facts), pin, facts.age)

    async def _pin(self, request: CommandRequest, *, is_owner: bool) -> IssuedPin | None:
        """The code to take back: one's own, for owners anybody's."""
        if request.issued_pin_id is None:
            return None
        pin = await self._storage.pins.get(request.issued_pin_id, self._clock.datetime())
        may = pin is not None and (is_owner or request.person_id == pin.person_id)
        return pin if pin and may and pin.door == request.door and pin.handle else None

    def _deadline(self, facts: _Facts) -> Deadline:
        boot, ends_at = self._clock.boot(), facts.verdict.ends_at
        return Deadline(
            boot + self._stale_seconds - facts.age,
            self._clock.boot,
            right_ends_at=boot + ends_at.timestamp() - self._clock.latest() if ends_at else None,
            caller=facts.request.person_id,
            is_owner=facts.is_owner,
        )


def _denied(
    facts: _Facts,
    reason: DenialReason,
    door: Door | None = None,
    *,
    other: Command | None = None,
    limit: datetime | None = None,
) -> Finished:
    return Finished(
        action=facts.request.action,
        result=Result.DENIED,
        door=door,
        reason=reason,
        age=facts.age,
        other=other,
        limit=limit,
        opens_at=facts.verdict.opens_at,
    )
