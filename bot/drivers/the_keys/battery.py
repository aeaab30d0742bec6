"""What the millivolts and decibels of a The Keys lock mean."""

from bot.domain.readings import LockStatus
from bot.drivers.the_keys.codes import read_number

MillivoltRange = tuple[int, int]
"""(empty, full) in mV."""
# One cell: the vendor's eedomus plugin. Two cells: OPENHAB's and HA-MM's figures agree.
ONE_CELL: MillivoltRange = (3100, 4000)
TWO_CELLS: MillivoltRange = (6400, 8200)
# No single lithium cell reaches it, and two in series fall below only when they are dead.
MOST_OF_ONE_CELL = 4500
# Around 3.1 to 8.2 V, between which these locks were seen.
POSSIBLE = range(2500, 9001)


def battery_mv(value: object) -> int | None:
    """Millivolts; None where the lock has not been read yet (0), or for what no battery of these locks can have."""
    number = read_number(value)
    return number if number in POSSIBLE else None


def percent_of(millivolts: int, span: MillivoltRange) -> int:
    empty, full = span
    return min(100, max(0, (millivolts - empty) * 100 // (full - empty)))


def battery_percent(value: object) -> int | None:
    """Percent left of a lock that was never seen before."""
    battery = BatteryPack()
    battery.saw(value)
    return battery.percent


class BatteryPack:
    """A lock's battery, of one cell or of two in series."""

    def __init__(self, span: MillivoltRange | None = None) -> None:
        self._is_given = span is not None
        self._span = span
        self.millivolts: int | None = None

    @property
    def percent(self) -> int | None:
        if self.millivolts is None or self._span is None:
            return None
        return percent_of(self.millivolts, self._span)

    def saw(self, value: object) -> None:
        """Take in a voltage. None and 0, which is "not read yet", change nothing."""
        if read_number(value) in (None, 0):
            return
        self.millivolts = battery_mv(value)
        if self.millivolts is None or self._is_given:
            return
        # Two cells once seen stay two: when they are nearly empty they look like one that is full.
        if self.millivolts > MOST_OF_ONE_CELL:
            self._span = TWO_CELLS
        elif self._span is None:
            self._span = ONE_CELL

    def remember(self, known: LockStatus) -> None:
        """Go on from the reading before a restart."""
        # Its percentage tells how many cells were assumed then.
        if self.millivolts is not None or known.battery_mv is None:
            return
        fitting = [s for s in (ONE_CELL, TWO_CELLS) if percent_of(known.battery_mv, s) == known.battery_percent]
        if self._span is None and len(fitting) == 1:
            self._span = fitting[0]
        self.saw(known.battery_mv)


def rssi_dbm(value: object) -> int | None:
    number = read_number(value)
    return number if number is not None and -130 < number < 0 else None
