"""One at a time, commands first, and a dead peer is left alone."""

import asyncio

import pytest

from bot.drivers.base import Deadline
from bot.drivers.errors import TooLate
from bot.drivers.pacing import CircuitBreaker, RequestQueue
from tests.drivers.conftest import World


@pytest.fixture
def queue(world: World) -> RequestQueue:
    return RequestQueue(monotonic=world.now, sleep=world.sleep)


async def _speak(queue: RequestQueue, said: list[str], name: str, *, urgent: bool = False) -> None:
    async with queue.turn(rest=1, urgent=urgent):
        said.append(name)
        await asyncio.sleep(0)


async def test_commands_go_before_polls_that_came_earlier(queue: RequestQueue) -> None:
    said: list[str] = []
    await asyncio.gather(
        _speak(queue, said, "first poll"),
        _speak(queue, said, "second poll"),
        _speak(queue, said, "third poll"),
        _speak(queue, said, "command", urgent=True),
    )
    assert said == ["first poll", "command", "second poll", "third poll"]


async def test_a_poll_that_is_resting_lets_a_command_pass(world: World) -> None:
    resting, rested = asyncio.Event(), asyncio.Event()

    async def rest(seconds: float) -> None:
        resting.set()
        await rested.wait()
        await world.sleep(seconds)

    queue, said = RequestQueue(monotonic=world.now, sleep=rest), list[str]()
    await _speak(queue, said, "before")
    poll = asyncio.ensure_future(_speak(queue, said, "poll"))
    await resting.wait()
    command = asyncio.ensure_future(_speak(queue, said, "command", urgent=True))
    await asyncio.sleep(0)
    rested.set()
    await asyncio.gather(poll, command)
    assert said == ["before", "command", "poll"]


async def test_there_is_a_rest_after_every_turn(queue: RequestQueue, world: World) -> None:
    begun = world.at
    for _ in range(3):
        await _speak(queue, [], "something")
    assert world.at - begun == 2


async def test_nobody_speaks_at_the_same_time(queue: RequestQueue) -> None:
    speaking = 0

    async def speak(*, urgent: bool) -> None:
        nonlocal speaking
        async with queue.turn(urgent=urgent, rest=0.5):
            speaking += 1
            assert speaking == 1
            await asyncio.sleep(0)
            speaking -= 1

    await asyncio.gather(*(speak(urgent=n % 3 == 0) for n in range(30)))


async def test_a_cancelled_holder_frees_the_line(queue: RequestQueue) -> None:
    async def hold() -> None:
        async with queue.turn(urgent=True, rest=0):
            await asyncio.Event().wait()

    holder = asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)
    said: list[str] = []
    await _speak(queue, said, "next")
    assert said == ["next"]


@pytest.mark.parametrize("rounds", range(6))
async def test_a_waiter_cancelled_at_any_moment_blocks_nobody(queue: RequestQueue, rounds: int) -> None:
    said: list[str] = []
    first = asyncio.ensure_future(_speak(queue, said, "first"))
    waiter = asyncio.ensure_future(_speak(queue, said, "waiter", urgent=True))
    for _ in range(rounds):
        await asyncio.sleep(0)
    waiter.cancel()
    await asyncio.gather(first, waiter, return_exceptions=True)
    await asyncio.wait_for(_speak(queue, said, "last"), 1)
    assert said[-1] == "last"


async def test_a_command_does_not_wait_in_line_beyond_its_deadline(queue: RequestQueue, world: World) -> None:
    async def hold() -> None:
        async with queue.turn(rest=0):
            await asyncio.Event().wait()

    holder = asyncio.ensure_future(hold())
    await asyncio.sleep(0)
    with pytest.raises(TooLate):
        async with queue.turn(rest=0, deadline=Deadline(at=world.at + 0.01, clock=world.now)):
            pytest.fail("it was its turn")
    holder.cancel()
    await asyncio.gather(holder, return_exceptions=True)


async def _command(queue: RequestQueue, said: list[str], name: str, deadline: Deadline) -> None:
    async with queue.turn(rest=1, deadline=deadline):
        said.append(name)
        await asyncio.sleep(0)


