"""What is said of a request is what is known of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, OutOfReach, TooLate, UnexpectedReply
from bot.drivers.http import BODY_LIMIT, Answer, Patience, Wire
from tests.drivers.far_side import (
    Caller,
    FarSide,
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

SHORT = Patience(connect=0.3, read=0.3, total=0.6)
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
async def far_side() -> AsyncIterator[FarSide]:
    async with listening(FarSide(otherwise=says(YES))) as far_side:
        yield far_side


@pytest.fixture
async def wire(far_side: FarSide) -> AsyncIterator[Wire]:
    wire = Wire(f"http://{far_side.host}", far_side="The gateway")
    yield wire
    await wire.aclose()


async def command(wire: Wire, deadline: Deadline) -> Answer:
    return await wire.command("POST", f"/open/{SECRET}", deadline=deadline, patience=SHORT, form={"a": "+/="})


async def reading(wire: Wire, deadline: Deadline) -> Answer:
    return await wire.reading("GET", f"/status/{SECRET}", patience=SHORT)


BOTH = pytest.mark.parametrize("ask", [command, reading])
Ask = Callable[[Wire, Deadline], Awaitable[Answer]]


@BOTH
async def test_an_answer_comes_back_whole(ask: Ask, wire: Wire, deadline: Deadline) -> None:
    answer = await ask(wire, deadline)
    assert (answer.status, answer.json()) == (200, {"status": "ok", "code": 0})


async def test_forms_are_percent_encoded(wire: Wire, far_side: FarSide, deadline: Deadline) -> None:
    await command(wire, deadline)
    assert far_side.asked[0].body == b"a=%2B%2F%3D"


async def test_every_request_has_a_connection_of_its_own(wire: Wire, far_side: FarSide, deadline: Deadline) -> None:
    await command(wire, deadline)
    await reading(wire, deadline)
    assert far_side.connections == 2
    assert {asked.headers["connection"] for asked in far_side.asked} == {"close"}


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
    treatment: Treatment, wire: Wire, far_side: FarSide, deadline: Deadline
) -> None:
    far_side.otherwise = treatment
    with pytest.raises(OutcomeUnknown):
        await command(wire, deadline)
    assert far_side.connections == 1


@pytest.mark.parametrize("treatment", UNCLEAR.values(), ids=UNCLEAR.keys())
async def test_a_reading_without_a_clear_answer_is_never_unknown(
    treatment: Treatment, wire: Wire, far_side: FarSide, deadline: Deadline
) -> None:
    far_side.otherwise = treatment
    with pytest.raises((OutOfReach, UnexpectedReply)):
        await reading(wire, deadline)
    assert far_side.connections == 1


async def test_no_redirect_is_followed(wire: Wire, far_side: FarSide, deadline: Deadline) -> None:
    far_side.otherwise = UNCLEAR["redirect"]
    with pytest.raises(OutcomeUnknown):
        await command(wire, deadline)
    assert len(far_side.asked) == 1


@pytest.mark.parametrize(("ask", "error"), [(command, NotSent), (reading, OutOfReach)])
async def test_a_refused_connection_is_not_sent(ask: Ask, error: type[LockError], deadline: Deadline) -> None:
    wire = Wire(f"http://127.0.0.1:{closed_port()}", far_side="The gateway")
    with pytest.raises(error):
        await ask(wire, deadline)


async def test_a_name_that_does_not_exist_is_not_sent(deadline: Deadline) -> None:
    wire = Wire("http://gateway.invalid", far_side="The gateway")
    with pytest.raises(NotSent):
        await command(wire, deadline)


async def test_a_passed_deadline_opens_no_connection(
    wire: Wire, far_side: FarSide, clock: Clock, deadline: Deadline
) -> None:
    clock.at = 10
    with pytest.raises(TooLate):
        await command(wire, deadline)
    assert far_side.connections == 0


async def test_a_deadline_that_passes_while_connecting_sends_no_byte(
    wire: Wire, far_side: FarSide, deadline: Deadline
) -> None:
    looks = iter([0.0, 11.0])
    late = Deadline(at=10, clock=lambda: next(looks))
    with pytest.raises(TooLate):
        await command(wire, late)
    await asyncio.sleep(0.01)
    assert far_side.asked == []


@BOTH
async def test_cancelling_is_not_swallowed(ask: Ask, wire: Wire, far_side: FarSide, deadline: Deadline) -> None:
    arrived = asyncio.Event()

    async def arrive_and_wait(caller: Caller) -> None:
        arrived.set()
        await silent(caller)

    far_side.otherwise = arrive_and_wait
    task = asyncio.ensure_future(ask(wire, deadline))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("treatment", UNCLEAR.values(), ids=UNCLEAR.keys())
@BOTH
async def test_errors_hold_no_address_and_no_httpx(
    ask: Ask, treatment: Treatment, wire: Wire, far_side: FarSide, deadline: Deadline
) -> None:
    far_side.otherwise = treatment
    with pytest.raises(LockError) as caught:
        await ask(wire, deadline)
    _assert_clean(caught.value)


@BOTH
async def test_errors_of_failed_connections_hold_no_address(ask: Ask, deadline: Deadline) -> None:
    wire = Wire(f"http://127.0.0.1:{closed_port()}", far_side="The gateway")
    with pytest.raises(LockError) as caught:
        await ask(wire, deadline)
    _assert_clean(caught.value)


def _assert_clean(error: BaseException) -> None:
    link: BaseException | None = error
    while link is not None:
        assert isinstance(link, LockError)
        assert SECRET not in repr(link) + str(vars(link))
        assert "127.0.0.1" not in str(link)
        link = link.__cause__ or link.__context__


async def test_an_answer_of_the_largest_size_is_read(wire: Wire, far_side: FarSide, deadline: Deadline) -> None:
    far_side.otherwise = says(http(b"x" * BODY_LIMIT))
    assert len((await reading(wire, deadline)).body) == BODY_LIMIT


async def test_environment_proxies_are_not_used(
    monkeypatch: pytest.MonkeyPatch, far_side: FarSide, deadline: Deadline
) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    wire = Wire(f"http://{far_side.host}", far_side="The gateway")
    assert (await command(wire, deadline)).status == 200
    await wire.aclose()


async def test_cookies_are_not_kept(wire: Wire, far_side: FarSide, deadline: Deadline) -> None:
    far_side.otherwise = says(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n")
    await reading(wire, deadline)
    await reading(wire, deadline)
    assert "cookie" not in far_side.asked[1].headers


async def test_a_command_answered_early_and_then_reset_is_answered(
    wire: Wire, far_side: FarSide, deadline: Deadline
) -> None:
    async def answer_and_reset(caller: Caller) -> None:
        await caller.send(YES)
        await asyncio.sleep(0.05)
        caller.reset()

    far_side.otherwise = answer_and_reset
    assert (await command(wire, deadline)).status == 200


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


def _in_process(broken: Exception | None) -> Wire:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if broken is not None:
            raise broken
        await asyncio.Event().wait()

    return Wire("http://gateway.test", far_side="The gateway", transport=httpx.ASGITransport(app))
