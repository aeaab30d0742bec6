"""Serves ASGI apps on local ports inside the running event loop, and lets an app break its connections."""

import asyncio
import signal
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

CHECK_SECONDS = 0.05
CONNECTION = "latchkey.connection"
"""The name under which `scope["extensions"]` holds the asyncio transport of the request."""


class BreakableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with the connection lent to the app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Paths hold keys: KAS's own, and the bot's token.
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


class LocalServer:
    """One ASGI app on one port, which can be closed and opened again."""

    def __init__(self, app: Any, host: str) -> None:
        self._config = uvicorn.Config(app, lifespan="off", ws="none", log_config=None, date_header=False)
        self._config.load()
        self._state = ServerState()
        self._host = host
        self._server: asyncio.Server | None = None
        self.port = 0

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self, *ports: int) -> None:
        """On the first of these ports that is free."""
        listener = _listen(self._host, ports)
        self.port = listener.getsockname()[1]
        self._server = await asyncio.get_running_loop().create_server(self._protocol, sock=listener)

    async def close(self) -> None:
        """Nobody connects any more, and open connections are cut at once."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        await server.wait_closed()

    def _protocol(self) -> BreakableProtocol:
        return BreakableProtocol(config=self._config, server_state=self._state, app_state={})


@asynccontextmanager
async def serve(
    app: Any, *ports: int, host: str = "127.0.0.1", reachable: Callable[[], bool] | None = None
) -> AsyncIterator[str]:
    """Yield the base URL. No signal handlers, no start-up wait. No port, or 0, is any free one."""
    # While `reachable` says no, nobody listens: only then is a client sure that nothing of its request arrived.
    server = LocalServer(app, host)
    await server.open(*(ports or (0,)))
    watching = asyncio.ensure_future(_open_while(reachable, server)) if reachable else None
    try:
        yield f"http://{host}:{server.port}"
    finally:
        if watching:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await server.close()


async def _open_while(reachable: Callable[[], bool], server: LocalServer) -> None:
    while True:
        await asyncio.sleep(CHECK_SECONDS)
        if server.is_open and not reachable():
            await server.close()
        elif not server.is_open and reachable():
            await server.open(server.port)


def _listen(host: str, ports: Sequence[int]) -> socket.socket:
    *preferred, last = ports
    for port in preferred:
        with suppress(OSError):
            return _listener(host, port)
    try:
        return _listener(host, last)
    except OSError as error:
        raise OSError(error.errno, f"port {last} of {host}: {error.strerror}") from None


def _listener(host: str, port: int) -> socket.socket:
    # Named as TCP, because asyncio sends small answers at once only there: otherwise each waits 40 ms for an ACK.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(100)
    except BaseException:  # whatever it is, an open socket would keep the port
        listener.close()
        raise
    return listener


def reset(connection: asyncio.Transport) -> None:
    """End the connection with a TCP reset instead of a polite close."""
    raw = connection.get_extra_info("socket")
    if raw is not None:
        # Lingering for no time at all makes the kernel send RST instead of FIN.
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


def run(*apps: tuple[str, Any, int], ready: Callable[[dict[str, str]], None] = lambda _: None) -> None:
    """Serve in a process of one's own: each app is a name, the ASGI app and its port (0: any free one).

    `ready` is told the addresses; then one line each on standard output, and nothing more until SIGTERM or Ctrl-C.
    """
    asyncio.run(_run(*apps, ready=ready))


async def _run(*apps: tuple[str, Any, int], ready: Callable[[dict[str, str]], None]) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        addresses = {name: await stack.enter_async_context(serve(app, port)) for name, app, port in apps}
        ready(addresses)
        sys.stdout.write("".join(f"{name} {address}\n" for name, address in addresses.items()))
        sys.stdout.flush()
        await stopped.wait()
