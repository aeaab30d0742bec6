"""Who hears what: chosen with buttons in every chat, silent where it is good news, and one message a matter."""

import pytest

from tests.chat.test_notices import OFF, ON, notices
from tests.house import FRONT, GROUP, MAX, OLGA, SHED, Chat, House

POLL = 3600.0
MORNING = 18 * 3600.0
"""From 13:00, when the house begins, to 7:00."""


@pytest.fixture
async def group(house: House) -> Chat:
    chat = house.in_group(OLGA)
    await chat.say("/notify on")
    return chat


async def turn_by_hand(house: House, *bolts: str) -> None:
    """And look, each time a few seconds later."""
    for bolt in bolts:
        house.gateway.turn_by_hand(FRONT, bolt)
        house.hands.turn(5)
        await house.owner.say("/status front")


async def test_the_buttons_say_what_is_chosen(group: Chat) -> None:
    assert group.buttons == [
        "☑ Opened", "☑ Closed", "☐ Refused", "☑ Trouble", "☑ Battery", "☐ Codes", "☐ People", "☐ Digest",
        "☾ Quiet 22–7", "🚪 Each door", "🔕 Mute", "⏸ Pause", "🔕 Tell nothing",
    ]  # fmt: skip


async def test_what_is_not_chosen_is_not_told(house: House, group: Chat) -> None:
    await house.poll_once()
    await group.tap("☑ Opened")
    said = await group.tap("☑ Closed")
    assert "It is told of: trouble with a door or a lock, batteries." in said
    await house.member.say("/open front")
    house.gateway.turn_by_hand(FRONT, "locked")
    await house.wait(POLL)
    assert notices(group) == []


async def test_trouble_is_told_to_those_who_chose_it_alone(house: House, group: Chat) -> None:
    await house.poll_once()
    await group.tap("☑ Opened")
    house.gateway.lock(FRONT).rebooted = True
    await house.wait(POLL)
    [notice] = notices(group)
    assert "the position of the bolt is unknown" in notice


async def test_codes_are_told_where_somebody_asked_for_it(house: House, group: Chat) -> None:
    await house.member.say("/pin garage 2h")
    assert notices(group) == []
    await house.poll_once()
    await group.tap("☐ Codes")
    await house.member.say("/pin garage 3h")
    [notice] = notices(group)
    assert notice.startswith("🔑 Garage: code made by Max")


async def test_a_button_pressed_twice_says_the_same(house: House, group: Chat) -> None:
    await house.poll_once()
    await group.forge("go:notify:0:-opened", message_id=group.last["message_id"])
    await group.forge("go:notify:0:-opened", message_id=group.last["message_id"])
    assert "☐ Opened" in group.buttons


async def test_off_and_on_again_with_buttons(house: House, group: Chat) -> None:
    await house.poll_once()
    assert await group.tap("🔕 Tell nothing") == OFF
    assert (await group.tap("🔔 Tell this chat")).startswith(ON)


async def test_a_member_changes_nothing(house: House, group: Chat) -> None:
    await house.poll_once()
    member = house.in_group(MAX)
    await member.forge("go:notify:0:-opened", message_id=group.last["message_id"])
    assert "☑ Opened" in group.buttons
    await member.say("/notify quiet 22-7")
    assert "Only an owner can do that." in member.last["text"]


async def test_what_a_topic_chose_stays_through_on(house: House, group: Chat) -> None:
    await house.poll_once()
    await group.tap("☑ Battery")
    await group.say("/notify on")
    assert "☐ Battery" in group.buttons


async def test_good_news_is_silent_and_trouble_is_loud(house: House, group: Chat) -> None:
    await house.member.say("/open front")
    house.gateway.lock(FRONT).rebooted = True
    await house.wait(POLL)
    sent = [
        call
        for call in house.calls("sendMessage")
        if str(call["chat_id"]) == str(GROUP) and not call.get("reply_parameters")
    ]
    assert [bool(call.get("disable_notification")) for call in sent] == [True, False]


@pytest.mark.parametrize("words", ["quiet", "quiet 25-7", "quiet 7-7", "quiet at night", "quiet 0-24"])
async def test_quiet_hours_that_are_none_are_explained(group: Chat, words: str) -> None:
    assert "/notify quiet 22-7" in await group.say(f"/notify {words}")


