"""What a lock will need soon is told to the owners in private, at most once a week, restarts included."""

import logging
from pathlib import Path

import pytest

from bot.activity import Activity
from bot.clock import Clock
from bot.domain.doors import Capability, Door, Doors
from bot.domain.events import LockReminder
from bot.domain.notices import Group
from bot.domain.remarks import Remark
from bot.monitor.reminders import LockReminders
from bot.notices import Notices
from storage import Storage
from tests.bench import OWNER, START, BenchLock, Hands
from tests.fresh import open_fresh

DAY = 86_400
REMARK = Remark("bench.timestamp_due", {"due": "2027-01-01"})
Locks = dict[str, BenchLock]


class Forgetful(BenchLock):
    remark: Remark | None = REMARK

    def reminder(self) -> Remark | None:
        return self.remark


class Ended(Exception):
    """Ends what would go on for ever."""


def reminders_of(storage: Storage, hands: Hands, clock: Clock, locks: Locks, *, until: float) -> LockReminders:
    """With pauses that pass at once, and end everything when it is `until` by boot time."""

    async def sleep(seconds: float) -> None:
        hands.turn(seconds)
        if hands.boot >= until:
            raise Ended

    doors = Doors(Door(name, name.title(), Capability.UNLOCK) for name in locks)
    notices = Notices(storage, frozenset({OWNER, 43}))
    return LockReminders(storage, doors, locks, notices, clock, activity=Activity(), sleep=sleep)


async def rounds(storage: Storage, hands: Hands, clock: Clock, locks: Locks, *, days: float) -> None:
    """Remind for so many days."""
    with pytest.raises(Ended):
        await reminders_of(storage, hands, clock, locks, until=hands.boot + days * DAY).run()


async def told(storage: Storage) -> list[tuple[int, str, Remark]]:
    reminders = []
    while messages := await storage.outbox.next_per_chat():
        for message in messages:
            assert isinstance(message.event, LockReminder)
            reminders.append((message.chat_id, message.event.door, message.event.remark))
            await storage.outbox.remove(message.id)
    return reminders


@pytest.fixture
def front(hands: Hands) -> Forgetful:
    return Forgetful(hands)


async def test_every_owner_is_told_and_no_group(storage: Storage, hands: Hands, clock: Clock, front: Forgetful) -> None:
    await storage.groups.save(Group(chat_id=-1, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    await rounds(storage, hands, clock, {"front": front}, days=1)
    assert await told(storage) == [(OWNER, "front", REMARK), (43, "front", REMARK)]


async def test_again_after_a_week_and_not_before(
    storage: Storage, hands: Hands, clock: Clock, front: Forgetful
) -> None:
    await rounds(storage, hands, clock, {"front": front}, days=6.9)
    assert len(await told(storage)) == 2
    await rounds(storage, hands, clock, {"front": front}, days=6)
    assert len(await told(storage)) == 2


async def test_a_restart_reminds_nobody_again(path: Path, hands: Hands, clock: Clock, front: Forgetful) -> None:
    for expected in (2, 0):
        storage = await open_fresh(path)
        await rounds(storage, hands, clock, {"front": front}, days=1)
        assert len(await told(storage)) == expected
        await storage.close()


async def test_every_door_counts_for_itself(storage: Storage, hands: Hands, clock: Clock, front: Forgetful) -> None:
    locks = {"front": front, "garage": Forgetful(hands), "shed": BenchLock(hands)}
    await rounds(storage, hands, clock, locks, days=1)
    assert {door for _, door, _ in await told(storage)} == {"front", "garage"}


async def test_nothing_to_say_is_not_said(storage: Storage, hands: Hands, clock: Clock, front: Forgetful) -> None:
    front.remark = None
    await rounds(storage, hands, clock, {"front": front}, days=30)
    assert await told(storage) == []


async def test_a_disk_that_refuses_is_tried_again_later(
    storage: Storage, hands: Hands, clock: Clock, front: Forgetful, caplog: pytest.LogCaptureFixture
) -> None:
    await storage.database.rows("ALTER TABLE outbox RENAME TO hidden")
    await rounds(storage, hands, clock, {"front": front}, days=1)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    await storage.database.rows("ALTER TABLE hidden RENAME TO outbox")
    await rounds(storage, hands, clock, {"front": front}, days=0.5)
    assert len(await told(storage)) == 2


async def test_a_driver_that_fails_at_it_does_not_stop_the_bot(
    storage: Storage, hands: Hands, clock: Clock, front: Forgetful
) -> None:
    class Broken(BenchLock):
        def reminder(self) -> Remark | None:
            raise ZeroDivisionError

    await rounds(storage, hands, clock, {"back": Broken(hands), "front": front}, days=1)
    assert {door for _, door, _ in await told(storage)} == {"front"}
