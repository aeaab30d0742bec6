"""Topics that stand for a door: no name is needed there, and what happens to the door is told there."""

from pathlib import Path

import pytest

from tests.house import FORUM, GENERAL, GRETA, GROUP, MAX, OLGA, SAM, TOPIC, Chat, House, a_house

GAP = 5.0
"""Telegram takes three messages in three seconds."""
STANDS_FOR = "🚪 This topic stands for Front door: /open, /close, /status, /history and /pin need no name here"


def runs(house: House, **more: list[str]) -> None:
    house.telegram.set_bot(OLGA, FORUM, "administrator", **more)


def topics(house: House, chat: int = FORUM) -> dict[str, int]:
    return {title: thread for thread, title in house.telegram.chat(chat).topics.items()}


def in_topic(house: House, person: int, thread: int = TOPIC) -> Chat:
    return house.in_group(person, FORUM, thread)


def told(house: House, thread: int | None, chat: int = FORUM) -> list[str]:
    """What is said unasked in a topic, besides its first words."""
    said = [message for message in Chat(house, OLGA, chat).messages if message["thread"] == thread]
    return [one["text"] for one in said if one["reply_to"] is None and one["text"] and "stands for" not in one["text"]]


async def asks(chat: Chat, words: str) -> str:
    """The answer, whatever is said in the topics meanwhile."""
    await chat.say(words)
    said = [str(one["text"]) for one in chat.messages if chat.id > 0 or one["reply_to"] is not None]
    return [text for text in said if text and "stands for" not in text][-1]


@pytest.fixture
async def front(house: House) -> Chat:
    """The topic of the front door, seen by Max."""
    assert (await in_topic(house, OLGA).say("/topic front")).startswith(STANDS_FOR)
    return in_topic(house, MAX)


async def test_a_topic_for_each_door_is_made_once(house: House) -> None:
    runs(house)
    owner = house.in_group(OLGA, FORUM)
    said = await asks(owner, "/topics")
    assert said.startswith("✅ New topics: Front door, Garden shed, Garage. There /open")
    assert {"Front door", "Garden shed", "Garage"} <= topics(house).keys()
    [first] = [one for one in owner.messages if one["thread"] == topics(house)["Front door"] and one["text"]]
    assert first["text"].startswith(STANDS_FOR)
    assert [button["text"] for button in first["buttons"][0]] == ["Close", "Open", "Status"]
    count = len(topics(house))
    assert await asks(owner, "/topics") == "Every door has its topic here: Front door, Garden shed, Garage."
    assert len(topics(house)) == count
    house.telegram.delete_topic(FORUM, topics(house)["Garden shed"])
    assert (await asks(owner, "/topics")).startswith("✅ New topics: Garden shed. There")


async def test_what_is_missing_is_said(house: House) -> None:
    runs(house, lacks=["can_manage_topics"])
    assert "administrator who may manage topics" in await house.in_group(OLGA, FORUM).say("/topics")
    assert "This group has no topics" in await house.in_group(OLGA).say("/topics")
    assert "@BotFather" in await house.owner.say("/topics")


async def test_a_pause_that_telegram_wants_is_said_and_the_rest_is_made_afterwards(house: House) -> None:
    runs(house)
    owner = house.in_group(OLGA, FORUM)
    house.telegram.faults.arrange("createForumTopic", "code", code=429, cause="Too Many Requests", retry_after=9)
    await owner.say("/topics")
    await house.wait(10)
    assert "Telegram takes no more just now" in owner.last["text"]
    assert "New topics: Front door, Garden shed, Garage" in await asks(owner, "/topics")


async def test_a_failure_that_passes_is_tried_again(house: House) -> None:
    runs(house)
    house.telegram.faults.arrange("createForumTopic", "http_502")
    assert "New topics: Front door, Garden shed, Garage" in await asks(house.in_group(OLGA, FORUM), "/topics")


async def test_only_owners_make_and_bind_topics(house: House) -> None:
    runs(house)
    for words in ("/topics", "/topic front", "/topic off"):
        assert await in_topic(house, MAX).say(words) == "Only an owner can do that."
    assert "You write as a group" in await in_topic(house, OLGA).say("/topic front", anonymous=True)
    assert "You are not on the list" in await in_topic(house, SAM).say("/topic front")
    assert await house.storage.door_topics.all() == ()


