"""What is said of a request is what is known of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, TooLate, UnexpectedReply
from bot.drivers.http import BODY_LIMIT, HttpReply, LockHttpClient, Timeouts
from tests.drivers.peer import (
    Caller,
    Peer,
    Treatment,
    closed_port,
    cut,
    drips,
    http,
    listening,
    reset_unanswered,
    says,
    silent,
)

SHORT = Timeouts(connect=0.3, read=0.3, total=0.6)
YES = http(b'{"status": "ok", "code": 0}')
SECRET = "canary-in-the-path"


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def deadline(clock: Clock) -> Deadline:
    return Deadline(at=10, clock=clock)


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with listening(Peer(otherwise=says(YES))) as peer:
        yield peer


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[LockHttpClient]:
    client = LockHttpClient(f"http://{peer.host}", peer="the_keys.gateway")
    yield client
    await client.aclose()


async def command(client: LockHttpClient, deadline: Deadline) -> HttpReply:
    return await client.command("POST", f"/open/{SECRET}", deadline=deadline, timeouts=SHORT, form={"a": "+/="})


async def query(client: LockHttpClient, deadline: Deadline) -> HttpReply:
    return await client.query("GET", f"/status/{SECRET}", timeouts=SHORT)


BOTH = pytest.mark.parametrize("ask", [command, query])
Ask = Callable[[LockHttpClient, Deadline], Awaitable[HttpReply]]


@BOTH
async def test_an_answer_comes_back_whole(ask: Ask, client: LockHttpClient, deadline: Deadline) -> None:
    answer = await ask(client, deadline)
    assert (answer.status, answer.json()) == (200, {"status": "ok", "code": 0})


async def test_forms_are_percent_encoded(client: LockHttpClient, peer: Peer, deadline: Deadline) -> None:
    await command(client, deadline)
    assert peer.asked[0].body == b"a=%2B%2F%3D"


async def test_every_request_has_a_connection_of_its_own(
    client: LockHttpClient, peer: Peer, deadline: Deadline
) -> None:
    await command(client, deadline)
    await query(client, deadline)
    assert peer.connections == 2
    assert {asked.headers["connection"] for asked in peer.asked} == {"close"}


UNCLEAR: dict[str, Treatment] = {
    "reset": reset_unanswered,
    "closed": says(b""),
    "half a head": cut(YES, 20),
    "half a body": cut(YES, len(YES) - 3),
    "silent": silent,
    "dripping": drips(YES, pause=0.05),
    "no HTTP": says(b"\x00\xff what is this?\r\n\r\n"),
    "too long": says(http(b"x" * 10_000_000)),
    "redirect": says(b"HTTP/1.1 302 Found\r\nLocation: /open\r\nContent-Length: 0\r\n\r\n"),
    "broken redirect": says(b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n"),
}


@pytest.mark.parametrize("treatment", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_a_command_without_a_clear_answer_is_unknown_and_sent_once(
    treatment: Treatment, client: LockHttpClient, peer: Peer, deadline: Deadline
) -> None:
    peer.otherwise = treatment
    with pytest.raises(OutcomeUnknown):
        await command(client, deadline)
    assert peer.connections == 1


@pytest.mark.parametrize("treatment", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_a_query_without_a_clear_answer_is_never_unknown(
    treatment: Treatment, client: LockHttpClient, peer: Peer, deadline: Deadline
) -> None:
    peer.otherwise = treatment
    with pytest.raises((OutOfReach, UnexpectedReply)):
        await query(client, deadline)
    assert peer.connections == 1


async def test_no_redirect_is_followed(client: LockHttpClient, peer: Peer, deadline: Deadline) -> None:
    peer.otherwise = UNCLEAR["redirect"]
    with pytest.raises(OutcomeUnknown):
        await command(client, deadline)
    assert len(peer.asked) == 1


@pytest.mark.parametrize(("ask", "error"), [(command, NotSent), (query, OutOfReach)])
async def test_a_refused_connection_is_not_sent(ask: Ask, error: type[LockError], deadline: Deadline) -> None:
    client = LockHttpClient(f"http://127.0.0.1:{closed_port()}", peer="the_keys.gateway")
    with pytest.raises(error):
        await ask(client, deadline)


async def test_a_name_that_does_not_exist_is_not_sent(deadline: Deadline) -> None:
    client = LockHttpClient("http://gateway.invalid", peer="the_keys.gateway")
    with pytest.raises(NotSent):
        await command(client, deadline)


async def test_a_passed_deadline_opens_no_connection(
    client: LockHttpClient, peer: Peer, clock: Clock, deadline: Deadline
) -> None:
    clock.at = 10
    with pytest.raises(TooLate):
        await command(client, deadline)
    assert peer.connections == 0


async def test_a_deadline_that_passes_while_connecting_sends_no_byte(
    client: LockHttpClient, peer: Peer, deadline: Deadline
) -> None:
    moments = iter([0.0, 11.0])
    late = Deadline(at=10, clock=lambda: next(moments))
    with pytest.raises(TooLate):
        await command(client, late)
    await asyncio.sleep(0.01)
    assert peer.asked == []


@BOTH
async def test_cancelling_is_not_swallowed(ask: Ask, client: LockHttpClient, peer: Peer, deadline: Deadline) -> None:
    arrived = asyncio.Event()

    async def arrive_and_wait(caller: Caller) -> None:
        arrived.set()
        await silent(caller)

    peer.otherwise = arrive_and_wait
    task = asyncio.ensure_future(ask(client, deadline))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("treatment", UNCLEAR.values(), ids=UNCLEAR.keys())
@BOTH
async def test_errors_hold_no_address_and_no_httpx(
    ask: Ask, treatment: Treatment, client: LockHttpClient, peer: Peer, deadline: Deadline
) -> None:
    peer.otherwise = treatment
    with pytest.raises(LockError) as caught:
        await ask(client, deadline)
    _assert_clean(caught.value)


@BOTH
async def test_errors_of_failed_connections_hold_no_address(ask: Ask, deadline: Deadline) -> None:
    client = LockHttpClient(f"http://127.0.0.1:{closed_port()}", peer="the_keys.gateway")
    with pytest.raises(LockError) as caught:
        await ask(client, deadline)
    _assert_clean(caught.value)


def _assert_clean(error: BaseException) -> None:
    link: BaseException | None = error
    while link is not None:
        assert isinstance(link, LockError)
        told = f"{link!r} {link} {link.remark} {vars(link)}"
        assert SECRET not in told
        assert "127.0.0.1" not in told
        link = link.__cause__ or link.__context__


async def test_an_answer_of_the_largest_size_is_read(client: LockHttpClient, peer: Peer, deadline: Deadline) -> None:
    peer.otherwise = says(http(b"x" * BODY_LIMIT))
    assert len((await query(client, deadline)).body) == BODY_LIMIT


async def test_environment_proxies_are_not_used(
    monkeypatch: pytest.MonkeyPatch, peer: Peer, deadline: Deadline
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    client = LockHttpClient(f"http://{peer.host}", peer="the_keys.gateway")
    assert (await command(client, deadline)).status == 200
    await client.aclose()


async def test_cookies_are_not_kept(client: LockHttpClient, peer: Peer, deadline: Deadline) -> None:
    peer.otherwise = says(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    await query(client, deadline)
    await query(client, deadline)
    assert "cookie" not in peer.asked[1].headers


async def test_a_command_answered_early_and_then_reset_is_answered(
    client: LockHttpClient, peer: Peer, deadline: Deadline
) -> None:
    async def answer_and_reset(caller: Caller) -> None:
        await caller.send(YES)
        await asyncio.sleep(0.05)
        caller.reset()

    peer.otherwise = answer_and_reset
    assert (await command(client, deadline)).status == 200


class TestInProcess:
    """Without sockets there is no trace: only a failed connection is believed not to have sent anything."""

    @pytest.mark.parametrize("broken", [ConnectionResetError, BrokenPipeError, OSError, httpx.ReadError])
    async def test_a_broken_exchange_is_unknown(self, broken: type[Exception], deadline: Deadline) -> None:
        with pytest.raises(OutcomeUnknown):
            await command(_in_process(broken("broken")), deadline)

    @pytest.mark.parametrize(
        "broken",
        [
            ConnectionRefusedError,
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.UnsupportedProtocol,
        ],
    )
    async def test_a_connection_that_never_was_is_not_sent(self, broken: type[Exception], deadline: Deadline) -> None:
        with pytest.raises(NotSent):
            await command(_in_process(broken("refused")), deadline)

    async def test_silence_ends_with_the_whole_time(self, deadline: Deadline) -> None:
        with pytest.raises(OutcomeUnknown):
            await command(_in_process(None), deadline)


def _in_process(broken: Exception | None) -> LockHttpClient:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if broken is not None:
            raise broken
        await asyncio.Event().wait()

    return LockHttpClient("http://gateway.test", peer="the_keys.gateway", transport=httpx.ASGITransport(app))
