"""A door that asks once more, whatever way it is asked: typed, without a name, without a slash, by button."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import Chat, House, a_house

QUESTION = "Open Front door now?"


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    async with a_house(path, doors={"front": {"confirm": "always"}, "shed": {"confirm": "buttons"}}) as house:
        yield house


@pytest.mark.parametrize("words", ["/open front", "open front", "/unlock FRONT DOOR", "/open"])
async def test_every_way_of_writing_it_is_asked_about(house: House, member: Chat, words: str) -> None:
    await house.inside.people.deny(caller=42, person_id=member.person, door="garage")
    assert QUESTION in await member.say(words)
    assert house.front_bolt == "locked"
    assert "opened" in await member.tap("Open Front door")
    [started] = await house.journal("started")
    assert (started.detail["how"], await house.denials()) == ("confirmation", [])


async def test_the_home_screen_asks_as_well(house: House, owner: Chat) -> None:
    await owner.say("/start")
    [data] = [b["data"] for row in owner.last["buttons"] for b in row if b.get("data") == "do:open:front:m:"]
    assert QUESTION in await owner.forge(data, message_id=owner.last["message_id"])
    assert "opened" in await owner.tap("Open Front door")


async def test_closing_and_the_buttons_afterwards_ask_too(house: House, owner: Chat) -> None:
    await owner.say("/open front")
    await owner.tap("Open Front door")
    assert "Close Front door now?" in await owner.tap("Close")
    assert "closed" in await owner.tap("Close Front door")


async def test_in_a_group_nobody_else_answers(house: House, owner_in_group: Chat, member_in_group: Chat) -> None:
    assert QUESTION in await owner_in_group.say("/open front")
    await member_in_group.tap("Open Front door")
    assert house.front_bolt == "locked"
    await owner_in_group.tap("Open Front door")
    assert house.front_bolt == "unlocked"


async def test_whoever_may_not_is_refused_and_not_asked(house: House, guest: Chat) -> None:
    assert "no door" in await guest.say("/open front")


async def test_only_buttons_ask_where_the_door_says_so(house: House, owner: Chat) -> None:
    assert "opened" in await owner.say("/open shed")
    assert "Close Garden shed now?" in await owner.tap("Close")


async def test_a_door_that_closes_by_itself_asks_nobody(path: Path) -> None:
    async with a_house(path, doors={"front": {"confirm": "always", "auto_lock_minutes": 5}}) as house:
        await house.owner.say("/open front")
        await house.owner.tap("Open Front door")
        await house.wait(6 * 60)
        assert house.front_bolt == "locked"
