"""The one place that turns what httpx does into what may be said of a request: did it leave, was it answered?"""

import asyncio
import json
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import httpx

from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, UnexpectedReply

BODY_LIMIT = 64 * 1024

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
    """Bytes that are no answer of the kind expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds to wait: for a connection, for the next bytes, and for the whole exchange."""

    connect: float = 5.0
    read: float = 15.0
    total: float = 30.0

    @classmethod
    def of(cls, silence: float) -> Self:
        """For a far side that may be silent for so many seconds."""
        return cls(connect=min(5.0, silence), read=silence, total=2 * silence)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status outside 3xx. The body is at most 64 KiB."""

    status: int
    body: bytes

    def json(self) -> object:
        return read_json(self.body)

    def text(self) -> str:
        return self.body.decode(errors="replace").strip()


class Wire:
    """Requests to one far side, each on a fresh connection: no retries, redirects, proxies, cookies or keep-alive.

    `far_side` names it in sentences ("The gateway"). Nothing raised here carries the request or its address.
    """

    def __init__(self, base_url: str, *, far_side: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._base_url = base_url.rstrip("/")
        self._far_side = far_side
        # On a plain line nobody is trusted to speak TLS; loading all authorities for each gateway costs 30 ms.
        verify = True if base_url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._client = httpx.AsyncClient(
            transport=transport,
            verify=verify,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=10, max_keepalive_connections=0),
            # A compressed answer could be small on the wire and huge in memory.
            headers={"Connection": "close", "Accept-Encoding": "identity", "User-Agent": "latchkey"},
        )

    async def command(
        self,
        method: str,
        path: str,
        *,
        deadline: Deadline,
        patience: Patience,
        form: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once something that acts; raises `NotSent` (`TooLate`) or `OutcomeUnknown`."""
        deadline.check()
        request = self._client.build_request(
            method, self._base_url + path, data=form, json=body, headers=headers, timeout=_timeout(patience)
        )
        return await self._exchange(request, patience, deadline)

    async def reading(
        self,
        method: str,
        path: str,
        *,
        patience: Patience,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once something that only asks; raises `OutOfReach` or `UnexpectedReply`."""
        request = self._client.build_request(
            method, self._base_url + path, data=form, headers=headers, timeout=_timeout(patience)
        )
        return await self._exchange(request, patience, None)

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _exchange(self, request: httpx.Request, patience: Patience, deadline: Deadline | None) -> Answer:
        progress = _Progress(deadline)
        request.extensions["trace"] = progress
        try:
            async with asyncio.timeout(patience.total):
                answer = await self._send(request)
            failure = self._judge(answer, command=deadline is not None)
        except _BROKEN as broken:
            failure = self._explain(broken, left=progress.left(broken), command=deadline is not None)
        # Raised out here, so that no httpx exception (it holds the address, and KAS keeps its key there) hangs on it.
        if failure is not None:
            raise failure
        return answer

    async def _send(self, request: httpx.Request) -> Answer:
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
        return Answer(response.status_code, bytes(body))

    def _judge(self, answer: Answer, *, command: bool) -> LockError | None:
        if len(answer.body) > BODY_LIMIT:
            return self._unclear("sent far more than an answer", command=command, code=f"http {answer.status}")
        if answer.status < 200 or 300 <= answer.status < 400:
            return self._unclear("pointed somewhere else", command=command, code=f"http {answer.status}")
        return None

    def _explain(self, broken: Exception, *, left: bool, command: bool) -> LockError:
        late = isinstance(broken, (httpx.TimeoutException, TimeoutError))
        if not left:
            tail = ": nothing was sent." if command else "."
            kind = NotSent if command else OutOfReach
            return kind(f"{self._far_side} cannot be reached{tail}", code="no connection")
        how = "did not answer in time" if late else "broke off without a clear answer"
        code = "no answer" if late else "broken off"
        if command:
            return self._unclear(how, command=True, code=code)
        return OutOfReach(f"{self._far_side} {how}.", code=code)

    def _unclear(self, how: str, *, command: bool, code: str) -> LockError:
        if command:
            return OutcomeUnknown(f"{self._far_side} {how}, so nobody knows whether it acted.", code=code)
        return UnexpectedReply(f"{self._far_side} {how}.", code=code)


class _Progress:
    """How far a request came, by httpx's trace events; the last look at the deadline happens here."""

    def __init__(self, deadline: Deadline | None) -> None:
        self._deadline = deadline
        self._traced = False
        self._headers_started = False

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        self._traced = True
        if event.endswith("send_request_headers.started"):
            if self._deadline is not None:
                self._deadline.check()
            self._headers_started = True

    def left(self, broken: Exception) -> bool:
        """Whether any byte may have left. A transport that does not trace is believed only about failed connections."""
        return self._headers_started or (not self._traced and not isinstance(broken, _NEVER_CONNECTED))


@contextmanager
def before_command() -> Iterator[None]:
    """Around a reading that a command needs first: if it fails, the command itself was not sent."""
    try:
        yield
    except (OutOfReach, UnexpectedReply) as trouble:
        raise NotSent(f"{trouble} Nothing was changed.", fix=trouble.fix, code=trouble.code) from None


def read_json(body: bytes) -> object:
    """The value in a body; raises `Unreadable`, whatever the bytes."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    return value


def _timeout(patience: Patience) -> httpx.Timeout:
    return httpx.Timeout(patience.read, connect=patience.connect)
