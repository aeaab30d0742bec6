"""The bot's console: a Unix socket beside the database, so that the command line can ask the running bot.

One line of JSON in, one out. Only the user who runs the bot can open it. A second process never writes to the
database, and health needs no database at all.
"""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

log = logging.getLogger("latchkey.console")

Reply = dict[str, object]
Call = Callable[[Mapping[str, object]], Awaitable[Reply]]
LONGEST_PATH = 100
"""Unix socket addresses end at 104 to 108 bytes."""
READ_SECONDS = 5.0


class NoBot(Exception):
    """Nobody answers on the console: the bot is not running."""


def console_of(database: Path) -> Path:
    return database.with_name(f"{database.name}.sock")


@asynccontextmanager
async def open_console(database: Path, calls: Mapping[str, Call]) -> AsyncIterator[None]:
    """Answer on the console inside the block."""
    path = console_of(database)
    if len(os.fsencode(path)) > LONGEST_PATH:
        log.warning("no console: the path of the database is too long for a socket beside it")
        yield
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                writer.write(json.dumps(await _reply(await _line(reader), calls)).encode() + b"\n")
                await writer.drain()
        finally:
            writer.close()

    path.unlink(missing_ok=True)
    # The socket is made unreadable for others before anybody can connect.
    mask = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(serve, path)
    finally:
        os.umask(mask)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _line(reader: asyncio.StreamReader) -> bytes:
    """One line; nothing of one that is too long or that never ends."""
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await reader.readline()
    except (TimeoutError, ValueError):
        return b""


async def _reply(line: bytes, calls: Mapping[str, Call]) -> Reply:
    try:
        wanted = json.loads(line)
        call = calls[wanted["call"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"error": "that is no call of the console"}
    try:
        return await call(wanted)
    except Exception as error:
        log.exception("a call of the console failed")
        return {"error": str(error)}


async def ask_bot(database: Path, call: str, *, seconds: float = 10, **arguments: object) -> Reply:
    """Ask the running bot. Raises NoBot if there is none, or none that answers in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(console_of(database))
            try:
                writer.write(json.dumps({"call": call, **arguments}).encode() + b"\n")
                line = await reader.readline()
            finally:
                writer.close()
        reply: Reply = json.loads(line)
    except (OSError, TimeoutError, ValueError) as error:
        raise NoBot("no running bot answers") from error
    return reply
