"""Commands: no update twice, and one in flight per door, whoever forgets to ask first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import Storage, StorageFailed
from storage.records import Command
from tests.bench import ANNA, CHAT, START


def command(update: str = "1", *, door: str = "front", outcome: str | None = None) -> Command:
    return Command(
        id=0,
        update_key=update,
        person_id=ANNA,
        person_name="Anna",
        chat_id=CHAT,
        thread_id=5,
        door=door,
        action="open",
        asked_at=START,
        started_at=START,
        ended_at=START if outcome else None,
        outcome=outcome,
    )


async def test_a_command_comes_back_as_it_was_given_with_its_id(storage: Storage) -> None:
    added = await storage.commands.add(command())
    assert added == replace(command(), id=added.id)
    assert await storage.commands.unfinished() == [added]


async def test_an_update_is_seen_once_it_is_added(storage: Storage) -> None:
    assert not await storage.commands.seen("1")
    await storage.commands.add(command())
    assert await storage.commands.seen("1")


async def test_the_same_update_cannot_be_added_twice(storage: Storage) -> None:
    await storage.commands.add(command(outcome="confirmed"))
    with pytest.raises(StorageFailed):
        await storage.commands.add(command(outcome="confirmed"))


async def test_a_door_has_one_command_in_flight(storage: Storage) -> None:
    first = await storage.commands.add(command("1"))
    with pytest.raises(StorageFailed):
        await storage.commands.add(command("2"))
    assert await storage.commands.in_flight("front") == first


async def test_two_doors_have_a_command_in_flight_each(storage: Storage) -> None:
    await storage.commands.add(command("1"))
    await storage.commands.add(command("2", door="garage"))
    assert len(await storage.commands.unfinished()) == 2


async def test_an_ended_command_makes_room(storage: Storage) -> None:
    first = await storage.commands.add(command("1"))
    await storage.commands.end(first.id, outcome="confirmed", at=START)
    await storage.commands.add(command("2"))


async def test_a_denied_command_is_never_in_flight(storage: Storage) -> None:
    await storage.commands.add(command("1", outcome="denied"))
    assert await storage.commands.in_flight("front") is None


async def test_the_last_command_is_the_newest_that_could_explain_a_change(storage: Storage) -> None:
    await storage.commands.add(command("1", outcome="unknown"))
    newest = await storage.commands.add(command("2", outcome="confirmed"))
    await storage.commands.add(command("3", outcome="denied"))
    assert await storage.commands.last("front", since=START) == newest


async def test_a_command_that_ended_before_explains_nothing(storage: Storage) -> None:
    await storage.commands.add(command("1", outcome="unknown"))
    assert await storage.commands.last("front", since=START + timedelta(seconds=1)) is None


async def test_a_command_still_in_flight_explains_a_change(storage: Storage) -> None:
    flying = await storage.commands.add(command())
    assert await storage.commands.last("front", since=START + timedelta(hours=1)) == flying
