"""Time that passes only when nobody has anything left to do before: hours of waiting in a second."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count

from bot.clock import Clock

BEGIN = 1_772_366_400.0


class VirtualTime:
    """`is_busy`: whether somebody works outside the event loop, as the database does."""

    def __init__(self, is_busy: Callable[[], bool] = lambda: False) -> None:
        self.boot = 1000.0
        self.wall = BEGIN
        self.is_busy = is_busy
        self._number = count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def clock(self) -> Clock:
        return Clock(boot=lambda: self.boot, wall=lambda: self.wall)

    async def sleep(self, seconds: float) -> None:
        alarm = asyncio.Event()
        heapq.heappush(self._sleepers, (self.boot + max(seconds, 0.0), next(self._number), alarm))
        await alarm.wait()

    async def pass_until(self, moment: float) -> None:
        """Let everything happen that is due until then, each at its time."""
        await self._settle()
        while self._sleepers and self._sleepers[0][0] <= moment:
            due, _, alarm = heapq.heappop(self._sleepers)
            self._turn_to(due)
            alarm.set()
            await self._settle()
        self._turn_to(moment)

    async def wait_for(self, done: Callable[[], bool], *, at_most: float, step: float = 0.5) -> bool:
        """False if it did not come true in so many seconds."""
        end = self.boot + at_most
        while not done() and self.boot < end:
            await self.pass_until(self.boot + step)
        return done()

    def _turn_to(self, moment: float) -> None:
        self.wall += max(0.0, moment - self.boot)
        self.boot = max(self.boot, moment)

    async def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0)
            if self.is_busy():
                await asyncio.sleep(0.0001)
            elif not loop._ready:  # type: ignore[attr-defined]
                return
