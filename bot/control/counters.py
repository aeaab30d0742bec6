"""The numbers that sign requests to gateways, where the counters on disk alone are not enough."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.clock import Clock
from storage.counters import StoredCounters

CHECK_SECONDS = 1.0


class ProcessCounters:
    """Strictly increasing within this process only: for single calls, not for a bot."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    async def next(self, name: str, now: int) -> int:
        self._last[name] = max(now, self._last.get(name, 0) + 1)
        return self._last[name]


class TrustedCounters:
    """Draws a number from the time only while the time is trusted; else it is one above the last."""

    def __init__(
        self, counters: StoredCounters, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._counters = counters
        self._clock = clock
        self._sleep = sleep

    async def next(self, name: str, now: int) -> int:
        # Where nothing was ever sent nothing is unanswered, so it can wait.
        while not self._clock.is_trusted and name not in await self._counters.all():
            await self._sleep(CHECK_SECONDS)
        # With 0 it is one above the last, which outdates what an earlier run left unanswered. A time that is years
        # ahead would stay in the gateway for good, and lock out its other clients (docs/trials.md, R8).
        return await self._counters.next(name, int(self._clock.now()) if self._clock.is_trusted else 0)
