"""Topics that stand for a door: what is said there without a name is about it, and it is told there."""

from dataclasses import replace
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.door_topics import DoorTopic
from bot.domain.doors import Door, Doors
from bot.domain.events import TopicMade
from bot.domain.notices import AT_FIRST, Group
from bot.domain.people import Rights
from bot.domain.policy import Denied, Moment, decide
from storage import Storage


class DoorTopics:
    """Raises Denied where somebody who is no owner changes something."""

    def __init__(self, storage: Storage, doors: Doors) -> None:
        self._storage = storage
        self._doors = doors

    async def door_at(self, chat_id: int, thread_id: int | None) -> Door | None:
        topic = await self.at(chat_id, thread_id)
        return self._doors.get(topic.door) if topic else None

    async def at(self, chat_id: int, thread_id: int | None) -> DoorTopic | None:
        topics = await self._storage.door_topics.all()
        return next((one for one in topics if (one.chat_id, one.thread_id) == (chat_id, thread_id)), None)

    async def of_chat(self, chat_id: int) -> dict[str, DoorTopic]:
        """The topics of a chat by their doors."""
        return {one.door: one for one in await self._storage.door_topics.all() if one.chat_id == chat_id}

    async def misnamed(self) -> list[DoorTopic]:
        """Those whose door has another title since the bot named them."""
        topics = await self._storage.door_topics.all()
        return [one for one in topics if one.title and (door := self._doors.get(one.door)) and door.title != one.title]

    def judge(self, rights: Rights, now: datetime) -> None:
        verdict = decide(rights, action=Action.SUBSCRIBE, now=Moment.exactly(now))
        if verdict.reason:
            raise Denied(verdict.reason)

    async def bind(self, rights: Rights, group: Group, door: Door, *, title: str | None = None) -> None:
        """The topic stands for this door, and for no other any more. `group`: who tells it there, and what else.

        `title`: how the bot named the topic that it just made for this.
        """
        self.judge(rights, group.added_at)
        assert group.thread_id is not None  # noqa: S101 - only topics are bound
        async with self._storage.transaction():
            # A topic stands for one door, and a door has one topic in a chat: what was bound so far is released.
            here, before = await self.at(group.chat_id, group.thread_id), await self.of_chat(group.chat_id)
            for old in {one.thread_id: one for one in (here, before.get(door.name)) if one}.values():
                await self._release(old)
            named = title or (here.title if here and here.door == door.name else None)
            await self._storage.door_topics.save(
                DoorTopic(chat_id=group.chat_id, thread_id=group.thread_id, door=door.name, title=named)
            )
            # What the topic hears of other doors is what it chose before, or nothing.
            if not await self._is_told(group.chat_id, group.thread_id):
                await self._storage.groups.save(replace(group, kinds=frozenset()))
            await self._storage.groups.choose_at(group.chat_id, group.thread_id, door.name, kinds=AT_FIRST)
            if title:
                event = TopicMade(door=door.name, at=group.added_at)
                await self._storage.outbox.put(group.chat_id, group.thread_id, event)

    async def unbind(self, rights: Rights, topic: DoorTopic, *, now: datetime) -> None:
        self.judge(rights, now)
        async with self._storage.transaction():
            await self._release(topic)

    async def give_up(self, topic: DoorTopic) -> None:
        """It was deleted, and is not made again."""
        await self._storage.door_topics.remove(topic.chat_id, topic.thread_id)

    async def made_again(self, topic: DoorTopic, thread_id: int, title: str) -> None:
        """What was meant for the deleted topic goes to the new one."""
        async with self._storage.transaction():
            await self._storage.groups.move_topic(topic.chat_id, topic.thread_id, thread_id)
            await self._storage.panels.move_topic(topic.chat_id, topic.thread_id, thread_id)
            # Once: whoever deletes this one, too, means it.
            await self._storage.door_topics.save(replace(topic, thread_id=thread_id, title=title, is_remade=True))

    async def renamed(self, topic: DoorTopic, title: str) -> None:
        await self._storage.door_topics.save(replace(topic, title=title))

    async def _release(self, topic: DoorTopic) -> None:
        # A topic that heard of nothing but this door hears of nothing.
        place = topic.chat_id, topic.thread_id
        await self._storage.door_topics.remove(*place)
        await self._storage.groups.choose_at(*place, topic.door, kinds=None)
        group = await self._find(*place)
        if group and not group.kinds and not group.doors:
            await self._storage.groups.remove(*place)

    async def _is_told(self, chat_id: int, thread_id: int) -> bool:
        return await self._find(chat_id, thread_id) is not None

    async def _find(self, chat_id: int, thread_id: int) -> Group | None:
        groups = await self._storage.groups.all()
        return next((one for one in groups if (one.chat_id, one.thread_id) == (chat_id, thread_id)), None)
