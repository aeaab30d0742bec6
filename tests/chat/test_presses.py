"""Buttons live for years, everybody in a group can press them, and what they carry comes from the client."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.button_data import ButtonData
from bot.domain.actions import Action
from tests.house import GARAGE, GRETA, MAX, OLGA, Chat, House, a_house

ASKED_BACK = "That may be old. Open Front door now? You have 30 s to confirm."
EXPIRED = "Too late: this question has expired, nothing was done. Please ask again."
QUESTION_IS_BELOW = "Please confirm: the question is at the end of the chat."
NOT_YOURS = "This button is for somebody else. Please ask yourself."
ONE_IS_ENOUGH = "One press is enough: the door is working on it."
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
    assert member.alerts[-1] == EXPIRED
    assert house.moves() == ["unlocking", "unlocked"]


async def test_a_confirmation_expires(house: House, member: Chat) -> None:
    await old_press(member)
    house.hands.turn(31)
    await house.poll_once()
    await member.tap("Open Front door")
    assert member.alerts[-1] == EXPIRED
    assert house.commands_sent() == []


async def test_a_confirmation_does_not_outlive_a_restart(house: House, member: Chat) -> None:
    await old_press(member)
    await house.restart()
    await member.tap("Open Front door")
    assert member.alerts[-1] == EXPIRED
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
    assert in_group.alerts[-1] == NOT_YOURS
    assert house.commands_sent() == []


async def test_rights_are_asked_again_when_it_is_confirmed(house: House, member: Chat) -> None:
    await old_press(member)
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="front")
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
    assert "Front door: 🔓 open" in await careful.member.tap("Status")


async def test_an_old_press_for_the_state_is_simply_answered(house: House, member: Chat) -> None:
    await member.say("/status front")
    house.hands.turn(GAP)
    assert "closed" in await member.tap("Status")


async def test_somebody_elses_button_is_judged_by_who_presses_it(house: House) -> None:
    await house.in_group(MAX).say("/open")
    assert await house.in_group(GRETA).tap("Front door") == ""
    assert "You may not do that here: nothing was opened" in house.in_group(GRETA).alerts[-1]
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
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="front")
    await member.tap("Front door")
    assert house.commands_sent() == []


async def test_forged_data_for_a_door_without_right_opens_nothing(house: House, guest: Chat) -> None:
    await guest.say("/help")
    await guest.forge("do:open:front::")
    assert "Front" not in " ".join(guest.alerts)
    assert house.commands_sent() == []


@pytest.mark.parametrize("action", ["open", "status"])
@pytest.mark.parametrize("gap", [0.0, GAP])
async def test_forged_data_for_a_door_without_right_says_the_same_as_for_none(
    house: House, guest: Chat, action: str, gap: float
) -> None:
    await guest.say("/help")
    for door in ("front", "moat"):
        house.hands.turn(gap)
        await guest.forge(f"do:{action}:{door}::")
    hidden, absent = guest.alerts
    assert hidden == absent


async def test_forged_data_from_a_stranger_opens_nothing_and_names_no_door(house: House, stranger: Chat) -> None:
    await stranger.say("/start")
    assert await stranger.forge("do:open:front::") == ""
    assert stranger.alerts == ["You are not on the list here. Your id is 99: give it to the owner, who can add you."]
    assert house.commands_sent() == []


@pytest.mark.parametrize(
    "data",
    ["", "x", "do", "do:", "do:open", "do:open:front", "do:open:::", "do:jump:front::", "do:open:front:2b:", "ok:",
     "do:open:front::a:b", "DO:open:front::", "do:open:front:", "\x00" * 64, "ok", "🔓" * 16, "open front", "go:",
     "go:open:-1:", "go:open:x:", "go:nothing:0:", "go:people:9999999:", "list:"],
)  # fmt: skip
async def test_data_that_is_no_button_of_ours_does_nothing(house: House, owner: Chat, data: str) -> None:
    await owner.say("/help")
    assert await owner.forge(data) == ""
    assert owner.alerts[-1] == NO_LONGER_VALID
    assert house.commands_sent() == []


async def test_nobody_overwrites_what_the_bot_told_somebody_else(house: House) -> None:
    """What a button carries comes from the client: whose message it is Telegram says."""
    olgas, maxs = house.in_group(OLGA), house.in_group(MAX)
    told = await olgas.say("/whoami")
    await maxs.forge("do:open:front:m:", message_id=olgas.last["message_id"])
    assert house.commands_sent() == ["/open"]
    assert olgas.messages[0]["text"] == told


async def test_nobody_overwrites_it_with_a_confirmation_of_their_own(house: House) -> None:
    olgas, maxs = house.in_group(OLGA), house.in_group(MAX)
    await old_press(maxs)
    token = maxs.last["buttons"][0][0]["data"]
    told = await olgas.say("/whoami")
    await maxs.forge(token, message_id=olgas.last["message_id"])
    assert house.commands_sent() == ["/open"]
    assert told in [message["text"] for message in olgas.messages]


async def test_nobody_turns_the_pages_of_somebody_else(house: House) -> None:
    olgas, maxs = house.in_group(OLGA), house.in_group(MAX)
    told = await olgas.say("/status")
    await maxs.forge("go:status:0:", message_id=olgas.last["message_id"])
    assert maxs.alerts == [NOT_YOURS]
    assert olgas.last["text"] == told


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("gap", [0.0, GAP])
async def test_every_kind_of_press_has_an_answer_for_those_without_right(
    house: House, guest: Chat, action: Action, gap: float
) -> None:
    await guest.say("/help")
    house.hands.turn(gap)
    said = await guest.forge(ButtonData(action, "front", argument="120").encode())
    assert said or guest.alerts
    assert "went wrong" not in " ".join([said, *guest.alerts])
    assert house.commands_sent() == []


@pytest.mark.parametrize("door", ["front", "garage"])
@pytest.mark.parametrize("action", Action)
async def test_every_kind_of_old_press_has_an_answer_for_an_owner(
    house: House, owner: Chat, action: Action, door: str
) -> None:
    await owner.say("/help")
    house.hands.turn(GAP)
    said = await owner.forge(ButtonData(action, door, argument="120").encode())
    assert said or owner.alerts
    assert "went wrong" not in " ".join([said, *owner.alerts])
    assert house.commands_sent() == []


async def test_a_code_cannot_be_had_by_a_forged_press_of_somebody_without_right(house: House, guest: Chat) -> None:
    await guest.say("/help")
    await guest.forge("do:pin:garage:m:120")
    assert house.commands_sent() == []


async def test_a_forged_length_for_a_code_is_refused_in_words(house: House, owner: Chat) -> None:
    await owner.say("/help")
    for forged in ("<b>", "2h", "0", "-5", "99999999", "@0", "@", "120m", "٣"):
        assert await owner.forge(f"do:pin:garage:m:{forged}") == ""
        assert owner.alerts[-1] == NO_LONGER_VALID
    assert house.commands_sent() == []


async def test_a_press_under_a_deleted_menu_is_answered_with_a_new_message(house: House, member: Chat) -> None:
    await member.say("/open")
    menu = member.last["message_id"]
    house.telegram.delete(MAX, MAX, menu)
    assert "opened" in await member.forge("do:open:front:m:", message_id=menu)
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
    await house.reaches_the_lock("/open")
    await house.until(lambda: len(house.calls("answerCallbackQuery")) == 2)
    house.hands.turn(26)
    await member.hears("opened")
    assert member.alerts[-1] == ONE_IS_ENOUGH
    assert not any("Wait until" in text for text in member.seen)
    assert house.moves() == ["unlocking", "unlocked"]


async def test_two_taps_within_a_second_open_a_lock_once_that_answers_at_once(house: House, member: Chat) -> None:
    await member.say("/open")
    data = member.last["buttons"][1][0]["data"]
    await member.forge(data)
    await member.forge(data)
    assert member.alerts[-1] == ONE_IS_ENOUGH
    assert house.moves() == ["unlocked"]


async def test_a_press_that_a_client_sends_again_is_asked_about(house: House, member: Chat) -> None:
    """After it reconnects a client may send a press again, as a new update."""
    await member.say("/open")
    data = member.last["buttons"][1][0]["data"]
    await member.forge(data)
    house.hands.turn(40)
    await house.poll_once()
    said = await member.forge(data)
    assert said.startswith("Garage: Asked for 40 s ago. Open again? You have 30 s to confirm.")
    assert house.moves() == ["unlocked"]
    await member.tap("Open Garage")
    assert house.moves() == ["unlocked", "unlocked"]


async def test_it_is_asked_about_after_a_restart_too(house: House, member: Chat) -> None:
    await member.say("/open")
    await member.tap("Front door")
    await house.restart()
    await house.poll_once()
    await house.poll_once()
    house.hands.turn(20)
    await house.poll_once()
    said = await member.forge("do:open:front::")
    assert "Front door: Opened" in said
    assert "Open again?" in said
    assert house.moves().count("unlocking") == 1


async def test_after_two_minutes_it_is_another_wish(house: House, member: Chat) -> None:
    await member.say("/open")
    data = member.last["buttons"][1][0]["data"]
    await member.forge(data)
    for _ in range(4):
        house.hands.turn(31)
        await house.poll_once()
    await member.forge(data)
    assert house.moves() == ["unlocked", "unlocked"]


async def test_closing_in_between_makes_opening_another_wish(house: House, member: Chat) -> None:
    for label in ("/open front", "Close", "Open", "Close"):
        said = await (member.say(label) if label.startswith("/") else member.tap(label))
        assert "again?" not in said
    assert house.front_bolt == "locked"


async def test_a_code_is_made_once_for_a_press_that_comes_twice(house: House, owner: Chat) -> None:
    await owner.say("/pin garage")
    data = owner.last["buttons"][0][0]["data"]
    await owner.forge(data)
    await owner.forge(data)
    assert owner.alerts[-1] == ONE_IS_ENOUGH
    house.hands.turn(40)
    await house.poll_once()
    said = await owner.forge(data)
    assert " s ago. Make another code?" in said
    assert len(house.cloud.lock(GARAGE).pins) == 1


async def test_somebody_elses_press_is_their_own_wish(house: House, owner: Chat, member: Chat) -> None:
    await member.say("/open")
    await member.tap("Garage")
    await owner.say("/open")
    assert "accepted" in await owner.tap("Garage")


async def test_an_old_button_is_answered_where_the_person_looks(house: House, member: Chat) -> None:
    await member.say("/status front")
    old = member.last["message_id"]
    await member.say("/help")
    assert "opened" in await member.tap("Open", message_id=old)
    assert member.alerts == ["⏳ Front door: opening…"]
    house.hands.turn(GAP)
    await member.tap("Close", message_id=old)
    assert member.alerts[-1] == QUESTION_IS_BELOW


async def test_a_press_that_cannot_be_judged_is_told_where_the_person_looks(house: House, member: Chat) -> None:
    await member.say("/open")
    await house.storage.database.rows("ALTER TABLE people RENAME TO hidden")
    assert await member.tap("Front door") == ""
    await house.storage.database.rows("ALTER TABLE hidden RENAME TO people")
    assert member.alerts == ["⛔ The database cannot be read or written (is the disk full?), so nothing was done."]
    assert house.commands_sent() == []


async def test_every_press_is_answered_so_that_its_spinner_stops(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/open")
    await owner.tap("Front door")
    await owner.forge("nonsense")
    await stranger.say("/start")
    await stranger.forge("do:open:front::")
    presses = [event for event in house.telegram.events if event.what == "tap"]
    assert len(house.calls("answerCallbackQuery")) == len(presses) == 3


def test_the_longest_names_fit_into_a_button() -> None:
    for action in Action:
        assert len(ButtonData(action, "d" * 24, True, "@9999999999").encode().encode()) <= 64
