"""What groups and owners are told unasked: each once, in order, inside Telegram's limits, and never lost."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.house import CLUB, FORUM, FRONT, GROUP, MAX, OLGA, SHED, TOPIC, Chat, House, a_house

ON = "🔔 This chat gets notices. /notify off ends that."
OFF = "🔕 This chat is not told about the doors."
POLL = 3600.0


@pytest.fixture
async def told(house: House) -> Chat:
    """A group that wants to know, seen by Max."""
    await house.in_group(OLGA).say("/notify on")
    return house.in_group(MAX)


def notices(chat: Chat) -> list[str]:
    """What was said here besides answers."""
    return [message["text"] for message in chat.messages if message["reply_to"] is None]


async def test_an_owner_turns_notices_on_and_off(house: House, owner_in_group: Chat) -> None:
    assert (await owner_in_group.say("/notify on")).startswith(ON)
    assert await owner_in_group.say("/notify off") == OFF
    await house.member.say("/open front")
    assert notices(owner_in_group) == []


@pytest.mark.parametrize("words", ["On", "ON", "on "])
async def test_on_is_on_however_it_is_typed(owner_in_group: Chat, words: str) -> None:
    """ "On" used to switch the notices off."""
    assert (await owner_in_group.say(f"/notify {words}")).startswith(ON)


async def test_words_that_are_neither_on_nor_off_change_nothing(owner_in_group: Chat) -> None:
    await owner_in_group.say("/notify on")
    said = await owner_in_group.say("/notify onn")
    assert said.startswith(ON)
    assert "/notify on or /notify off" in said


async def test_notify_alone_tells_how_it_is(owner_in_group: Chat) -> None:
    assert (await owner_in_group.say("/notify")).startswith(OFF)
    await owner_in_group.say("/notify on")
    assert (await owner_in_group.say("/notify")).startswith(ON)


async def test_an_owner_is_told_in_private_too(house: House, owner: Chat) -> None:
    assert (await owner.say("/notify on")).startswith(ON)
    await house.member.say("/open front")
    assert owner.last["text"].startswith("🔓 Front door opened by Max")


async def test_a_member_does_not_turn_notices_on(house: House, member_in_group: Chat) -> None:
    assert await member_in_group.say("/notify on") == "Only an owner can do that."
    await house.member.say("/open front")
    assert notices(member_in_group) == []


async def test_the_group_hears_who_opened_a_door(house: House, told: Chat) -> None:
    await house.member.say("/open front")
    [notice] = notices(told)
    assert notice.startswith("🔓 Front door opened by Max · 13:00:")


async def test_the_time_is_the_readers_own(house: House, told: Chat) -> None:
    await house.member.say("/open front")
    [sent] = [call for call in house.calls("sendMessage") if "opened by Max" in call["text"]]
    assert re.search(r'<tg-time unix="17723664\d\d" format="T">13:00:\d\d CET</tg-time>', sent["text"])


async def test_the_group_hears_of_an_acceptance_as_such(house: House, told: Chat) -> None:
    await house.member.say("/open garage")
    assert "Garage: Max asked to open it; accepted, not confirmed" in notices(told)[0]


async def test_the_group_hears_that_a_door_may_be_open(house: House, told: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_before")
    await house.member.say("/open front")
    assert "The door MAY be open: please check it." in notices(told)[0]


async def test_the_group_does_not_hear_of_refusals(house: House, told: Chat) -> None:
    await house.guest.say("/open front")
    house.gateway.offline = True
    await house.member.say("/open front")
    assert notices(told) == []


async def test_seeing_what_was_commanded_is_no_news(house: House, told: Chat) -> None:
    await house.member.say("/open front")
    await house.wait(POLL)
    assert len(notices(told)) == 1


async def test_the_group_hears_of_a_bolt_turned_by_hand(house: House, told: Chat) -> None:
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await house.wait(POLL)
    [notice] = notices(told)
    assert notice.startswith("🔓 Front door is open · 14:00:")
    assert "not by the bot" in notice


async def test_each_change_is_told_once(house: House, told: Chat) -> None:
    house.gateway.turn_by_hand(FRONT, "unlocked")
    for _ in range(3):
        await house.wait(POLL)
    assert len(notices(told)) == 1


async def test_a_restart_tells_nothing_again(house: House, told: Chat) -> None:
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await house.wait(POLL)
    await house.restart()
    await house.wait(POLL)
    assert len(notices(told)) == 1


async def test_what_changed_while_the_bot_was_off_is_told(house: House, told: Chat) -> None:
    await house.stop()
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await house.start()
    assert "Front door is open" in notices(told)[0]


async def test_a_low_battery_is_told_once(house: House, told: Chat) -> None:
    house.gateway.lock(FRONT).battery_mv = 5000
    for _ in range(3):
        await house.wait(POLL)
    assert ["battery at" in notice for notice in notices(told)] == [True]


async def test_a_gateway_that_is_gone_is_told_after_some_tries_and_again_when_it_is_back(
    house: House, told: Chat
) -> None:
    house.gateway.offline = True
    for _ in range(4):
        await house.wait(POLL)
    assert ["Front door cannot be reached" in notice for notice in notices(told)] == [True]
    house.gateway.offline = False
    await house.wait(POLL)
    assert "Front door can be reached again" in notices(told)[-1]


async def test_one_dead_gateway_stops_no_news_of_the_others(house: House, told: Chat) -> None:
    house.gateway.offline = True
    house.shed.turn_by_hand(SHED, "unlocked")
    await house.wait(POLL)
    assert "Garden shed is open" in notices(told)[0]


async def test_notices_keep_their_order_and_their_distance(house: House, told: Chat) -> None:
    for words in ("/open front", "/close front", "/open front"):
        await house.member.say(words)
    for _ in range(3):
        await house.wait(3.1)
    assert [notice.split(" by ")[0] for notice in notices(told)] == [
        "🔓 Front door opened", "🔒 Front door closed", "🔓 Front door opened",
    ]  # fmt: skip
    sent = [c.at for c in house.telegram.calls if c.method == "sendMessage" and c.params["chat_id"] == str(GROUP)]
    assert all(later - earlier >= 3 for earlier, later in pairwise(sent[1:]))


async def test_a_notice_waits_as_long_as_telegram_asks(house: House, told: Chat) -> None:
    house.telegram.fail("sendMessage", 429, "Too Many Requests: retry after 30", retry_after=30, chat=GROUP)
    await house.member.say("/open front")
    await house.wait(29)
    assert notices(told) == []
    await house.wait(2)
    assert len(notices(told)) == 1


async def test_a_flooded_group_keeps_nobody_else_waiting(house: House, told: Chat) -> None:
    await house.in_group(OLGA, CLUB).say("/notify on")
    house.telegram.fail("sendMessage", 429, "Too Many Requests: retry after 300", retry_after=300, chat=GROUP)
    await house.member.say("/open front")
    assert len(notices(house.in_group(OLGA, CLUB))) == 1


async def test_notices_survive_a_restart(house: House, told: Chat) -> None:
    house.telegram.fail("sendMessage", 502, "Bad Gateway", chat=GROUP, times=None)
    await house.member.say("/open front")
    await house.stop()
    house.telegram.faults.clear()
    await house.start()
    assert len(notices(told)) == 1


@pytest.mark.parametrize("trouble", ["http_502", "reset_after"])
async def test_a_notice_that_did_not_get_through_is_sent_again(house: House, told: Chat, trouble: str) -> None:
    house.telegram.faults.arrange("sendMessage", trouble, chat=GROUP)
    await house.member.say("/open front")
    await house.wait(6)
    assert notices(told)
    assert await house.storage.outbox.next_per_chat() == []


async def test_a_group_that_became_a_supergroup_is_followed(house: House) -> None:
    await house.in_group(OLGA, CLUB).say("/notify on")
    moved = house.telegram.migrate(CLUB)["chat"]
    await house.quiet()
    await house.member.say("/open front")
    assert "opened by Max" in house.in_group(MAX, moved).last["text"]


async def test_a_supergroup_nobody_told_of_is_found_by_the_next_notice(house: House) -> None:
    await house.in_group(OLGA, CLUB).say("/notify on")
    await house.stop()
    moved = house.telegram.migrate(CLUB)["chat"]
    house.telegram.updates.clear()
    await house.start()
    await house.member.say("/open front")
    assert ["opened by Max" in text for text in notices(house.in_group(MAX, moved))] == [True]


async def test_a_group_that_threw_the_bot_out_is_forgotten(house: House, told: Chat) -> None:
    house.telegram.kick(OLGA, GROUP)
    await house.quiet()
    assert await house.storage.groups.all() == []
    await house.member.say("/open front")
    assert await house.storage.outbox.next_per_chat() == []


async def test_a_group_that_threw_the_bot_out_unseen_is_forgotten_at_the_next_notice(house: House, told: Chat) -> None:
    await house.stop()
    house.telegram.kick(OLGA, GROUP)
    house.telegram.updates.clear()
    await house.start()
    await house.member.say("/open front")
    assert await house.storage.groups.all() == []


async def test_a_topic_is_told_in_the_topic(house: House) -> None:
    topic = house.in_group(OLGA, FORUM, TOPIC)
    await topic.say("/notify on")
    await house.member.say("/open front")
    assert topic.last["thread"] == TOPIC
    assert "opened by Max" in topic.last["text"]


async def test_the_general_topic_is_told_without_naming_it(house: House) -> None:
    general = house.in_group(OLGA, FORUM)
    await general.say("/notify on", fields={"message_thread_id": 1, "is_topic_message": True})
    await house.member.say("/open front")
    assert general.last["thread"] is None
    assert "opened by Max" in general.last["text"]


async def test_a_closed_topic_keeps_its_notices_and_stops_nobody(house: House, told: Chat, owner: Chat) -> None:
    await house.in_group(OLGA, FORUM, TOPIC).say("/notify on")
    house.telegram.close_topic(FORUM, TOPIC)
    await house.member.say("/open front")
    await house.wait(2)
    assert {group.chat_id for group in await house.storage.groups.all()} == {GROUP, FORUM}
    assert len(notices(told)) == 1
    assert "is closed: its notices wait" in owner.last["text"]


async def test_a_deleted_topic_gets_no_more_notices_and_the_owners_hear_of_it(house: House, owner: Chat) -> None:
    await house.in_group(OLGA, FORUM, TOPIC).say("/notify on")
    del house.telegram.chat(FORUM).topics[TOPIC]
    await house.member.say("/open front")
    await house.wait(2)
    assert await house.storage.groups.all() == []
    assert await house.storage.outbox.next_per_chat() == []
    assert "is deleted: it gets no more notices" in owner.last["text"]


async def test_a_person_who_blocked_the_bot_stops_no_notices(house: House, told: Chat) -> None:
    house.telegram.block(OLGA)
    house.gateway.faults.arrange("/open", "reset_before")
    await house.member.say("/open front")
    assert len(notices(told)) == 1
    assert await house.storage.outbox.next_per_chat() == []


async def test_a_command_cut_off_by_a_crash_is_told_to_its_caller_and_the_owners(path: Path) -> None:
    async with a_house(path) as house:
        await house.in_group(OLGA).say("/notify on")
        await house.leave_unfinished(MAX, "Max", "front")
        await house.restart()
        words = "Front door: the bot was stopped while opening for Max"
        for chat in (house.member, house.owner, house.in_group(MAX)):
            assert words in chat.last["text"]
            assert "The door MAY be open" in chat.last["text"]
        assert house.commands_sent() == []
        assert await house.outcomes() == ["unknown"]


async def test_a_command_cut_off_by_a_crash_no_longer_blocks_its_door(house: House) -> None:
    await house.leave_unfinished(MAX, "Max", "front")
    await house.restart()
    assert "opened" in await house.member.say("/open front")