async def test_in_quiet_hours_only_trouble_is_told_and_the_rest_afterwards(house: House, group: Chat) -> None:
    assert "☾ Quiet 12:30–7" in await group.say("/notify quiet 12:30-7")
    await house.member.say("/open front")
    house.shed.lock(SHED).rebooted = True
    await house.wait(POLL)
    [notice] = notices(group)
    assert "Garden shed: the position of the bolt is unknown" in notice
    await house.wait(MORNING)
    assert notices(group)[1].startswith("🔓 Front door opened by Max · 13:00:")


async def test_quiet_hours_end_when_they_are_switched_off(house: House, group: Chat) -> None:
    await group.say("/notify quiet 12:30-7")
    await group.say("/notify quiet off")
    await house.member.say("/open front")
    assert len(notices(group)) == 1


async def test_quiet_hours_have_a_button(house: House, group: Chat) -> None:
    await house.poll_once()
    assert "☾ Quiet 22–7: only trouble is told then" in await group.tap("☾ Quiet 22–7")
    assert "Quiet" not in await group.tap("☾ No quiet hours")


async def test_an_opened_door_is_closed_from_its_notice(house: House, group: Chat) -> None:
    await house.member.say("/open front")
    await house.poll_once()
    assert group.buttons == ["Close now"]
    await house.in_group(MAX).tap("Close now")
    assert house.front_bolt == "locked"


async def test_a_door_that_may_be_open_is_looked_at_from_its_notice(house: House, group: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_before")
    await house.member.say("/open front")
    await house.poll_once()
    await group.tap("Status")
    assert any(text.startswith("Front door: 🔒 closed") for text in group.seen)


async def test_a_door_that_flaps_is_one_message_a_minute(house: House, group: Chat) -> None:
    await turn_by_hand(house, *["unlocked", "locked"] * 4)
    [notice] = notices(group)
    assert notice.startswith("🔓 Front door is open · 13:00:")
    assert "… 3 more …" in notice
    house.hands.turn(60)
    await turn_by_hand(house, "unlocked")
    assert len(notices(group)) == 2


async def test_trouble_is_never_hidden_in_another_message(house: House, group: Chat) -> None:
    await turn_by_hand(house, "unlocked")
    house.gateway.lock(FRONT).rebooted = True
    await house.owner.say("/status front")
    assert len(notices(group)) == 2


async def test_still_away_changes_the_message_that_said_so(house: House, group: Chat) -> None:
    house.gateway.offline = True
    for _ in range(8):
        await house.wait(POLL)
    [notice] = notices(group)
    assert "Front door still cannot be reached, since" in notice


async def test_a_burst_that_waited_is_one_message(house: House, group: Chat) -> None:
    house.telegram.faults.arrange("sendMessage", "http_502", times=None)
    for _ in range(10):
        house.gateway.turn_by_hand(FRONT, "unlocked")
        await house.wait(POLL)
        house.gateway.turn_by_hand(FRONT, "locked")
        await house.wait(POLL)
    house.telegram.faults.clear()
    for _ in range(3):  # the pause after the last failure has to end first
        await house.wait(60)
    [notice] = notices(group)
    assert "… 15 more …" in notice


async def test_an_owner_who_subscribed_hears_of_it_once(house: House, owner: Chat) -> None:
    await owner.say("/notify on")
    house.gateway.faults.arrange("/open", "reset_before")
    await house.member.say("/open front")
    await house.wait(60)
    assert len([text for text in owner.seen if "MAY be open" in text]) == 1


async def test_what_waited_in_a_group_is_not_told_when_its_owner_is_none_any_more(house: House) -> None:
    await house.owner.say("/promote Max owner")
    await house.owner.tap("Yes, do it")
    group = house.in_group(MAX)
    await group.say("/notify on")
    await group.say("/notify quiet 12:30-13:30")
    await house.owner.say("/open front")
    await house.owner.say("/demote Max member")
    await house.owner.tap("Yes, do it")
    before = len(group.seen)
    await house.wait(3600)
    assert (group.seen[before:], await house.storage.outbox.next_per_chat()) == ([], [])


async def test_a_group_is_told_of_every_door_whoever_asks_there(house: House, group: Chat) -> None:
    words = "You hear of the doors that you may open or see"
    assert words not in await house.in_group(MAX).say("/notify")
    assert words in await house.member.say("/notify on")
