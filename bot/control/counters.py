"""The numbers that sign requests to gateways, where the counters on disk alone are not enough."""

from bot.clock import Clock
from storage.counters import Counters


class ProcessCounters:
    """Strictly increasing within this process only: for single calls, not for a bot."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    async def next(self, name: str, now: int) -> int:
        self._last[name] = max(now, self._last.get(name, 0) + 1)
        return self._last[name]


class TrustedCounters:
    """A time that is not trusted is never written into a gateway, where it would stay: the last number plus one is."""

    def __init__(self, counters: Counters, clock: Clock) -> None:
        self._counters = counters
        self._clock = clock

    async def next(self, name: str, now: int) -> int:
        return await self._counters.next(name, int(self._clock.now()) if self._clock.is_trusted else 0)
