"""Times in which a lock was not as it should be: what is kept of them for the digest."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.readings import Bolt, Reading


class LockFault(StrEnum):
    AWAY = "away"
    """It cannot be reached, and the groups were told."""
    JAMMED = "jammed"
    UNKNOWN = "unknown"
    """It does not say where its bolt is."""


BOLTS = {Bolt.JAMMED: LockFault.JAMMED, Bolt.UNKNOWN: LockFault.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyTime:
    """`until` None: it is still so."""

    door: str
    fault: LockFault
    since: datetime
    until: datetime | None


def faults_of(reading: Reading | None) -> frozenset[LockFault]:
    """What is wrong with a lock, as far as it was told."""
    if reading is None:
        return frozenset()
    # What was announced, and not what was read: a lock that misses a reading or two is no fault yet.
    bolt = BOLTS.get(reading.announced.bolt) if reading.announced.bolt else None
    away = () if reading.announced.is_reachable else (LockFault.AWAY,)
    return frozenset([*away, *([bolt] if bolt else [])])
