"""Not too often: bounded memory of who did what when, so that nobody's hammering fills a disk or a chat."""

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

REMEMBERED = 1000


class Throttle:
    """At most `times` per key in any `seconds`; the keys unused for longest are forgotten first."""

    def __init__(self, *, times: int, seconds: float, clock: Callable[[], float], remembered: int = REMEMBERED) -> None:
        self._times = times
        self._seconds = seconds
        self._clock = clock
        self._remembered = remembered
        self._past: OrderedDict[Hashable, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._past)

    def allows(self, key: Hashable) -> bool:
        """Whether it may happen now; if so it is counted."""
        now = self._clock()
        past = self._past.setdefault(key, deque(maxlen=self._times))
        self._past.move_to_end(key)
        # Or anybody with many accounts could fill the memory.
        if len(self._past) > self._remembered:
            self._past.popitem(last=False)
        if len(past) == self._times and now - past[0] < self._seconds:
            return False  # Not counted: whoever goes on hammering is let through again all the same.
        past.append(now)
        return True
