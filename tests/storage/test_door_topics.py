"""Topics that stand for a door: one a door in each chat, one door a topic, and what goes along to a new one."""

from datetime import UTC, datetime

from bot.domain.door_topics import DoorTopic
from bot.domain.events import TopicMade
from bot.domain.notices import AT_FIRST, Group
from bot.domain.panels import Panel
from storage import Storage

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORUM = -1002
FRONT = DoorTopic(chat_id=FORUM, thread_id=7, door="front", title="Front door", is_remade=True)


async def test_a_topic_comes_back_as_saved(storage: Storage) -> None:
    shed = DoorTopic(chat_id=FORUM, thread_id=8, door="shed")
    elsewhere = DoorTopic(chat_id=42, thread_id=7, door="front")
    for topic in (FRONT, shed, elsewhere):
        await storage.door_topics.save(topic)
    assert await storage.door_topics.all() == (FRONT, shed, elsewhere)
    await storage.door_topics.remove_chat(FORUM)
    assert await storage.door_topics.all() == (elsewhere,)


async def test_a_door_has_one_topic_and_a_topic_one_door(storage: Storage) -> None:
    await storage.door_topics.save(FRONT)
    await storage.door_topics.save(DoorTopic(chat_id=FORUM, thread_id=8, door="shed"))
    taken = DoorTopic(chat_id=FORUM, thread_id=8, door="front")
    await storage.door_topics.save(taken)
    assert await storage.door_topics.all() == (taken,)


async def test_what_was_chosen_and_what_waits_goes_along_to_a_new_topic(storage: Storage) -> None:
    group = Group(chat_id=FORUM, thread_id=7, title="Forum", added_by=42, added_at=AT)
    await storage.groups.save(group)
    await storage.groups.choose_at(FORUM, 7, "front", kinds=AT_FIRST)
    await storage.outbox.put(FORUM, 7, TopicMade(door="front", at=AT))
    await storage.outbox.put(FORUM, None, TopicMade(door="shed", at=AT))
    await storage.panels.save(
        Panel(chat_id=FORUM, thread_id=7, doors=None, set_up_by=42, message_id=3, is_pinned=True)
    )  # fmt: skip
    await storage.groups.move_topic(FORUM, 7, 9)
    await storage.panels.move_topic(FORUM, 7, 9)
    [moved] = await storage.groups.all()
    assert (moved.thread_id, moved.doors) == (9, {"front": AT_FIRST})
    assert {message.thread_id for message in await storage.outbox.next_per_chat()} == {9, None}
    [panel] = await storage.panels.all()
    assert (panel.thread_id, panel.message_id, panel.is_pinned) == (9, None, False)
