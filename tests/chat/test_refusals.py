"""Refused tries are told to those who want to hear of them; strangers are a number."""

import pytest

from tests.chat.test_notices import notices
from tests.house import GRETA, OLGA, Chat, House


@pytest.fixture
async def group(house: House) -> Chat:
    chat = house.in_group(OLGA)
    await chat.say("/notify on")
    await house.poll_once()
    await chat.tap("☐ Refused")
    return chat


async def test_who_tried_what_when_and_why_it_was_refused(house: House, group: Chat) -> None:
    await house.guest.say("/open front")
    [notice] = notices(group)
    assert notice.startswith("⛔ Front door: Greta asked to open it and was refused · 13:00:")
    assert notice.endswith(" CET (command)\n(no right to that)")


@pytest.mark.parametrize("words", ["/open Front door", "/close FRONT"])
async def test_a_door_is_known_by_its_title_too(house: House, group: Chat, words: str) -> None:
    await house.guest.say(words)
    assert notices(group)[0].startswith("⛔ Front door: Greta asked to ")


async def test_tries_that_follow_are_one_message(house: House, group: Chat) -> None:
    for _ in range(4):
        await house.guest.say("/open front")
        house.hands.turn(3)
    await house.wait(5)
    [notice] = notices(group)
    assert notice.count("Greta asked to open it") == 4


async def test_where_it_was_asked_and_what_is_no_door_is_not_told(house: House, group: Chat) -> None:
    await house.in_group(GRETA).say("/open front")
    await house.guest.say("/open cellar")
    assert notices(group) == []


async def test_strangers_are_counted_and_no_door_is_named(house: House, group: Chat) -> None:
    for words in ("/open front", "/status", "let me in"):
        await house.stranger.say(words)
    await house.wait(31)
    [notice] = notices(group)
    assert notice.startswith("🚷 3 tries by people who are not on the list, since 13:00:")
    assert "Sam" not in notice
    await house.stranger.say("/open front")
    await house.wait(60)
    assert len(notices(group)) == 1
    await house.wait(3600)
    assert notices(group)[1].startswith("🚷 1 try by people who are not on the list")
