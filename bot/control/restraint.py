"""Not too much of one person: whoever is refused again and again waits, and openings in an hour may be limited."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.domain.actions import LETS_IN, Action
from bot.domain.commands import CommandRequest, DenialReason, Finished
from bot.domain.events import RefusedTooOften
from bot.domain.people import HOUSE_ID
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

COOLING_DOWN = "cooling down"
MOST_REFUSALS, WITHIN_SECONDS = 5, 300.0
COOL_DOWN = timedelta(minutes=5)
TOLD_AGAIN_SECONDS = 3600.0
HOUR = timedelta(hours=1)
# Refusals of those who try what they may not. Others are nobody's fault, or are limited elsewhere.
TRYING = (
    DenialReason.NO_RIGHT,
    DenialReason.EXPIRED,
    DenialReason.NOT_YET,
    DenialReason.OUTSIDE_HOURS,
    DenialReason.USED_UP,
    DenialReason.SUSPENDED,
    DenialReason.WRONG_CODE,
)


@dataclass(frozen=True, slots=True)
class Restrained:
    reason: DenialReason
    until: datetime


class Restraint:
    """Each person for themself. Closing a door, looking and taking a code back are always free."""

    def __init__(
        self, storage: Storage, notices: Notices, clock: Clock, *, openings_per_hour: int | None = None
    ) -> None:
        self._storage = storage
        self._notices = notices
        self._clock = clock
        self._openings_per_hour = openings_per_hour
        # The throttle allows all but the last of them. Boot time: setting the host's clock ends no wait.
        self._refusals = Throttle(times=MOST_REFUSALS - 1, seconds=WITHIN_SECONDS, clock=clock.boot)
        self._told = Throttle(times=1, seconds=TOLD_AGAIN_SECONDS, clock=clock.boot)

    async def cool_down(self, request: CommandRequest) -> Restrained | None:
        until = (await self._storage.cool_downs.all()).get(request.person_id)
        # While the clock is doubted the earliest moment counts, so that no wait ends too soon.
        if until is None or request.action not in LETS_IN or until <= self._clock.moment().earliest:
            return None
        return Restrained(DenialReason.COOLING_DOWN, until)

    async def limit(self, request: CommandRequest, *, is_owner: bool) -> Restrained | None:
        # Owners are not limited: they set the limit, and are who is called when something is wrong.
        most = self._openings_per_hour
        if most is None or is_owner or request.action is not Action.OPEN:
            return None
        # The earliest: with a doubted clock rather an opening too many is counted.
        since = self._clock.moment().earliest - HOUR
        # The oldest of the last `most`: when it is an hour old there is room for one more.
        first = await self._storage.uses.opening_before(request.person_id, most - 1, since=since)
        return Restrained(DenialReason.TOO_MANY_OPENINGS, first + HOUR) if first else None

    async def note(self, request: CommandRequest, denial: Finished) -> None:
        """A refusal, in the transaction that records it. After too many the person waits, and owners hear of it."""
        if denial.reason not in TRYING or request.person_id == HOUSE_ID or self._refusals.allows(request.person_id):
            return
        now = self._clock.datetime()
        # Whoever came early does not wait longer than until their right begins.
        until = min(filter(None, (now + COOL_DOWN, denial.opens_at)))
        await self._storage.cool_downs.put(request.person_id, until=until, now=now)
        await self._storage.journal.append(
            COOLING_DOWN, at=now, person_id=request.person_id, door=request.door, until=round(until.timestamp())
        )
        if self._told.allows(request.person_id):
            event = RefusedTooOften(of=request.person_name, until=until, at=now)
            await self._notices.tell_owners(event, skip=request.person_id)
