"""Topics for doors: made, named and repaired, where the bot may."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from bot.chat.telegram.errors import Obstacle, TryLater, Undeliverable
from bot.chat.telegram.places import Places
from bot.domain.door_topics import DoorTopic
from bot.domain.doors import Door, Doors
from bot.domain.failures import StorageFailed
from bot.domain.notices import Group
from bot.domain.people import Rights
from bot.notices.door_topics import DoorTopics

log = logging.getLogger("latchkey.topics")

AGAIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class MadeTopics:
    """The doors that have a new topic, and why the others have none; `is_late`: Telegram takes no more just now."""

    doors: tuple[Door, ...]
    obstacle: Obstacle | None = None
    is_late: bool = False


class TopicKeeper:
    def __init__(
        self, places: Places, topics: DoorTopics, doors: Doors, *, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._places = places
        self._topics = topics
        self._doors = doors
        self._sleep = sleep
        self._turn = asyncio.Lock()

    async def make(self, rights: Rights, group: Group, doors: Iterable[Door]) -> MadeTopics:
        """A topic for each of the doors that has none in this chat. Raises Denied."""
        self._topics.judge(rights, group.added_at)
        made: list[Door] = []
        # /topics typed twice, or typed while a notice repairs a topic, would make two of each.
        async with self._turn:
            there = await self._topics.of_chat(group.chat_id)
            for door in doors:
                try:
                    if (topic := there.get(door.name)) and not await self._is_gone(topic):
                        continue
                    # Somebody waits for it. What is not urgent gives way to any reply that is being sent in this chat,
                    # and is not tried again.
                    thread_id = await self._places.make_topic(group.chat_id, door.title, urgent=True)
                except Undeliverable as error:
                    return MadeTopics(tuple(made), obstacle=error.obstacle)
                except TryLater:
                    return MadeTopics(tuple(made), is_late=True)
                await self._topics.bind(rights, replace(group, thread_id=thread_id), door, title=door.title)
                made.append(door)
        return MadeTopics(tuple(made))

    async def repair(self, place: tuple[int, int | None], obstacle: Obstacle) -> bool:
        """Whether what could not be written there can be written now, perhaps in a new topic. Raises TryLater."""
        async with self._turn:
            topic = await self._topics.at(*place)
            try:
                if topic and obstacle is Obstacle.TOPIC_CLOSED:
                    await self._places.reopen_topic(topic.chat_id, topic.thread_id)
                    return True
                if topic and obstacle is Obstacle.TOPIC_DELETED:
                    return await self._make_again(topic)
            except Undeliverable as error:
                log.info("a topic of chat %d could not be repaired: %s", place[0], error)
        return False

    async def rename(self) -> None:
        """Topics that the bot named follow the titles of their doors."""
        # Once, at the start: titles change with the settings alone.
        while True:
            try:
                for topic in await self._topics.misnamed():
                    await self._rename(topic)
            except (TryLater, StorageFailed) as error:
                log.info("a topic could not be renamed yet: %s", error)
                await self._sleep(AGAIN_SECONDS)
            else:
                return

    async def _is_gone(self, topic: DoorTopic) -> bool:
        # Bound by hand: its name is the people's, so there is none to give it.
        if topic.title is None:
            return False
        try:
            # Nobody tells a bot that a topic was deleted, but giving it the name that it has fails then.
            await self._places.rename_topic(topic.chat_id, topic.thread_id, topic.title)
        except Undeliverable as error:
            return error.obstacle is Obstacle.TOPIC_DELETED
        return False

    async def _make_again(self, topic: DoorTopic) -> bool:
        door = self._doors.get(topic.door)
        # Whoever deletes it a second time means it.
        if topic.is_remade or door is None:
            await self._topics.give_up(topic)
            return False
        thread_id = await self._places.make_topic(topic.chat_id, door.title)
        await self._topics.made_again(topic, thread_id, door.title)
        return True

    async def _rename(self, topic: DoorTopic) -> None:
        title = self._doors.title(topic.door)
        try:
            await self._places.rename_topic(topic.chat_id, topic.thread_id, title)
        except Undeliverable as error:
            log.warning("a topic of chat %d could not be renamed: %s", topic.chat_id, error)
        await self._topics.renamed(topic, title)
