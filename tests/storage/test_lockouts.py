"""What must stay shut survives a restart, and is opened once."""

from datetime import timedelta
from pathlib import Path

from storage import Storage
from tests.bench import START


async def test_a_lockout_survives_closing_and_opening(path: Path) -> None:
    storage = await Storage.open(path)
    await storage.lockouts.put("list", at=START)
    await storage.close()
    storage = await Storage.open(path)
    assert await storage.lockouts.all() == {"list": START}
    await storage.close()


async def test_the_same_lockout_again_is_one_that_begins_anew(storage: Storage) -> None:
    later = START + timedelta(hours=1)
    await storage.lockouts.put("list", at=START)
    await storage.lockouts.put("list", at=later)
    await storage.lockouts.put("disk", at=START)
    assert await storage.lockouts.all() == {"list": later, "disk": START}


async def test_removing_says_whether_there_was_one(storage: Storage) -> None:
    await storage.lockouts.put("list", at=START)
    await storage.lockouts.put("disk", at=START)
    assert await storage.lockouts.remove("list")
    assert not await storage.lockouts.remove("list")
    assert await storage.lockouts.all() == {"disk": START}
