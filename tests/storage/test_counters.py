"""Counters only grow, whatever the clock does and however often the bot starts again."""

import asyncio
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from storage import Storage
from tests.fresh import open_fresh


async def test_the_number_is_now_where_that_will_do(storage: Storage) -> None:
    assert await storage.counters.next("gateway", 1000) == 1000


async def test_a_clock_gone_back_gives_one_more_than_the_last(storage: Storage) -> None:
    await storage.counters.next("gateway", 1000)
    assert await storage.counters.next("gateway", 500) == 1001


async def test_names_do_not_disturb_each_other(storage: Storage) -> None:
    await storage.counters.next("gateway", 1000)
    assert await storage.counters.next("other", 500) == 500


async def test_parallel_callers_get_different_numbers(storage: Storage) -> None:
    numbers = await asyncio.gather(*(storage.counters.next("gateway", 1000) for _ in range(50)))
    assert sorted(numbers) == list(range(1000, 1050))


async def test_all_is_every_name_with_its_last_number(storage: Storage) -> None:
    assert await storage.counters.all() == {}
    await storage.counters.next("gateway", 1000)
    await storage.counters.next("gateway", 1)
    await storage.counters.next("other", 500)
    assert await storage.counters.all() == {"gateway": 1001, "other": 500}


async def test_raise_to_lifts_what_is_lower_and_lowers_nothing(storage: Storage) -> None:
    await storage.counters.next("lower", 10)
    await storage.counters.next("higher", 99)
    await storage.counters.next("alone", 7)
    await storage.counters.raise_to({"lower": 50, "higher": 50, "new": 50})
    assert await storage.counters.all() == {"lower": 50, "higher": 99, "alone": 7, "new": 50}
    await storage.counters.raise_to({"lower": 50})
    assert await storage.counters.next("lower", 50) == 51


T = TypeVar("T")


class CounterBook(RuleBasedStateMachine):
    """Callers, restarts and clock steps in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.runner = asyncio.Runner()
        self.storage = self.run(open_fresh(Path(self.folder.name) / "latchkey.db"))
        self.now = 1_000_000
        self.given: list[int] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @rule(step=st.integers(-(10**9), 10**9))
    def the_clock_is_set(self, step: int) -> None:
        self.now += step

    @rule(callers=st.integers(1, 5))
    def callers_take_numbers(self, callers: int) -> None:
        async def take() -> list[int]:
            return await asyncio.gather(*(self.storage.counters.next("gateway", self.now) for _ in range(callers)))

        self.given += sorted(self.run(take()))

    @rule()
    def the_bot_starts_again(self) -> None:
        self.run(self.storage.close())
        self.storage = self.run(open_fresh(Path(self.folder.name) / "latchkey.db"))

    @invariant()
    def counters_only_grow(self) -> None:
        assert all(earlier < later for earlier, later in zip(self.given, self.given[1:], strict=False))

    def teardown(self) -> None:
        self.run(self.storage.close())
        self.runner.close()
        self.folder.cleanup()


TestCounterBook = CounterBook.TestCase
TestCounterBook.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
