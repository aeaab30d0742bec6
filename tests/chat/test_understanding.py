"""What was said is what is done: names, words and commands are understood, or politely not, and never as others."""

import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from bot.domain.actions import Action
from bot.domain.people import EVERY_DOOR
from tests.house import GRETA, MAX, OLGA, Chat, House, a_house

HOST = {"driver": "the_keys", "share_code": "Zmo1sps2OVyCFtl1", "host": "shed.test", "identifier": "45961124"}
MILLS = {
    "mill": HOST | {"title": "Mill"},
    "mill_close": HOST | {"title": "Mill Close"},
    "open": HOST | {"title": unicodedata.normalize("NFD", "Entrée")},
}


@pytest.fixture
async def mills(path: Path) -> AsyncIterator[House]:
    """A house with doors of awkward names."""
    async with a_house(path, doors=MILLS) as house:
        yield house


async def rights_of(house: House, person: int) -> dict[str, set[Action]]:
    return {grant.door: set(grant.actions) for grant in (await house.inside.people.rights(person)).grants}


async def test_the_longest_door_name_wins(mills: House) -> None:
    assert "Mill Close: open." in await mills.owner.say("/allow 99 Mill Close open")
    assert await rights_of(mills, 99) == {"mill_close": {Action.OPEN}}


async def test_a_door_called_like_an_action_can_be_granted(mills: House) -> None:
    await mills.owner.say("/allow 99 open open,close 2h")
    assert await rights_of(mills, 99) == {"open": {Action.OPEN, Action.CLOSE}}


async def test_what_can_be_read_in_two_ways_is_refused_and_both_are_named(mills: House) -> None:
    said = await mills.owner.say("/allow 99 Mill Close")
    assert "Mill Close (mill_close) or Mill (mill) and then “Close”" in said
    assert await rights_of(mills, 99) == {}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
async def test_a_title_is_found_however_the_keyboard_writes_it(mills: House, form: Literal["NFC", "NFD"]) -> None:
    said = await mills.owner.say(f"/open {unicodedata.normalize(form, 'ENTRÉE')}")
    assert "opened" in said


@pytest.mark.parametrize("words", ["/open:garage", "/open,garage", "/open.garage", "/open/garage", "/open garage now"])
async def test_what_is_not_understood_opens_nothing(house: House, guest: Chat, words: str) -> None:
    """Greta has one door, which a bare /open opens."""
    assert await guest.say(words)
    assert house.commands_sent() == []
    assert house.garage_bolt == "locked"


@pytest.mark.parametrize(("said", "meant"), [("/opne front", "/open"), ("/staus", "/status"), ("opne front", "/open")])
async def test_a_misspelt_command_gets_the_nearest_one(house: House, member: Chat, said: str, meant: str) -> None:
    assert f"Did you mean {meant}?" in await member.say(said)
    assert house.commands_sent() == []


async def test_a_misspelt_command_never_suggests_one_of_owners(member: Chat) -> None:
    assert "/allow" not in await member.say("/alow 99 front open")


@pytest.mark.parametrize("said", ["open front", "Open Front door", "OPEN front", "unlock front"])
async def test_in_private_the_slash_may_be_left_out(house: House, member: Chat, said: str) -> None:
    assert "opened" in await member.say(said)
    assert house.front_bolt == "unlocked"


async def test_a_command_is_found_however_the_keyboard_writes_it(member: Chat) -> None:
    """Telegram marks "/P" of "/PİN" as the command."""
    assert "For how long?" in await member.say("/PİN garage")


@pytest.mark.parametrize("said", ["open the door please", "close call today", "open front please"])
async def test_a_sentence_opens_nothing(house: House, member: Chat, said: str) -> None:
    assert await member.say(said)
    assert house.commands_sent() == []


async def test_in_a_group_nothing_happens_without_a_slash(house: House, member_in_group: Chat) -> None:
    house.telegram.set_bot(OLGA, member_in_group.id, "administrator")
    assert await member_in_group.say("open front") == ""
    assert house.commands_sent() == []


