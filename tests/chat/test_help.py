"""Finding one's way: help, menus, and words nobody understands."""

import pytest

from bot.chat.handlers import COMMANDS
from simulators.telegram.menus import menu
from tests.house import GRETA, GROUP, MAX, OLGA, SAM, Chat, House

OFFERED = [command for command in COMMANDS if not command.is_of_space]
"""This house is no space."""
FOR_OWNERS = {command.name for command in OFFERED if command.is_offered_to_owners}
FOR_ALL = {command.name for command in OFFERED} - FOR_OWNERS


def offered(house: House, chat: int, person: int) -> set[str]:
    return {item["command"] for item in menu(house.telegram, chat, person)}


async def test_an_owner_is_shown_everything(owner: Chat) -> None:
    said = await owner.say("/help")
    assert [command.usage for command in OFFERED if f"/{command.usage} – {command.what}" not in said] == []
    assert "Your doors: Front door, Garden shed, Garage." in said


async def test_a_member_is_shown_only_what_a_member_can_do(member: Chat) -> None:
    said = await member.say("/help")
    assert "/open [door]" in said
    assert not [name for name in FOR_OWNERS if f"/{name} " in said]
    assert "Your doors: Front door, Garage." in said


async def test_a_guest_is_shown_less(guest: Chat) -> None:
    said = await guest.say("/help")
    assert "/open" in said
    assert "/close" not in said
    assert "/pin" not in said
    assert "Your doors: Garage." in said


async def test_somebody_without_rights_is_told_that_there_is_no_door(owner: Chat, guest: Chat) -> None:
    await owner.say("/deny 44 garage")
    assert "There is no door for you at the moment." in await guest.say("/help")


async def test_the_menu_of_an_owner_has_every_command(house: House) -> None:
    assert offered(house, OLGA, OLGA) == FOR_ALL | FOR_OWNERS


@pytest.mark.parametrize("person", [MAX, GRETA, SAM])
async def test_the_menu_of_everybody_else_has_no_command_of_owners(house: House, person: int) -> None:
    assert offered(house, person, person) == FOR_ALL


async def test_the_menu_in_a_group_has_no_command_of_owners(house: House) -> None:
    assert offered(house, GROUP, MAX) == FOR_ALL


@pytest.mark.parametrize("words", ["/opne front", "/", "/123", "/open_front"])
async def test_an_unknown_command_is_told_so(member: Chat, words: str) -> None:
    assert "/help shows what the bot can do for you." in await member.say(words)


async def test_an_unknown_command_in_a_group_may_be_for_another_bot(member_in_group: Chat) -> None:
    assert await member_in_group.say("/weather") == ""


async def test_words_that_are_no_command_are_told_so(member: Chat) -> None:
    assert await member.say("good morning") == "That was not understood. /help shows what the bot can do for you."


async def test_a_message_without_words_is_answered_too(house: House, member: Chat) -> None:
    assert "That was not understood" in await member.say("", fields={"dice": {"emoji": "🎲", "value": 3}})
    assert house.commands_sent() == []


async def test_a_deep_link_is_a_start_like_any_other(member: Chat) -> None:
    assert (await member.say("/start open_front")).startswith("👋 Hello Max.")


async def test_nothing_is_opened_by_asking_for_help(house: House, owner: Chat) -> None:
    for words in ("/help front", "/start front", "/whoami front", "/people front"):
        await owner.say(words)
    assert house.commands_sent() == []
