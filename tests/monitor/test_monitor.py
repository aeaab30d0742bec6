"""The monitor: what changed is told once, what proves nothing is dropped, and no door disturbs another."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.batteries import is_low
from bot.domain.commands import Result
from bot.domain.doors import Capability, Door
from bot.domain.events import BoltChanged, LockUnreachable
from bot.domain.readings import Bolt
from bot.drivers.errors import OutOfReach, UnexpectedReply
from storage import Storage
from tests.bench import START, answers, request
from tests.monitor.conftest import FAULT, Watch


async def command(storage: Storage, outcome: Result | None, *, action: Action = Action.OPEN, ago: float = 0) -> None:
    at = START - timedelta(seconds=ago)
    command = await storage.commands.add(request(f"{action} {outcome}", action, at=at), now=at)
    if outcome:
        await storage.commands.end(command.id, outcome=outcome, at=at + timedelta(seconds=1))


async def test_the_first_reading_is_no_change(watch: Watch) -> None:
    await watch.look()
    assert await watch.news() == []


async def test_a_change_is_told_once(watch: Watch) -> None:
    await watch.look()
    await watch.sees(Bolt.UNLOCKED)
    await watch.look(times=3)
    assert await watch.news() == ["unlocked"]


async def test_a_change_is_not_told_again_after_a_restart(watch: Watch, clock: Clock) -> None:
    await watch.look()
    await watch.sees(Bolt.UNLOCKED)
    again = Watch(watch.storage, watch.hands, clock)
    await again.sees(Bolt.UNLOCKED)
    assert await watch.news() == ["unlocked"]


async def test_a_change_while_the_bot_was_away_is_told(watch: Watch, clock: Clock) -> None:
    await watch.look()
    await Watch(watch.storage, watch.hands, clock).sees(Bolt.UNLOCKED)
    assert await watch.news() == ["unlocked"]


async def test_a_reading_and_its_news_are_kept_together_or_not_at_all(watch: Watch) -> None:
    await watch.look()
    await watch.storage.database.rows(
        "CREATE TRIGGER full_disk BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    )
    await watch.sees(Bolt.UNLOCKED)
    await watch.storage.database.rows("DROP TRIGGER full_disk")
    await watch.look()
    assert await watch.news() == ["unlocked"]


@pytest.mark.parametrize("bolt", [Bolt.UNKNOWN, Bolt.JAMMED])
async def test_unknown_and_jammed_are_told_as_what_they_are(watch: Watch, bolt: Bolt) -> None:
    await watch.look()
    await watch.sees(bolt)
    reading = await watch.storage.readings.get("front")
    assert reading
    assert (reading.bolt, await watch.news()) == (bolt, [bolt])


async def test_a_lock_never_read_is_unknown(watch: Watch) -> None:
    watch.lock.blind = answers(OutOfReach)
    await watch.look()
    reading = await watch.storage.readings.get("front")
    assert reading
    assert (reading.bolt, reading.read_at) == (Bolt.UNKNOWN, None)


async def test_a_failed_reading_keeps_what_was_seen_and_when(watch: Watch) -> None:
    await watch.look()
    before = await watch.storage.readings.get("front")
    assert before
    watch.lock.blind = answers(OutOfReach)
    await watch.look()
    after = await watch.storage.readings.get("front")
    assert after
    assert after == replace(before, failures=1, failing_since=START + timedelta(seconds=30), problem=FAULT)


@pytest.mark.parametrize(("failures", "news"), [(2, []), (3, ["unreachable"]), (10, ["unreachable"])])
async def test_unreachable_is_told_once_after_three_failures(watch: Watch, failures: int, news: list[str]) -> None:
    await watch.look()
    watch.lock.blind = answers(OutOfReach)
    await watch.look(times=failures)
    assert await watch.news() == news


async def test_reachable_again_is_told_once(watch: Watch) -> None:
    await watch.look()
    watch.lock.blind = answers(UnexpectedReply)
    await watch.look(times=3)
    watch.lock.blind = None
    await watch.look(times=3)
    assert await watch.news() == ["unreachable", "reachable"]


async def test_failures_count_only_in_a_row(watch: Watch) -> None:
    for _ in range(4):
        watch.lock.blind = answers(OutOfReach)
        await watch.look(times=2)
        watch.lock.blind = None
        await watch.look()
    assert await watch.news() == []


async def test_unreachable_says_since_when_and_why(watch: Watch) -> None:
    watch.lock.blind = answers(OutOfReach)
    await watch.look(times=3)
    assert await watch.events() == [
        LockUnreachable(door="front", at=START + timedelta(minutes=1), since=START, problem=FAULT)
    ]


async def test_unreachable_survives_a_restart(watch: Watch, clock: Clock) -> None:
    watch.lock.blind = answers(OutOfReach)
    await watch.look(times=3)
    again = Watch(watch.storage, watch.hands, clock)
    again.lock.blind = answers(OutOfReach)
    await again.look(times=5)
    assert await watch.news() == ["unreachable"]


async def test_a_low_battery_is_told_once_and_good_again_only_well_above(watch: Watch) -> None:
    for percent in (50, 20, 19, 20, 18, 24, 19, 25, 24, 20, 19):
        watch.lock.battery_percent = percent
        await watch.look()
    assert await watch.news() == ["battery low", "battery good", "battery low"]


async def test_a_battery_nobody_knows_is_no_news(watch: Watch) -> None:
    for percent in (10, None, 10, None, 10):
        watch.lock.battery_percent = percent
        await watch.look()
    assert await watch.news() == []


@given(levels=st.lists(st.none() | st.integers(20, 24), max_size=30))
def test_a_battery_that_wavers_at_the_threshold_is_told_at_most_once(levels: list[int | None]) -> None:
    low, told = False, 0
    for level in levels:
        now_low = low if level is None else is_low(level, low_percent=22, was_low=low)
        if now_low != low:
            low, told = now_low, told + 1
    assert told <= 1


async def test_a_reading_begun_while_the_bolt_moves_is_not_begun_at_all(watch: Watch) -> None:
    await watch.look()
    watch.monitor.suppress(watch.door, 60)
    await watch.sees(Bolt.UNLOCKED)
    assert (watch.lock.readings, await watch.news()) == (1, [])


async def test_a_reading_during_which_the_bolt_began_to_move_is_dropped(watch: Watch) -> None:
    await watch.look()

    async def a_command_starts() -> None:
        watch.hands.turn(1)
        watch.monitor.suppress(watch.door, 10)

    watch.lock.before_reading = a_command_starts
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == []


async def test_a_reading_that_outlasts_the_whole_movement_is_dropped(watch: Watch) -> None:
    await watch.look()

    async def a_command_comes_and_goes() -> None:
        watch.hands.turn(1)
        watch.monitor.suppress(watch.door, 10)
        watch.hands.turn(60)

    watch.lock.before_reading = a_command_comes_and_goes
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == []


async def test_once_the_bolt_is_at_rest_readings_count_again(watch: Watch) -> None:
    await watch.look()
    watch.monitor.suppress(watch.door, 10)
    watch.hands.turn(10)
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == ["unlocked"]


@pytest.mark.parametrize(
    ("outcome", "action", "seen", "named"),
    [
        (Result.UNKNOWN, Action.OPEN, Bolt.UNLOCKED, "Anna"),
        (Result.UNKNOWN, Action.CLOSE, Bolt.UNLOCKED, None),
        (Result.UNKNOWN, Action.PIN, Bolt.UNLOCKED, None),
        (Result.UNKNOWN, Action.OPEN, Bolt.JAMMED, None),
        (Result.CONFIRMED, Action.OPEN, Bolt.UNLOCKED, None),
        (Result.REFUSED, Action.OPEN, Bolt.UNLOCKED, None),
        (Result.DENIED, Action.OPEN, Bolt.UNLOCKED, None),
    ],
)
async def test_only_an_unanswered_command_that_explains_the_change_names_its_caller(
    watch: Watch, outcome: Result, action: Action, seen: Bolt, named: str | None
) -> None:
    await watch.look()
    await command(watch.storage, outcome, action=action)
    await watch.sees(seen)
    [event] = await watch.events()
    assert event == BoltChanged(door="front", bolt=seen, at=START + timedelta(seconds=30), by=named, was=Bolt.LOCKED)


async def test_a_command_from_before_the_last_reading_explains_nothing(watch: Watch) -> None:
    await watch.look()
    await command(watch.storage, Result.UNKNOWN, ago=100)
    await watch.sees(Bolt.UNLOCKED)
    [event] = await watch.events()
    assert isinstance(event, BoltChanged)
    assert event.by is None


async def test_a_lock_that_cannot_be_read_is_not_asked(watch: Watch) -> None:
    await watch.monitor.poll(Door("front", "Front door", Capability.UNLOCK))
    assert watch.lock.readings == 0


async def test_what_was_seen_is_on_disk(watch: Watch, path: Path) -> None:
    await watch.look()
    before = await watch.storage.readings.get("front")
    again = await Storage.open(path)
    assert before
    assert await again.readings.get("front") == replace(before)
    await again.close()
