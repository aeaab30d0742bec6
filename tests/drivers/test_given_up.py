"""A connection that is given up is reset, so that nothing of it arrives later: on every path, for queries as well."""

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from bot.drivers.base import Deadline
from bot.drivers.errors import LockError
from bot.drivers.http import HttpReply, LockHttpClient, Timeouts
from tests.drivers.peer import http

RESET, CLOSED = "reset", "closed"
TCP_CLOSE = 7
YES = http(b'{"status": "ok"}')
SHORT = Timeouts(connect=1, read=0.1, total=0.2)
LONG = Timeouts(connect=5, read=5, total=10)
CERTIFICATE = Path(__file__).with_name("peer.pem")
ROOT = Path(__file__).parents[2]

Ask = Callable[[LockHttpClient, Timeouts], Awaitable[HttpReply]]


class Ends:
    """A server that says `says`, then waits for the other end, and remembers how that came."""

    def __init__(self, says: bytes = b"", *, drips: bool = False) -> None:
        self._says, self._drips = says, drips
        self.arrived = asyncio.Event()
        self.ends: asyncio.Queue[str] = asyncio.Queue()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A copy, since the stream closes its own socket when the connection is reset.
        sock = socket.fromfd(writer.get_extra_info("socket").fileno(), socket.AF_INET, socket.SOCK_STREAM)
        await reader.readuntil(b"\r\n\r\n")
        self.arrived.set()
        with suppress(ConnectionError):
            writer.write(self._says)
            await writer.drain()
            while self._drips:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        with suppress(ConnectionError):
            await reader.read()
        with sock:
            await self._until_settled(sock)
        writer.close()

    async def _until_settled(self, sock: socket.socket) -> None:
        """A reset may come a moment after the end of the stream; a closed end stays one."""
        for _ in range(20):
            if sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == TCP_CLOSE:
                self.ends.put_nowait(RESET)
                return
            await asyncio.sleep(0.005)
        self.ends.put_nowait(CLOSED)


@asynccontextmanager
async def connected(ends: Ends, *, tls: bool = False) -> AsyncIterator[LockHttpClient]:
    context = None
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(CERTIFICATE)
    server = await asyncio.start_server(ends, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    client = LockHttpClient(f"{'https' if tls else 'http'}://localhost:{port}", peer="gw")
    try:
        yield client
    finally:
        await client.aclose()
        server.close()


async def command(client: LockHttpClient, timeouts: Timeouts) -> HttpReply:
    deadline = Deadline(10, lambda: 0.0)
    return await client.command("POST", "/open", deadline=deadline, timeouts=timeouts, form={"a": "b"})


async def query(client: LockHttpClient, timeouts: Timeouts) -> HttpReply:
    return await client.query("GET", "/status", timeouts=timeouts)


KILLED = """
import asyncio, certifi
certifi.where = lambda: {certificate!r}
from tests.drivers.test_given_up import LONG, command, query
from bot.drivers.http import LockHttpClient
client = LockHttpClient({address!r}, peer="gw")
asyncio.run((command if {is_command} else query)(client, LONG))
"""

BOTH = pytest.mark.parametrize("ask", [command, query])


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The peer's certificate is for "localhost", made for these tests and of no other use."""
    monkeypatch.setattr("certifi.where", lambda: str(CERTIFICATE))


@BOTH
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
class TestReset:
    async def _given_up(self, ends: Ends, ask: Ask, timeouts: Timeouts, *, tls: bool) -> str:
        async with connected(ends, tls=tls) as client:
            with pytest.raises(LockError):
                await ask(client, timeouts)
            return await asyncio.wait_for(ends.ends.get(), 5)

    async def test_silence(self, ask: Ask, tls: bool) -> None:
        assert await self._given_up(Ends(), ask, SHORT, tls=tls) == RESET

    async def test_half_an_answer(self, ask: Ask, tls: bool) -> None:
        assert await self._given_up(Ends(YES[:-3]), ask, SHORT, tls=tls) == RESET

    async def test_an_answer_that_drips_for_too_long(self, ask: Ask, tls: bool) -> None:
        endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"
        assert await self._given_up(Ends(endless, drips=True), ask, SHORT, tls=tls) == RESET

    async def test_far_more_than_an_answer(self, ask: Ask, tls: bool) -> None:
        assert await self._given_up(Ends(http(b"x" * 200_000)), ask, LONG, tls=tls) == RESET

    async def test_something_that_is_no_http(self, ask: Ask, tls: bool) -> None:
        assert await self._given_up(Ends(b"\x00\x01\r\n\r\n"), ask, LONG, tls=tls) == RESET

    async def test_a_cancellation(self, ask: Ask, tls: bool) -> None:
        ends = Ends()
        async with connected(ends, tls=tls) as client:
            asked = asyncio.ensure_future(ask(client, LONG))
            await asyncio.wait_for(ends.arrived.wait(), 5)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
            assert await asyncio.wait_for(ends.ends.get(), 5) == RESET

    async def test_the_end_of_the_bot(self, ask: Ask, tls: bool) -> None:
        ends = Ends()
        async with connected(ends, tls=tls) as client:
            asked = asyncio.ensure_future(ask(client, LONG))
            await asyncio.wait_for(ends.arrived.wait(), 5)
            await client.aclose()
            assert await asyncio.wait_for(ends.ends.get(), 5) == RESET
            await asyncio.gather(asked, return_exceptions=True)

    async def test_a_bot_that_is_killed(self, ask: Ask, tls: bool) -> None:
        ends = Ends()
        async with connected(ends, tls=tls) as client:
            script = KILLED.format(address=client._base_url, is_command=ask is command, certificate=str(CERTIFICATE))
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cwd=ROOT)
            await asyncio.wait_for(ends.arrived.wait(), 20)
            process.kill()
            await process.wait()
            assert await asyncio.wait_for(ends.ends.get(), 5) == RESET

    async def test_but_not_a_whole_answer(self, ask: Ask, tls: bool) -> None:
        ends = Ends(YES)
        async with connected(ends, tls=tls) as client:
            assert (await ask(client, LONG)).status == 200
            assert await asyncio.wait_for(ends.ends.get(), 5) == CLOSED
