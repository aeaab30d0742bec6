"""Who is told about what: puts what happened into the outbox, in the caller's transaction."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from bot.domain.alerts import AlertKind
from bot.domain.commands import Command, DenialReason, How, Result
from bot.domain.events import (
    CommandFinished,
    CommandInterrupted,
    DelayedReply,
    Event,
    LeftOpenEnded,
    NoticesStopped,
    PinMade,
    Stopped,
    TryRefused,
)
from bot.domain.matters import AMENDING, is_one_of_many, joins, matter_of
from bot.domain.notices import Group, NoticeMessage, OutboxMessage
from bot.domain.open_doors import OpenDoor
from bot.domain.people import HOUSE_ID
from bot.notices.alerts import Alerts
from bot.notices.subscriptions import Subscriptions
from storage import Storage
from storage.outbox import NOON

LONGEST_BURST = 100
# Of one message: Telegram's hold 4,096 signs.
MOST_LINES = 20


class Notices:
    """An event waits as data; its sentence is made when it is delivered."""

    def __init__(self, storage: Storage, owner_ids: frozenset[int]) -> None:
        self._storage = storage
        self._owner_ids = owner_ids
        self.subscriptions = Subscriptions(storage)
        self.alerts = Alerts(storage)

    async def command_finished(self, command: Command, *, result: Result, at: datetime, how: How | None = None) -> None:
        """A door moved, or may have, because somebody asked the bot. Where they asked, the answer says so already."""
        event = replace(_finished(command, result, at), how=how)
        told = await self._tell_groups(
            event,
            except_chat=command.chat_id,
            # 0: of a group with topics only the place without one has seen the answer.
            except_topic=command.thread_id or 0,
            except_person=command.person_id,
        )
        if result is Result.UNKNOWN:
            await self._tell_people(await self.owners() - told - {command.person_id}, event)

    async def refused(self, command: Command, reason: DenialReason, *, how: How | None) -> None:
        """Somebody on the list wanted what they may not; where they asked, the answer says so already."""
        event = TryRefused(
            door=command.door, action=command.action, person=command.person_id, by=command.person_name, reason=reason,
            at=command.started_at, how=how,
        )  # fmt: skip
        topic = command.thread_id or 0
        await self._tell_groups(event, except_chat=command.chat_id, except_topic=topic, except_person=command.person_id)

    async def command_unclear(self, command: Command, *, at: datetime) -> None:
        # A code may have been made or may still work: the owners are told, whoever asked.
        await self.tell_owners(_finished(command, Result.UNKNOWN, at), skip=command.person_id)

    async def command_interrupted(self, command: Command) -> None:
        """A command had no outcome when the bot stopped: its caller, the owners and the groups are told."""
        event = CommandInterrupted(
            door=command.door, action=command.action, by=command.person_name, at=command.started_at
        )
        if command.person_id != HOUSE_ID:  # which has no chat
            await self._storage.outbox.put(command.chat_id, command.thread_id, event)
        told = await self._tell_groups(event, except_chat=command.chat_id, except_topic=command.thread_id or 0)
        await self._tell_people(await self.owners() - told - {command.chat_id}, event)

    async def tell_groups(self, event: Event) -> frozenset[int]:
        """Every chat that subscribed, unless the owner who subscribed it is none any more."""
        return await self._tell_groups(event)

    async def tell_owners(self, event: Event, *, skip: int | None = None) -> None:
        await self._tell_people(await self.owners() - {skip}, event)

    async def tell(self, person_id: int, event: Event) -> None:
        """One person, in their own chat; those who never started the bot cannot be told."""
        await self._tell_people([person_id], event)

    async def closed(self, was_open: OpenDoor | None, *, at: datetime) -> None:
        """Whoever heard that the door stands open hears that it does not any more."""
        if was_open is None:
            return
        stood = await self.alerts.forget(AlertKind.LEFT_OPEN, was_open.door)
        if not (stood or was_open.is_told):
            return
        event = LeftOpenEnded(door=was_open.door, since=was_open.since, at=at)
        await (self.tell_groups_and_owners(event) if was_open.asked_at else self.tell_groups(event))

    async def tell_groups_and_owners(self, event: Event) -> None:
        """Every chat that subscribed, and the owners who did not."""
        await self.tell_groups_and(await self.owners(), event)

    async def tell_chat(self, chat_id: int, thread_id: int | None, event: Event) -> None:
        await self._storage.outbox.put(chat_id, thread_id, event)

    async def tell_subscriber(self, chat_id: int, thread_id: int | None, event: Event, *, subscriber: int) -> None:
        """One chat, in which this person subscribed to such things."""
        await self._storage.outbox.put(chat_id, thread_id, event, can_pause=True, subscriber=subscriber)

    async def tell_groups_and(self, people: Iterable[int], event: Event, *, skip: int | None = None) -> None:
        """Whoever subscribed to such things, and these people, each once; without `skip`, whose doing it is."""
        # A private chat has the id of its person: who subscribed there is told once.
        told = await self._tell_groups(event, except_person=skip)
        await self._tell_people(set(people) - told - {skip}, event)

    async def alarm(self, event: Event, people: Mapping[int, Event]) -> None:
        """Every chat that is told anything hears this, whatever it chose, and these people each in their own words."""
        # Put in without `can_pause`: neither quiet hours nor a pause hold it back.
        for group in await self.chats():
            if group.chat_id not in people:
                await self._storage.outbox.put(group.chat_id, group.thread_id, event)
        for person, own in sorted(people.items()):
            await self._storage.outbox.put(person, None, own)

    async def chats(self) -> list[Group]:
        """The chats that are told, each as long as the owner who subscribed it is one."""
        owners = await self.owners()
        return [group for group in await self._storage.groups.all() if group.added_by in owners]

    async def pin_made(self, event: PinMade, *, by: int) -> None:
        await self._tell_people(await self.owners() - await self._tell_groups(event) - {by}, event)

    async def postpone(self, chat_id: int, thread_id: int | None, reply: DelayedReply) -> int:
        """A reply that did not get through is delivered later. The number by which it is withdrawn."""
        return await self._storage.outbox.put(chat_id, thread_id, reply)

    async def withdraw(self, message_id: int) -> None:
        await self._storage.outbox.remove(message_id)

    async def moved(self, old: int, new: int) -> None:
        """A group became a supergroup and has a new id."""
        async with self._storage.transaction():
            await self._storage.groups.migrate(old, new)
            await self._storage.panels.migrate(old, new)
            await self._storage.space.migrate(old, new)

    async def gone(self, chat_id: int) -> None:
        """The chat cannot be written to any more."""
        async with self._storage.transaction():
            await self._storage.groups.remove_chat(chat_id)
            await self._storage.outbox.remove_chat(chat_id)
            await self._storage.notice_messages.remove_chat(chat_id)
            await self._storage.panels.remove_chat(chat_id)
            await self._storage.door_topics.remove_chat(chat_id)
            await self._storage.space.remove_chat(chat_id)

    async def stopped(self, chat_id: int, thread_id: int | None, why: Stopped, *, at: datetime) -> None:
        """The owners hear that a group cannot be told any more. What that means for its notices is the caller's."""
        for group in await self._storage.groups.all():
            if (group.chat_id, group.thread_id) == (chat_id, thread_id):
                await self.tell_owners(NoticesStopped(chat=group.title, why=why, at=at))

    async def next_per_chat(self, *, minute: int = NOON, now: datetime | None = None) -> list[OutboxMessage]:
        """The oldest message of every chat or topic that may be told at this minute of the local day."""
        return await self._storage.outbox.next_per_chat(minute=minute, now=now)

    async def burst(self, message: OutboxMessage) -> list[OutboxMessage]:
        """The message, and those right behind it that are told with it: of the same matter and without a sound of their
        own, or each a line of what people did.
        """
        matter = matter_of(message.event)
        if is_one_of_many(message.event):
            behind = await self._storage.outbox.after(message, count=MOST_LINES - 1)
            # Only what lies right behind: a chat hears things in the order in which they happened.
            return [message, *takewhile(lambda other: is_one_of_many(other.event), behind)]
        if matter is None or isinstance(message.event, AMENDING):
            return [message]
        behind = await self._storage.outbox.after(message, count=LONGEST_BURST)
        return [message, *takewhile(lambda other: matter_of(other.event) == matter and joins(other.event), behind)]

    async def earlier(self, message: OutboxMessage) -> NoticeMessage | None:
        """The message that told of the same matter before."""
        matter = matter_of(message.event)
        if matter is None:
            return None
        return await self._storage.notice_messages.get(message.chat_id, message.thread_id, matter)

    async def delivered(self, *messages: OutboxMessage, as_: NoticeMessage | None = None) -> None:
        """They are told, in one message that newer notices of the matter may change."""
        matter = matter_of(messages[0].event)
        if as_ is None or matter is None:
            await self._storage.outbox.remove(*(message.id for message in messages))
            return
        async with self._storage.transaction():
            await self._storage.notice_messages.save(messages[0].chat_id, messages[0].thread_id, matter, as_)
            await self._storage.outbox.remove(*(message.id for message in messages))

    async def drop(self, message: OutboxMessage) -> None:
        """It cannot be told where it was to be told."""
        await self._storage.outbox.drop(message)

    async def wait(self, seconds: float) -> None:
        """Until something new is in the outbox, or at most so long."""
        filled = self._storage.outbox.filled
        with suppress(TimeoutError):
            # Not wait_for: on Python 3.11 it forgets a cancellation that comes together with the event.
            async with asyncio.timeout(seconds):
                await filled.wait()
        filled.clear()

    @property
    def is_filled(self) -> bool:
        """Whether something was put in since `wait` last returned."""
        return self._storage.outbox.filled.is_set()

    async def _tell_groups(
        self,
        event: Event,
        *,
        except_chat: int | None = None,
        except_topic: int | None = None,
        except_person: int | None = None,
    ) -> frozenset[int]:
        await self.alerts.note(event)
        return await self._storage.outbox.put_for_groups(
            event,
            added_by=await self.owners(),
            except_chat=except_chat,
            except_topic=except_topic,
            except_person=except_person,
        )

    async def owners(self) -> frozenset[int]:
        return self._owner_ids | await self._storage.people.promoted()

    async def _tell_people(self, people: Iterable[int | None], event: Event) -> None:
        for person in sorted(filter(None, people)):
            await self._storage.outbox.put(person, None, event)


def _finished(command: Command, result: Result, at: datetime) -> CommandFinished:
    return CommandFinished(door=command.door, action=command.action, result=result, by=command.person_name, at=at)
