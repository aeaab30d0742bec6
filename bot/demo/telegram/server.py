"""Serves the stand-in on a local socket until it is cancelled."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.applications import Starlette

from bot.demo.telegram.app import create_app
from bot.demo.telegram.world import TelegramWorld

HOST = "127.0.0.1"


class Server(uvicorn.Server):
    """A server that leaves the process's signals alone: several may run in one process."""

    def __init__(self, app: Starlette) -> None:
        # The app dates its answers itself, by the world's clock.
        config = uvicorn.Config(app, date_header=False, log_level="critical", lifespan="off", ws="none")
        config.timeout_graceful_shutdown = 2
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(world: TelegramWorld, port: int = 0, announce: Callable[[str], None] = lambda url: None) -> None:
    """Serve until cancelled; port 0 takes a free one."""
    with listening(port) as listener:
        server = Server(create_app(world, cut_connections=True))
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        announce(f"http://{HOST}:{listener.getsockname()[1]}")
        try:
            await asyncio.shield(serving)
        finally:
            world.bell.close()
            server.should_exit = True
            await serving
            world.close()


def listening(port: int) -> socket.socket:
    """Named as TCP, because asyncio sends small answers at once only there: otherwise each waits 40 ms for an ACK."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    listener.listen(100)
    return listener
