"""A gateway or a cloud that is down is one matter, however many doors are behind it."""

import pytest

from bot.clock import Clock
from bot.domain.events import LockReachable, LockUnreachable
from bot.domain.notices import Group
from bot.domain.readings import Bolt
from bot.drivers.errors import OutOfReach
from storage import Storage
from tests.bench import OWNER, START, BenchLock, Hands, answers
from tests.monitor.conftest import GROUP, Watch

DOORS = ("front", "back", "attic")


@pytest.fixture
async def watch(storage: Storage, hands: Hands, clock: Clock) -> Watch:
    """Three doors behind one gateway."""
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    others = {name: BenchLock(hands) for name in DOORS[1:]}
    watch = Watch(storage, hands, clock, others=others, connection="gateway 1")
    await watch.look()
    return watch


def silence(watch: Watch, *doors: str, is_over: bool = False) -> None:
    for name in doors or DOORS:
        watch.drivers[name].blind = None if is_over else answers(OutOfReach)


def doors_of(event: object) -> set[str]:
    assert isinstance(event, LockUnreachable | LockReachable)
    return {event.door, *event.others}


async def test_it_is_told_once_for_all_its_doors(watch: Watch) -> None:
    silence(watch)
    await watch.look(times=10)
    [event] = await watch.events()
    assert isinstance(event, LockUnreachable)
    assert doors_of(event) == set(DOORS)


async def test_one_door_that_does_not_answer_is_no_outage_of_the_others(watch: Watch) -> None:
    silence(watch, "back")
    await watch.look(times=5)
    [event] = await watch.events()
    assert doors_of(event) == {"back"}


async def test_doors_without_a_common_connection_are_told_one_by_one(
    storage: Storage, hands: Hands, clock: Clock
) -> None:
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    watch = Watch(storage, hands, clock, others={name: BenchLock(hands) for name in DOORS[1:]})
    silence(watch)
    await watch.look(times=5)
    assert [doors_of(event) for event in await watch.events()] == [{name} for name in DOORS]


async def test_that_it_is_back_is_told_once_with_how_long_and_what_changed(watch: Watch) -> None:
    silence(watch)
    await watch.look(times=5)
    silence(watch, is_over=True)
    watch.drivers["attic"].bolt = Bolt.UNLOCKED
    await watch.look(times=5)
    _, event = await watch.events()
    assert isinstance(event, LockReachable)
    assert doors_of(event) == set(DOORS)
    assert event.since
    assert (event.at - event.since).total_seconds() == 150
    assert (event.moved, event.bolts) == (("attic",), (Bolt.UNLOCKED,))


async def test_a_door_that_stays_away_is_not_waited_for_longer_than_a_round(watch: Watch) -> None:
    silence(watch)
    await watch.look(times=5)
    silence(watch, "front", "back", is_over=True)
    await watch.look(times=3)
    _, event = await watch.events()
    assert doors_of(event) == {"front", "back"}
    silence(watch, is_over=True)
    await watch.look(times=3)
    [event] = await watch.events()
    assert doors_of(event) == {"attic"}


async def test_a_restart_in_the_middle_tells_nothing_twice(watch: Watch, clock: Clock) -> None:
    silence(watch)
    await watch.look(times=4)
    again = Watch(
        watch.storage, watch.hands, clock, others={name: BenchLock(watch.hands) for name in DOORS[1:]},
        connection="gateway 1",
    )  # fmt: skip
    silence(again)
    await again.look(times=4)
    silence(again, is_over=True)
    await again.look(times=4)
    assert await watch.news() == ["unreachable", "reachable"]


async def test_still_away_is_told_once_an_hour_for_all_together(watch: Watch) -> None:
    silence(watch)
    await watch.look(times=4)
    await watch.events()
    await watch.look(times=2 * 120 + 2)
    events = await watch.events()
    assert [(doors_of(event), event.is_still) for event in events if isinstance(event, LockUnreachable)] == [
        (set(DOORS), True),
        (set(DOORS), True),
    ]


async def test_a_gateway_that_is_down_from_the_first_day_is_one_matter_too(
    storage: Storage, hands: Hands, clock: Clock
) -> None:
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    others = {name: BenchLock(hands) for name in DOORS[1:]}
    watch = Watch(storage, hands, clock, others=others, connection="gateway 1")
    silence(watch)
    await watch.look(times=5)
    assert await watch.news() == ["unreachable"]
