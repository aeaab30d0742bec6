"""The outbox: every letter stays until it is delivered, in order for each chat."""

from pathlib import Path

import pytest

from storage import Storage
from storage.records import Letter
from tests.bench import START


async def put(storage: Storage, chat: int, *texts: str) -> None:
    for text in texts:
        await storage.outbox.put(chat, None, {"text": text}, at=START)


async def deliver_all(storage: Storage) -> list[tuple[int, object]]:
    delivered: list[tuple[int, object]] = []
    while heads := await storage.outbox.heads():
        for letter in heads:
            delivered.append((letter.chat_id, letter.notice["text"]))
            await storage.outbox.delivered(letter.id)
    return delivered


async def test_the_heads_are_the_oldest_letter_of_every_chat(storage: Storage) -> None:
    await put(storage, 1, "a", "b")
    await put(storage, 2, "c", "d")
    assert [(letter.chat_id, letter.notice["text"]) for letter in await storage.outbox.heads()] == [(1, "a"), (2, "c")]


async def test_letters_of_a_chat_stay_in_order(storage: Storage) -> None:
    for number in range(20):
        await put(storage, number % 3, str(number))
    delivered = await deliver_all(storage)
    for chat in range(3):
        assert [text for to, text in delivered if to == chat] == [str(n) for n in range(20) if n % 3 == chat]


async def test_a_letter_stays_until_it_is_delivered(storage: Storage, path: Path) -> None:
    await put(storage, 1, "a")
    await storage.close()
    again = await Storage.open(path)
    assert [letter.notice for letter in await again.outbox.heads()] == [{"text": "a"}]
    await again.close()


async def test_a_letter_comes_back_as_it_was_put(storage: Storage) -> None:
    await storage.outbox.put(1, 9, {"event": "locked", "by": "Ännä \u202e \ud800", "at": 5}, at=START)
    [letter] = await storage.outbox.heads()
    assert letter == Letter(
        id=letter.id,
        chat_id=1,
        thread_id=9,
        notice={"event": "locked", "by": "Ännä \u202e \ud800", "at": 5},
        created_at=START,
        attempts=0,
    )


async def test_failed_attempts_are_counted(storage: Storage) -> None:
    await put(storage, 1, "a")
    [letter] = await storage.outbox.heads()
    await storage.outbox.failed(letter.id)
    await storage.outbox.failed(letter.id)
    assert [letter.attempts for letter in await storage.outbox.heads()] == [2]


async def test_a_forgotten_chat_gets_nothing_more_and_others_do(storage: Storage) -> None:
    await put(storage, 1, "a", "b")
    await put(storage, 2, "c")
    await storage.outbox.forget(1)
    assert await deliver_all(storage) == [(2, "c")]


async def test_a_late_receipt_never_takes_a_newer_letter(storage: Storage) -> None:
    """The chat is forgotten while its last letter is on its way, and is written to again."""
    await put(storage, 1, "old")
    [old] = await storage.outbox.heads()
    await storage.outbox.forget(1)
    await put(storage, 1, "new")
    await storage.outbox.delivered(old.id)
    assert await deliver_all(storage) == [(1, "new")]


async def test_a_letter_of_an_undone_transaction_was_never_there(storage: Storage) -> None:
    async def put_and_fail() -> None:
        async with storage.transaction():
            await put(storage, 1, "a")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await put_and_fail()
    assert await storage.outbox.heads() == []
