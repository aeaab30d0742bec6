"""Watching goes on, whatever breaks, and no door disturbs another."""

import asyncio

import pytest

from bot.clock import Clock
from bot.drivers.errors import OutOfReach
from storage import Storage
from tests.bench import BenchLock, Hands, answers
from tests.monitor.conftest import Watch


def read_five_times(lock: BenchLock) -> asyncio.Event:
    """Set when the lock was read for the fifth time."""
    often = asyncio.Event()

    async def count() -> None:
        if lock.readings == 5:
            often.set()

    lock.before_reading = count
    return often


@pytest.mark.parametrize("trouble", [answers(OutOfReach), ValueError("a bug"), KeyError("a bug")], ids=repr)
async def test_one_broken_gateway_stops_nobody(
    storage: Storage, hands: Hands, clock: Clock, trouble: Exception
) -> None:
    broken = BenchLock(hands, blind=trouble)
    watch = Watch(storage, hands, clock, others={"garage": broken})
    watching = asyncio.create_task(watch.monitor.run())
    await asyncio.gather(*(read_five_times(lock).wait() for lock in (broken, watch.lock)))
    assert not watching.done()
    watching.cancel()
    await asyncio.wait([watching])


async def test_a_lock_whose_readings_break_the_driver_counts_as_unreachable(watch: Watch) -> None:
    watch.lock.blind = ValueError("a bug")
    await watch.look(times=3)
    assert await watch.news() == ["unreachable"]


async def test_a_black_hole_holds_up_its_own_door_only(storage: Storage, hands: Hands, clock: Clock) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    watch = Watch(storage, hands, clock, others={"garage": BenchLock(hands, before_reading=never)})
    watching = asyncio.create_task(watch.monitor.run())
    await read_five_times(watch.lock).wait()
    watching.cancel()
    await asyncio.wait([watching])


async def test_a_full_disk_does_not_stop_the_watching(watch: Watch) -> None:
    await watch.storage.database.rows(
        "CREATE TRIGGER full_disk BEFORE INSERT ON readings BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
    )
    await watch.look()
    watch.lock.blind = answers(OutOfReach)
    await watch.look()
    assert await watch.storage.readings.get("front") is None
