"""What people hear of their rights without asking: once each, whatever happens in between."""

from datetime import timedelta

import pytest

from bot.access import PeopleList
from bot.access.reminders import RightReminders
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.doors import Doors
from bot.domain.events import Event, RightBegins, RightEnded, RightEnds
from bot.domain.people import Grant
from bot.notices import Notices
from storage import Storage
from tests.bench import ANNA, FRONT, OWNER, START, Hands

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Told:
    def __init__(self, storage: Storage, clock: Clock, hands: Hands) -> None:
        self.storage, self.hands = storage, hands
        self.people = PeopleList(storage, frozenset({OWNER}), Doors([FRONT]), clock)
        self.notices = Notices(storage, frozenset({OWNER}))
        self.reminders = RightReminders(storage, self.people, self.notices, clock)

    async def give(self, starts: timedelta | None, ends: timedelta | None) -> Grant:
        grant = Grant(
            id=0, person_id=ANNA, door="front", actions=frozenset({Action.OPEN}), granted_by=OWNER, granted_at=START,
            starts_at=None if starts is None else START + starts, ends_at=None if ends is None else START + ends,
        )  # fmt: skip
        return (await self.people.give(caller=OWNER, grant=grant, name="Anna")).grant

    async def after(self, length: timedelta) -> list[tuple[int, type[Event]]]:
        """What is told by this time after the start, and to whom."""
        self.hands.turn((START + length).timestamp() - self.hands.wall)
        await self.reminders.tell_due()
        found = []
        while messages := await self.notices.next_per_chat():
            for message in messages:
                assert message.event is not None
                found.append((message.chat_id, type(message.event)))
                await self.notices.delivered(message)
        return sorted(found, key=str)


@pytest.fixture
async def told(storage: Storage, clock: Clock, hands: Hands) -> Told:
    told = Told(storage, clock, hands)
    await told.people.begin()
    return told


async def test_a_right_is_announced_before_it_begins_and_before_it_ends_and_when_it_has(told: Told) -> None:
    await told.give(3 * DAY, 10 * DAY)
    assert await told.after(2 * DAY) == []
    assert await told.after(3 * DAY - HOUR / 2) == [(ANNA, RightBegins)]
    assert await told.after(8 * DAY) == []
    assert await told.after(9 * DAY + HOUR) == [(OWNER, RightEnds), (ANNA, RightEnds)]
    assert await told.after(10 * DAY) == [(OWNER, RightEnded), (ANNA, RightEnded)]


async def test_nothing_is_told_twice_also_after_a_restart(told: Told, clock: Clock) -> None:
    await told.give(None, 10 * DAY)
    assert len(await told.after(9 * DAY + HOUR)) == 2
    told.reminders = RightReminders(told.storage, told.people, told.notices, clock)
    assert await told.after(9 * DAY + 2 * HOUR) == []


async def test_a_right_that_was_extended_is_told_of_again(told: Told) -> None:
    grant = await told.give(None, 10 * DAY)
    await told.after(9 * DAY + HOUR)
    await told.people.change(caller=OWNER, grant_id=grant.id, ends_at=START + 20 * DAY)
    assert await told.after(10 * DAY) == []
    assert len(await told.after(19 * DAY + HOUR)) == 2


async def test_a_short_right_ends_without_a_word(told: Told) -> None:
    await told.give(None, timedelta(minutes=2))
    assert await told.after(HOUR) == []


async def test_what_ended_while_the_bot_was_off_is_told_for_a_week(told: Told) -> None:
    await told.give(None, 3 * DAY)
    await told.give(None, 20 * DAY)
    assert await told.after(21 * DAY) == [(OWNER, RightEnded), (ANNA, RightEnded)]


async def test_a_right_that_was_taken_is_not_told_of(told: Told) -> None:
    grant = await told.give(None, 10 * DAY)
    await told.people.take(caller=OWNER, grant_ids=[grant.id])
    assert await told.after(9 * DAY + HOUR) == []
