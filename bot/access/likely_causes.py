"""Why somebody probably does not get in at a door, from what is known already: nothing is asked of the locks."""

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta

from bot.clock import Clock
from bot.domain.batteries import HISTORY, forecast
from bot.domain.commands import DenialReason
from bot.domain.door_calls import ANYBODY, Cause, LikelyCause
from bot.domain.doors import Door
from bot.domain.policy import Verdict
from bot.domain.readings import Bolt, Reading
from storage import Storage

OF_RIGHT = {
    DenialReason.NOT_YET: Cause.NOT_YET,
    DenialReason.EXPIRED: Cause.OVER,
    DenialReason.OUTSIDE_HOURS: Cause.OUTSIDE_HOURS,
    DenialReason.USED_UP: Cause.USED_UP,
    DenialReason.LOCKDOWN: Cause.LOCKDOWN,
    DenialReason.SUSPENDED: Cause.SUSPENDED,
    DenialReason.NEEDS_APPROVAL: Cause.ASKS_FIRST,
    DenialReason.NEEDS_SECOND_FACTOR: Cause.SECOND_FACTOR,
}
# How old a reading may be that says "open": somebody pushes the door because of it.
SEEN_LATELY = timedelta(minutes=5)


class LikelyCauses:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._lockouts: Callable[[], Collection[DenialReason]] = frozenset

    def ask(self, lockouts: Callable[[], Collection[DenialReason]]) -> None:
        """`lockouts`: why no door is moved at the moment."""
        self._lockouts = lockouts

    async def of(self, verdict: Verdict, door: Door) -> tuple[LikelyCause, ...]:
        """The likeliest first; never empty."""
        found = [*self._of_right(verdict), *([LikelyCause(cause=Cause.SHUT)] if self._lockouts() else [])]
        if verdict.reason in ANYBODY:
            # Whoever may not come in now must not hear that the door stands open.
            found += await self._of_state(door)
        found += await self._of_code(verdict, door)
        return tuple(found) or (LikelyCause(cause=Cause.NOTHING),)

    async def _of_state(self, door: Door) -> list[LikelyCause]:
        reading = await self._storage.readings.get(door.name)
        battery = await self._of_battery(door, reading)
        return [*self._of_lock(reading), *([battery] if battery else [])]

    @staticmethod
    def _of_right(verdict: Verdict) -> Iterator[LikelyCause]:
        if verdict.reason in OF_RIGHT:
            ended = verdict.grant.ends_at if verdict.grant and verdict.reason is DenialReason.EXPIRED else None
            yield LikelyCause(cause=OF_RIGHT[verdict.reason], at=ended or verdict.opens_at)

    def _of_lock(self, reading: Reading | None) -> Iterator[LikelyCause]:
        if reading is None:
            return
        # First: how the bolt was before the lock went silent explains nothing.
        if reading.failures:
            yield LikelyCause(cause=Cause.UNREACHABLE, at=reading.failing_since, problem=reading.problem)
        elif reading.bolt is Bolt.JAMMED:
            yield LikelyCause(cause=Cause.JAMMED, at=reading.read_at)
        elif reading.bolt is Bolt.UNLOCKED and self._is_recent(reading):
            yield LikelyCause(cause=Cause.OPEN, at=reading.read_at)

    def _is_recent(self, reading: Reading) -> bool:
        return reading.read_at is not None and self._clock.datetime() - reading.read_at <= SEEN_LATELY

    async def _of_battery(self, door: Door, reading: Reading | None) -> LikelyCause | None:
        """Low as it was read last, or low by now if it fell on as before."""
        if reading is None or reading.battery_percent is None:
            return None
        now = self._clock.datetime()
        days = (await self._storage.batteries.since(now - HISTORY)).get(door.name, [])
        # A lock whose battery is empty tells nothing any more, so the last reading may say that all is well.
        expected = forecast(days, low_percent=door.battery_low_percent)
        is_low = bool(reading.announced.is_battery_low) or (expected is not None and expected.low_at <= now)
        return LikelyCause(cause=Cause.BATTERY, percent=reading.battery_percent, at=reading.read_at) if is_low else None

    async def _of_code(self, verdict: Verdict, door: Door) -> list[LikelyCause]:
        """The newest code of a guest's pass, with how it is typed."""
        pass_id = verdict.grant.pass_id if verdict.grant else None
        codes = await self._storage.pins.of_pass(pass_id, self._clock.datetime()) if pass_id else []
        return [LikelyCause(cause=Cause.CODE, problem=code.note) for code in codes if code.door == door.name][-1:]
