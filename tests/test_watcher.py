"""The watcher: what changed is told once, what proves nothing is dropped, and no door disturbs another."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.access import Action
from bot.clock import Clock
from bot.doors import Door
from bot.drivers.base import Bolt, Capability
from bot.drivers.errors import OutOfReach, UnexpectedReply
from bot.notices import Notices
from bot.watcher import Watcher
from storage import Storage
from storage.records import Command, Group, Json
from tests.bench import ANNA, CHAT, OWNER, START, BenchLock, Hands, answers

GROUP = -100900


class Watch:
    """A watcher over one door, and the news that its group was told."""

    def __init__(self, storage: Storage, hands: Hands, clock: Clock) -> None:
        self.storage, self.hands = storage, hands
        self.lock = BenchLock(hands)
        self.door = Door("front", "Front door", self.lock)
        self.watcher = Watcher(storage, Notices(storage, frozenset({OWNER})), clock, sleep=hands.sleep)

    async def look(self, *, times: int = 1) -> None:
        for _ in range(times):
            await self.watcher.look(self.door)
            self.hands.turn(30)

    async def sees(self, bolt: Bolt) -> None:
        self.lock.bolt = bolt
        await self.look()

    async def notices(self) -> list[dict[str, Json]]:
        letters = []
        while heads := await self.storage.outbox.heads():
            for letter in heads:
                letters.append(dict(letter.notice))
                await self.storage.outbox.delivered(letter.id)
        return letters

    async def news(self) -> list[Json]:
        """What was told since the last look at the news."""
        return [notice["event"] for notice in await self.notices()]


@pytest.fixture
async def watch(storage: Storage, hands: Hands, clock: Clock) -> Watch:
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    return Watch(storage, hands, clock)


async def command(storage: Storage, outcome: str | None, *, action: str = "open", ago: float = 0) -> None:
    at = START - timedelta(seconds=ago)
    await storage.commands.add(
        Command(
            id=0,
            update_key=f"{action} {outcome}",
            person_id=ANNA,
            person_name="Anna",
            chat_id=CHAT,
            thread_id=None,
            door="front",
            action=action,
            asked_at=at,
            started_at=at,
            ended_at=at + timedelta(seconds=1) if outcome else None,
            outcome=outcome,
        )
    )


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
    sighting = await watch.storage.sightings.get("front")
    assert sighting
    assert (sighting.bolt, await watch.news()) == (bolt, [bolt])


async def test_a_lock_never_read_is_unknown(watch: Watch) -> None:
    watch.lock.blind = answers(OutOfReach)
    await watch.look()
    sighting = await watch.storage.sightings.get("front")
    assert sighting
    assert (sighting.bolt, sighting.read_at) == (Bolt.UNKNOWN, None)


async def test_a_failed_reading_keeps_what_was_seen_and_when(watch: Watch) -> None:
    await watch.look()
    before = await watch.storage.sightings.get("front")
    assert before
    watch.lock.blind = answers(OutOfReach)
    await watch.look()
    after = await watch.storage.sightings.get("front")
    assert after
    assert (after.bolt, after.read_at, after.failures, after.trouble) == (
        Bolt.LOCKED,
        before.read_at,
        1,
        "The bench says so.",
    )


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
    [notice] = await watch.notices()
    assert (notice["since"], notice["why"]) == (START.isoformat(), "The bench says so.")


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
    watcher = Watcher.__new__(Watcher)
    watcher._battery_low = 22
    low, told = False, 0
    for level in levels:
        now_low = watcher._is_low(level, low)
        if now_low is not None and now_low != low:
            low, told = now_low, told + 1
    assert told <= 1


async def test_a_reading_begun_while_the_bolt_moves_is_not_begun_at_all(watch: Watch) -> None:
    await watch.look()
    watch.watcher.quiet(watch.door, 60)
    await watch.sees(Bolt.UNLOCKED)
    assert (watch.lock.readings, await watch.news()) == (1, [])


async def test_a_reading_during_which_the_bolt_began_to_move_is_dropped(watch: Watch) -> None:
    await watch.look()

    async def a_command_starts() -> None:
        watch.hands.turn(1)
        watch.watcher.quiet(watch.door, 10)

    watch.lock.before_reading = a_command_starts
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == []


async def test_a_reading_that_outlasts_the_whole_movement_is_dropped(watch: Watch) -> None:
    await watch.look()

    async def a_command_comes_and_goes() -> None:
        watch.hands.turn(1)
        watch.watcher.quiet(watch.door, 10)
        watch.hands.turn(60)

    watch.lock.before_reading = a_command_comes_and_goes
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == []


async def test_once_the_bolt_is_at_rest_readings_count_again(watch: Watch) -> None:
    await watch.look()
    watch.watcher.quiet(watch.door, 10)
    watch.hands.turn(10)
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == ["unlocked"]


async def test_what_a_confirmed_command_did_is_not_told_again(watch: Watch) -> None:
    await watch.look()
    await watch.watcher.commanded(watch.door, Action.OPEN)
    await watch.sees(Bolt.UNLOCKED)
    assert await watch.news() == []


async def test_a_bolt_that_did_not_follow_a_confirmed_command_is_told(watch: Watch) -> None:
    await watch.look()
    await watch.watcher.commanded(watch.door, Action.OPEN)
    await watch.sees(Bolt.LOCKED)
    assert await watch.news() == ["locked"]


@pytest.mark.parametrize(
    ("outcome", "action", "seen", "named"),
    [
        ("unknown", "open", Bolt.UNLOCKED, "Anna"),
        ("unknown", "close", Bolt.UNLOCKED, None),
        ("unknown", "pin", Bolt.UNLOCKED, None),
        ("unknown", "open", Bolt.JAMMED, None),
        ("confirmed", "open", Bolt.UNLOCKED, None),
        ("refused", "open", Bolt.UNLOCKED, None),
        ("denied", "open", Bolt.UNLOCKED, None),
    ],
)
async def test_only_an_unanswered_command_that_explains_the_change_names_its_caller(
    watch: Watch, outcome: str, action: str, seen: Bolt, named: str | None
) -> None:
    await watch.look()
    await command(watch.storage, outcome, action=action)
    await watch.sees(seen)
    [notice] = await watch.notices()
    assert notice["by"] == named


async def test_a_command_from_before_the_last_reading_explains_nothing(watch: Watch) -> None:
    await watch.look()
    await command(watch.storage, "unknown", ago=100)
    await watch.sees(Bolt.UNLOCKED)
    [notice] = await watch.notices()
    assert notice["by"] is None


async def test_a_lock_that_cannot_be_read_is_not_asked(watch: Watch) -> None:
    watch.lock.capabilities = Capability.UNLOCK
    await watch.look()
    assert watch.lock.readings == 0


def read_five_times(lock: BenchLock) -> asyncio.Event:
    """Set when the lock was read for the fifth time."""
    often = asyncio.Event()

    async def count() -> None:
        if lock.readings == 5:
            often.set()

    lock.before_reading = count
    return often


@pytest.mark.parametrize("trouble", [answers(OutOfReach), ValueError("a bug"), KeyError("a bug")], ids=repr)
async def test_one_broken_gateway_stops_nobody(watch: Watch, trouble: Exception) -> None:
    broken = BenchLock(watch.hands, blind=trouble)
    tasks = [asyncio.create_task(watch.watcher.watch(door)) for door in (Door("garage", "Garage", broken), watch.door)]
    await asyncio.gather(*(read_five_times(lock).wait() for lock in (broken, watch.lock)))
    assert not any(task.done() for task in tasks)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_lock_whose_readings_break_the_driver_counts_as_unreachable(watch: Watch) -> None:
    watch.lock.blind = ValueError("a bug")
    await watch.look(times=3)
    assert await watch.news() == ["unreachable"]


async def test_a_black_hole_holds_up_its_own_door_only(watch: Watch) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    hole = Door("garage", "Garage", BenchLock(watch.hands, before_reading=never))
    tasks = [asyncio.create_task(watch.watcher.watch(door)) for door in (hole, watch.door)]
    await read_five_times(watch.lock).wait()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_full_disk_does_not_stop_the_watching(watch: Watch) -> None:
    await watch.storage.database.rows(
        "CREATE TRIGGER full_disk BEFORE INSERT ON sightings BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    )
    await watch.look()
    watch.lock.blind = answers(OutOfReach)
    await watch.look()
    assert await watch.storage.sightings.get("front") is None


async def test_what_was_seen_is_on_disk(watch: Watch, path: Path) -> None:
    await watch.look()
    before = await watch.storage.sightings.get("front")
    again = await Storage.open(path)
    assert before
    assert await again.sightings.get("front") == replace(before)
    await again.close()
