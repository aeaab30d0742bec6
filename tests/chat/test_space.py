"""A space: the first opens it, and when all doors are closed it is asked whether anybody is left."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.settings import SettingsWrong, load_settings
from tests.house import MAX, OLGA, SHED, Chat, House, a_house

MINUTE = 60.0
STAY, CLOSING = "Yes, 1 h more", "We are closing"
KAS = {"driver": "kas", "factory_number": "SS000510", "api_key": "x"}
SETTINGS: dict[str, Any] = {
    "space_name": "Chaos Club", "space_url": "https://club.example", "space_logo": "https://club.example/logo.svg",
    "space_coordinates": "48.85,2.35", "space_email": "club@club.example",
}  # fmt: skip


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """Its group is asked, and a web server reads its file."""
    async with a_house(path, poll_seconds=2 * MINUTE, space_file=path.with_name("space.json"), **SETTINGS) as house:
        await house.in_group(OLGA).say("/space here")
        await house.wait(31)
        yield house


@pytest.fixture
def group(house: House) -> Chat:
    return house.in_group(MAX)


def published(house: House) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(house.database.with_name("space.json").read_text("utf-8"))
    return found


async def pass_minutes(house: House, minutes: int) -> None:
    while minutes > 0:
        await house.wait(min(minutes, 2) * MINUTE)
        minutes -= 2


async def come_and_go(house: House) -> None:
    """Max opens the front door and closes it behind him; the question comes ten minutes later."""
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    await house.member.say("/close front")
    await pass_minutes(house, 14)


async def test_the_first_who_opens_a_door_opens_the_space(house: House, group: Chat) -> None:
    assert published(house)["state"]["open"] is False
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    assert group.last["text"].startswith("🟢 Chaos Club is open · 13:0")
    assert group.last["text"].endswith("Max opened Front door.")
    assert published(house)["state"]["open"] is True
    await house.owner.say("/open shed")
    await pass_minutes(house, 2)
    assert len([text for text in group.seen if text.startswith("🟢")]) == 1


async def test_a_key_opens_it_too_and_a_lock_that_cannot_be_read(house: House, group: Chat) -> None:
    house.shed.turn_by_hand(SHED, "unlocked")
    await pass_minutes(house, 3)
    assert group.last["text"].endswith("Somebody opened Garden shed.")
    house.shed.turn_by_hand(SHED, "locked")
    await pass_minutes(house, 2)
    await house.member.say("/space closed")
    await pass_minutes(house, 11)
    await house.guest.say("/open garage")
    await pass_minutes(house, 1)
    assert group.last["text"].endswith("Greta opened Garage.")


async def test_when_the_last_door_is_closed_it_is_asked_whether_anybody_is_left(house: House, group: Chat) -> None:
    await house.owner.say("/open shed")
    await come_and_go(house)
    assert not [text for text in group.seen if "anybody still here" in text]
    house.shed.turn_by_hand(SHED, "locked")
    await pass_minutes(house, 8)
    assert not [text for text in group.seen if "anybody still here" in text]
    await pass_minutes(house, 4)
    assert group.last["text"].startswith("🚪 All doors are closed. Is anybody still here?")
    assert group.buttons == [STAY, "Yes, 3 h more", CLOSING]


async def test_whoever_stays_is_asked_again_later(house: House, group: Chat) -> None:
    await come_and_go(house)
    await house.poll_once()
    await group.tap(STAY)
    await house.wait(5)
    assert group.last["text"].startswith("🟢 Max is still here, until Sun 1 Mar 14:")
    assert group.last["buttons"] == []
    await house.restart()
    await pass_minutes(house, 58)
    assert "still here?" not in group.last["text"]
    await pass_minutes(house, 3)
    assert "Is anybody still here?" in group.last["text"]


async def test_whoever_comes_back_answers_the_question(house: House, group: Chat) -> None:
    await come_and_go(house)
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    assert "Somebody is here: a door was opened" in group.last["text"]
    assert published(house)["state"]["open"] is True


async def test_who_says_that_it_closes_closes_it_and_ticks_the_list(house: House, group: Chat) -> None:
    await house.owner.say("/closing lights; windows")
    await come_and_go(house)
    await house.poll_once()
    await group.tap(CLOSING)
    await house.wait(5)
    assert group.last["text"].startswith("🔴 Chaos Club is closed · 13:")
    assert "Max says so.\n\nBefore you leave\n☐ lights\n☐ windows" in group.last["text"]
    assert published(house)["state"]["open"] is False
    await house.poll_once()
    await group.tap("☐ lights")
    assert group.last["text"] == "Before you leave\n☑ lights – Max\n☐ windows"
    await house.in_group(OLGA).tap("☐ windows")
    assert group.last["text"].endswith("☑ lights – Max\n☑ windows – Olga\n✅ All done. Good night!")
    await group.tap("☑ windows")
    assert "☐ windows" in group.last["text"]
    await pass_minutes(house, 11)
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    assert (await house.owner.say("/closing")).startswith("Before you leave\n☐ lights\n☐ windows")


async def test_a_forged_tick_writes_its_list_over_no_other_message(house: House, group: Chat) -> None:
    await house.owner.say("/closing lights")
    panel = house.in_group(OLGA)
    await panel.say("/panel")
    await house.wait(5)
    [shown] = [one for one in group.messages if one["text"].startswith("🚪 Doors")]
    await house.poll_once()
    await group.forge("tick:1:1", message_id=shown["message_id"])
    assert shown["text"] in [one["text"] for one in group.messages]


async def test_if_nobody_answers_nobody_is_there(house: House, group: Chat) -> None:
    await come_and_go(house)
    await pass_minutes(house, 25)
    assert published(house)["state"]["open"] is True
    await house.restart()
    await pass_minutes(house, 8)
    assert "All doors are closed, and nobody answered." in group.last["text"]
    assert published(house)["state"]["open"] is False


async def test_a_door_that_stands_open_is_named_when_the_space_closes(house: House, group: Chat) -> None:
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    await house.member.say("/space closed")
    await house.wait(5)
    assert group.last["text"].endswith("Max says so.\n⚠️ Still open: Front door")
    assert group.buttons == ["Close Front door"]


async def test_who_leaves_by_a_door_does_not_open_the_space(house: House, group: Chat) -> None:
    await come_and_go(house)
    await house.poll_once()
    await group.tap(CLOSING)
    await house.member.say("/open front")
    await pass_minutes(house, 2)
    await house.member.say("/close front")
    await pass_minutes(house, 12)
    assert published(house)["state"]["open"] is False


async def test_space_shows_it_with_a_button(house: House, member: Chat) -> None:
    assert (await member.say("/space")).startswith("🔴 Chaos Club is closed since Sun 1 Mar 13:00 CET")
    await house.poll_once()
    assert "🟢 Chaos Club is open since Sun 1 Mar 13:00 CET, by Max." in await member.tap("We are open")
    assert member.buttons == [CLOSING]
    await house.poll_once()
    assert "is closed since" in await member.tap(CLOSING)
    assert [entry.kind for entry in await house.journal() if entry.kind.startswith("space")] == [
        "space opened", "space closed",
    ]  # fmt: skip


async def test_an_answer_to_a_question_that_is_over_changes_nothing(house: House, group: Chat) -> None:
    await come_and_go(house)
    asked = group.last["message_id"]
    await house.poll_once()
    await group.tap(CLOSING)
    await house.poll_once()
    await group.forge("space:1h:", message_id=asked)
    assert group.alerts == ["That question is answered already."]
    assert published(house)["state"]["open"] is False


async def test_a_late_press_closes_nothing(house: House, group: Chat) -> None:
    await come_and_go(house)
    house.hands.turn(100)
    await group.tap(CLOSING)
    assert "came late" in group.alerts[-1]
    assert published(house)["state"]["open"] is True


async def test_whoever_may_open_no_door_says_nothing_of_it(house: House, group: Chat) -> None:
    await come_and_go(house)
    await house.inside.people.deny(caller=OLGA, person_id=house.guest.person, door="garage")
    await house.poll_once()
    await house.in_group(house.guest.person).tap(CLOSING)
    assert published(house)["state"]["open"] is True
    assert "You may not do that here" in house.in_group(house.guest.person).alerts[-1]


async def test_whoever_knows_no_door_is_told_of_none(house: House) -> None:
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    assert "by Max (Front door)." in await house.owner.say("/space")
    assert (await house.guest.say("/space")).endswith("CET, by Max.")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"space_url": "https://club.example"}, "SPACE_URL: needs SPACE_NAME as well"),
        ({"space_name": "Club", "space_file": "space.json"}, "SPACE_FILE: needs SPACE_URL, SPACE_LOGO as well"),
        ({"space_name": "Club", "space_coordinates": "48.85"}, "SPACE_COORDINATES: must be latitude and longitude in"),
        ({"space_name": "Club", "space_coordinates": "nan,2"}, "SPACE_COORDINATES: must be latitude and longitude in"),
        ({"space_name": "Club", "space_email": "nobody"}, "SPACE_EMAIL: must be a mail address"),
    ],
)
def test_settings_that_belong_together_are_explained(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsWrong) as wrong:
        load_settings(env_file=None, telegram_token="1:a", owner_ids=[42], doors={"garage": KAS}, **given)
    assert sentence in str(wrong.value)


async def test_only_owners_write_the_list_and_choose_the_chat(house: House, member: Chat, group: Chat) -> None:
    assert "Only an owner" in await member.say("/closing sofa")
    assert "Only an owner" in await member.say("/space here")
    assert await member.say("/closing") == "There is no closing list."
    assert "up to 40 letters" in await house.owner.say(f"/closing {'x' * 41}")


async def test_without_a_chat_the_owners_are_asked(path: Path) -> None:
    async with a_house(path, poll_seconds=2 * MINUTE, **SETTINGS) as house:
        await house.wait(31)
        await come_and_go(house)
        assert "Is anybody still here?" in house.owner.last["text"]
        await house.poll_once()
        await house.owner.tap(CLOSING)
        await house.wait(5)
        assert "Olga says so." in house.owner.last["text"]


async def test_the_file_is_spaceapi_15(house: House) -> None:
    """What https://schema.spaceapi.io/15.json asks for, as of 2026."""
    await house.member.say("/open front")
    await pass_minutes(house, 1)
    found = published(house)
    assert {"api_compatibility", "space", "logo", "url", "contact"} <= found.keys()
    assert "15" in found["api_compatibility"]
    assert all(isinstance(found[name], str) for name in ("space", "logo", "url"))
    assert found["contact"] == {"email": "club@club.example"}
    assert found["location"] == {"lat": 48.85, "lon": 2.35, "timezone": "Europe/Paris"}
    assert found["state"].keys() == {"open", "lastchange"}
    assert abs(found["state"]["lastchange"] - house.now()) < 120