async def test_there_no_name_is_needed(house: House, front: Chat) -> None:
    assert "Front door opened" in await front.say("/open")
    assert "Front door closed" in await front.say("/close")
    assert "Front door: 🔒 closed" in await front.say("/status")
    assert house.commands_sent() == ["/open", "/close"]
    await front.say("/history")
    assert "Front door" in house.member.last["text"]


async def test_a_code_is_for_the_door_of_the_topic(house: House) -> None:
    await in_topic(house, OLGA).say("/topic garage")
    await in_topic(house, OLGA).say("/pin 2h")
    assert "Garage" in house.owner.last["text"]
    assert "pin created" in house.moves()


async def test_a_named_door_wins(house: House, front: Chat) -> None:
    await front.say("/open garage")
    assert house.garage_bolt == "unlocked"
    assert house.front_bolt == "locked"


async def test_the_right_is_asked_for_all_the_same(house: House, front: Chat) -> None:
    for words in ("/open", "/close", "/status", "/pin 2h"):
        await in_topic(house, GRETA).say(words)
    await in_topic(house, SAM).say("/open")
    assert house.commands_sent() == []
    assert await house.denials() == ["no right"] * 2


async def test_elsewhere_everything_is_as_before(house: House, front: Chat) -> None:
    await house.in_group(MAX, FORUM).say("/open")
    await house.in_group(MAX).say("/open")
    # A thread of replies in a group without topics has a number, too.
    house.telegram.say(OLGA, "look", GROUP)
    await house.in_group(MAX).say("/open", thread=TOPIC)
    assert house.commands_sent() == []


async def test_in_a_group_without_topics_a_thread_is_none(house: House) -> None:
    assert "Write this in the topic" in await house.in_group(OLGA).say("/topic front", thread=TOPIC)
    assert "Write this in the topic" in await house.in_group(OLGA, FORUM, GENERAL).say("/topic front")
    assert "Write this in the topic" in await house.owner.say("/topic front")


async def test_a_careful_door_asks_first(path: Path) -> None:
    async with a_house(path, doors={"front": {"confirm": True}}) as house:
        await in_topic(house, OLGA).say("/topic front")
        chat = in_topic(house, MAX)
        await chat.say("/open")
        assert house.commands_sent() == []
        await chat.tap("Open Front door")
        assert house.commands_sent() == ["/open"]


async def test_what_happens_to_the_door_is_told_there_and_nothing_else(house: House, front: Chat) -> None:
    await house.member.say("/open front")
    await house.member.say("/open garage")
    [notice] = told(house, TOPIC)
    assert notice.startswith("🔓 Front door opened by Max")


async def test_the_rest_of_the_group_is_told_of_the_other_doors(house: House, front: Chat) -> None:
    general = house.in_group(OLGA, FORUM)
    await general.say("/notify on")
    await house.member.say("/open front")
    await house.member.say("/open garage")
    assert [text[:12] for text in told(house, None)] == ["📨 Garage: Max"[:12]]
    assert len(told(house, TOPIC)) == 1
    await in_topic(house, OLGA).say("/notify off")
    await house.wait(60)  # in the first minute after a start a group gets few notices
    await house.member.say("/close front")
    assert "Front door closed" in told(house, None)[-1]


async def test_off_ends_it(house: House, front: Chat) -> None:
    assert "no more" in await in_topic(house, OLGA).say("/topic off")
    said = await in_topic(house, OLGA).say("/topic")
    assert said == "This topic stands for no door. /topic front makes it the topic of Front door."
    await house.member.say("/open front")
    assert told(house, TOPIC) == []


async def test_another_topic_takes_over(house: House, front: Chat) -> None:
    house.telegram.chat(FORUM).topics[8] = "Doors 2"
    await in_topic(house, OLGA, 8).say("/topic front")
    assert "stands for no door" in await in_topic(house, OLGA).say("/topic")
    await house.member.say("/open front")
    assert (len(told(house, TOPIC)), len(told(house, 8))) == (0, 1)


async def test_a_deleted_topic_is_made_again_once(house: House, front: Chat) -> None:
    runs(house)
    house.telegram.delete_topic(FORUM, TOPIC)
    await house.member.say("/open front")
    await house.wait(GAP)
    thread = topics(house)["Front door"]
    assert "Front door opened by Max" in told(house, thread)[0]
    assert "closed" in await in_topic(house, MAX, thread).say("/close")
    house.telegram.delete_topic(FORUM, thread)
    await house.member.say("/open front")
    await house.wait(GAP)
    assert "Front door" not in topics(house)
    assert [text for text in house.owner.seen if "is deleted" in text]
    assert await house.storage.door_topics.all() == ()


