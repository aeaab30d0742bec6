"""A command whose time or right is over is not sent, wherever it waits, and it stops waiting at once."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from bot.drivers.base import Deadline
from bot.drivers.errors import TooLate, Withdrawn
from bot.drivers.pacing import RequestQueue
from tests.drivers.conftest import World, build, kas_door, the_keys_door
from tests.drivers.peer import Answering


@pytest.fixture
def deadline(world: World) -> Deadline:
    return world.deadline(30)


async def never() -> None:
    await asyncio.Event().wait()


async def settled() -> None:
    """Let everybody run until they wait."""
    for _ in range(30):
        await asyncio.sleep(0)


class TestDeadline:
    def test_time_that_is_over_is_too_late(self, world: World) -> None:
        deadline = world.deadline(5)
        deadline.check()
        world.at += 5
        assert deadline.remaining() <= 0
        with pytest.raises(TooLate):
            deadline.check()

    def test_a_right_that_ends_earlier_ends_it(self, world: World) -> None:
        deadline = Deadline(world.at + 30, world.monotonic, right_ends_at=world.at + 5)
        assert deadline.remaining() == 5
        world.at += 5
        with pytest.raises(Withdrawn):
            deadline.check()

    def test_a_right_that_ends_later_changes_nothing(self, world: World) -> None:
        deadline = Deadline(world.at + 5, world.monotonic, right_ends_at=world.at + 30)
        assert deadline.remaining() == 5
        world.at += 5
        with pytest.raises(TooLate):
            deadline.check()

    def test_what_was_withdrawn_stays_withdrawn(self, deadline: Deadline) -> None:
        deadline.withdraw()
        deadline.withdraw()
        assert deadline.remaining() <= 0
        with pytest.raises(Withdrawn):
            deadline.check()

    async def test_a_wait_ends_at_the_withdrawal(self, deadline: Deadline) -> None:
        async def wait() -> None:
            async with deadline.waiting():
                await never()

        waits = [asyncio.ensure_future(wait()) for _ in range(3)]
        await asyncio.sleep(0)
        deadline.withdraw()
        ends = await asyncio.wait_for(asyncio.gather(*waits, return_exceptions=True), 1)
        assert [type(end) for end in ends] == [Withdrawn] * 3

    async def test_a_wait_ends_with_the_time(self, world: World) -> None:
        with pytest.raises(TooLate):
            async with world.deadline(0.01).waiting():
                await never()

    async def test_nobody_begins_to_wait_after_the_withdrawal(self, deadline: Deadline) -> None:
        deadline.withdraw()
        with pytest.raises(Withdrawn):
            async with deadline.waiting():
                pytest.fail("it waited")

    async def test_a_wait_that_is_over_is_not_disturbed(self, deadline: Deadline) -> None:
        async with deadline.waiting():
            pass
        deadline.withdraw()
        await asyncio.sleep(0)

    async def test_a_timeout_of_somebody_else_is_not_taken_for_ours(self, deadline: Deadline) -> None:
        with pytest.raises(TimeoutError):
            async with deadline.waiting():
                raise TimeoutError

    async def test_withdrawing_during_the_last_moment_of_a_wait_does_no_harm(self, world: World) -> None:
        deadline = world.deadline(0.005)

        async def wait() -> None:
            async with deadline.waiting():
                try:
                    await never()
                finally:
                    deadline.withdraw()

        with pytest.raises(Withdrawn):
            await wait()


class Scene:
    """A door whose far end is a function, and a list of the requests that reached it."""

    def __init__(self, world: World, given: dict[str, object], answer: Callable[[str], bytes]) -> None:
        self.world = world
        self.paths: list[str] = []
        self._answer = answer
        self.driver = build("front", given, world.context(Answering(self._hear)))

    def _hear(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        return httpx.Response(200, content=self._answer(request.url.path))


async def withdrawn_while_it_waits(asked: Awaitable[object], deadline: Deadline) -> BaseException | None:
    task = asyncio.ensure_future(asked)
    await settled()
    assert not task.done()
    deadline.withdraw()
    (end,) = await asyncio.wait_for(asyncio.gather(task, return_exceptions=True), 1)
    return end if isinstance(end, BaseException) else None


def stuck(world: World) -> None:
    async def sleep(seconds: float) -> None:
        await never()

    world.sleep = sleep  # type: ignore[method-assign]


BUSY = b'{"status": "ko", "code": 500}'
YES = b'{"status": "ok", "code": 0}'
NO_CLOCK = b'{"status": "ko", "code": 38}'
STALE = b'{"status": "ko", "code": 33, "cause": "timestamp too old"}'


def gateway(path: str, answer: bytes) -> bytes:
    return b'{"version": 65, "current_status": "Scanning"}' if path == "/status" else answer


class TestWithdrawn:
    """Denied means denied, also while a command waits."""

    @pytest.mark.parametrize("answer", [BUSY, STALE], ids=["busy", "timestamp too old"])
    async def test_between_two_tries(self, answer: bytes, world: World, deadline: Deadline) -> None:
        stuck(world)
        scene = Scene(world, the_keys_door(), lambda path: gateway(path, answer))
        assert isinstance(await withdrawn_while_it_waits(scene.driver.unlock(deadline), deadline), Withdrawn)
        await settled()
        assert scene.paths.count("/open") == 1

    async def test_while_the_gateway_is_asked_why_it_is_busy(self, world: World, deadline: Deadline) -> None:
        def answer(path: str) -> bytes:
            if path == "/status":
                deadline.withdraw()
            return gateway(path, BUSY)

        scene = Scene(world, the_keys_door(), answer)
        with pytest.raises(Withdrawn):
            await scene.driver.unlock(deadline)
        assert scene.paths == ["/open", "/status"]

    async def test_a_try_that_was_busy_is_not_called_busy(self, world: World) -> None:
        deadline = world.deadline(5)

        def answer(path: str) -> bytes:
            deadline.withdraw()
            return gateway(path, BUSY)

        scene = Scene(world, the_keys_door(), answer)
        with pytest.raises(Withdrawn):
            await scene.driver.unlock(deadline)

    async def test_while_the_clock_is_set(self, world: World, deadline: Deadline) -> None:
        wait = world.sleep

        async def sleep(seconds: float) -> None:
            await (never() if seconds > 2 else wait(seconds))

        world.sleep = sleep  # type: ignore[method-assign]
        scene = Scene(world, the_keys_door(), lambda path: BUSY if path == "/synchronize" else NO_CLOCK)
        assert isinstance(await withdrawn_while_it_waits(scene.driver.unlock(deadline), deadline), Withdrawn)
        assert scene.paths == ["/open", "/synchronize"]

    async def test_while_it_rests_after_another_request(self, world: World, deadline: Deadline) -> None:
        stuck(world)
        scene = Scene(world, kas_door(), lambda path: b"Door is unlocking")
        await scene.driver.unlock(world.deadline())
        assert isinstance(await withdrawn_while_it_waits(scene.driver.unlock(deadline), deadline), Withdrawn)
        assert len(scene.paths) == 1

    async def test_before_it_tries_to_connect_again(self, world: World, deadline: Deadline) -> None:
        stuck(world)
        tries = []

        class Away(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                tries.append(request.url.path)
                raise httpx.ConnectError("away")

        driver = build("front", the_keys_door(), world.context(Away()))
        assert isinstance(await withdrawn_while_it_waits(driver.unlock(deadline), deadline), Withdrawn)
        assert tries == ["/open"]

    async def test_while_its_timestamp_is_written(self, world: World, deadline: Deadline) -> None:
        async def slow(name: str, now: int) -> int:
            await never()
            return now

        world.counters.next = slow  # type: ignore[method-assign]
        scene = Scene(world, the_keys_door(), lambda path: YES)
        assert isinstance(await withdrawn_while_it_waits(scene.driver.unlock(deadline), deadline), Withdrawn)
        assert scene.paths == []

    async def test_in_a_queue(self, world: World, deadline: Deadline) -> None:
        queue = RequestQueue(monotonic=world.monotonic, sleep=world.sleep)

        async def speak(deadline: Deadline) -> None:
            async with queue.turn(rest=0, deadline=deadline):
                await never()

        first = asyncio.ensure_future(speak(world.deadline()))
        await asyncio.sleep(0)
        assert isinstance(await withdrawn_while_it_waits(speak(deadline), deadline), Withdrawn)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)

    async def test_a_yes_that_came_all_the_same_is_told(self, world: World, deadline: Deadline) -> None:
        def answer(path: str) -> bytes:
            deadline.withdraw()
            return YES

        await Scene(world, the_keys_door(), answer).driver.unlock(deadline)
