"""A raw HTTP server on a socket that treats requests as badly as a test asks."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx

Treatment = Callable[["Caller"], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def fits(self, beginning: str) -> bool:
        return self.path.startswith(beginning) or f"{self.method} {self.path}".startswith(beginning)


@dataclass
class Caller:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def http(body: bytes, *, status: int = 200, content_type: str = "application/json", length: bool = True) -> bytes:
    """A whole response."""
    head = f"HTTP/1.1 {status} So\r\nContent-Type: {content_type}\r\n"
    head += f"Content-Length: {len(body)}\r\n" if length else "Connection: close\r\n"
    return head.encode() + b"\r\n" + body


def says(whole: bytes) -> Treatment:
    async def treat(caller: Caller) -> None:
        await caller.send(whole)

    return treat


def cut(whole: bytes, at: int) -> Treatment:
    """Sends only the first `at` bytes and closes."""
    return says(whole[:at])


async def reset_unanswered(caller: Caller) -> None:
    caller.reset()


async def silent(caller: Caller) -> None:
    """Until the caller gives up."""
    await caller.reader.read()


def drips(whole: bytes, *, pause: float) -> Treatment:
    """Sends byte after byte, each in time, all together too late."""

    async def treat(caller: Caller) -> None:
        for n in range(len(whole)):
            await caller.send(whole[n : n + 1])
            await asyncio.sleep(pause)

    return treat


@dataclass
class Peer:
    """`treat` maps the beginning of "/path" or "METHOD /path" to a treatment; everything else is `otherwise`."""

    treat: dict[str, Treatment] = field(default_factory=dict)
    otherwise: Treatment = field(default_factory=lambda: says(http(b"{}", status=404)))
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    resets_before_reading: bool = False
    port: int = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def times(self, path: str) -> int:
        return sum(asked.fits(path) for asked in self.asked)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        caller = Caller(reader, writer)
        try:
            if self.resets_before_reading:
                caller.reset()
                return
            asked = await _read(reader)
            self.asked.append(asked)
            await self._treatment(asked)(caller)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def treatment_of(self, path: str) -> Treatment:
        return self.treat[max((start for start in self.treat if path.startswith(start)), key=len)]

    def _treatment(self, asked: Asked) -> Treatment:
        fitting = [start for start in self.treat if asked.fits(start)]
        return self.treat[max(fitting, key=len)] if fitting else self.otherwise


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, body)


class _Body(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


class Answering(httpx.AsyncBaseTransport):
    """A peer that is a function. Bodies come as streams: those of MockTransport count as read before they are."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._answer(request)
        headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
        return httpx.Response(answer.status_code, headers=headers, stream=_Body(answer.content))


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[Peer]:
    server = await asyncio.start_server(peer.serve, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        await asyncio.sleep(0)


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
