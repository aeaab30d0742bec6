"""A clock that is wrong, Telegram's or a gateway's, is told to the owners once, and once that it is right again."""

import pytest

from bot.clock import Clock
from bot.monitor.clocks import ClockWatch
from bot.notices import Notices
from storage import Storage
from tests.bench import OWNER, BenchLock, Hands
from tests.monitor.conftest import BenchPeer, behind


async def told(storage: Storage) -> list[tuple[int, str, str | None, int]]:
    rows = await storage.database.rows(
        "SELECT chat_id, event ->> '$.event', event ->> '$.door', event ->> '$.is_over' FROM outbox ORDER BY id"
    )
    await storage.database.rows("DELETE FROM outbox")
    return [(chat, event, door, is_over) for chat, event, door, is_over in rows]


def watch(storage: Storage, clock: Clock, locks: dict[str, BenchLock]) -> ClockWatch:
    return ClockWatch(storage, locks, Notices(storage, frozenset({OWNER})), clock)


async def test_owners_are_told_once_that_the_time_is_doubted_and_once_that_it_is_not(
    storage: Storage, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, doubts = hands.clock(), [False, True, True, True, False, False]
    monkeypatch.setattr(Clock, "is_doubted", property(lambda _: doubts.pop(0)))
    watching = watch(storage, clock, {})
    for _ in range(6):
        await watching.tell_changes()
    assert await told(storage) == [(OWNER, "clock doubted", None, 0), (OWNER, "clock doubted", None, 1)]


async def test_a_gateway_s_clock_is_told_once_for_all_its_doors_and_through_restarts(
    storage: Storage, hands: Hands, clock: Clock
) -> None:
    peer = BenchPeer()
    for _ in range(2):
        await watch(storage, clock, behind(peer, hands)).tell_changes()
        assert await told(storage) == []
        peer.is_clock_wrong = False  # nobody hears that all is well
    peer.is_clock_wrong = True
    watching = watch(storage, clock, behind(peer, hands))
    await watching.tell_changes()
    await watching.tell_changes()
    assert await told(storage) == [(OWNER, "gateway clock", "front", 0)]
    again = watch(storage, clock, behind(peer, hands))
    await again.tell_changes()
    peer.is_clock_wrong = None  # after a restart nobody knows, until the gateway answers
    await again.tell_changes()
    assert await told(storage) == []
    peer.is_clock_wrong = False
    await again.tell_changes()
    assert await told(storage) == [(OWNER, "gateway clock", "front", 1)]
