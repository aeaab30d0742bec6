"""Runs simulators as a process of their own: one ready line each on standard output, until SIGTERM or Ctrl-C."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from typing import Any

from bot.demo.serving import serve


def run(*apps: tuple[str, Any, int]) -> None:
    """Each app is a name, the ASGI app and its port (0: any free one)."""
    asyncio.run(_run(*apps))


async def _run(*apps: tuple[str, Any, int]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        for name, app, port in apps:
            address = await stack.enter_async_context(serve(app, port))
            sys.stdout.write(f"{name} {address}\n")
        sys.stdout.flush()
        await stopped.wait()
