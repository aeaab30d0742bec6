"""The numbers that sign requests to gateways, where the timestamp book alone is not enough."""

import asyncio

from bot.clock import Clock
from storage.stamps import Stamps


class PlainStamps:
    """Strictly increasing within this process only: for single calls, not for a bot."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    async def next(self, name: str, now: int) -> int:
        self._last[name] = max(now, self._last.get(name, 0) + 1)
        return self._last[name]


class StampsUntilTold:
    """Until Telegram has told the time, the next number is one above the last, whatever the host's clock says.

    That is enough to outdate what an earlier run left unanswered. A clock that is years ahead would otherwise be
    written into the book and into the gateway for good, and lock every other client of the gateway out.
    """

    def __init__(self, stamps: Stamps, clock: Clock) -> None:
        self._stamps = stamps
        self._clock = clock
        self._told = asyncio.Event()

    def time_is_told(self) -> None:
        self._told.set()

    async def next(self, name: str, now: int) -> int:
        if self._told.is_set():
            return await self._stamps.next(name, now)
        if name in await self._stamps.everyone():
            return await self._stamps.next(name, 0)
        # Nothing was ever sent there, so nothing is unanswered and it can wait.
        await self._told.wait()
        return await self._stamps.next(name, int(self._clock.now()))
