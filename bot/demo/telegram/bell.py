"""Wakes whoever waits for something to happen, on whichever event loop they wait."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    def __init__(self) -> None:
        self.closed = False
        self._ears: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def ring(self) -> None:
        for loop, ear in tuple(self._ears):
            loop.call_soon_threadsafe(ear.set)

    def close(self) -> None:
        self.closed = True
        self.ring()

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        pair = asyncio.get_running_loop(), asyncio.Event()
        self._ears.add(pair)
        try:
            yield pair[1]
        finally:
            self._ears.discard(pair)


async def heard(ear: asyncio.Event, seconds: float) -> bool:
    """Whether the bell rang within so many seconds."""
    if seconds <= 0:
        return False
    try:
        async with asyncio.timeout(seconds):
            await ear.wait()
    except TimeoutError:
        return False
    ear.clear()
    return True
