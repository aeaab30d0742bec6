"""Who is in a group: asked live, believed for a minute at most, and never longer than Telegram says."""

import asyncio

import pytest

from bot.access.membership import Memberships
from tests.bench import ANNA, Hands

CLUB = -5


class Directory:
    """Answers when it is let."""

    def __init__(self) -> None:
        self.is_in = True
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def is_member(self, chat_id: int, person_id: int) -> bool:
        self.asked += 1
        answer = self.is_in
        await self.gate.wait()
        return answer


@pytest.fixture
def directory() -> Directory:
    return Directory()


@pytest.fixture
def memberships(hands: Hands, directory: Directory) -> Memberships:
    memberships = Memberships(lambda: hands.boot)
    memberships.ask(directory)
    return memberships


async def test_nobody_is_a_member_who_was_not_looked_up(memberships: Memberships) -> None:
    assert memberships.of(ANNA) == frozenset()


async def test_an_answer_is_believed_for_a_minute(memberships: Memberships, directory: Directory, hands: Hands) -> None:
    await memberships.look_up(ANNA, [CLUB])
    directory.is_in = False
    hands.turn(59)
    await memberships.look_up(ANNA, [CLUB])
    assert (memberships.of(ANNA), directory.asked) == (frozenset({CLUB}), 1)
    hands.turn(1)
    assert memberships.of(ANNA) == frozenset()
    await memberships.look_up(ANNA, [CLUB])
    assert (memberships.of(ANNA), directory.asked) == (frozenset(), 2)


async def test_an_answer_is_as_old_as_its_asking(memberships: Memberships, directory: Directory, hands: Hands) -> None:
    directory.gate.clear()
    asking = asyncio.ensure_future(memberships.look_up(ANNA, [CLUB]))
    await asyncio.sleep(0)
    hands.turn(61)
    directory.gate.set()
    await asking
    assert memberships.of(ANNA) == frozenset()


async def test_an_answer_that_was_on_its_way_when_somebody_left_is_not_believed(
    memberships: Memberships, directory: Directory
) -> None:
    directory.gate.clear()
    asking = asyncio.ensure_future(memberships.look_up(ANNA, [CLUB]))
    await asyncio.sleep(0)
    memberships.forget(ANNA, CLUB)
    directory.gate.set()
    await asking
    assert memberships.of(ANNA) == frozenset()
