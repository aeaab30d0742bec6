"""However many doors, people and rights there are, every list is answered, whole, in pages."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import GRETA, Chat, House, a_house

MANY = 107
DOOR = {"driver": "the_keys", "share_code": "Zmo1sps2OVyCFtl1", "host": "shed.test", "identifier": "45961124"}


@pytest.fixture
async def street(path: Path) -> AsyncIterator[House]:
    """A house with many doors of long titles."""
    doors = {
        f"door_{number}": DOOR | {"title": f"Door {number:03} of the old customs house, west"} for number in range(MANY)
    }
    async with a_house(path, doors=doors) as house:
        yield house


async def all_pages(chat: Chat) -> tuple[str, list[str]]:
    """Every text and every label of a list, page by page."""
    text, labels = chat.last["text"], chat.buttons
    turns = int(labels[-2].split("/")[1]) - 1
    labels = labels[:-3]
    for _ in range(turns):
        text += "\n" + await chat.tap("›")
        labels += chat.buttons[:-3]
    return text, labels


@pytest.mark.parametrize("command", ["/open", "/close"])
async def test_every_door_can_be_chosen(street: House, command: str) -> None:
    await street.owner.say(command)
    _, labels = await all_pages(street.owner)
    assert sum(label.startswith("Door ") for label in labels) == MANY
    assert sum("which door?" in message["text"] for message in street.owner.messages) == 1


async def test_the_state_of_every_door_is_told(street: House) -> None:
    await street.owner.say("/status")
    text, labels = await all_pages(street.owner)
    assert sum(line.startswith("Door ") for line in text.splitlines()) == MANY
    assert len(labels) >= MANY


async def test_a_member_turns_pages_as_well(street: House) -> None:
    for number in range(60):
        await street.allow(GRETA, "Greta", f"door_{number}", "open", "status")
    for command in ("/status", "/open"):
        await street.guest.say(command)
        text, labels = await all_pages(street.guest)
        assert len([line for line in [*text.splitlines(), *labels] if line.startswith("Door ")]) >= 60
    assert street.guest.alerts == []


async def test_pages_go_round(street: House) -> None:
    first = await street.owner.say("/status")
    await street.owner.tap("‹")
    # Everything but the ages, which go on meanwhile.
    assert re.sub(r"\d+ s ago", "", await street.owner.tap("›")) == re.sub(r"\d+ s ago", "", first)


async def test_all_rights_of_somebody_with_many_are_shown(street: House) -> None:
    for number in range(80):
        await street.allow(GRETA, "Greta", f"door_{number}", "open", "close", "status", "pin")
    await street.guest.say("/whoami")
    text, _ = await all_pages(street.guest)
    assert sum("Door " in line for line in text.splitlines()) == 80
    await street.owner.say("/people")
    text = await street.owner.tap("Greta")
    for _ in range(6):
        text += "\n" + await street.owner.tap("›")
    assert sum(line.startswith("• Door ") for line in text.splitlines()) == 80


async def test_help_is_one_message_whatever_there_is(street: House) -> None:
    assert f"and {MANY + 3 - 40} more" in await street.owner.say("/help")


async def test_a_name_that_fits_no_door_is_answered_shortly(street: House) -> None:
    said = await street.owner.say("/open moat")
    assert "There is no door “moat”" in said
    assert "more." in said


async def test_a_page_of_a_list_in_a_group_is_turned_by_whoever_asked(street: House) -> None:
    in_group = street.in_group(street.owner.person)
    await in_group.say("/status")
    assert await in_group.tap("›")
    await street.in_group(street.member.person).tap("›")
    assert street.in_group(street.member.person).alerts == ["This button is for somebody else. Please ask yourself."]
