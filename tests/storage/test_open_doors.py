"""Open doors: their timers are on disk."""

from datetime import timedelta
from pathlib import Path

from bot.domain.open_doors import OpenDoor
from storage import Storage
from tests.bench import START

LATER = START + timedelta(minutes=5)


async def test_what_is_known_comes_back_after_a_restart(path: Path) -> None:
    storage = await Storage.open(path)
    await storage.open_doors.opened("front", START)
    await storage.open_doors.told("front")
    await storage.open_doors.hold("front", LATER)
    await storage.close()
    storage = await Storage.open(path)
    assert await storage.open_doors.all() == [OpenDoor(door="front", since=START, is_told=True, not_before=LATER)]
    await storage.close()


async def test_being_seen_open_again_changes_nothing(storage: Storage) -> None:
    await storage.open_doors.seen_open("front", START)
    await storage.open_doors.seen_open("front", LATER)
    assert await storage.open_doors.get("front") == OpenDoor(door="front", since=START)


async def test_opening_again_begins_the_timers_anew_and_keeps_what_somebody_asked(storage: Storage) -> None:
    await storage.open_doors.opened("front", START)
    await storage.open_doors.told("front")
    await storage.open_doors.tried("front", START)
    await storage.open_doors.asked("front", START)
    await storage.open_doors.hold("front", LATER)
    await storage.open_doors.opened("front", LATER)
    assert await storage.open_doors.get("front") == OpenDoor(door="front", since=LATER, not_before=LATER)


async def test_a_door_that_is_closed_is_forgotten_once(storage: Storage) -> None:
    await storage.open_doors.opened("front", START)
    assert await storage.open_doors.closed("front") == OpenDoor(door="front", since=START)
    assert await storage.open_doors.closed("front") is None
