"""Notices: each is told to those it concerns, once each."""

import asyncio
from datetime import timedelta

import pytest

from bot.doors import Door
from bot.notices import Notices
from storage import Storage
from storage.records import Command, Group
from tests.bench import ANNA, CHAT, OWNER, START, BenchLock, Hands

FIRST, SECOND, OTHER_OWNER = -100902, -100901, 43
FRONT = Door("front", "Front door", BenchLock(Hands()))


@pytest.fixture
async def notices(storage: Storage) -> Notices:
    for chat, topic in ((FIRST, None), (SECOND, 5)):
        await storage.groups.save(Group(chat_id=chat, thread_id=topic, title="Home", added_by=OWNER, added_at=START))
    return Notices(storage, frozenset({OWNER, OTHER_OWNER}))


def command(*, person: int = ANNA, chat: int = CHAT) -> Command:
    return Command(
        id=1,
        update_key="1",
        person_id=person,
        person_name="Anna",
        chat_id=chat,
        thread_id=None,
        door="front",
        action="open",
        asked_at=START,
        started_at=START,
        ended_at=None,
        outcome=None,
    )


async def told(storage: Storage) -> list[tuple[int, int | None]]:
    rows = await storage.database.rows("SELECT chat_id, thread_id FROM outbox ORDER BY id")
    return [(chat, topic) for chat, topic in rows]


async def test_every_group_is_told_of_a_command_in_its_topic(storage: Storage, notices: Notices) -> None:
    await notices.commanded(command(), FRONT, result="confirmed", at=START)
    assert await told(storage) == [(FIRST, None), (SECOND, 5)]


async def test_a_notice_says_what_who_and_when(storage: Storage, notices: Notices) -> None:
    await notices.commanded(command(), FRONT, result="confirmed", at=START)
    letter = (await storage.outbox.heads())[0]
    assert letter.notice == {
        "event": "command",
        "door": "front",
        "title": "Front door",
        "at": int(START.timestamp() * 1000),
        "action": "open",
        "result": "confirmed",
        "by": "Anna",
    }


async def test_owners_are_told_of_an_unknown_outcome(storage: Storage, notices: Notices) -> None:
    await notices.commanded(command(), FRONT, result="unknown", at=START)
    assert await told(storage) == [(FIRST, None), (SECOND, 5), (OWNER, None), (OTHER_OWNER, None)]


async def test_an_owner_who_asked_is_not_told_besides(storage: Storage, notices: Notices) -> None:
    await notices.commanded(command(person=OWNER), FRONT, result="unknown", at=START)
    assert (OWNER, None) not in await told(storage)


async def test_an_interrupted_command_is_told_to_caller_owners_and_groups(storage: Storage, notices: Notices) -> None:
    await notices.recovered(command(), "Front door", at=START)
    assert await told(storage) == [(CHAT, None), (OWNER, None), (OTHER_OWNER, None), (FIRST, None), (SECOND, 5)]


@pytest.mark.parametrize("chat", [OWNER, FIRST, SECOND])
async def test_an_interrupted_command_is_told_to_each_chat_once(storage: Storage, notices: Notices, chat: int) -> None:
    await notices.recovered(command(chat=chat), "Front door", at=START)
    chats = [chat for chat, _ in await told(storage)]
    assert len(chats) == len(set(chats)) == 4


async def test_a_change_is_told_to_groups_only(storage: Storage, notices: Notices) -> None:
    await notices.changed(FRONT, "unlocked", at=START, by=None)
    assert await told(storage) == [(FIRST, None), (SECOND, 5)]


async def test_owners_can_be_told_alone(storage: Storage, notices: Notices) -> None:
    await notices.owners("second bot", at=START)
    assert await told(storage) == [(OWNER, None), (OTHER_OWNER, None)]


async def test_without_groups_nobody_is_told_of_changes(storage: Storage) -> None:
    await Notices(storage, frozenset()).changed(FRONT, "locked", at=START + timedelta(hours=1))
    assert await told(storage) == []


async def test_a_chat_that_is_gone_gets_nothing_more(storage: Storage, notices: Notices) -> None:
    await notices.changed(FRONT, "locked", at=START)
    await notices.gone(FIRST)
    await notices.changed(FRONT, "unlocked", at=START)
    assert await told(storage) == [(SECOND, 5), (SECOND, 5)]


async def test_a_group_that_moved_gets_what_waited_for_it(storage: Storage, notices: Notices) -> None:
    await notices.changed(FRONT, "locked", at=START)
    await notices.moved(FIRST, -7)
    assert await told(storage) == [(-7, None), (SECOND, 5)]


async def test_a_notice_of_an_undone_transaction_is_told_to_nobody(storage: Storage, notices: Notices) -> None:
    async def tell_and_fail() -> None:
        async with storage.transaction():
            await notices.changed(FRONT, "locked", at=START)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await tell_and_fail()
    assert await told(storage) == []


async def test_waiting_for_news_can_be_cancelled_in_the_very_moment_of_news(notices: Notices, storage: Storage) -> None:
    storage.outbox.filled.clear()
    waiting = asyncio.create_task(notices.wait(30))
    await asyncio.sleep(0.01)
    storage.outbox.filled.set()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 1)