async def test_the_file_names_the_person_only_where_the_settings_say_so(path: Path) -> None:
    settings = {**SETTINGS, "space_file": path.with_name("space.json"), "space_show_person": "true"}
    async with a_house(path, poll_seconds=2 * MINUTE, **settings) as house:
        await house.wait(31)
        await house.member.say("/open front")
        await pass_minutes(house, 1)
        assert published(house)["state"]["trigger_person"] == "Max"


async def test_a_file_that_cannot_be_written_stops_nothing_and_is_tried_again(path: Path) -> None:
    folder = path.with_name("www")
    folder.write_text("in the way")
    async with a_house(path, poll_seconds=2 * MINUTE, space_file=folder / "space.json", **SETTINGS) as house:
        await house.wait(31)
        await house.member.say("/open front")
        await pass_minutes(house, 1)
        folder.unlink()
        await pass_minutes(house, 1)
        assert json.loads((folder / "space.json").read_text("utf-8"))["state"]["open"] is True
        assert [file.name for file in folder.iterdir()] == ["space.json"]


async def test_a_house_that_is_no_space_says_so_and_offers_nothing(path: Path) -> None:
    async with a_house(path) as house:
        assert "SPACE_NAME in its settings makes it one" in await house.owner.say("/space")
        assert "/space" not in await house.owner.say("/help")
        menus = [str(call["commands"]) for call in house.calls("setMyCommands")]
        assert menus
        assert not [menu for menu in menus if '"closing"' in menu]
