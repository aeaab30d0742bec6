"""Telegram time and boot time: what time it is, and how old a command can be at most.

The host's wall clock may be wrong (a Raspberry Pi has none), so the `Date` of Telegram's answers is the clock, and
boot time, which goes on while the machine sleeps, carries it from one answer to the next.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

DRIFT = 1e-4
"""Seconds per second that a cheap oscillator may be off."""


def boot_time() -> float:
    """Seconds since the machine started, sleep included where the platform can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Telegram's time minus boot time lies between `low` and `high`, as measured at boot time `at`."""

    low: float
    high: float
    at: float

    def widened(self, boot: float) -> "_Bounds":
        slack = DRIFT * max(0.0, boot - self.at)
        return _Bounds(self.low - slack, self.high + slack, boot)


class Clock:
    def __init__(self, boot: Callable[[], float] = boot_time, wall: Callable[[], float] = time.time) -> None:
        self.boot = boot
        self._wall = wall
        self._bounds: _Bounds | None = None

    def stamp(self, date: float, *, sent: float, received: float) -> None:
        """Take in the `Date` (whole UTC seconds) of an answer to a request sent and received at these boot times.

        The server wrote it somewhere in between, within the second that follows `date`. Answers that were held up
        on the way only widen their own bounds, so they cannot make an old command look young.
        """
        new = _Bounds(date - received, date + 1 - sent, sent).widened(received)
        if self._bounds is not None:
            old = self._bounds.widened(received)
            both = _Bounds(max(old.low, new.low), min(old.high, new.high), received)
            # No overlap: boot time itself was wrong, say after a restored snapshot. The newest answer counts.
            new = both if both.low <= both.high else new
        self._bounds = new

    def now(self) -> float:
        """UTC seconds: Telegram's time, or before its first answer the host's."""
        if self._bounds is None:
            return self._wall()
        return self.boot() + (self._bounds.low + self._bounds.high) / 2

    def age(self, asked_at: float) -> float:
        """The most seconds that can have passed since `asked_at` (UTC seconds by Telegram's clock)."""
        if self._bounds is None:
            return self._wall() - asked_at
        boot = self.boot()
        return boot + self._bounds.widened(boot).high - asked_at

    def datetime(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)
