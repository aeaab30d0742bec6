"""Serves the stand-in on a local socket until it is told to stop."""

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from bot.demo.telegram.app import create_app
from bot.demo.telegram.world import TelegramWorld

HOST = "127.0.0.1"


class Server(uvicorn.Server):
    """A server that lets go of waiting callers when it is told to stop."""

    def __init__(self, app: Starlette, world: TelegramWorld) -> None:
        # The app dates its answers itself, by the world's clock.
        config = uvicorn.Config(
            app, date_header=False, server_header=False, log_level="critical", lifespan="off", ws="none",
            timeout_graceful_shutdown=2,
        )  # fmt: skip
        super().__init__(config)
        self._world = world

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._world.bell.close()
        super().handle_exit(sig, frame)


async def serve(world: TelegramWorld, port: int = 0, announce: Callable[[str], None] = lambda url: None) -> None:
    """Serve until stopped by a signal or cancelled; port 0 takes a free one."""
    with socket.create_server((HOST, port)) as listener:
        server = Server(create_app(world, cut_connections=True), world)
        serving = asyncio.ensure_future(server.serve(sockets=[listener]))
        announce(f"http://{HOST}:{listener.getsockname()[1]}")
        try:
            await serving
        finally:
            world.close()
