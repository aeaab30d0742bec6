"""What one command costs the disk: few statements before the first byte leaves, and not many in all."""

from dataclasses import replace
from typing import Any

import pytest

from bot.control.counters import TrustedCounters
from bot.domain.readings import Bolt
from bot.drivers.base import Deadline
from tests.bench import ANNA, FRONT, START, BenchLock, Rooms, operate, request


@pytest.fixture
def statements(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement from here on, and "sent" where the first byte of a command leaves."""
    run, heard = rooms.storage.database._run, []

    async def listen(sql: str, *values: Any) -> Any:
        heard.append(" ".join(sql.split()[:4]))
        return await run(sql, *values)

    monkeypatch.setattr(rooms.storage.database, "_run", listen)
    return heard


async def test_an_opening_with_a_device_timestamp_and_evidence(
    rooms: Rooms, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms.change(replace(FRONT, travel_seconds=5))
    await rooms.storage.journal.append("list confirmed", at=START)  # what is kept in memory is known from here on
    await rooms.people.owners()
    await rooms.storage.lockdowns.all()
    await rooms.storage.cool_downs.all()
    statements.clear()
    rooms.clock.stamp(int(START.timestamp()), sent=rooms.hands.boot, received=rooms.hands.boot)
    counters = TrustedCounters(rooms.storage.counters, rooms.clock)
    act = BenchLock._act

    async def signed(self: BenchLock, verb: str, bolt: Bolt, deadline: Deadline) -> object:
        await counters.next("gateway", 0)
        statements.append("sent")
        return await act(self, verb, bolt, deadline)

    async def signed_too() -> None:
        await counters.next("gateway", 0)

    monkeypatch.setattr(BenchLock, "_act", signed)
    rooms.front.before_reading = signed_too
    await rooms.people.rights(ANNA)  # the courtesy of finding the door by its name
    course = await operate(rooms.control, request())
    assert course.bolt is Bolt.UNLOCKED
    before = statements[: statements.index("sent")]
    assert len(before) <= 8, before
    assert len(statements) - len(["sent"]) <= 20, statements
