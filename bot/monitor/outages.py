"""Which doors are away together: those behind a gateway or a cloud that does not answer are told as one matter."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.events import LockReachable
from bot.domain.readings import Reading


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
