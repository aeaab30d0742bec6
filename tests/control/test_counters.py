"""The numbers that sign requests: they only grow, and a time that is not trusted is never written into them."""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from math import floor
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bot.clock import Clock
from bot.control.counters import ProcessCounters, TrustedCounters
from storage import Storage
from tests.bench import START, Hands
from tests.fresh import open_fresh
from tests.test_clock_doubts import SIZE, WRONG

NOW = int(START.timestamp())
YEAR = int(timedelta(days=365).total_seconds())
T = TypeVar("T")


def telegram_says(clock: Clock, seconds: int) -> None:
    clock.stamp(seconds, sent=clock.boot(), received=clock.boot())


async def test_while_the_time_is_trusted_the_number_is_the_time(storage: Storage, clock: Clock, hands: Hands) -> None:
    counters = TrustedCounters(storage.counters, clock)
    telegram_says(clock, NOW)
    assert [await counters.next("gateway", 0) for _ in range(3)] == [NOW, NOW + 1, NOW + 2]
    hands.turn(60)
    assert await counters.next("gateway", 0) == NOW + 60


async def test_a_time_that_jumps_a_year_is_not_written_into_the_counter(storage: Storage, clock: Clock) -> None:
    counters = TrustedCounters(storage.counters, clock)
    telegram_says(clock, NOW)
    assert await counters.next("gateway", 0) == NOW
    telegram_says(clock, NOW + YEAR)
    assert await counters.next("gateway", NOW + YEAR) == NOW + 1


async def test_before_the_time_is_told_the_number_is_one_above_the_last(storage: Storage, clock: Clock) -> None:
    await storage.counters.next("gateway", 1000)
    assert await TrustedCounters(storage.counters, clock).next("gateway", NOW) == 1001


async def test_where_nothing_was_ever_sent_it_waits_until_the_time_is_told(storage: Storage, clock: Clock) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            telegram_says(clock, NOW)

    await storage.counters.next("another gateway", 1000)
    counters = TrustedCounters(storage.counters, clock, sleep=sleep)
    assert await counters.next("gateway", NOW) == NOW
    assert len(waits) == 3


async def test_for_single_calls_the_numbers_grow_within_the_process() -> None:
    counters = ProcessCounters()
    assert [await counters.next("gateway", now) for now in (5, 5, 3, 9)] == [5, 6, 7, 9]
    assert await counters.next("other", 3) == 3


@pytest.mark.parametrize("restart", [False, True])
async def test_numbers_of_a_wrong_time_before_do_not_keep_it_from_growing(
    storage: Storage, clock: Clock, restart: bool
) -> None:
    await storage.counters.next("gateway", NOW + YEAR)
    telegram_says(clock, NOW)
    counters = TrustedCounters(storage.counters, clock)
    assert await counters.next("gateway", 0) == NOW + YEAR + 1


class Stamping(RuleBasedStateMachine):
    """Callers, restarts, wrong Dates and wrong host clocks in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.hands = Hands()
        self.given: list[int] = []
        self.wall_off = 0.0
        self.open()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize(off=st.sampled_from((0.0, *WRONG)))
    def the_host_is_wrong(self, off: float) -> None:
        self.wall_off = off

    def open(self) -> None:
        self.storage = self.run(open_fresh(Path(self.folder.name) / "latchkey.db"))
        self.clock = Clock(boot=lambda: self.hands.boot, wall=lambda: self.hands.wall + self.wall_off)
        self.counters = TrustedCounters(self.storage.counters, self.clock)
        self.is_told = False

    @rule(off=st.sampled_from((0.0, 0.0, 0.0, *WRONG)))
    def a_date_comes(self, off: float) -> None:
        """The first one after a start is right."""
        telegram_says(self.clock, floor(self.hands.wall + (off if self.is_told else 0)))
        self.is_told = True

    @rule(seconds=st.sampled_from((0.1, 5.0, 61.0)))
    def time_passes(self, seconds: float) -> None:
        self.hands.turn(seconds)
        self.a_date_comes(0.0)

    @rule(callers=st.integers(1, 5))
    def callers_take_numbers(self, callers: int) -> None:
        if not self.given and not self.clock.is_trusted:
            return

        async def take() -> list[int]:
            return await asyncio.gather(*(self.counters.next("gateway", 0) for _ in range(callers)))

        self.given += sorted(self.run(take()))

    @rule()
    def the_bot_starts_again(self) -> None:
        self.run(self.storage.close())
        self.open()

    @invariant()
    def numbers_only_grow_and_never_run_away(self) -> None:
        assert all(earlier < later for earlier, later in zip(self.given, self.given[1:], strict=False))
        if self.given:
            assert self.given[-1] <= self.hands.wall + 7 + len(self.given)

    def teardown(self) -> None:
        self.run(self.storage.close())
        self.runner.close()
        self.folder.cleanup()


TestStamping = Stamping.TestCase
TestStamping.settings = settings(max_examples=30 * SIZE, stateful_step_count=25, deadline=None)
