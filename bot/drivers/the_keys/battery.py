"""What the millivolts and decibels of a The Keys lock mean."""

from bot.drivers.the_keys.codes import read_number

# (empty, full) in mV. One cell: the vendor's eedomus plugin. Two cells: OPENHAB's and HA-MM's figures agree.
ONE_CELL = (3100, 4000)
TWO_CELLS = (6400, 8200)


def battery_mv(value: object) -> int | None:
    """Millivolts; None where the lock has not been read yet (0) or the number is none."""
    number = read_number(value)
    return number if number is not None and 0 < number < 20_000 else None


def battery_percent(millivolts: int | None, span: tuple[int, int] | None = None) -> int | None:
    """Percent left, between `span` = (empty, full) in mV or the range the voltage belongs to."""
    if millivolts is None:
        return None
    empty, full = span or (ONE_CELL if millivolts < 5000 else TWO_CELLS)
    return min(100, max(0, (millivolts - empty) * 100 // (full - empty)))


def rssi_dbm(value: object) -> int | None:
    number = read_number(value)
    return number if number is not None and -130 < number < 0 else None
