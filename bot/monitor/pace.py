"""How often each door is read: once every POLL_SECONDS, and less often while it cannot be reached."""

import random
from collections.abc import Callable

SLOWEST = 8
JITTER = 0.1
QUICK_SECONDS = 60.0


class Pace:
    """Never oftener than POLL_SECONDS, which is what the owner promised the vendor."""

    def __init__(
        self,
        boot: Callable[[], float],
        *,
        poll_seconds: float,
        slow_after: int,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`slow_after`: so many failures in a row are not waited for, or an outage would be told late."""
        self._boot = boot
        self._poll_seconds = poll_seconds
        self._slow_after = slow_after
        self._chance = chance
        self._failures: dict[str, int] = {}
        self._quick_until: dict[str, float] = {}
        self._passed: dict[str, int] = {}

    def pause(self) -> float:
        """Until the next round: a little more than POLL_SECONDS, so that doors do not ask in step for ever."""
        return self._poll_seconds * (1 + JITTER * self._chance())

    def is_due(self, door: str) -> bool:
        """Whether the door is read in this round. Asked once a round."""
        passed = self._passed.get(door, SLOWEST) + 1
        is_due = passed >= self._factor(door)
        self._passed[door] = 0 if is_due else passed
        return is_due

    def interval(self, door: str) -> float:
        """Seconds between two readings, as things are."""
        return self._poll_seconds * self._factor(door)

    def is_slow(self, door: str) -> bool:
        return self._factor(door) > 1

    def read(self, door: str) -> None:
        self._failures.pop(door, None)

    def failed(self, door: str, times: int) -> None:
        self._failures[door] = times

    def hurry(self, door: str) -> None:
        """Something happens at the door: for a minute it is read in every round, whether it answers or not."""
        self._quick_until[door] = self._boot() + QUICK_SECONDS

    def _factor(self, door: str) -> int:
        too_many = self._failures.get(door, 0) - self._slow_after
        if too_many < 0 or self._boot() < self._quick_until.get(door, 0.0):
            return 1
        return SLOWEST if too_many >= 2 else 2 << too_many
