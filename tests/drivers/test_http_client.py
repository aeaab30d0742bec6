"""The client in every detail: what goes into a request, and the error of every end it may come to."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.domain.remarks import Remark
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, TooLate, UnexpectedReply, Withdrawn
from bot.drivers.http import (
    BODY_LIMIT,
    NO_RESET,
    RESET,
    HttpReply,
    LockHttpClient,
    Timeouts,
    Unreadable,
    _Progress,
    before_command,
    read_json,
)
from tests.drivers.peer import Answering

PATIENCE = Timeouts(connect=1.5, read=2.5, total=5)
DEADLINE = Deadline(at=10, clock=lambda: 0.0)


class Unsocketed:
    """A stream of the network without a socket below it."""

    def get_extra_info(self, name: str) -> None:
        return None


class Traced(httpx.AsyncBaseTransport):
    """Traces as a socket does, up to where it breaks, and keeps the request."""

    def __init__(self, *events: str, then: Exception | httpx.Response) -> None:
        self._events, self._then = events, then
        self.request: httpx.Request

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.request = request
        for event in self._events:
            await request.extensions["trace"](event, {"return_value": Unsocketed()})
        if isinstance(self._then, Exception):
            raise self._then
        return await Answering(lambda _: self._then).handle_async_request(request)  # type: ignore[arg-type, return-value]


OK = httpx.Response(200, content=b"fine")
CONNECTED = ("connection.connect_tcp.started", "connection.connect_tcp.complete")
LEFT = (*CONNECTED, "http11.send_request_headers.started")


def client(transport: httpx.AsyncBaseTransport) -> LockHttpClient:
    return LockHttpClient("http://peer.test/base/", peer="gw", transport=transport)


async def command(transport: httpx.AsyncBaseTransport, deadline: Deadline = DEADLINE, **more: Any) -> HttpReply:
    return await client(transport).command("POST", "/open", deadline=deadline, timeouts=PATIENCE, **more)


async def query(transport: httpx.AsyncBaseTransport, **more: Any) -> HttpReply:
    return await client(transport).query("GET", "/status", timeouts=PATIENCE, **more)


async def error_of(asked: Any) -> LockError:
    with pytest.raises(LockError) as caught:
        await asked
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


class TestRequest:
    async def test_a_command_carries_what_it_is_given(self) -> None:
        line = Traced(*LEFT, then=OK)
        assert await command(line, form={"a": "b c"}, headers={"X-Key": "1"}) == HttpReply(200, b"fine")
        assert (line.request.method, str(line.request.url)) == ("POST", "http://peer.test/base/open")
        assert (line.request.content, line.request.headers["x-key"]) == (b"a=b+c", "1")

    async def test_a_body_is_json(self) -> None:
        line = Traced(*LEFT, then=OK)
        await command(line, body={"a": 1})
        assert read_json(line.request.content) == {"a": 1}

    async def test_a_query_carries_what_it_is_given(self) -> None:
        line = Traced(*LEFT, then=OK)
        assert await query(line, form={"a": "1"}, headers={"X-Key": "2"}) == HttpReply(200, b"fine")
        assert (line.request.method, str(line.request.url)) == ("GET", "http://peer.test/base/status")
        assert (line.request.content, line.request.headers["x-key"]) == (b"a=1", "2")

    @pytest.mark.parametrize("ask", [command, query])
    async def test_the_patience_is_httpx_s(self, ask: Any) -> None:
        line = Traced(*LEFT, then=OK)
        await ask(line)
        assert line.request.extensions["timeout"] == {"connect": 1.5, "read": 2.5, "write": 2.5, "pool": 2.5}

    @pytest.mark.parametrize("ask", [command, query])
    async def test_nothing_is_kept_alive_or_compressed(self, ask: Any) -> None:
        line = Traced(*LEFT, then=OK)
        await ask(line)
        kept = {name: line.request.headers[name] for name in ("connection", "accept-encoding", "user-agent")}
        assert kept == {"connection": "close", "accept-encoding": "identity", "user-agent": "latchkey"}


ENDS = {
    "refused": ((), httpx.ConnectError("x"), NotSent, OutOfReach, "gw.unreachable"),
    "a connection that does not come about": (
        CONNECTED[:1], httpx.ConnectTimeout("x"), NotSent, OutOfReach, "gw.unreachable",
    ),
    "broken before the first byte": (CONNECTED, httpx.WriteError("x"), NotSent, OutOfReach, "gw.unreachable"),
    "broken after the first byte": (LEFT, httpx.WriteError("x"), OutcomeUnknown, OutOfReach, "gw.broken_off"),
    "silent": (LEFT, httpx.ReadTimeout("x"), OutcomeUnknown, OutOfReach, "gw.no_answer"),
    "out of all patience": (LEFT, TimeoutError(), OutcomeUnknown, OutOfReach, "gw.no_answer"),
    "broken, and nobody traced": ((), OSError("x"), OutcomeUnknown, OutOfReach, "gw.broken_off"),
    "a first byte that another kind of HTTP announces": (
        ("http2.send_request_headers.started",), httpx.ReadError("x"), OutcomeUnknown, OutOfReach, "gw.broken_off",
    ),
}  # fmt: skip
ANSWERS = {
    "elsewhere": (302, b"", "gw.elsewhere"),
    "the first of elsewhere": (300, b"", "gw.elsewhere"),
    "the last of elsewhere": (399, b"", "gw.elsewhere"),
    "not even begun": (199, b"", "gw.elsewhere"),
    "too much": (200, b"x" * (BODY_LIMIT + 1), "gw.too_much"),
}


@pytest.mark.parametrize("end", ENDS)
async def test_every_end_of_a_command_has_its_error(end: str) -> None:
    events, then, kind, _, code = ENDS[end]
    error = await error_of(command(Traced(*events, then=then)))
    assert (type(error), error.remark) == (kind, Remark(code))


@pytest.mark.parametrize("end", ENDS)
async def test_every_end_of_a_query_has_its_error(end: str) -> None:
    events, then, _, kind, code = ENDS[end]
    error = await error_of(query(Traced(*events, then=then)))
    assert (type(error), error.remark) == (kind, Remark(code))


@pytest.mark.parametrize("name", ANSWERS)
async def test_every_answer_that_is_none_has_its_error(name: str) -> None:
    status, body, code = ANSWERS[name]
    for ask, kind in ((command, OutcomeUnknown), (query, UnexpectedReply)):
        error = await error_of(ask(Traced(*LEFT, then=httpx.Response(status, content=body))))
        assert (type(error), error.remark) == (kind, Remark(code, {"status": status}))


@pytest.mark.parametrize("status", [200, 299, 400, 404, 500, 599])
async def test_every_other_status_is_an_answer(status: int) -> None:
    line = Traced(*LEFT, then=httpx.Response(status, content=b"x" * BODY_LIMIT))
    assert await command(line) == HttpReply(status, b"x" * BODY_LIMIT)


async def test_the_deadline_is_asked_before_anything_and_again_at_the_first_byte() -> None:
    late = Deadline(at=0, clock=lambda: 0.0)
    line = Traced(*LEFT, then=OK)
    assert isinstance(await error_of(command(line, late)), TooLate)
    assert not hasattr(line, "request")
    moments = iter((0.0, 20.0))
    assert isinstance(await error_of(command(line, Deadline(at=10, clock=lambda: next(moments)))), TooLate)
    assert hasattr(line, "request")


async def test_what_is_withdrawn_while_it_connects_sends_no_byte() -> None:
    deadline = Deadline(10, lambda: 0.0)

    class Connects(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            deadline.withdraw()
            await request.extensions["trace"](LEFT[-1], {})
            pytest.fail("a byte left")

    assert isinstance(await error_of(command(Connects(), deadline)), Withdrawn)


async def test_a_deadline_that_passes_after_the_first_byte_does_not_matter() -> None:
    moments = iter((0.0, 9.0, 99.0))
    assert (await command(Traced(*LEFT, *CONNECTED, then=OK), Deadline(10, lambda: next(moments)))).status == 200
    assert next(moments) == 99.0


@pytest.mark.parametrize(
    ("silence", "timeouts"),
    [
        (15, Timeouts(connect=5.0, read=15, total=30)),
        (5, Timeouts(connect=5.0, read=5, total=10)),
        (2, Timeouts(connect=2, read=2, total=4)),
    ],
)
def test_patience_for_a_silence(silence: float, timeouts: Timeouts) -> None:
    assert Timeouts.of(silence) == timeouts


def test_the_text_of_an_answer_is_readable_whatever_its_bytes() -> None:
    assert HttpReply(200, b" \xc3\xa9\xff \r\n").text() == "é\ufffd"
    assert HttpReply(200, b'[1, "\xc3\xa9"]').json() == [1, "é"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": 1, "a": 1}', b"[NaN]", b"-Infinity", b"1e999", b"9" * 17,
        '{"a": 1}'.encode("utf-16"), b"\xef\xbb\xbf{}",
    ],
)  # fmt: skip
def test_what_is_not_json_is_unreadable_and_shows_nothing_of_it(body: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^not JSON$") as unreadable:
        read_json(body)
    assert unreadable.value.__cause__ is None
    assert unreadable.value.__suppress_context__


@pytest.mark.parametrize("kind", [OutOfReach, UnexpectedReply])
async def test_a_query_that_fails_before_a_command_means_not_sent(kind: type[LockError]) -> None:
    with pytest.raises(NotSent) as caught:
        async with before_command(DEADLINE):
            raise kind("cloud.away", status=503)
    assert type(caught.value) is NotSent
    assert caught.value.remark == Remark("cloud.away", {"status": 503})


async def test_what_a_command_itself_meets_stays_what_it_is() -> None:
    with pytest.raises(OutcomeUnknown):
        async with before_command(DEADLINE):
            raise OutcomeUnknown("?")


async def test_a_closed_client_sends_nothing() -> None:
    line = Traced(*LEFT, then=OK)
    closed = client(line)
    await closed.aclose()
    with pytest.raises(RuntimeError):
        await closed.query("GET", "/status", timeouts=PATIENCE)
    assert not hasattr(line, "request")


async def test_over_https_the_certificate_is_checked_against_known_authorities() -> None:
    cloud, gateway = LockHttpClient("https://peer.test", peer="x"), LockHttpClient("http://peer.test", peer="x")
    context = _pool(cloud)._ssl_context
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.cert_store_stats()["x509_ca"] > 0
    assert _pool(gateway)._ssl_context.cert_store_stats()["x509_ca"] == 0, "costs 30 ms for each gateway"
    await cloud.aclose()
    await gateway.aclose()


async def test_connections_are_few_and_none_is_kept() -> None:
    plain = LockHttpClient("http://peer.test", peer="x")
    assert (_pool(plain)._max_connections, _pool(plain)._max_keepalive_connections) == (10, 0)
    await plain.aclose()


class Socket:
    """What httpx says of a connection: its stream, and with it the socket."""

    def __init__(self, *, is_closed: bool = False) -> None:
        self.options: list[tuple[int, int, bytes]] = []
        self.is_closed = is_closed

    def get_extra_info(self, name: str) -> object:
        return self if name == "socket" else None

    def setsockopt(self, *option: Any) -> None:
        if self.is_closed:
            raise OSError("Bad file descriptor")
        self.options.append(option)


async def test_a_connection_is_reset_until_the_answer_is_whole() -> None:
    """What was given up must not arrive later: the kernel goes on sending what a closed socket still holds."""
    plain = LockHttpClient("http://peer.test", peer="x")
    assert _pool(plain)._socket_options == [RESET]
    await plain.aclose()
    progress, opened = _Progress(None), Socket()
    await progress("connection.connect_tcp.complete", {"return_value": opened})
    for event in ("send_request_headers.started", "receive_response_headers.complete"):
        await progress(f"http11.{event}", {})
        assert opened.options == []
    await progress("http11.receive_response_body.complete", {})
    assert opened.options == [NO_RESET]


async def test_an_answer_over_a_connection_that_is_closed_already_is_one() -> None:
    progress = _Progress(None)
    await progress("http11.receive_response_body.complete", {})
    await progress("connection.connect_tcp.complete", {"return_value": Socket(is_closed=True)})
    await progress("http11.receive_response_body.complete", {})


def _pool(client: LockHttpClient) -> Any:
    transport: Any = client._client._transport
    return transport._pool


async def test_only_slashes_are_taken_off_an_address() -> None:
    line = Traced(*LEFT, then=OK)
    await LockHttpClient("http://peer.test/X//", peer="x", transport=line).query("GET", "/a", timeouts=PATIENCE)
    assert str(line.request.url) == "http://peer.test/X/a"


async def test_no_redirect_is_followed() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(302, headers={"Location": "/elsewhere"})

    assert (await error_of(command(Answering(answer)))).remark.code == "gw.elsewhere"
    assert asked == ["/base/open"]


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test")
    plain = LockHttpClient("http://peer.test", peer="x")
    assert plain._client._mounts == {}
    await plain.aclose()


async def test_an_exchange_ends_with_all_patience_though_the_far_side_never_does() -> None:
    class Mute(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            never: asyncio.Future[httpx.Response] = asyncio.get_running_loop().create_future()
            return await never

    asked = client(Mute()).query("GET", "/status", timeouts=Timeouts(total=0.01))
    assert (await error_of(asyncio.wait_for(asked, 5))).remark.code == "gw.no_answer"


async def test_a_body_that_goes_on_at_the_limit_is_too_much_and_given_up() -> None:
    class Pieces(httpx.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"x" * BODY_LIMIT
            yield b"x"
            pytest.fail("it was read on")

        async def aclose(self) -> None:
            self.closed = True

    class GoesOn(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=pieces)

    pieces = Pieces()
    assert (await error_of(command(GoesOn()))).remark.code == "gw.too_much"
    assert pieces.closed, "it would keep its connection"
