"""Commands: no update twice, and one in flight per door, whoever forgets to ask first."""

from datetime import datetime, timedelta

import pytest

from bot.domain.actions import MOVES, Action
from bot.domain.commands import Command, Result
from bot.domain.failures import StorageFailed
from storage import Storage
from tests.bench import ANNA, CHAT, OWNER, START, request

LATER = START + timedelta(seconds=5)
MINUTE = timedelta(minutes=1)


async def add(
    storage: Storage,
    update: str = "1",
    action: Action = Action.OPEN,
    *,
    door: str = "front",
    outcome: Result | None = None,
    person: int = ANNA,
    now: datetime = START,
) -> Command:
    return await storage.commands.add(request(update, action, door=door, person=person), now=now, outcome=outcome)


async def test_a_command_comes_back_as_it_was_asked(storage: Storage) -> None:
    added = await add(storage, now=LATER)
    assert added == Command(
        id=added.id,
        update_key="1",
        person_id=ANNA,
        person_name="Anna",
        chat_id=CHAT,
        thread_id=None,
        door="front",
        action=Action.OPEN,
        asked_at=START,
        started_at=LATER,
        ended_at=None,
        outcome=None,
    )
    assert await storage.commands.unfinished() == [added]


async def test_the_same_update_cannot_be_added_twice(storage: Storage) -> None:
    first = await add(storage, outcome=Result.CONFIRMED)
    with pytest.raises(StorageFailed):
        await add(storage, outcome=Result.CONFIRMED)
    assert await storage.commands.conflicts("1", "front") == (first,)


async def test_a_door_has_one_command_in_flight(storage: Storage) -> None:
    first = await add(storage, "1")
    with pytest.raises(StorageFailed):
        await add(storage, "2")
    assert await storage.commands.conflicts("3", "front") == (first,)
    assert await storage.commands.conflicts("3", "garage") == ()


async def test_two_doors_have_a_command_in_flight_each(storage: Storage) -> None:
    await add(storage, "1")
    await add(storage, "2", door="garage")
    assert len(await storage.commands.unfinished()) == 2


async def test_an_ended_command_makes_room(storage: Storage) -> None:
    first = await add(storage, "1")
    await storage.commands.end(first.id, outcome=Result.CONFIRMED, at=START)
    assert await storage.commands.conflicts("2", "front") == ()
    await add(storage, "2")


async def test_a_denied_command_is_never_in_flight(storage: Storage) -> None:
    denied = await add(storage, outcome=Result.DENIED)
    assert (denied.outcome, denied.ended_at) == (Result.DENIED, START)
    assert await storage.commands.conflicts("2", "front") == ()


async def test_the_last_command_is_the_newest_that_could_explain_a_change(storage: Storage) -> None:
    await add(storage, "1", outcome=Result.UNKNOWN)
    newest = await add(storage, "2", outcome=Result.CONFIRMED)
    await add(storage, "3", outcome=Result.DENIED)
    assert await storage.commands.last("front", since=START) == newest


async def test_a_command_that_ended_before_explains_nothing(storage: Storage) -> None:
    await add(storage, outcome=Result.UNKNOWN)
    assert await storage.commands.last("front", since=START + timedelta(seconds=1)) is None


async def test_a_command_still_in_flight_explains_a_change(storage: Storage) -> None:
    flying = await add(storage)
    assert await storage.commands.last("front", since=START + timedelta(hours=1)) == flying


async def test_the_last_effect_is_of_this_person_and_this_door_and_may_have_moved_it(storage: Storage) -> None:
    await add(storage, "1", outcome=Result.CONFIRMED, person=OWNER)
    await add(storage, "2", outcome=Result.CONFIRMED, door="garage")
    await add(storage, "3", Action.PIN, outcome=Result.CONFIRMED)
    for number, outcome in enumerate((Result.REFUSED, Result.NOT_SENT, Result.DENIED)):
        await add(storage, f"no {number}", outcome=outcome)
    assert await storage.commands.last_effect(ANNA, "front", MOVES, since=START) is None
    moved = await add(storage, "4", outcome=Result.UNKNOWN)
    assert await storage.commands.last_effect(ANNA, "front", MOVES, since=START) == moved
    assert await storage.commands.last_effect(ANNA, "front", MOVES, since=START + MINUTE) is None


async def test_the_newest_asking_counts_by_telegrams_clock_and_not_by_ours(storage: Storage) -> None:
    assert await storage.commands.last_asked_at() is None
    await add(storage, now=START + timedelta(days=3650))
    assert await storage.commands.last_asked_at() == START
