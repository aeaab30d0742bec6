"""Buttons live for years, everybody in a group can press them, and what they carry comes from the client."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.access import Action
from bot.chat.buttons import Press
from tests.house import GRETA, MAX, OLGA, Chat, House, a_house

ASKED_BACK = "I cannot tell when you pressed that button. Open Front door now? You have 30 s to confirm."
EXPIRED = "Too late: this confirmation has expired, nothing was done. Please ask again."
NOT_YOURS = "This button is for somebody else. Please ask yourself."
NO_LONGER_VALID = "This button is no longer valid. Please ask again."
GAP = 60.0


@pytest.fixture
async def careful(path: Path) -> AsyncIterator[House]:
    """A house whose front door asks once more before a button moves it."""
    async with a_house(path, doors={"front": {"confirm": True}}) as house:
        yield house


async def old_press(chat: Chat) -> str:
    """Press a button after a time without polls, so that nobody knows how old the press is."""
    await chat.say("/open")
    chat.house.hands.turn(GAP)
    return await chat.tap("Front door")


async def test_a_press_acts_at_once_while_polls_are_gapless(house: House, member: Chat) -> None:
    await member.say("/open")
    assert "opened" in await member.tap("Front door")


async def test_a_press_acts_at_once_long_after_its_menu(house: House, member: Chat) -> None:
    await member.say("/open")
    for _ in range(3):
        await house.wait(GAP)
        await house.poll_once()
    assert "opened" in await member.tap("Front door")


async def test_a_press_after_a_gap_between_polls_is_asked_back(house: House, member: Chat) -> None:
    assert await old_press(member) == ASKED_BACK
    assert house.commands_sent() == []
    assert "opened" in await member.tap("Open Front door")
    assert house.front_bolt == "unlocked"


async def test_a_press_that_waited_for_a_restart_is_asked_back(house: House, member: Chat) -> None:
    await member.say("/open")
    await house.stop()
    member.press("Front door")
    house.hands.turn(GAP)
    await house.start()
    assert member.last["text"] == ASKED_BACK
    assert house.commands_sent() == []


async def test_the_first_press_after_a_start_is_asked_back(house: House, member: Chat) -> None:
    await member.say("/open")
    await house.stop()
    member.press("Front door")
    await house.start()
    assert member.last["text"] == ASKED_BACK


async def test_a_confirmation_counts_once(house: House, member: Chat) -> None:
    await old_press(member)
    token = member.last["buttons"][0][0]["data"]
    await member.tap("Open Front door")
    await member.forge(token)
    assert member.alerts == [EXPIRED]
    assert house.moves() == ["unlocking", "unlocked"]


async def test_a_confirmation_expires(house: House, member: Chat) -> None:
    await old_press(member)
    house.hands.turn(31)
    await house.poll_once()
    await member.tap("Open Front door")
    assert member.alerts == [EXPIRED]
    assert house.commands_sent() == []


async def test_a_confirmation_does_not_outlive_a_restart(house: House, member: Chat) -> None:
    await old_press(member)
    await house.restart()
    await member.tap("Open Front door")
    assert member.alerts == [EXPIRED]
    assert house.commands_sent() == []


async def test_a_confirmation_is_for_the_one_who_asked(house: House, member: Chat, owner: Chat) -> None:
    await old_press(house.in_group(MAX))
    await house.in_group(OLGA).tap("Open Front door")
    assert house.in_group(OLGA).alerts == [NOT_YOURS]
    assert house.commands_sent() == []


async def test_somebody_elses_try_does_not_use_a_confirmation_up(house: House) -> None:
    await old_press(house.in_group(MAX))
    await house.in_group(OLGA).tap("Open Front door")
    assert "opened" in await house.in_group(MAX).tap("Open Front door")


async def test_a_confirmation_is_for_the_chat_it_was_asked_in(house: House, member: Chat) -> None:
    await old_press(member)
    in_group = house.in_group(MAX)
    await in_group.say("/help")
    await in_group.forge(member.last["buttons"][0][0]["data"])
    assert in_group.alerts == [NOT_YOURS]
    assert house.commands_sent() == []


async def test_rights_are_asked_again_when_it_is_confirmed(house: House, member: Chat) -> None:
    await old_press(member)
    await house.inside.people.deny(owner=OLGA, person_id=MAX, door="front", doors=["front", "garage"])
    await member.tap("Open Front door")
    assert house.commands_sent() == []
    assert await house.denials() == ["no right"]


async def test_a_careful_door_asks_after_every_press(careful: House) -> None:
    await careful.member.say("/status front")
    assert await careful.member.tap("Open") == "Open Front door now? You have 30 s to confirm."
    assert careful.commands_sent() == []


async def test_a_careful_door_opens_at_once_for_a_written_command(careful: House) -> None:
    assert "opened" in await careful.member.say("/open front")


async def test_a_careful_door_shows_its_state_without_asking(careful: House) -> None:
    await careful.member.say("/open front")
    assert "Front door: 🔓 unlocked" in await careful.member.tap("Status")


async def test_an_old_press_for_the_state_is_simply_answered(house: House, member: Chat) -> None:
    await member.say("/status front")
    house.hands.turn(GAP)
    assert "locked" in await member.tap("Status")


async def test_somebody_elses_button_is_judged_by_who_presses_it(house: House) -> None:
    await house.in_group(MAX).say("/open")
    assert "You may not do that here: nothing was opened" in await house.in_group(GRETA).tap("Front door")
    assert house.commands_sent() == []
    assert await house.denials() == ["no right"]


async def test_somebody_elses_button_works_for_those_who_may(house: House) -> None:
    await house.in_group(MAX).say("/open")
    assert "opened" in await house.in_group(OLGA).tap("Front door")
    started = (await house.journal("started"))[-1]
    assert started.person_id == OLGA


async def test_the_menu_of_another_person_stays_where_it_is(house: House) -> None:
    in_group = house.in_group(MAX)
    menu = await in_group.say("/open")
    await house.in_group(OLGA).tap("Front door")
    assert in_group.messages[0]["text"] == menu
    assert len(in_group.messages) == 2


async def test_a_button_is_worth_nothing_after_the_right_was_taken(house: House, member: Chat) -> None:
    await member.say("/open")
    await house.inside.people.deny(owner=OLGA, person_id=MAX, door="front", doors=["front", "garage"])
    await member.tap("Front door")
    assert house.commands_sent() == []


async def test_forged_data_for_a_door_without_right_opens_nothing(house: House, guest: Chat) -> None:
    await guest.say("/help")
    said = await guest.forge("do:open:front:0:")
    assert "Front" not in said
    assert house.commands_sent() == []


async def test_forged_data_for_a_door_without_right_says_the_same_as_for_none(house: House, guest: Chat) -> None:
    await guest.say("/help")
    assert await guest.forge("do:open:front:0:") == await guest.forge("do:open:moat:0:")
    assert await guest.forge("do:status:front:0:") == await guest.forge("do:status:moat:0:")
    house.hands.turn(GAP)
    hidden = await guest.forge("do:open:front:0:")
    house.hands.turn(GAP)
    assert hidden == await guest.forge("do:open:moat:0:")


async def test_forged_data_from_a_stranger_opens_nothing_and_names_no_door(house: House, stranger: Chat) -> None:
    await stranger.say("/start")
    assert await stranger.forge("do:open:front:63:") == ""
    assert stranger.alerts == ["You are not on the list here. Your id is 99: give it to the owner, who can add you."]
    assert house.commands_sent() == []


@pytest.mark.parametrize(
    "data",
    ["", "x", "do", "do:", "do:open", "do:open:front", "do:open::0:", "do:jump:front:0:", "do:open:front:zz:", "ok:",
     "do:open:front:0:a:b", "DO:open:front:0:", "do:open:front:0", "\x00" * 64, "ok", "🔓" * 16, "open front"],
)  # fmt: skip
async def test_data_that_is_no_button_of_ours_does_nothing(house: House, owner: Chat, data: str) -> None:
    await owner.say("/help")
    assert await owner.forge(data) == ""
    assert owner.alerts == [NO_LONGER_VALID]
    assert house.commands_sent() == []


@pytest.mark.parametrize("owner_of_menu", ["-1", "0", "2b", "ffffffffffffffffffff", "1_0"])
async def test_a_menu_of_nobody_is_simply_not_replaced(house: House, owner: Chat, owner_of_menu: str) -> None:
    await owner.say("/help")
    await owner.forge(f"do:open:front:{owner_of_menu}:")
    assert len(house.commands_sent()) <= 1
    assert "/open" in owner.messages[0]["text"]


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("gap", [0.0, GAP])
async def test_every_kind_of_press_has_an_answer_for_those_without_right(
    house: House, guest: Chat, action: Action, gap: float
) -> None:
    await guest.say("/help")
    house.hands.turn(gap)
    said = await guest.forge(Press(action, "front", 0, "2h").encode())
    assert said
    assert "wrong on my side" not in said
    assert house.commands_sent() == []


@pytest.mark.parametrize("door", ["front", "garage"])
@pytest.mark.parametrize("action", Action)
async def test_every_kind_of_old_press_has_an_answer_for_an_owner(
    house: House, owner: Chat, action: Action, door: str
) -> None:
    await owner.say("/help")
    house.hands.turn(GAP)
    said = await owner.forge(Press(action, door, 0, "2h").encode())
    assert said
    assert "wrong on my side" not in said
    assert house.commands_sent() == []


async def test_a_code_cannot_be_had_by_a_forged_press_of_somebody_without_right(house: House, guest: Chat) -> None:
    await guest.say("/help")
    await guest.forge("do:pin:garage:2c:2h")
    assert house.commands_sent() == []


async def test_a_forged_length_for_a_code_is_refused_in_words(house: House, owner: Chat) -> None:
    await owner.say("/help")
    assert "is not a length of time" in await owner.forge("do:pin:garage:2a:<b>")
    assert house.commands_sent() == []


async def test_a_press_under_a_deleted_menu_is_answered_with_a_new_message(house: House, member: Chat) -> None:
    await member.say("/open")
    menu = member.last["message_id"]
    house.telegram.delete(MAX, MAX, menu)
    assert "opened" in await member.forge("do:open:front:2b:", message_id=menu)
    assert house.front_bolt == "unlocked"


async def test_a_press_without_any_message_does_nothing(house: House, owner: Chat) -> None:
    await owner.say("/open")
    update = owner.press("Front door")
    await house.quiet()
    query = {key: value for key, value in update["callback_query"].items() if key != "message"}
    house.telegram.push_raw({"callback_query": {**query, "id": "77"}})
    await house.quiet()
    assert house.commands_sent() == ["/open"]


async def test_a_double_tap_opens_once(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=25)
    await member.say("/open")
    member.press("Front door")
    member.press("Front door")
    await member.hears("already being worked")
    house.hands.turn(26)
    await member.hears("opened")
    assert house.moves() == ["unlocking", "unlocked"]


async def test_every_press_is_answered_so_that_its_spinner_stops(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/open")
    await owner.tap("Front door")
    await owner.forge("nonsense")
    await stranger.say("/start")
    await stranger.forge("do:open:front:0:")
    presses = [event for event in house.telegram.events if event.what == "tap"]
    assert len(house.calls("answerCallbackQuery")) == len(presses) == 3


def test_the_longest_names_fit_into_a_button() -> None:
    for action in Action:
        assert len(Press(action, "d" * 24, 2**52 - 1, "999999w").encode().encode()) <= 64
