"""Lets coroutines wait for a change that plain functions announce."""

import asyncio


class Condition:
    """Whoever waits looks first, and again after every wait, so no change is missed."""

    # Not asyncio.Condition, which only coroutines that hold its lock may notify: here plain functions change things.

    def __init__(self) -> None:
        self.closed = False
        self.waiting = 0
        self._changed = asyncio.Event()

    def notify_all(self) -> None:
        # A new event each time: it belongs to the loop of whoever waits for it first, and tests have many loops.
        self._changed.set()
        self._changed = asyncio.Event()

    def close(self) -> None:
        """Nobody waits any more."""
        self.closed = True
        self.notify_all()

    async def wait(self, seconds: float | None) -> bool:
        """Whether something changed within so many seconds (None: however long it takes)."""
        if self.closed or (seconds is not None and seconds <= 0):
            return False
        self.waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        finally:
            self.waiting -= 1
        return True
