"""Telegram time and boot time: what time it is, how old a command can be at most, and whether to believe it."""

# The host's wall clock may be wrong (a Raspberry Pi has none), so the `Date` of Telegram's answers is the clock, and
# boot time, which goes on while the machine sleeps, carries it from one answer to the next. A `Date` may be wrong, too:
# it is held against the dates before and against the dates of the messages, which other servers of Telegram's write.

import datetime as dates
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from bot.domain.policy import Moment

# Seconds per second that a cheap oscillator may be off.
DRIFT = 1e-4
# Telegram's front ends and its message servers need not agree better than this.
TOLERANCE_SECONDS = 5.0
# Dates that agree with each other for so long are believed against an older one: the machine's own time was wrong.
ADOPT_SECONDS = 600.0
# For so long Dates have to agree before a number is drawn from them, unless the host's clock agrees, too: a number
# drawn from a time that nothing confirms would stay in a gateway for good (docs/trials.md).
TRUST_SECONDS = 60.0
WALL_SECONDS = 600.0
# A message that is younger than this tells the time; an older one only that it is later. Telegram keeps messages for a
# day while the bot is away.
FRESH_SECONDS = 120.0


def boot_time() -> float:
    """Seconds since the machine started, sleep included where the platform can tell."""
    # By Linux's manual CLOCK_MONOTONIC stands still while the machine sleeps.
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

    def agrees(self, other: "_Bounds") -> bool:
        return max(self.low, other.low) <= min(self.high, other.high) + TOLERANCE_SECONDS

    def narrowed(self, other: "_Bounds") -> "_Bounds":
        """What both allow."""
        # Bounds that agree only nearly change nothing: a server that runs fast cannot lead the clock away by steps.
        low, high = max(self.low, other.low), min(self.high, other.high)
        return _Bounds(low, high, other.at) if low <= high else self


class Clock:
    def __init__(self, boot: Callable[[], float] = boot_time, wall: Callable[[], float] = time.time) -> None:
        self.boot = boot
        self._wall = wall
        self._bounds: _Bounds | None = None
        self._agreed_since = 0.0
        """Boot time since which every Date agreed with the ones before."""
        self._rival: _Bounds | None = None
        """What newer Dates say that contradict `_bounds`."""
        self._rival_since = 0.0
        self._witness: _Bounds | None = None
        """What a message, or the journal, says that contradicts `_bounds`."""
        self._floor: _Bounds | None = None
        """It is later than this, by the last message or record that was believed."""

    def stamp(self, date: float, *, sent: float, received: float) -> None:
        """Take in the `Date` (whole UTC seconds) of an answer to a request sent and received at these boot times."""
        # The server wrote it somewhere in between, within the second that follows `date`. Answers that were held up
        # on the way only widen their own bounds, so they cannot make an old command look young.
        new = _Bounds(date - received, date + 1 - sent, sent).widened(received)
        if self._bounds is None:
            self._adopt(new)
            return
        known = self._bounds.widened(received)
        if known.agrees(new):
            self._bounds, self._rival = known.narrowed(new), None
            return
        rival = self._rival and self._rival.widened(received)
        if rival is None or not rival.agrees(new):
            rival, self._rival_since = new, received
        self._rival = rival.narrowed(new)
        if self._is_confirmed(self._rival) or received - self._rival_since >= ADOPT_SECONDS:
            self._adopt(self._rival)

    def message_date(self, date: float, *, made_after: float | None, received: float) -> None:
        """Hold the date of a message against the clock.

        `made_after` is the boot time of a poll that left nothing behind: the message is younger. None: unknown.
        """
        if self._bounds is None:
            return
        is_fresh = made_after is not None and received - made_after <= FRESH_SECONDS
        said = _Bounds(date - received, date + 1 - made_after if made_after is not None and is_fresh else inf, received)
        if not self._bounds.widened(received).agrees(said):
            self._witness = said
            if self._rival and self._is_confirmed(self._rival.widened(received)):
                self._adopt(self._rival)
        elif is_fresh:
            self._witness, self._floor = None, _Bounds(said.low, inf, received)

    def recorded(self, moment: float) -> None:
        """The newest record is of this moment (UTC seconds): it should be later now."""
        self._floor = _Bounds(moment - self.boot(), inf, self.boot())

    @property
    def is_doubted(self) -> bool:
        """Whether what Telegram says of the time contradicts itself: commands are asked back, no number is drawn."""
        # It ends with the next Date, or the next fresh message, that agrees again; or when a jump lasts.
        return self._rival is not None or self._witness is not None

    @property
    def is_trusted(self) -> bool:
        """Whether the time may be written where it stays, as into a lock."""
        if self._bounds is None or self.is_doubted:
            return False
        has_agreed = self.boot() - self._agreed_since >= TRUST_SECONDS
        return has_agreed or abs(self._wall() - self.now()) <= WALL_SECONDS

    @property
    def host_ahead_seconds(self) -> float | None:
        """How much the host's clock is ahead of Telegram's time; None before Telegram's first answer."""
        return None if self._bounds is None else self._wall() - self.now()

    def now(self) -> float:
        """UTC seconds: Telegram's time, or before its first answer the host's."""
        if self._bounds is None:
            return self._wall()
        return self.boot() + (self._bounds.low + self._bounds.high) / 2

    def latest(self) -> float:
        """UTC seconds: the latest that it can be, for what ends."""
        # Whoever contradicts the clock may be right: a right that may have ended opens nothing.
        said = [self._rival.high] if self._rival else []
        said += [self._witness.low] if self._witness else []
        return max([self.now(), *(self.boot() + offset for offset in said)])

    def age(self, asked_at: float) -> float:
        """The most seconds that can have passed since `asked_at` (UTC seconds by Telegram's clock)."""
        if self._bounds is None:
            return self._wall() - asked_at
        boot = self.boot()
        # By the high bound: a command that may be too old is not run (R3 of docs/trials.md).
        return boot + self._bounds.widened(boot).high - asked_at

    def datetime(self) -> dates.datetime:
        return dates.datetime.fromtimestamp(self.now(), dates.UTC)

    def moment(self) -> Moment:
        """Now, for a decision: what time it is at least and at most."""
        now = self.now()
        said = [self._rival.low] if self._rival else []
        said += [self._witness.low] if self._witness else []
        earliest = min([now, *(self.boot() + offset for offset in said)])
        bounds = (dates.datetime.fromtimestamp(seconds, dates.UTC) for seconds in (earliest, self.latest()))
        return Moment(*bounds)

    def _is_confirmed(self, rival: _Bounds) -> bool:
        """Whether a fresh message says the same."""
        return self._witness is not None and self._witness.high < inf and self._witness.agrees(rival)

    def _adopt(self, bounds: _Bounds) -> None:
        if self._is_confirmed(bounds):
            self._floor = None
        self._bounds, self._rival, self._agreed_since = bounds, None, self.boot()
        # A message or record that the new time contradicts is not forgotten: the next fresh message decides.
        floor = self._floor and self._floor.widened(self.boot())
        self._witness = floor if floor and not floor.agrees(bounds) else None