async def test_a_misspelt_command_that_names_the_bot_is_answered_in_a_group(member_in_group: Chat) -> None:
    assert "Did you mean /open?" in await member_in_group.say("/opne@door_bot front")
    assert await member_in_group.say("/opne@other_bot front") == ""


@pytest.mark.parametrize("command", ["open", "close", "status", "sync"])
async def test_every_command_suggests_the_nearest_door_to_an_owner(house: House, owner: Chat, command: str) -> None:
    assert "Did you mean Front door?" in await owner.say(f"/{command} frnt")
    assert house.commands_sent() == []


@pytest.mark.parametrize("words", ["/pin frnt 2h", "/allow 99 frnt open", "/deny 43 frnt"])
async def test_so_do_the_commands_with_more_words(owner: Chat, words: str) -> None:
    assert "There is no door “frnt”" in await owner.say(words)


async def test_a_door_without_anything_to_synchronise_says_so(house: House, owner: Chat) -> None:
    said = await owner.say("/sync garage")
    assert said.startswith("⛔ Garage: nothing was synchronised.")


WRONG_LENGTHS = {
    "/pin garage soon": "“soon” is no time that the bot understands. Write for example /pin garage 2h.",
    "/pin Garage 3 months": "Write for example /pin Garage 2h.",
    "/allow 99 Garden shed open tomorrow": "Write for example /allow 99 Garden shed open 2h.",
    "/allow 99 front open until 12:00": "until 12:00 is over already. Write for example /allow 99 front open 2h.",
}  # fmt: skip


@pytest.mark.parametrize("words", WRONG_LENGTHS)
async def test_an_example_is_made_of_the_persons_own_words(house: House, owner: Chat, words: str) -> None:
    assert WRONG_LENGTHS[words] in await owner.say(words)
    assert house.commands_sent() == []
    assert await rights_of(house, 99) == {}


ENDS = {
    "until 15:00": "Sun 1 Mar 15:00 CET",
    "fri 18:00": "Fri 6 Mar 18:00 CET",
    "two hours": "Sun 1 Mar 15:00 CET",
    "1h30m": "Sun 1 Mar 14:30 CET",
    "1d 1h": "Mon 2 Mar 14:00 CET",
    "366d": "Tue 2 Mar 2027 13:00 CET",
    "30d": "Tue 31 Mar 14:00 CEST",
}


@pytest.mark.parametrize("words", ENDS)
async def test_how_a_time_was_read_is_shown(owner: Chat, words: str) -> None:
    """With its zone, and with its year if that is not this one."""
    assert f"Front door: open, until {ENDS[words]}." in await owner.say(f"/allow 99 front open {words}")


async def test_a_right_to_a_door_of_long_ago_can_be_taken(house: House, owner: Chat, guest: Chat) -> None:
    await house.allow(GRETA, "Greta", "boat_house", "open")
    assert "boat_house (no longer in the settings): open" in await owner.say("/people")
    assert await owner.say("/deny 44 boat house") == "✅ Greta (44) has no rights at boat_house any more."
    assert "boat" not in await guest.say("/whoami")


async def test_an_owners_entry_can_be_removed(house: House, owner: Chat) -> None:
    await house.allow(OLGA, "Olga", EVERY_DOOR, "open")
    said = await owner.say("/deny 42")
    assert said.startswith("✅ Olga (42) is off the list")
    assert "Olga (42) is an owner by the setting OWNER_IDS" in said
    assert [entry.person.id for entry in await house.inside.people.register.entries()] == [GRETA, MAX]
    assert "opened" in await owner.say("/open front")


async def test_a_careful_door_asks_before_a_bare_command_opens_it(path: Path) -> None:
    async with a_house(path, doors={"garage": {"confirm": True}}) as house:
        assert await house.guest.say("/open") == "Open Garage now? You have 30 s to confirm."
        assert house.commands_sent() == []
        assert "accepted" in await house.guest.tap("Open Garage")


async def test_a_bare_command_that_comes_late_is_refused_at_a_careful_door_too(path: Path) -> None:
    async with a_house(path, doors={"garage": {"confirm": True}}) as house:
        assert "late" in await house.guest.say("/open", age_seconds=60)
        assert house.commands_sent() == []
