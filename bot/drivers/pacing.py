"""How often a peer is spoken to: one request at a time with rests between, and hardly at all while it is dead."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.drivers.base import Deadline

OWNER, COMMAND, QUERY = range(3)


@dataclass(eq=False, slots=True)
class _Waiter:
    rank: int
    caller: int
    ticket: int
    handover: asyncio.Future[None] = field(init=False)


class RequestQueue:
    """One request at a time, each followed by a rest: owners' commands, then other commands, then queries."""

    def __init__(self, *, monotonic: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._monotonic = monotonic
        self._sleep = sleep
        self._is_taken = False
        self._waiting: list[_Waiter] = []
        self._counter = itertools.count(1)
        self._served: dict[int, int] = {}
        """When each caller was last served, as a count of turns."""
        self._rest_until = float("-inf")

    @asynccontextmanager
    async def turn(self, *, rest: float, deadline: Deadline | None = None, urgent: bool = False) -> AsyncIterator[None]:
        """Hold the queue, and let it rest for `rest` seconds afterwards. With a deadline it is a command's turn.

        `urgent`: somebody waits for it though it has no deadline. Raises TooLate or Withdrawn.
        """
        ticket = next(self._counter)
        if deadline is None:
            await self._take(_Waiter(COMMAND if urgent else QUERY, 0, ticket))
        else:
            async with deadline.waiting():
                await self._take(_Waiter(OWNER if deadline.is_owner else COMMAND, deadline.caller, ticket))
        try:
            yield
        finally:
            # The rest counts from the answer: a gateway is done with a request only then.
            self._rest_until = self._monotonic() + rest
            self._pass_on()

    async def _take(self, waiter: _Waiter) -> None:
        while True:
            await self._line_up(waiter)
            try:
                await self._rest()
            except BaseException:
                # Given up while resting: without this the queue would stay taken for ever.
                self._pass_on()
                raise
            if not any(other.rank < waiter.rank and not other.handover.done() for other in self._waiting):
                self._served[waiter.caller] = next(self._counter)
                return
            # Somebody more urgent came while this one rested. It lines up again, so a poll never holds up a person.
            self._pass_on()

    async def _line_up(self, waiter: _Waiter) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        waiter.handover = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter.handover
        except asyncio.CancelledError:
            # The queue may have been handed over at the moment of the cancellation.
            if waiter.handover.done() and not waiter.handover.cancelled():
                self._pass_on()
            raise
        finally:
            self._waiting.remove(waiter)

    async def _rest(self) -> None:
        pause = self._rest_until - self._monotonic()
        if pause > 0:
            await self._sleep(pause)

    def _pass_on(self) -> None:
        left = [waiter for waiter in self._waiting if not waiter.handover.done()]
        if left:
            min(left, key=self._order).handover.set_result(None)
        else:
            self._is_taken = False

    def _order(self, waiter: _Waiter) -> tuple[int, int, int]:
        # Whoever was served longest ago is next: a person with thirty requests does not block a person with one.
        return waiter.rank, self._served.get(waiter.caller, 0), waiter.ticket


class CircuitBreaker:
    """Counts failures in a row; from the `limit`th on only probes may pass, at first after 5 s, at last each minute."""

    def __init__(
        self,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        limit: int = 3,  # a gateway drops single connections in ordinary use, so one failure proves nothing
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
        """Whether the caller may probe now; nobody else may until the next pause is over."""
        # A person who waits need not sit out the minute that is long enough for polls.
        if self._monotonic() < (self._last_probe + self._first_pause if urgent else self._next_probe):
            return False
        self._put_off()
        return True

    def _put_off(self) -> None:
        self._last_probe = self._monotonic()
        # A peer that is away for a day would make a number that no float can hold.
        doublings = min(max(0, self._failures - self._limit), 10)
        self._next_probe = self._monotonic() + min(self._longest_pause, self._first_pause * 2**doublings)
