"""What must stay off survives a restart, and is lifted once."""

from pathlib import Path

from storage import Storage
from tests.bench import START


async def test_a_hold_survives_closing_and_opening(path: Path) -> None:
    storage = await Storage.open(path)
    await storage.holds.put("list", at=START)
    await storage.close()
    storage = await Storage.open(path)
    assert await storage.holds.everyone() == {"list"}
    await storage.close()


async def test_the_same_hold_twice_is_one(storage: Storage) -> None:
    await storage.holds.put("list", at=START)
    await storage.holds.put("list", at=START)
    await storage.holds.put("disk", at=START)
    assert await storage.holds.everyone() == {"list", "disk"}


async def test_lifting_says_whether_there_was_one(storage: Storage) -> None:
    await storage.holds.put("list", at=START)
    await storage.holds.put("disk", at=START)
    assert await storage.holds.lift("list")
    assert not await storage.holds.lift("list")
    assert await storage.holds.everyone() == {"disk"}
