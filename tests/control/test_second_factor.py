"""What a command is told of its one-time code."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.access.second_factors import ShownKey
from bot.domain.commands import CommandRequest, DenialReason, Result
from bot.domain.doors import ConfirmWhen
from tests.authenticator import Authenticator
from tests.bench import ANNA, FRONT, START, Rooms, grant, request

TRIES, LOCKED_FOR = 5, timedelta(minutes=15)


@pytest.fixture
async def app(rooms: Rooms) -> Authenticator:
    """Anna's, whose right to the front door wants a code."""
    await rooms.grant_only(replace(grant("open"), needs_second_factor=True))
    shown = await rooms.second_factors.begin(ANNA, "Anna")
    assert isinstance(shown, ShownKey)
    app = Authenticator(shown.secret, lambda: rooms.hands.wall)
    assert await rooms.second_factors.complete(ANNA, "Anna", app.code())
    rooms.hands.turn(60)
    return app


def typed(rooms: Rooms, update: int, code: str) -> CommandRequest:
    at = START + timedelta(seconds=rooms.hands.wall - START.timestamp())
    return replace(request(update, at=at), one_time_code=code)


async def test_a_wrong_code_says_how_many_tries_are_left_and_then_until_when_none_is(
    rooms: Rooms, app: Authenticator
) -> None:
    for left in range(TRIES - 1, 0, -1):
        refused = await rooms.operate(typed(rooms, left, app.wrong(left)))
        assert (refused.reason, refused.door, refused.tries_left) == (DenialReason.WRONG_CODE, FRONT, left)
    locked = await rooms.operate(typed(rooms, 9, app.wrong(9)))
    now = START + timedelta(seconds=rooms.hands.wall - START.timestamp())
    assert (locked.reason, locked.door, locked.opens_at) == (
        DenialReason.SECOND_FACTOR_LOCKED, FRONT, now + LOCKED_FOR
    )  # fmt: skip
    assert rooms.front.sends == []


async def test_whoever_types_a_code_is_not_asked_besides(rooms: Rooms, app: Authenticator) -> None:
    rooms.change(replace(FRONT, confirm=ConfirmWhen.ALWAYS))
    assert (await rooms.operate(typed(rooms, 1, app.code()))).result is Result.CONFIRMED
