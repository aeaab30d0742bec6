"""What a lock will need soon is told to the owners in private, at most once a week, restarts included."""

import logging
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.doors import Door
from bot.notices import Notices
from bot.watcher import Watcher
from storage import Storage
from storage.records import Group
from tests.bench import OWNER, START, BenchLock, Hands

DAY = 86_400
SENTENCE = "Set the lock's timestamp again."


class Forgetful(BenchLock):
    sentence: str | None = SENTENCE

    def reminder(self) -> str | None:
        return self.sentence


class Ended(Exception):
    """Ends what would go on for ever."""


async def rounds(storage: Storage, hands: Hands, clock: Clock, doors: list[Door], *, days: float) -> None:
    """Remind for so many days."""
    until = hands.boot + days * DAY

    async def sleep(seconds: float) -> None:
        hands.turn(seconds)
        if hands.boot >= until:
            raise Ended

    watcher = Watcher(storage, Notices(storage, frozenset({OWNER, 43})), clock, sleep=sleep)
    with pytest.raises(Ended):
        await watcher.remind(doors)


async def told(storage: Storage) -> list[tuple[int, object, object]]:
    letters: list[tuple[int, object, object]] = []
    while heads := await storage.outbox.heads():
        for letter in heads:
            letters.append((letter.chat_id, letter.notice["title"], letter.notice["why"]))
            await storage.outbox.delivered(letter.id)
    return letters


@pytest.fixture
def front(hands: Hands) -> Door:
    return Door("front", "Front door", Forgetful(hands))


async def test_every_owner_is_told_and_no_group(storage: Storage, hands: Hands, clock: Clock, front: Door) -> None:
    await storage.groups.save(Group(chat_id=-1, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    await rounds(storage, hands, clock, [front], days=1)
    assert await told(storage) == [(OWNER, "Front door", SENTENCE), (43, "Front door", SENTENCE)]


async def test_again_after_a_week_and_not_before(storage: Storage, hands: Hands, clock: Clock, front: Door) -> None:
    await rounds(storage, hands, clock, [front], days=6.9)
    assert len(await told(storage)) == 2
    await rounds(storage, hands, clock, [front], days=6)
    assert len(await told(storage)) == 2


async def test_a_restart_reminds_nobody_again(path: Path, hands: Hands, clock: Clock, front: Door) -> None:
    for expected in (2, 0):
        storage = await Storage.open(path)
        await rounds(storage, hands, clock, [front], days=1)
        assert len(await told(storage)) == expected
        await storage.close()


async def test_every_door_counts_for_itself(storage: Storage, hands: Hands, clock: Clock, front: Door) -> None:
    garage = Door("garage", "Garage", Forgetful(hands))
    await rounds(storage, hands, clock, [front, garage, Door("shed", "Shed", BenchLock(hands))], days=1)
    assert sorted({title for _, title, _ in await told(storage)}, key=str) == ["Front door", "Garage"]


async def test_nothing_to_say_is_not_said(storage: Storage, hands: Hands, clock: Clock, front: Door) -> None:
    assert isinstance(front.driver, Forgetful)
    front.driver.sentence = None
    await rounds(storage, hands, clock, [front], days=30)
    assert await told(storage) == []


async def test_a_disk_that_refuses_is_tried_again_later(
    storage: Storage, hands: Hands, clock: Clock, front: Door, caplog: pytest.LogCaptureFixture
) -> None:
    await storage.database.rows("ALTER TABLE outbox RENAME TO hidden")
    await rounds(storage, hands, clock, [front], days=1)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    await storage.database.rows("ALTER TABLE hidden RENAME TO outbox")
    await rounds(storage, hands, clock, [front], days=0.5)
    assert len(await told(storage)) == 2


async def test_a_driver_that_fails_at_it_does_not_stop_the_bot(
    storage: Storage, hands: Hands, clock: Clock, front: Door
) -> None:
    class Broken(BenchLock):
        def reminder(self) -> str | None:
            raise ZeroDivisionError

    await rounds(storage, hands, clock, [Door("back", "Back", Broken(hands)), front], days=1)
    assert {title for _, title, _ in await told(storage)} == {"Front door"}
