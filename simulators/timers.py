"""Wakes a simulator when something is due, so that watchers hear of it without asking."""

import asyncio
from collections.abc import Awaitable, Callable


class Timers:
    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._running: set[asyncio.Task[None]] = set()

    def call_in(self, seconds: float, action: Callable[[], None]) -> None:
        """Outside an event loop nothing is arranged; what is due then happens when somebody next looks."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        task = asyncio.ensure_future(self._wait(seconds, action))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _wait(self, seconds: float, action: Callable[[], None]) -> None:
        await self._sleep(seconds)
        action()
