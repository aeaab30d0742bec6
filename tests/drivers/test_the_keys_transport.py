"""Requests to a gateway: whose turn it is, which number is signed, and what is said of a gateway that is away."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, pairwise

import httpx
import pytest

from bot.domain.remarks import Remark
from bot.drivers import say
from bot.drivers.base import Deadline
from bot.drivers.errors import LockError, NotSent, OutOfReach, TooLate, UnexpectedReply
from bot.drivers.http import HttpReply, Timeouts
from bot.drivers.the_keys.transport import Call, GatewayTransport, Key
from tests.drivers.conftest import SHARE_CODE, World

KEY = Key(door="front", identifier="45961123", share_code=SHARE_CODE)
SIGNED = Call(path="/locker_status", key=KEY)
OPEN = Call(path="/open", key=KEY)
HEAVY = Call(path="/heavy")
LIGHT = Call(path="/light", is_heavy=False)


@dataclass
class Gateway(httpx.AsyncBaseTransport):
    """Hears requests and may be away; with a `gate` it ends none that was not let through."""

    world: World
    away: bool = False
    status: int = 200
    silent: bool = False
    gate: asyncio.Semaphore | None = None
    heard: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    paths: list[str] = field(default_factory=list)
    methods: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        self.methods.append(request.method)
        self.times.append(self.world.at)
        self.heard.release()
        if self.gate is not None:
            await self.gate.acquire()
        if self.away:
            raise httpx.ConnectError("away")
        if self.silent:
            raise httpx.ReadTimeout("silent")
        return httpx.Response(self.status, stream=httpx.ByteStream(b"{}"))

    def transport(self, host: str = "gateway.test", timezone: str = "UTC") -> GatewayTransport:
        return GatewayTransport(host, self.world.context(self, timezone), Timeouts())


@pytest.fixture
def gateway(world: World) -> Gateway:
    return Gateway(world)


async def open_(transport: GatewayTransport, world: World) -> HttpReply:
    return await transport.command(OPEN, world.deadline())


async def read(transport: GatewayTransport, world: World) -> HttpReply:
    return await transport.query(SIGNED)


async def dead(gateway: Gateway, timezone: str = "UTC") -> GatewayTransport:
    gateway.away = True
    transport = gateway.transport(timezone=timezone)
    for _ in range(3):
        with pytest.raises(OutOfReach):
            await transport.query(LIGHT)
    return transport


async def error_of(asked: Awaitable[HttpReply]) -> LockError:
    with pytest.raises(LockError) as caught:
        await asked
    return caught.value


class TestTurns:
    async def test_a_reading_that_a_command_waits_for_goes_before_polls(self, gateway: Gateway) -> None:
        transport = gateway.transport()
        polls = [asyncio.ensure_future(transport.query(LIGHT)) for _ in range(3)]
        await asyncio.sleep(0)
        await transport.query(HEAVY, urgent=True)
        await asyncio.gather(*polls)
        assert gateway.paths.index("/heavy") == 1

    async def test_a_command_that_finds_the_gateway_dead_has_it_probed_before_polls(
        self, gateway: Gateway, world: World
    ) -> None:
        gateway.away, gateway.gate = True, asyncio.Semaphore(0)
        transport = gateway.transport()
        polls = [asyncio.ensure_future(transport.query(LIGHT)) for _ in range(6)]
        for _ in range(3):
            await gateway.heard.acquire()
            gateway.gate.release()
        await gateway.heard.acquire()
        world.at += 5
        command = asyncio.ensure_future(open_(transport, world))
        await asyncio.sleep(0)
        for _ in range(4):
            gateway.gate.release()
        await asyncio.gather(command, *polls, return_exceptions=True)
        assert gateway.paths == ["/light"] * 4 + ["/status"] + ["/light"] * 2

    async def test_a_command_whose_turn_does_not_come_in_time_is_not_sent(self, gateway: Gateway, world: World) -> None:
        gateway.gate = asyncio.Semaphore(0)
        transport = gateway.transport()
        poll = asyncio.ensure_future(transport.query(LIGHT))
        await gateway.heard.acquire()
        with pytest.raises(TooLate):
            await asyncio.wait_for(transport.command(OPEN, world.deadline(0.01)), 5)
        gateway.gate.release()
        await poll
        assert gateway.paths == ["/light"]

    async def test_the_rest_is_longer_where_the_gateway_used_its_radio(self, gateway: Gateway) -> None:
        transport = gateway.transport()
        for call in (HEAVY, LIGHT, HEAVY):
            await transport.query(call)
        assert [after - before for before, after in pairwise(gateway.times)] == [1.0, 0.5]


async def test_a_closed_line_sends_nothing(gateway: Gateway) -> None:
    transport = gateway.transport()
    await transport.aclose()
    with pytest.raises(RuntimeError):
        await transport.query(LIGHT)
    assert gateway.paths == []


class TestNumbers:
    async def test_each_gateway_has_a_counter_of_its_own(self, gateway: Gateway, world: World) -> None:
        await gateway.transport("one.test").query(SIGNED)
        await gateway.transport("another.test:8080").query(SIGNED)
        assert set(world.counters.last) == {"the_keys one.test", "the_keys another.test:8080"}

    @pytest.mark.parametrize(("ahead", "slept"), [(0, []), (1, [1.0]), (2, [2.0]), (3, [])])
    async def test_two_seconds_are_waited_for_and_no_more(
        self, ahead: int, slept: list[float], gateway: Gateway, world: World
    ) -> None:
        world.at = 1_790_000_000.0
        world.counters.last["the_keys gateway.test"] = int(world.at) + ahead - 1
        await gateway.transport().query(SIGNED)
        assert world.slept == slept

    @pytest.mark.parametrize("ask", [open_, read])
    async def test_a_counter_that_cannot_be_written_is_named(
        self, ask: Callable[[GatewayTransport, World], Awaitable[HttpReply]], gateway: Gateway, world: World
    ) -> None:
        async def torn(name: str, now: int) -> int:
            raise LookupError("whatever goes wrong with it")

        world.counters.next = torn  # type: ignore[method-assign]
        error = await error_of(ask(gateway.transport(), world))
        assert (type(error), error.remark) == (NotSent, Remark("the_keys.no_counter"))
        assert gateway.paths == []

    @pytest.mark.parametrize(("now", "then"), [(1_790_000_000.25, 1_790_000_001), (1_790_000_001.0, 1_790_000_002)])
    async def test_the_next_second_is_waited_for(self, now: float, then: float, gateway: Gateway, world: World) -> None:
        world.at = now
        await gateway.transport().next_second()
        assert world.at == then


class TestCounting:
    """Three failures in a row make a gateway dead."""

    async def ask(self, transport: GatewayTransport, world: World, times: int = 3) -> None:
        for _ in range(times):
            with pytest.raises(LockError):
                await open_(transport, world)

    async def test_commands_that_could_not_be_sent_count(self, gateway: Gateway, world: World) -> None:
        gateway.away, transport = True, gateway.transport()
        await self.ask(transport, world)
        assert transport.is_dead

    async def test_commands_without_an_answer_count(self, gateway: Gateway, world: World) -> None:
        gateway.silent, transport = True, gateway.transport()
        await self.ask(transport, world)
        assert transport.is_dead

    async def test_commands_that_are_too_late_say_nothing_of_the_gateway(self, gateway: Gateway) -> None:
        transport = gateway.transport()
        moments = cycle((0.0, 0.0, 20.0))
        late = Deadline(at=10, clock=lambda: next(moments))
        for _ in range(3):
            with pytest.raises(TooLate):
                await transport.command(OPEN, late)
        assert not transport.is_dead
        assert gateway.paths == []

    @pytest.mark.parametrize("status", [200, 302])
    async def test_whatever_is_answered_ends_the_row(self, status: int, gateway: Gateway, world: World) -> None:
        gateway.away, gateway.status, transport = True, status, gateway.transport()
        await self.ask(transport, world, times=2)
        gateway.away = False
        with suppress(UnexpectedReply):
            await transport.query(LIGHT)
        gateway.away = True
        await self.ask(transport, world, times=2)
        assert not transport.is_dead

    async def test_a_command_that_is_too_late_already_has_nothing_probed(self, gateway: Gateway, world: World) -> None:
        transport = await dead(gateway)
        world.at += 5
        with pytest.raises(TooLate):
            await transport.command(OPEN, world.deadline(0))
        assert len(gateway.paths) == 3

    async def test_a_dead_one_is_asked_what_costs_it_nothing(self, gateway: Gateway, world: World) -> None:
        transport = await dead(gateway)
        world.at += 5
        await error_of(transport.query(HEAVY))
        assert (gateway.methods[3:], gateway.paths[3:]) == (["GET"], ["/status"])


class TestAway:
    async def test_it_is_called_the_gateway(self, gateway: Gateway, world: World) -> None:
        gateway.away = True
        transport = gateway.transport()
        for ask in (read, open_):
            assert say(await error_of(ask(transport, world))) == "The gateway cannot be reached."

    async def test_a_dead_one_is_as_good_as_no_connection(self, gateway: Gateway, world: World) -> None:
        transport = await dead(gateway)
        for ask, kind in ((read, OutOfReach), (open_, NotSent)):
            error = await error_of(ask(transport, world))
            assert (type(error), error.remark.code) == (kind, "the_keys.gateway.dead")

    @pytest.mark.parametrize(
        ("later", "since"),
        [(0, "05:30"), (18.4 * 3600, "05:30"), (18.6 * 3600, "2026-03-02 05:30")],
        ids=["now", "the same day", "the next day"],
    )
    async def test_since_when_is_told_in_the_time_of_the_house(
        self, later: float, since: str, gateway: Gateway, world: World
    ) -> None:
        """In Tokyo it is the next morning already when it is half past eight in the evening by UTC."""
        world.at = datetime(2026, 3, 1, 20, 30, tzinfo=UTC).timestamp()
        transport = await dead(gateway, "Asia/Tokyo")
        world.at += later
        await error_of(transport.query(LIGHT))
        assert say(await error_of(transport.query(LIGHT))) == f"The gateway has not answered since {since}."
