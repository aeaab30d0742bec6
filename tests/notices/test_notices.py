"""Notices: each is told to those it concerns, once each."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.actions import Action
from bot.domain.commands import Command, DenialReason, Result
from bot.domain.events import (
    BoltChanged,
    ClockDoubted,
    CommandFinished,
    CommandInterrupted,
    DelayedReply,
    LockReachable,
    RightGiven,
)
from bot.domain.notices import Group
from bot.domain.people import Rights
from bot.domain.policy import Denied
from bot.domain.readings import Bolt
from bot.notices import Notices
from storage import Storage
from tests.bench import ANNA, CHAT, OWNER, START, person

FIRST, SECOND, OTHER_OWNER = -100902, -100901, 43
GROUPS = [(FIRST, None), (SECOND, 5)]
OWNERS = [(OWNER, None), (OTHER_OWNER, None)]
CHANGE = BoltChanged(door="front", bolt=Bolt.LOCKED, at=START)


def group(chat: int, topic: int | None = None, *, by: int = OWNER) -> Group:
    return Group(chat_id=chat, thread_id=topic, title="Home", added_by=by, added_at=START)


@pytest.fixture
async def notices(storage: Storage) -> Notices:
    for chat, topic in GROUPS:
        await storage.groups.save(group(chat, topic))
    return Notices(storage, frozenset({OWNER, OTHER_OWNER}))


def command(*, person: int = ANNA, chat: int = CHAT, topic: int | None = None) -> Command:
    return Command(
        id=1,
        update_key="1",
        person_id=person,
        person_name="Anna",
        chat_id=chat,
        thread_id=topic,
        door="front",
        action=Action.OPEN,
        asked_at=START,
        started_at=START,
        ended_at=None,
        outcome=None,
    )


async def told(storage: Storage) -> list[tuple[int, int | None]]:
    rows = await storage.database.rows("SELECT chat_id, thread_id FROM outbox ORDER BY id")
    return [(chat, topic) for chat, topic in rows]


async def test_every_group_is_told_of_a_command_in_its_topic(storage: Storage, notices: Notices) -> None:
    await notices.command_finished(command(), result=Result.CONFIRMED, at=START)
    assert await told(storage) == GROUPS
    [first, _] = await notices.next_per_chat()
    assert first.event == CommandFinished(
        door="front", action=Action.OPEN, result=Result.CONFIRMED, by="Anna", at=START
    )


async def test_where_it_was_asked_the_answer_says_so_already(storage: Storage, notices: Notices) -> None:
    await notices.command_finished(command(chat=SECOND, topic=5), result=Result.CONFIRMED, at=START)
    await notices.command_finished(command(chat=SECOND, topic=6), result=Result.CONFIRMED, at=START)
    assert await told(storage) == [(FIRST, None), (FIRST, None), (SECOND, 5)]


async def test_owners_are_told_of_an_unknown_outcome(storage: Storage, notices: Notices) -> None:
    await notices.command_finished(command(), result=Result.UNKNOWN, at=START)
    assert await told(storage) == GROUPS + OWNERS


async def test_an_owner_who_asked_is_not_told_besides(storage: Storage, notices: Notices) -> None:
    await notices.command_finished(command(person=OWNER), result=Result.UNKNOWN, at=START)
    await notices.command_unclear(command(person=OWNER), at=START)
    assert await told(storage) == [*GROUPS, (OTHER_OWNER, None), (OTHER_OWNER, None)]


async def test_an_interrupted_command_is_told_to_caller_owners_and_groups(storage: Storage, notices: Notices) -> None:
    await notices.command_interrupted(command())
    assert await told(storage) == [(CHAT, None), *GROUPS, *OWNERS]
    message = (await notices.next_per_chat())[0]
    assert message.event == CommandInterrupted(door="front", action=Action.OPEN, by="Anna", at=START)


@pytest.mark.parametrize("chat", [OWNER, FIRST])
async def test_an_interrupted_command_is_told_to_each_chat_once(storage: Storage, notices: Notices, chat: int) -> None:
    await notices.command_interrupted(command(chat=chat))
    chats = [chat for chat, _ in await told(storage)]
    assert len(chats) == len(set(chats)) == 4


async def test_it_is_told_in_the_topic_of_the_door_also_where_it_was_asked_in_another(
    storage: Storage, notices: Notices
) -> None:
    await notices.command_interrupted(command(chat=SECOND, topic=4))
    assert await told(storage) == [(SECOND, 4), *GROUPS, *OWNERS]
    await storage.database.rows("DELETE FROM outbox")
    await notices.command_interrupted(command(chat=SECOND, topic=5))
    assert (await told(storage)).count((SECOND, 5)) == 1


async def test_a_change_is_told_to_groups_only(storage: Storage, notices: Notices) -> None:
    await notices.tell_groups(CHANGE)
    assert await told(storage) == GROUPS


async def test_owners_can_be_told_alone(storage: Storage, notices: Notices) -> None:
    await notices.tell_owners(ClockDoubted(is_over=False, at=START))
    assert await told(storage) == OWNERS


async def test_a_person_is_told_of_a_new_right_in_private(storage: Storage, notices: Notices) -> None:
    event = RightGiven(door=None, actions=(Action.CLOSE, Action.OPEN), ends_at=START)
    await notices.tell(ANNA, event)
    [message] = await notices.next_per_chat()
    assert (message.chat_id, message.thread_id, message.event) == (ANNA, None, event)


async def test_without_groups_nobody_is_told_of_changes(storage: Storage) -> None:
    await Notices(storage, frozenset()).tell_groups(CHANGE)
    assert await told(storage) == []


async def test_the_groups_of_an_owner_who_is_none_any_more_are_not_told(storage: Storage, notices: Notices) -> None:
    await storage.groups.save(group(-7, by=OTHER_OWNER))
    after = Notices(storage, frozenset({OWNER}))
    await after.tell_groups(CHANGE)
    await after.command_finished(command(), result=Result.CONFIRMED, at=START)
    await after.command_interrupted(command(chat=OWNER))
    assert -7 not in [chat for chat, _ in await told(storage)]
    await notices.tell_groups(CHANGE)
    assert (-7, None) in await told(storage)


@pytest.mark.parametrize(
    ("rights", "reason"),
    [
        (Rights(ANNA, person(), is_owner=False), DenialReason.OWNERS_ONLY),
        (Rights(ANNA, None, is_owner=False), DenialReason.STRANGER),
    ],
)
async def test_only_owners_have_a_group_told(notices: Notices, rights: Rights, reason: DenialReason) -> None:
    with pytest.raises(Denied) as caught:
        await notices.subscriptions.subscribe(rights, replace(group(-7), added_by=ANNA))
    assert caught.value.reason is reason
    assert await notices.subscriptions.find(-7, None) is None


async def test_a_subscription_is_of_one_topic(notices: Notices) -> None:
    await notices.subscriptions.subscribe(Rights(OWNER, None, is_owner=True), group(-7, 3))
    assert await notices.subscriptions.find(-7, 3)
    assert await notices.subscriptions.find(-7, None) is None
    await notices.subscriptions.end(-7, None)
    assert await notices.subscriptions.find(-7, 3)
    await notices.subscriptions.end(-7, 3)
    assert await notices.subscriptions.find(-7, 3) is None


async def test_a_chat_that_is_gone_gets_nothing_more(storage: Storage, notices: Notices) -> None:
    await notices.tell_groups(CHANGE)
    await notices.gone(FIRST)
    await notices.tell_groups(CHANGE)
    assert await told(storage) == [(SECOND, 5), (SECOND, 5)]


async def test_a_group_that_moved_gets_what_waited_for_it(storage: Storage, notices: Notices) -> None:
    await notices.tell_groups(CHANGE)
    await notices.moved(FIRST, -7)
    assert await told(storage) == [(-7, None), (SECOND, 5)]


async def test_a_delayed_reply_waits_until_it_is_delivered_or_withdrawn(notices: Notices) -> None:
    reply = DelayedReply(text="Opened", edits=3, at=START)
    number = await notices.postpone(CHAT, 9, reply)
    [message] = await notices.next_per_chat()
    assert (message.id, message.chat_id, message.thread_id, message.event) == (number, CHAT, 9, reply)
    await notices.withdraw(number)
    assert await notices.next_per_chat() == []
    await notices.postpone(CHAT, 9, reply)
    [message] = await notices.next_per_chat()
    await notices.delivered(message)
    assert await notices.next_per_chat() == []


async def test_a_notice_of_an_undone_transaction_is_told_to_nobody(storage: Storage, notices: Notices) -> None:
    async def tell_and_fail() -> None:
        async with storage.transaction():
            await notices.tell_groups(LockReachable(door="front", at=START))
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await tell_and_fail()
    assert await told(storage) == []


async def test_something_new_ends_the_wait(notices: Notices) -> None:
    assert not notices.is_filled
    waiting = asyncio.create_task(notices.wait(30))
    await asyncio.sleep(0)
    await notices.postpone(CHAT, None, DelayedReply(text="Opened", edits=None, at=START))
    assert notices.is_filled
    await asyncio.wait_for(waiting, 1)
    assert not notices.is_filled


async def test_waiting_for_news_can_be_cancelled_in_the_very_moment_of_news(notices: Notices, storage: Storage) -> None:
    waiting = asyncio.create_task(notices.wait(30))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    storage.outbox.filled.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 1)
