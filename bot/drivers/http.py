"""Sends requests to lock systems, and says of each what is known: whether it left, and whether it was answered."""

import asyncio
import json
import math
import socket
import ssl
import struct
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

import httpx

from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, UnexpectedReply

BODY_LIMIT = 64 * 1024
# Milliseconds since 1970 have 13 digits, and nothing else that these systems count is longer.
LONGEST_NUMBER = 16

# However a connection is given up (timeout, cancellation, a process that dies), it is reset and its unsent bytes are
# thrown away. After a plain close the kernel goes on sending them for minutes: in a trial on a lossy line a door opened
# 24 s after people were told that there was no answer. Queries are reset as well, since commands wait behind them.
_LINGER = "hh" if sys.platform == "win32" else "ii"
RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 1, 0))
NO_RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER, 0, 0))

# Whatever a client or a transport raises when a connection does not come about or breaks.
_BROKEN = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError)
_NEVER_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    ConnectionRefusedError,
)


class Unreadable(ValueError):
    """The bytes are not the kind of answer that was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait: for a connection, for the next bytes, and for the whole exchange."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0

    @classmethod
    def of(cls, silence: float) -> Self:
        """For a peer that may be silent for so many seconds."""
        # The total ends an answer that trickles: with every byte httpx begins to count the silence anew.
        return cls(connect=min(5.0, silence), read=silence, total=2 * silence)


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole answer with a status outside 3xx. The body is at most 64 KiB."""

    status: int
    body: bytes

    def json(self) -> object:
        return read_json(self.body)

    def text(self) -> str:
        return self.body.decode(errors="replace").strip()


class LockHttpClient:
    """Requests to one peer, each on a fresh connection: no retries, redirects, proxies, cookies or keep-alive.

    `peer` begins the codes of its errors ("the_keys.gateway.no_answer"). No error carries the request or its address.
    """

    def __init__(self, base_url: str, *, peer: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._peer = peer
        self._client = httpx.AsyncClient(
            transport=transport or sockets(base_url),
            # The gateway's page says that no proxy works.
            trust_env=False,
            # A redirected GET of KAS would open the door a second time.
            follow_redirects=False,
            # A gateway handles one request at a time, and every client in the field opens a connection for each.
            # A compressed answer could be small on the wire and huge in memory.
            headers={"Connection": "close", "Accept-Encoding": "identity", "User-Agent": "latchkey"},
        )

    async def command(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        timeouts: Timeouts,
        form: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Send once something that acts; raises `NotSent` (`TooLate`, `Withdrawn`) or `OutcomeUnknown`."""
        deadline.check()
        request = self._client.build_request(
            method, self._base_url + path, data=form, json=body, headers=headers, timeout=_timeout(timeouts)
        )
        return await self._exchange(request, timeouts, deadline)

    async def query(
        self,
        method: str,
        path: str,
        *,
        timeouts: Timeouts,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpReply:
        """Send once something that only asks; raises `OutOfReach` or `UnexpectedReply`."""
        request = self._client.build_request(
            method, self._base_url + path, data=form, headers=headers, timeout=_timeout(timeouts)
        )
        return await self._exchange(request, timeouts, None)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _exchange(self, request: httpx.Request, timeouts: Timeouts, deadline: Deadline | None) -> HttpReply:
        progress = _Progress(deadline)
        request.extensions["trace"] = progress
        try:
            async with asyncio.timeout(timeouts.total):
                reply = await self._send(request)
            failure = self._judge(reply, command=deadline is not None)
        except _BROKEN as broken:
            failure = self._explain(broken, left=progress.left(broken), command=deadline is not None)
        # Raised out here, so that no httpx exception (it holds the address, and KAS keeps its key there) hangs on it.
        if failure is not None:
            raise failure
        return reply

    async def _send(self, request: httpx.Request) -> HttpReply:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > BODY_LIMIT:
                    break
        finally:
            self._client.cookies.clear()
            await response.aclose()
        return HttpReply(response.status_code, bytes(body))

    def _judge(self, reply: HttpReply, *, command: bool) -> LockError | None:
        kind = OutcomeUnknown if command else UnexpectedReply
        if len(reply.body) > BODY_LIMIT:
            return kind(f"{self._peer}.too_much", status=reply.status)
        # Nobody knows what was done before it sent us elsewhere.
        if reply.status < 200 or 300 <= reply.status < 400:
            return kind(f"{self._peer}.elsewhere", status=reply.status)
        return None

    def _explain(self, broken: Exception, *, left: bool, command: bool) -> LockError:
        if not left:
            return (NotSent if command else OutOfReach)(f"{self._peer}.unreachable")
        is_late = isinstance(broken, (httpx.TimeoutException, TimeoutError))
        return (OutcomeUnknown if command else OutOfReach)(f"{self._peer}.{'no_answer' if is_late else 'broken_off'}")


def sockets(base_url: str) -> httpx.AsyncHTTPTransport:
    # Without https no certificate is checked, and loading all authorities takes 30 ms for each gateway.
    verify = True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncHTTPTransport(
        verify=verify,
        trust_env=False,
        limits=httpx.Limits(max_connections=10, max_keepalive_connections=0),
        socket_options=[RESET],
    )


class _Progress:
    """How far a request came, by httpx's trace events. The deadline is asked for the last time at its first byte."""

    def __init__(self, deadline: Deadline | None) -> None:
        self._deadline = deadline
        self._traced = False
        self._headers_started = False
        self._socket: socket.socket | None = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        self._traced = True
        if event.endswith("connect_tcp.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
        elif event.endswith("send_request_headers.started"):
            # Connecting may have taken seconds, in which the right can have ended.
            if self._deadline is not None:
                self._deadline.check()
            self._headers_started = True
        elif event.endswith("receive_response_body.complete") and self._socket is not None:
            # The answer is whole, so nothing of the request is left to send: the connection may be closed as usual.
            # It is closed already if the peer was first.
            with suppress(OSError):
                self._socket.setsockopt(*NO_RESET)

    def left(self, broken: Exception) -> bool:
        """Whether a byte may have left. Without a trace only a failed connection is known to have sent nothing."""
        return self._headers_started or (not self._traced and not isinstance(broken, _NEVER_CONNECTED))


@asynccontextmanager
async def before_command(deadline: Deadline) -> AsyncIterator[None]:
    """Around queries that a command needs first: if one fails, or takes too long, the command was not sent."""
    async with deadline.waiting():
        try:
            yield
        except (OutOfReach, UnexpectedReply) as trouble:
            raise NotSent(trouble.remark.code, **trouble.remark.parameters) from None


def read_json(body: bytes) -> object:
    """The value in a body: UTF-8, no name twice in an object, no NaN, no number beyond reason. Raises `Unreadable`."""
    # What two readers would read differently is no answer: `{"code": 33, "code": 0}` must not become a yes.
    try:
        value: object = json.loads(
            body.decode(), object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_finite, parse_int=_small
        )
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    return value


def is_number(value: object, *wanted: int) -> bool:
    """Whether it is one of these whole numbers: to Python, True is 1 and 200.0 is 200."""
    return type(value) is int and value in wanted


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("a name twice")
    return found


def _no_number(text: str) -> object:
    raise Unreadable("NaN or Infinity")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Unreadable("a number without end")
    return number


def _small(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise Unreadable("a number beyond reason")
    return int(text)


def _timeout(timeouts: Timeouts) -> httpx.Timeout:
    return httpx.Timeout(timeouts.read, connect=timeouts.connect)