async def test_a_deleted_topic_that_the_bot_may_not_make_again_is_told_of(house: House, front: Chat) -> None:
    house.telegram.delete_topic(FORUM, TOPIC)
    await house.member.say("/open front")
    await house.wait(GAP)
    assert [text for text in house.owner.seen if "The topic that was told of the doors in “Forum” is deleted" in text]


async def test_a_panel_goes_along_to_the_new_topic(house: House, front: Chat) -> None:
    runs(house)
    await in_topic(house, OLGA).say("/panel")
    house.telegram.delete_topic(FORUM, TOPIC)
    await house.wait(600)
    await house.wait(GAP)
    [thread] = [message["thread"] for message in front.messages if message["pinned"]]
    assert thread == topics(house)["Front door"]


async def test_a_notice_goes_along_when_the_panel_found_out_first(house: House, front: Chat) -> None:
    runs(house)
    await in_topic(house, OLGA).say("/panel")
    await house.wait(60)
    await house.wait(60)
    house.telegram.delete_topic(FORUM, TOPIC)
    await house.member.say("/open front")
    await house.wait(GAP)
    await house.wait(60)
    assert [text for text in told(house, topics(house)["Front door"]) if "Front door opened by Max" in text]


async def test_a_panel_in_a_topic_shows_its_door(house: House, front: Chat) -> None:
    runs(house)
    await in_topic(house, OLGA).say("/panel")
    await house.wait(GAP)
    [panel] = [message for message in front.messages if message["pinned"]]
    assert [button["text"] for row in panel["buttons"] for button in row] == ["Open Front door", "Close"]


async def test_a_closed_topic_of_its_own_is_opened_again_and_of_others_told(house: House) -> None:
    runs(house)
    await house.in_group(OLGA, FORUM).say("/topics")
    await in_topic(house, OLGA).say("/topic shed")
    runs(house, lacks=["can_manage_topics"])
    own = topics(house)["Front door"]
    for thread in (own, TOPIC):
        house.telegram.close_topic(FORUM, thread)
    await house.wait(60)  # in the first minute after a start a group gets few notices
    await house.member.say("/open front")
    await house.wait(GAP)
    assert len(told(house, own)) == 1
    await house.owner.say("/open shed")
    await house.wait(GAP)
    assert [text for text in house.owner.seen if "The topic that is told of the doors in “Forum” is closed" in text]


async def test_a_topic_of_its_own_that_is_bound_again_keeps_its_name(house: House) -> None:
    runs(house)
    await house.in_group(OLGA, FORUM).say("/topics")
    await in_topic(house, OLGA, topics(house)["Front door"]).say("/topic front")
    assert {topic.door: topic.title for topic in await house.storage.door_topics.all()}["front"] == "Front door"


async def test_topics_follow_the_title_if_the_bot_named_them(path: Path) -> None:
    async with a_house(path) as house:
        runs(house)
        await house.in_group(OLGA, FORUM).say("/topics")
        await in_topic(house, OLGA).say("/topic garage")
        await house.stop()
        house.doors = {"front": {"title": "Main door"}, "garage": {"title": "Carport"}}
        await house.start()
        assert "Main door" in topics(house)
        assert "Front door" not in topics(house)
        assert "Carport" not in topics(house)


async def test_a_private_chat_has_topics_too(house: House) -> None:
    house.telegram.has_topics = True
    assert "New topics" in await asks(house.owner, "/topics")
    thread = topics(house, OLGA)["Front door"]
    chat = Chat(house, OLGA, OLGA, thread)
    assert "Front door opened" in await chat.say("/open")
    await house.member.say("/close front")
    await house.wait(GAP)
    assert any("Front door closed by Max" in text for text in told(house, thread, OLGA))


async def test_a_topic_that_a_person_makes_in_private_gets_no_answer(house: House) -> None:
    house.telegram.has_topics = True
    created = {"forum_topic_created": {"name": "Mine", "icon_color": 7322096}}
    assert await house.owner.say("", fields=created) == ""


async def test_it_survives_a_restart(house: House, front: Chat) -> None:
    await house.restart()
    assert "Front door opened" in await front.say("/open")


async def test_thrown_out_it_forgets_the_topics(house: House, front: Chat) -> None:
    house.telegram.kick(OLGA, FORUM)
    await house.quiet()
    assert await house.storage.door_topics.all() == ()
