"""How often a far side is spoken to: one request at a time with rests between, and hardly at all while it is dead."""

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.drivers.base import Deadline
from bot.drivers.errors import TooLate


class Turns:
    """One request at a time; urgent ones (commands) go before the others, and each leaves a rest behind it."""

    def __init__(self, *, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._taken = False
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._tickets = itertools.count()
        self._rest_until = float("-inf")

    @asynccontextmanager
    async def turn(self, *, urgent: bool, rest: float, deadline: Deadline | None = None) -> AsyncIterator[None]:
        """Hold the line; `rest` is how many seconds nobody speaks afterwards. Raises TooLate at the deadline."""
        try:
            async with asyncio.timeout(None if deadline is None else max(0.0, deadline.remaining())):
                await self._take(urgent=urgent)
        except TimeoutError:
            raise TooLate("It was not sent: others were served until it was too late.") from None
        try:
            yield
        finally:
            self._rest_until = self._monotonic() + rest
            self._pass_on()

    async def _take(self, *, urgent: bool) -> None:
        while True:
            await self._queue(urgent=urgent)
            try:
                await self._rest()
            except BaseException:
                self._pass_on()
                raise
            if urgent or not self._urgent_waiting():
                return
            self._pass_on()

    async def _queue(self, *, urgent: bool) -> None:
        if not self._taken:
            self._taken = True
            return
        handover = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._tickets), handover))
        try:
            await handover
        except asyncio.CancelledError:
            # The line may have been handed over in the very moment of the cancellation.
            if handover.done() and not handover.cancelled():
                self._pass_on()
            raise

    async def _rest(self) -> None:
        pause = self._rest_until - self._monotonic()
        if pause > 0:
            await self._sleep(pause)

    def _urgent_waiting(self) -> bool:
        return any(not later and not handover.done() for later, _, handover in self._waiting)

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, handover = heapq.heappop(self._waiting)
            if not handover.done():
                handover.set_result(None)
                return
        self._taken = False


class Breaker:
    """Counts failures in a row; from the `limit`th on only probes may pass, at first after 5 s, at last each minute."""

    def __init__(
        self,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        limit: int = 3,
        first_pause: float = 5.0,
        longest_pause: float = 60.0,
    ) -> None:
        self._now = now
        self._monotonic = monotonic
        self._limit = limit
        self._first_pause = first_pause
        self._longest_pause = longest_pause
        self._failures = 0
        self._last_probe = 0.0
        self._next_probe = 0.0
        self.failing_since = 0.0
        """UTC seconds of the first failure in the row, if there is one."""

    @property
    def is_open(self) -> bool:
        return self._failures >= self._limit

    def worked(self) -> None:
        self._failures = 0

    def failed(self) -> None:
        if not self._failures:
            self.failing_since = self._now()
        self._failures += 1
        self._put_off()

    def claim_probe(self, *, urgent: bool = False) -> bool:
        """Whether the caller may probe now; nobody else may until the next pause is over.

        `urgent`, because a person waits: the first, short pause is enough.
        """
        if self._monotonic() < (self._last_probe + self._first_pause if urgent else self._next_probe):
            return False
        self._put_off()
        return True

    def seconds_to_probe(self) -> float:
        return max(0.0, self._next_probe - self._monotonic())

    def _put_off(self) -> None:
        self._last_probe = self._monotonic()
        doublings = min(max(0, self._failures - self._limit), 10)
        self._next_probe = self._monotonic() + min(self._longest_pause, self._first_pause * 2**doublings)
