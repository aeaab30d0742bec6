"""Serves an ASGI app on a local port inside the running event loop, and lets the app break its connections."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

CONNECTION = "latchkey.connection"
"""The name under which `scope["extensions"]` holds the asyncio transport of the request."""


class BreakableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with the connection in the app's hands and no access log: paths hold keys."""

    def __init__(self, *args: Any, date_header: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False
        self.dated = date_header
        self.served = self.app
        self.app = self.lend_connection

    def data_received(self, data: bytes) -> None:
        if self.dated:
            self.server_state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        super().data_received(data)

    async def lend_connection(self, scope: Any, receive: Any, send: Any) -> None:
        scope.setdefault("extensions", {})[CONNECTION] = self.transport
        try:
            await self.served(scope, receive, send)
        except asyncio.CancelledError:
            # Only the end of `serve` cancels; uvicorn would log it as a fault of the app.
            self.transport.abort()
            await asyncio.sleep(0)


@asynccontextmanager
async def serve(app: Any, port: int = 0, *, host: str = "127.0.0.1", date_header: bool = False) -> AsyncIterator[str]:
    """Yield the base URL. No signal handlers, no start-up wait; at the end open connections are cut at once."""
    config = uvicorn.Config(app, lifespan="auto", ws="none", log_config=None)
    config.load()
    lifespan = config.lifespan_class(config)
    await lifespan.startup()
    state = ServerState()

    def protocol() -> BreakableProtocol:
        return BreakableProtocol(config=config, server_state=state, app_state=lifespan.state, date_header=date_header)

    server = await asyncio.get_running_loop().create_server(protocol, host, port)
    try:
        yield f"http://{host}:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await _cut(state)
        await server.wait_closed()
        await lifespan.shutdown()


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
