"""Doors that are away: those behind a gateway or a cloud that does not answer are told as one matter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.domain.doors import Doors
from bot.domain.events import LockReachable, LockUnreachable
from bot.domain.readings import Reading
from bot.monitor.keeping import keep_reading
from bot.monitor.pace import Pace
from bot.notices import Notices
from storage import Storage

STILL_AWAY_SECONDS = 3600.0


class Outages:
    """Tells that doors cannot be reached, that they still cannot, and that they can again."""

    def __init__(
        self,
        storage: Storage,
        doors: Doors,
        notices: Notices,
        clock: Clock,
        pace: Pace,
        connections: Mapping[str, str],
        *,
        unreachable_after: int,
        round_seconds: float,
    ) -> None:
        """`connections`: by what each door is reached. `round_seconds`: how often doors are read."""
        self._storage = storage
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._pace = pace
        self._beside = by_connection(connections)
        self._unreachable_after = unreachable_after
        self._round_seconds = round_seconds
        # Doors that answer again, while it is not told yet.
        self._back_since: dict[str, float] = {}
        # After how many hours it was last told that a door is still away.
        self._still_told: dict[str, int] = {}

    async def failed(self, reading: Reading, now: datetime) -> Reading:
        """The reading with what the groups know of it from now on."""
        self._back_since.pop(reading.door, None)
        if not reading.announced.is_reachable:
            await self._tell_still_away(reading, now)
        elif reading.failures >= self._unreachable_after:
            return await self._tell_away(reading, now)
        return reading

    async def answered(self, reading: Reading, now: datetime) -> Reading:
        """One notice for all doors that come back together: it waits a round for those that are about to."""
        others = away(await self._readings_beside(reading.door))
        came_back = self._back_since.setdefault(reading.door, self._clock.boot())
        still_away = [other for other in others if other.failures]
        if still_away and self._clock.boot() - came_back < self._round_seconds:
            for other in still_away:
                # Read in the next round, and not in minutes: if they are back as well it is one notice.
                self._pace.retry(other.door)
            return reading
        doors = self._in_order([reading, *(other for other in others if not other.failures)])
        await self._notices.tell_groups(back(doors, now))
        for one in doors:
            self._back_since.pop(one.door, None)
            self._still_told.pop(one.door, None)
            if one.door != reading.door:
                await keep_reading(self._storage, one, told_back(one), now=now)
        return told_back(reading)

    async def _tell_away(self, reading: Reading, now: datetime) -> Reading:
        # One notice for all doors of a connection: a gateway with twelve doors once sent twelve.
        others = await self._readings_beside(reading.door)
        # One more: doors beside it that were last read before it fell silent have their turn meanwhile.
        fallen = fallen_with(reading, others, patience=self._unreachable_after + 1)
        if fallen is None:
            return reading
        for other in fallen:
            await keep_reading(self._storage, other, told_away(other, now), now=now)
        first, *more = self._in_order([reading, *fallen])
        await self._notices.tell_groups(
            LockUnreachable(
                door=first.door, at=now, since=reading.failing_since, problem=reading.problem,
                others=tuple(other.door for other in more),
            )
        )  # fmt: skip
        return told_away(reading, now)

    async def _tell_still_away(self, reading: Reading, now: datetime) -> None:
        """Once an hour, and for all doors of a connection together."""
        first, *more = self._in_order([reading, *away(await self._readings_beside(reading.door))])
        since = reading.announced.away_since
        # Every door of the connection comes by here; only the first in the order of the house tells.
        if first.door != reading.door or since is None:
            return
        hours = int((now - since).total_seconds() // STILL_AWAY_SECONDS)
        if hours <= self._still_told.get(reading.door, 0):
            return
        self._still_told[reading.door] = hours
        await self._notices.tell_groups(
            LockUnreachable(
                door=first.door, at=now, since=since, problem=reading.problem,
                others=tuple(other.door for other in more), is_still=True,
            )
        )  # fmt: skip

    async def _readings_beside(self, door: str) -> list[Reading]:
        """What was last read of the other doors of the same connection."""
        found = [await self._storage.readings.get(other) for other in self._beside.get(door, ())]
        return [reading for reading in found if reading]

    def _in_order(self, readings: Sequence[Reading]) -> list[Reading]:
        names = [door.name for door in self._doors]
        return sorted(readings, key=lambda reading: names.index(reading.door))


def fallen_with(failing: Reading, others: Sequence[Reading], *, patience: int) -> list[Reading] | None:
    """The other doors of a connection of which none answers since `failing` does not; None: wait for a reading more.

    Empty if one of them answers: then the connection works.
    """
    since = failing.failing_since
    if since is None or any(_answered(other, since) for other in others):
        return []
    if any(not other.failures for other in others) and failing.failures < patience:
        return None
    return [other for other in others if other.failures and other.announced.is_reachable]


def _answered(reading: Reading, since: datetime) -> bool:
    return not reading.failures and reading.read_at is not None and reading.read_at >= since


def away(readings: Sequence[Reading]) -> list[Reading]:
    """Those that the groups were told cannot be reached."""
    return [reading for reading in readings if not reading.announced.is_reachable]


def told_away(reading: Reading, at: datetime) -> Reading:
    announced = replace(reading.announced, is_reachable=False, away_since=reading.failing_since or at)
    return replace(reading, announced=announced)


def told_back(reading: Reading) -> Reading:
    was = reading.announced
    since = was.bolt_since if was.bolt is reading.bolt and was.bolt_since else reading.read_at
    announced = replace(was, bolt=reading.bolt, is_reachable=True, away_since=None, bolt_since=since)
    return replace(reading, announced=announced)


def back(readings: Sequence[Reading], at: datetime) -> LockReachable:
    """Doors that answer again, before it is told: how long they were away and what is different."""
    moved = {one.door: one.bolt for one in readings if one.announced.bolt not in (None, one.bolt)}
    return LockReachable(
        door=readings[0].door,
        others=tuple(reading.door for reading in readings[1:]),
        at=at,
        since=min((one.announced.away_since for one in readings if one.announced.away_since), default=None),
        moved=tuple(moved),
        bolts=tuple(moved.values()),
    )


def by_connection(connections: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """For each door the others of its connection, in the order of the house."""
    return {
        door: tuple(other for other, name in connections.items() if name == connection and other != door)
        for door, connection in connections.items()
    }
