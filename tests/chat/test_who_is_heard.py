"""Only a person who types a message just now, or presses a button, is heard; nothing else opens a door."""

from typing import Any

import pytest

from tests.house import CLUB, FORUM, FRONT, GROUP, OLGA, TOPIC, Chat, House

CHANNEL = -1009
SECOND_HAND: dict[str, dict[str, Any]] = {
    "forwarded from a person": {
        "forward_origin": {"type": "user", "sender_user": {"id": OLGA, "is_bot": False, "first_name": "O"}, "date": 1}
    },
    "forwarded from somebody hidden": {
        "forward_origin": {"type": "hidden_user", "sender_user_name": "O", "date": 1}
    },
    "sent through another bot": {"via_bot": {"id": 900, "is_bot": True, "first_name": "Other", "username": "o_bot"}},
    "scheduled": {"is_from_offline": True},
    "sent by a business account's bot": {
        "fields": {"sender_business_bot": {"id": 900, "is_bot": True, "first_name": "Other", "username": "o_bot"}}
    },
}  # fmt: skip


@pytest.mark.parametrize("how", SECOND_HAND)
async def test_words_that_were_not_typed_just_now_open_nothing(house: House, owner: Chat, how: str) -> None:
    said = await owner.say("/open front", **SECOND_HAND[how])
    assert "not typed by you just now" in said
    assert house.commands_sent() == []


@pytest.mark.parametrize("how", SECOND_HAND)
async def test_nor_do_they_in_a_group(house: House, owner_in_group: Chat, how: str) -> None:
    await owner_in_group.say("/open front", **SECOND_HAND[how])
    assert house.commands_sent() == []


async def test_editing_an_old_command_does_not_run_it_again(house: House, owner: Chat) -> None:
    await owner.say("/open front")
    written = next(m for m in house.telegram.transcript(OLGA) if m["from"]["id"] == OLGA)
    house.telegram.edit(OLGA, OLGA, written["message_id"], "/close front")
    await house.quiet()
    assert house.commands_sent() == ["/open"]


async def test_an_edit_that_is_pushed_all_the_same_opens_nothing(house: House, owner: Chat) -> None:
    update = owner.write("/help")
    house.telegram.push_raw({"edited_message": {**update["message"], "text": "/open front", "edit_date": 1}})
    await house.quiet()
    assert house.commands_sent() == []


async def test_an_anonymous_admin_opens_nothing_and_is_told_why(house: House, owner_in_group: Chat) -> None:
    assert "You write as a group or a channel" in await owner_in_group.say("/open front", anonymous=True)
    assert house.commands_sent() == []


async def test_somebody_who_writes_as_a_channel_opens_nothing(house: House, owner_in_group: Chat) -> None:
    house.telegram.add_channel(CHANNEL, "News", [OLGA])
    assert "You write as a group or a channel" in await owner_in_group.say("/open front", as_channel=CHANNEL)
    assert house.commands_sent() == []


async def test_a_post_of_the_linked_channel_opens_nothing(house: House, owner_in_group: Chat) -> None:
    house.telegram.add_channel(CHANNEL, "News", [OLGA])
    await owner_in_group.say("/open front", auto_forwarded_from=CHANNEL)
    assert house.commands_sent() == []


async def test_an_owners_name_on_a_message_of_the_group_itself_counts_for_nothing(house: House) -> None:
    group = house.telegram.chat(GROUP).json()
    owner_in_group = house.in_group(OLGA)
    await owner_in_group.say("/open front", sender_chat=group)
    assert house.commands_sent() == []


@pytest.mark.parametrize("signed", [False, True])
async def test_a_channel_post_opens_nothing_even_if_it_is_signed(house: House, signed: bool) -> None:
    house.telegram.add_channel(CHANNEL, "News", [OLGA])
    update = house.telegram.say(OLGA, "/help")
    post = {**update["message"], "chat": house.telegram.chat(CHANNEL).json(), "text": "/open front"}
    house.telegram.push_raw({"channel_post": post if signed else {k: v for k, v in post.items() if k != "from"}})
    await house.quiet()
    assert house.commands_sent() == []


@pytest.mark.parametrize(
    "kind", ["edited_channel_post", "business_message", "edited_business_message", "guest_message"]
)
async def test_other_kinds_of_messages_open_nothing(house: House, owner: Chat, kind: str) -> None:
    update = owner.write("/help")
    message = {**update["message"], "text": "/open front", "business_connection_id": "1"}
    house.telegram.push_raw({kind: message})
    await house.quiet()
    assert house.commands_sent() == []


async def test_a_bot_opens_nothing_even_under_an_owners_id(house: House, owner: Chat) -> None:
    update = owner.write("/help")
    message = {**update["message"], "text": "/open front", "message_id": 4000}
    message["from"] = {**message["from"], "is_bot": True}
    house.telegram.push_raw({"message": message})
    await house.quiet()
    assert house.commands_sent() == []


async def test_a_message_without_a_sender_opens_nothing(house: House, owner: Chat) -> None:
    update = owner.write("/help")
    message = {key: value for key, value in update["message"].items() if key != "from"}
    house.telegram.push_raw({"message": {**message, "text": "/open front"}})
    await house.quiet()
    assert house.commands_sent() == []


async def test_a_command_for_another_bot_is_left_to_it(house: House, owner_in_group: Chat) -> None:
    assert await owner_in_group.say("/open@other_bot front") == ""
    assert house.commands_sent() == []


async def test_the_group_is_no_right_for_its_members(house: House) -> None:
    stranger = house.in_group(house.stranger.person)
    await stranger.say("/open front")
    assert house.commands_sent() == []


async def test_a_member_opens_from_the_group_and_is_answered_there(house: House, member_in_group: Chat) -> None:
    assert "opened" in await member_in_group.say("/open front")
    assert member_in_group.last["reply_to"] is not None
    assert house.front_bolt == "unlocked"


async def test_a_basic_group_will_do_as_well(house: House) -> None:
    assert "opened" in await house.in_group(house.member.person, CLUB).say("/open front")


async def test_in_a_topic_the_answer_stays_in_the_topic(house: House, member_in_topic: Chat) -> None:
    assert "opened" in await member_in_topic.say("/open front")
    assert {message["thread"] for message in member_in_topic.messages} == {TOPIC}


async def test_the_general_topic_is_answered_without_naming_it(house: House) -> None:
    general = house.in_group(house.member.person, FORUM)
    assert "opened" in await general.say("/open front", fields={"message_thread_id": 1, "is_topic_message": True})
    assert all("message_thread_id" not in params for params in house.calls("sendMessage"))


async def test_a_button_pressed_in_a_topic_is_answered_in_the_topic(house: House, member_in_topic: Chat) -> None:
    await member_in_topic.say("/open")
    await member_in_topic.tap("Front door")
    await member_in_topic.tap("Close")
    assert {message["thread"] for message in member_in_topic.messages} == {TOPIC}
    assert house.gateway.lock(FRONT).bolt == "locked"


async def test_chatter_in_a_group_is_not_answered(house: House, owner_in_group: Chat) -> None:
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    assert await owner_in_group.say("good morning") == ""
