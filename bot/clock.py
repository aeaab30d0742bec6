"""Telegram time and boot time: what time it is, how old a command can be at most, and whether to believe it.

The host's wall clock may be wrong (a Raspberry Pi has none), so the `Date` of Telegram's answers is the clock, and
boot time, which goes on while the machine sleeps, carries it from one answer to the next. A `Date` may be wrong, too:
it is held against the dates before and against the dates of the messages, which other servers of Telegram's write.
"""

import datetime as dates
import time
from collections.abc import Callable
from dataclasses import dataclass

DRIFT = 1e-4
"""Seconds per second that a cheap oscillator may be off."""
TOLERANCE_SECONDS = 5.0
"""Telegram's front ends and its message servers need not agree better than this."""
ADOPT_SECONDS = 600.0
"""Dates that agree with each other for so long are believed against an older one: the machine's own time was wrong."""
TRUST_SECONDS = 60.0
"""For so long Dates have to agree before a number is drawn from them, unless the host's clock agrees, too."""
WALL_SECONDS = 600.0


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

    def met(self, other: "_Bounds") -> "_Bounds | None":
        """What both allow, or where they miss each other narrowly the gap between them; None if they contradict."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        if low > high + TOLERANCE_SECONDS:
            return None
        return _Bounds(min(low, high), max(low, high), max(self.at, other.at))


class Clock:
    def __init__(self, boot: Callable[[], float] = boot_time, wall: Callable[[], float] = time.time) -> None:
        self.boot = boot
        self._wall = wall
        self._bounds: _Bounds | None = None
        self._agreed_since = 0.0
        """Boot time since which every Date agreed with the one before."""
        self._rival: _Bounds | None = None
        """What newer Dates say that contradict `_bounds`."""
        self._rival_since = 0.0
        self._witness: _Bounds | None = None
        """What the date of a message, or of a record, says that contradicts `_bounds`."""
        self._recorded: _Bounds | None = None

    def stamp(self, date: float, *, sent: float, received: float) -> None:
        """Take in the `Date` (whole UTC seconds) of an answer to a request sent and received at these boot times.

        The server wrote it somewhere in between, within the second that follows `date`. Answers that were held up
        on the way only widen their own bounds, so they cannot make an old command look young.
        """
        new = _Bounds(date - received, date + 1 - sent, sent).widened(received)
        if self._bounds is None:
            self._adopt(new, received)
        elif (both := self._bounds.widened(received).met(new)) is not None:
            self._bounds, self._rival = both, None
        else:
            self._contradicted(new, received)
        if self._recorded and received - self._agreed_since >= ADOPT_SECONDS:
            # The record may be of a time that was wrong itself.
            self._witness = None if self._witness is self._recorded else self._witness
            self._recorded = None
        if self._bounds and self._witness and (self._witness.met(self._bounds) or self._is_outlived(received)):
            self._witness = None

    def message_date(self, date: float, *, made_after: float | None, received: float) -> None:
        """Hold the date of a message against the clock.

        `made_after` is the boot time of a poll that left nothing behind: the message is younger. None: unknown.
        """
        high = float("inf") if made_after is None else date + 1 - made_after
        said = _Bounds(date - received, high, received)
        if self._bounds is not None and said.met(self._bounds.widened(received)) is None:
            self._witness = said

    def recorded(self, moment: float) -> None:
        """The newest record is of this moment (UTC seconds): it should be later now."""
        self._recorded = _Bounds(moment - self.boot(), float("inf"), self.boot())

    @property
    def is_doubted(self) -> bool:
        """Whether what Telegram says of the time contradicts itself: commands are asked back, no number is drawn."""
        return self._rival is not None or self._witness is not None

    @property
    def is_trusted(self) -> bool:
        """Whether the time may be written where it stays, as into a lock."""
        if self._bounds is None or self.is_doubted:
            return False
        agreed = self.boot() - self._agreed_since >= TRUST_SECONDS
        return agreed or abs(self._wall() - self.now()) <= WALL_SECONDS

    def now(self) -> float:
        """UTC seconds: Telegram's time, or before its first answer the host's."""
        if self._bounds is None:
            return self._wall()
        return self.boot() + (self._bounds.low + self._bounds.high) / 2

    def latest(self) -> float:
        """UTC seconds: the latest that it can be, for what ends. Whoever contradicts the clock may be right."""
        said = [bounds.high for bounds in (self._rival, self._witness) if bounds and bounds.high != float("inf")]
        said += [bounds.low for bounds in (self._witness,) if bounds]
        return max([self.now(), *(self.boot() + offset for offset in said)])

    def age(self, asked_at: float) -> float:
        """The most seconds that can have passed since `asked_at` (UTC seconds by Telegram's clock)."""
        if self._bounds is None:
            return self._wall() - asked_at
        boot = self.boot()
        return boot + self._bounds.widened(boot).high - asked_at

    def datetime(self) -> dates.datetime:
        return dates.datetime.fromtimestamp(self.now(), dates.UTC)

    def latest_datetime(self) -> dates.datetime:
        return dates.datetime.fromtimestamp(self.latest(), dates.UTC)

    def _contradicted(self, new: _Bounds, received: float) -> None:
        """A jump is doubted. It is adopted if a message agrees with it, or if it lasts."""
        both = self._rival.widened(received).met(new) if self._rival else None
        if both is None:
            self._rival_since = received
        self._rival = both or new
        agrees = self._witness is not None and self._witness.met(self._rival) is not None
        if agrees or received - self._rival_since >= ADOPT_SECONDS:
            self._adopt(self._rival, received)

    def _is_outlived(self, received: float) -> bool:
        """Whether a message contradicted so long ago that it was rather Telegram who delivered it late."""
        witness = self._witness
        return witness is not None and witness is not self._recorded and received - witness.at >= ADOPT_SECONDS

    def _adopt(self, bounds: _Bounds, received: float) -> None:
        self._bounds, self._rival, self._agreed_since = bounds, None, received
        if self._recorded and self._recorded.met(bounds) is None:
            self._witness = self._recorded
