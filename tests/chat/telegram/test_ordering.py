"""One person's updates in the order they came, different people side by side, and no more than anybody sends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from telegram import Chat, Message, Update, User

from bot.activity import Activity
from bot.chat.telegram.ordering import WAITING_PER_PERSON, PendingUpdates, PerUserProcessor

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def update(number: int, person: int = 7) -> Update:
    message = Message(number, NOW, Chat(person, "private"), from_user=User(person, "Anna", is_bot=False))
    return Update(number, message=message)


class Desk:
    """Handles updates one way or the other, and writes down what happened."""

    def __init__(self) -> None:
        self.activity = Activity()
        self.pending = PendingUpdates(self.activity)
        self.seen: list[str] = []
        self.skipped: list[int] = []
        self.processor = PerUserProcessor(self.pending, self._skip)
        self.tasks: list[asyncio.Task[None]] = []

    async def _skip(self, update: Update) -> None:
        self.skipped.append(update.update_id)

    def receive(self, number: int, work: Callable[[], Awaitable[None]] | None = None, person: int = 7) -> None:
        async def handle() -> None:
            self.seen.append(f"{number} begins")
            if work:
                await work()
            self.seen.append(f"{number} ends")

        self.pending.take([number])
        self.tasks.append(asyncio.ensure_future(self.processor.do_process_update(update(number, person), handle())))

    async def done(self) -> None:
        await asyncio.gather(*self.tasks)


async def test_one_persons_updates_are_taken_one_after_the_other() -> None:
    desk = Desk()
    desk.receive(1, lambda: asyncio.sleep(0.01))
    desk.receive(2)
    await desk.done()
    assert desk.seen == ["1 begins", "1 ends", "2 begins", "2 ends"]


async def test_different_people_are_served_side_by_side() -> None:
    desk = Desk()
    desk.receive(1, lambda: asyncio.sleep(0.01), person=7)
    desk.receive(2, person=8)
    await desk.done()
    assert desk.seen == ["1 begins", "2 begins", "2 ends", "1 ends"]


async def test_a_turn_that_is_released_lets_the_next_one_go_ahead() -> None:
    desk = Desk()

    async def slow() -> None:
        desk.pending.release(1)
        await asyncio.sleep(0.01)

    desk.receive(1, slow)
    desk.receive(2)
    assert not await desk.pending.emptied(0)
    await desk.done()
    assert desk.seen == ["1 begins", "2 begins", "2 ends", "1 ends"]


async def test_releasing_twice_or_something_unknown_changes_nothing() -> None:
    desk = Desk()

    async def twice() -> None:
        desk.pending.release(1)
        desk.pending.release(1)
        desk.pending.release(99)
        await asyncio.sleep(0.01)

    desk.receive(1, twice)
    desk.receive(2, lambda: asyncio.sleep(0.02))
    desk.receive(3)
    await desk.done()
    assert desk.seen.index("2 ends") < desk.seen.index("3 begins")


async def test_an_update_that_fails_ends_its_turn() -> None:
    desk = Desk()

    async def fails() -> None:
        raise ZeroDivisionError

    desk.receive(1, fails)
    desk.receive(2)
    with pytest.raises(ZeroDivisionError):
        await desk.done()
    await desk.tasks[1]
    assert desk.seen == ["1 begins", "2 begins", "2 ends"]
    assert desk.activity.is_idle


async def test_more_than_anybody_sends_is_skipped() -> None:
    desk = Desk()
    for number in range(WAITING_PER_PERSON + 5):
        desk.receive(number, lambda: asyncio.sleep(0.001))
    await desk.done()
    assert desk.skipped == list(range(WAITING_PER_PERSON, WAITING_PER_PERSON + 5))
    assert await desk.pending.emptied(0)


async def test_what_is_received_is_work_until_it_is_dealt_with() -> None:
    desk = Desk()
    desk.receive(1)
    assert not desk.activity.is_idle
    await desk.done()
    assert desk.activity.is_idle


async def test_updates_of_nobody_stay_in_order() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.pending.take([number])

        async def handle(number: int = number) -> None:
            await asyncio.sleep(0.01 / number)
            desk.seen.append(str(number))

        nobody = Update(number)
        desk.tasks.append(asyncio.ensure_future(desk.processor.do_process_update(nobody, handle())))
    await desk.done()
    assert desk.seen == ["1", "2"]
