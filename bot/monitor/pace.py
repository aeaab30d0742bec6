"""How often each door is read: once every POLL_SECONDS while something happens, and less often otherwise."""

import random
from collections.abc import Callable

SLOWEST = 8
JITTER = 0.1
QUICK_SECONDS = 60.0
# So many readings in a row that say the same, and nothing is expected to happen soon.
CALM_READINGS = 20
# Whoever turns the bolt by hand is told of within so long, whatever the hour.
LONGEST_CALM_SECONDS = 240.0


class Pace:
    """Never oftener than POLL_SECONDS, which is what the owner promised the vendor."""

    def __init__(
        self,
        boot: Callable[[], float],
        *,
        poll_seconds: float,
        slow_after: int,
        is_night: Callable[[], bool] = lambda: False,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`slow_after`: so many failures in a row are not waited for, or an outage would be told late."""
        self._boot = boot
        self._poll_seconds = poll_seconds
        self._slow_after = slow_after
        self._is_night = is_night
        self._chance = chance
        self._failures: dict[str, int] = {}
        # How many readings in a row showed a closed door on which nothing had changed.
        self._calm: dict[str, int] = {}
        self._is_battery_low: dict[str, bool] = {}
        self._quick_until: dict[str, float] = {}
        self._passed: dict[str, int] = {}

    def pause(self) -> float:
        """Seconds until the next round."""
        # A little more than POLL_SECONDS each time, so that doors do not ask in step for ever.
        return self._poll_seconds * (1 + JITTER * self._chance())

    def is_due(self, door: str) -> bool:
        """Whether the door is read in this round. Asked once a round."""
        # A door that was never read is due at once.
        passed = self._passed.get(door, SLOWEST) + 1
        is_due = passed >= self._factor(door)
        self._passed[door] = 0 if is_due else passed
        return is_due

    def interval(self, door: str) -> float:
        """Seconds between two readings, as things are."""
        return self._poll_seconds * self._factor(door)

    def read(self, door: str, *, is_calm: bool, is_battery_low: bool = False) -> None:
        """`is_calm`: it is closed, and was when it was last read."""
        self._failures.pop(door, None)
        self._calm[door] = self._calm.get(door, 0) + 1 if is_calm else 0
        self._is_battery_low[door] = is_battery_low

    def failed(self, door: str, times: int) -> None:
        self._failures[door] = times

    def retry(self, door: str) -> None:
        """It may answer again: it is read in the next round."""
        self._failures.pop(door, None)
        self._calm.pop(door, None)

    def hurry(self, door: str) -> None:
        """Something happens at the door: for a minute it is read in every round, whether it answers or not."""
        self._quick_until[door] = self._boot() + QUICK_SECONDS

    def _factor(self, door: str) -> int:
        if self._boot() < self._quick_until.get(door, 0.0):
            return 1
        failures = self._failures.get(door, 0)
        return self._factor_of_failures(failures - self._slow_after) if failures else self._factor_of_calm(door)

    def _factor_of_failures(self, too_many: int) -> int:
        if too_many < 0:
            return 1
        # Every 2nd, 4th and then 8th round: a gateway may be away for days, and each try costs its timeout.
        return SLOWEST if too_many >= 2 else 2 << too_many

    def _factor_of_calm(self, door: str) -> int:
        if self._calm.get(door, 0) < CALM_READINGS:
            return 1
        # 2, 4 or 8 times as long: half as often, halved again at night and again with a low battery.
        factor = 2 << self._is_night() + self._is_battery_low.get(door, False)
        return max(1, min(factor, int(LONGEST_CALM_SECONDS // self._poll_seconds)))
