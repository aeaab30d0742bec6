"""The outbox: every message stays until it is delivered, in order for each chat."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.events import DelayedReply
from bot.domain.notices import Group, OutboxMessage
from storage import Storage
from tests.bench import START


def reply(text: str) -> DelayedReply:
    return DelayedReply(text=text, edits=None, at=START)


async def put(storage: Storage, chat: int, *texts: str) -> None:
    for text in texts:
        await storage.outbox.put(chat, None, reply(text))


def text_of(message: OutboxMessage) -> tuple[int, str]:
    assert isinstance(message.event, DelayedReply)
    return message.chat_id, message.event.text


async def deliver_all(storage: Storage) -> list[tuple[int, str]]:
    delivered: list[tuple[int, str]] = []
    while messages := await storage.outbox.next_per_chat():
        for message in messages:
            delivered.append(text_of(message))
            await storage.outbox.remove(message.id)
    return delivered


async def test_next_is_the_oldest_message_of_every_chat(storage: Storage) -> None:
    await put(storage, 1, "a", "b")
    await put(storage, 2, "c", "d")
    assert [text_of(message) for message in await storage.outbox.next_per_chat()] == [(1, "a"), (2, "c")]


async def test_messages_of_a_chat_stay_in_order(storage: Storage) -> None:
    for number in range(20):
        await put(storage, number % 3, str(number))
    delivered = await deliver_all(storage)
    for chat in range(3):
        assert [text for to, text in delivered if to == chat] == [str(n) for n in range(20) if n % 3 == chat]


async def test_a_message_stays_until_it_is_delivered(storage: Storage, path: Path) -> None:
    await put(storage, 1, "a")
    await storage.close()
    again = await Storage.open(path)
    assert [text_of(message) for message in await again.outbox.next_per_chat()] == [(1, "a")]
    await again.close()


async def test_a_message_comes_back_as_it_was_put(storage: Storage) -> None:
    event = DelayedReply(text="Ännä \u202e \ud800", edits=5, at=START)
    number = await storage.outbox.put(1, 9, event)
    [message] = await storage.outbox.next_per_chat()
    assert message == OutboxMessage(id=number, chat_id=1, thread_id=9, event=event)


async def test_a_chat_that_is_gone_gets_nothing_more_and_others_do(storage: Storage) -> None:
    await put(storage, 1, "a", "b")
    await put(storage, 2, "c")
    await storage.outbox.remove_chat(1)
    assert await deliver_all(storage) == [(2, "c")]


async def test_a_late_receipt_never_takes_a_newer_message(storage: Storage) -> None:
    """The chat goes while its last message is on its way, and is written to again."""
    await put(storage, 1, "old")
    [old] = await storage.outbox.next_per_chat()
    await storage.outbox.remove_chat(1)
    await put(storage, 1, "new")
    await storage.outbox.remove(old.id)
    assert await deliver_all(storage) == [(1, "new")]


async def test_a_message_of_an_undone_transaction_was_never_there(storage: Storage) -> None:
    async def put_and_fail() -> None:
        async with storage.transaction():
            await put(storage, 1, "a")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await put_and_fail()
    assert await storage.outbox.next_per_chat() == []


@pytest.mark.parametrize(
    ("chat", "topic", "told"),
    [
        (None, None, [(-1, None), (-2, 5), (-2, 6), (-3, None)]),
        (-2, None, [(-1, None), (-3, None)]),
        (-2, 5, [(-1, None), (-2, 6), (-3, None)]),
        (-1, 0, [(-2, 5), (-2, 6), (-3, None)]),
        (-2, 0, [(-1, None), (-2, 5), (-2, 6), (-3, None)]),
    ],
)
async def test_a_message_for_groups_goes_to_each_of_these_owners_but_one(
    storage: Storage, chat: int | None, topic: int | None, told: list[tuple[int, int | None]]
) -> None:
    for number, (to, thread, by) in enumerate(
        [(-1, None, 42), (-2, 5, 42), (-2, 6, 43), (-9, None, 44), (-3, None, 43)]
    ):
        at = START + timedelta(seconds=number)
        await storage.groups.save(Group(chat_id=to, thread_id=thread, title="x", added_by=by, added_at=at))
    await storage.outbox.put_for_groups(reply("a"), added_by=[42, 43], except_chat=chat, except_topic=topic)
    rows = await storage.database.rows("SELECT chat_id, thread_id FROM outbox ORDER BY id")
    assert rows == told
    assert storage.outbox.filled.is_set()


async def test_a_message_for_no_group_wakes_nobody(storage: Storage) -> None:
    await storage.outbox.put_for_groups(reply("a"), added_by=[42])
    await storage.outbox.put_for_groups(reply("a"), added_by=[])
    assert not storage.outbox.filled.is_set()


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"event": "of a later version"}', '{"event": "bolt"}'])
async def test_a_message_that_cannot_be_read_blocks_nobody(
    storage: Storage, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    await storage.database.rows("INSERT INTO outbox (chat_id, event) VALUES (1, $1)", text)
    await put(storage, 1, "after")
    assert await storage.outbox.next_per_chat() == []
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert await deliver_all(storage) == [(1, "after")]
