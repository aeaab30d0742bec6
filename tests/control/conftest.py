"""The rooms, with Anna on the list and a group that is told."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import Clock
from bot.domain.notices import Group
from storage import Storage
from tests.bench import OWNER, START, Hands, Rooms, build, grant, person

GROUP = -100900


@pytest.fixture
async def rooms(storage: Storage, hands: Hands, clock: Clock) -> AsyncIterator[Rooms]:
    """Anna may do everything at the front door, and nothing at the garage."""
    rooms = build(storage, hands, clock)
    await storage.people.save(person())
    await storage.grants.add(grant("open", "close", "status", "pin"))
    await storage.groups.save(Group(chat_id=GROUP, thread_id=None, title="Home", added_by=OWNER, added_at=START))
    yield rooms
    await rooms.control.finish()
