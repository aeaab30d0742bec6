"""Serves ASGI apps on local ports inside the running event loop, and lets an app break its connections."""

import asyncio
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

CONNECTION = "latchkey.connection"
"""The name under which `scope["extensions"]` holds the asyncio transport of the request."""


class BreakableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with the connection lent to the app and no access log: paths hold keys."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        self.served = self.app
        self.app = self.lend_connection

    async def lend_connection(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("extensions", {})[CONNECTION] = self.transport
        try:
            await self.served(scope, receive, send)
        except asyncio.CancelledError:
            # Only the end of `serve` cancels; uvicorn would log it as a fault of the app.
            self.transport.abort()
            await asyncio.sleep(0)


@asynccontextmanager
async def serve(app: Any, port: int = 0, *, host: str = "127.0.0.1") -> AsyncIterator[str]:
    """Yield the base URL. No signal handlers, no start-up wait; at the end open connections are cut at once."""
    config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, date_header=False)
    config.load()
    state = ServerState()

    def protocol() -> BreakableProtocol:
        return BreakableProtocol(config=config, server_state=state, app_state={})

    listener = _listen(host, port)
    server = await asyncio.get_running_loop().create_server(protocol, sock=listener)
    try:
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.close()
        await _cut(state)
        await server.wait_closed()


def _listen(host: str, port: int) -> socket.socket:
    """Named as TCP, because asyncio sends small answers at once only there: otherwise each waits 40 ms for an ACK."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except BaseException:
        listener.close()
        raise
    return listener


async def _cut(state: ServerState) -> None:
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for connection in list(state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)


def reset(connection: asyncio.Transport) -> None:
    """End the connection with a TCP reset instead of a polite close."""
    raw = connection.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


def run(*apps: tuple[str, Any, int]) -> None:
    """Serve in a process of one's own: each app is a name, the ASGI app and its port (0: any free one).

    One ready line each on standard output, then until SIGTERM or Ctrl-C.
    """
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