def _of(world: World, caller: int, *, is_owner: bool = False) -> Deadline:
    return Deadline(world.at + 1000, world.now, caller=caller, is_owner=is_owner)


async def test_somebody_with_thirty_requests_keeps_nobody_waiting(queue: RequestQueue, world: World) -> None:
    said: list[str] = []
    flood = [_command(queue, said, f"Anna {n}", _of(world, 1)) for n in range(30)]
    others = [_command(queue, said, name, _of(world, caller)) for name, caller in (("Ben", 2), ("Carl", 3))]
    await asyncio.gather(*flood, *others)
    assert said[:4] == ["Anna 0", "Ben", "Carl", "Anna 1"]
    assert said[4:] == [f"Anna {n}" for n in range(2, 30)]


async def test_people_take_turns(queue: RequestQueue, world: World) -> None:
    said: list[str] = []
    asked = [_command(queue, said, name, _of(world, ord(name))) for name in "aaabbbccc"]
    await asyncio.gather(*asked)
    assert "".join(said) == "abcabcabc"


async def test_owners_go_first_and_polls_last(queue: RequestQueue, world: World) -> None:
    said: list[str] = []
    await asyncio.gather(
        _speak(queue, said, "first"),
        _speak(queue, said, "poll"),
        _command(queue, said, "member", _of(world, 1)),
        _command(queue, said, "owner", _of(world, 9, is_owner=True)),
    )
    assert said == ["first", "owner", "member", "poll"]


async def test_a_waiter_keeps_its_place_when_somebody_more_urgent_passes_it(world: World) -> None:
    resting, rested = asyncio.Event(), asyncio.Event()

    async def rest(seconds: float) -> None:
        resting.set()
        await rested.wait()
        await world.sleep(seconds)

    queue, said = RequestQueue(monotonic=world.now, sleep=rest), list[str]()
    await _speak(queue, said, "before")
    polls = [asyncio.ensure_future(_speak(queue, said, name)) for name in ("first poll", "second poll")]
    await resting.wait()
    command = asyncio.ensure_future(_speak(queue, said, "command", urgent=True))
    await asyncio.sleep(0)
    rested.set()
    await asyncio.gather(*polls, command)
    assert said == ["before", "command", "first poll", "second poll"]


def test_the_breaker_opens_after_three_failures_in_a_row(world: World) -> None:
    breaker = CircuitBreaker(now=world.now, monotonic=world.now)
    for failure in (True, True, False, True, True):
        breaker.failed() if failure else breaker.worked()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_probes_back_off_to_a_minute(world: World) -> None:
    breaker = CircuitBreaker(now=world.now, monotonic=world.now)
    for _ in range(3):
        breaker.failed()
    pauses = []
    for _ in range(6):
        begun = world.at
        while not breaker.claim_probe():
            world.at += 1
        pauses.append(world.at - begun)
        breaker.failed()
    assert pauses == [5, 10, 20, 40, 60, 60]


def test_only_one_caller_gets_the_probe(world: World) -> None:
    breaker = CircuitBreaker(now=world.now, monotonic=world.now)
    for _ in range(3):
        breaker.failed()
    world.at += 5
    assert [breaker.claim_probe(), breaker.claim_probe()] == [True, False]


def test_a_waiting_person_may_have_it_probed_sooner(world: World) -> None:
    breaker = CircuitBreaker(now=world.now, monotonic=world.now)
    for _ in range(9):
        breaker.failed()
    world.at += 5
    assert [breaker.claim_probe(), breaker.claim_probe(urgent=True)] == [False, True]
    assert not breaker.claim_probe(urgent=True)


def test_a_success_forgets_everything(world: World) -> None:
    breaker = CircuitBreaker(now=world.now, monotonic=world.now)
    for _ in range(9):
        breaker.failed()
    breaker.worked()
    assert not breaker.is_open
    world.at += 60
    for _ in range(3):
        breaker.failed()
    assert breaker.is_open
    assert breaker.failing_since == world.at
