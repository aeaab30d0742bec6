"""While nobody knows the time nothing runs unasked, and what may have ended has ended."""

from datetime import datetime, timedelta
from math import floor

import pytest

from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, DenialReason, Result
from tests.bench import OWNER, START, Rooms, grant, pin_request, request, revoke_request

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


def telegram_says(rooms: Rooms, moment: datetime) -> None:
    """A Date comes."""
    rooms.clock.stamp(floor(moment.timestamp()), sent=rooms.hands.boot, received=rooms.hands.boot)


def message_of(rooms: Rooms, moment: datetime) -> None:
    """A message of this date comes, and nobody knows how long it waited."""
    rooms.clock.message_date(moment.timestamp(), made_after=None, received=rooms.hands.boot)


@pytest.mark.parametrize("jump", [-YEAR, -HOUR, HOUR, YEAR])
@pytest.mark.parametrize(
    "asked",
    [request(), request(1, Action.CLOSE), request(person=OWNER), pin_request(), revoke_request(1, 1, person=OWNER)],
    ids=["open", "close", "owner", "pin", "revoke"],
)
async def test_while_the_time_is_doubted_everything_is_asked_back(
    rooms: Rooms, jump: timedelta, asked: CommandRequest
) -> None:
    telegram_says(rooms, START)
    telegram_says(rooms, START + jump)
    outcome = await rooms.operate(asked)
    assert (outcome.result, outcome.reason) == (Result.DENIED, DenialReason.CLOCK_DOUBTED)
    assert (rooms.front.sends, await rooms.kinds()) == ([], []), "the same update may be confirmed"


async def test_what_was_asked_back_and_confirmed_is_done(rooms: Rooms) -> None:
    telegram_says(rooms, START)
    telegram_says(rooms, START + HOUR)
    assert await rooms.control.authorize(request(1)) is None
    assert (await rooms.operate(request(2, is_confirmed=True))).result is Result.CONFIRMED


async def test_when_the_doubt_is_over_commands_run_again(rooms: Rooms) -> None:
    telegram_says(rooms, START)
    telegram_says(rooms, START + HOUR)
    telegram_says(rooms, START)
    assert (await rooms.operate(request())).result is Result.CONFIRMED


async def test_with_a_server_clock_an_hour_slow_a_command_of_half_an_hour_ago_is_asked_back(rooms: Rooms) -> None:
    asked_at = START - HOUR / 2
    telegram_says(rooms, START - HOUR)
    message_of(rooms, asked_at)
    assert (await rooms.operate(request(at=asked_at))).reason is DenialReason.CLOCK_DOUBTED
    assert rooms.front.sends == []


async def test_with_a_server_clock_an_hour_slow_an_ended_right_does_not_work_even_if_confirmed(rooms: Rooms) -> None:
    await rooms.grant_only(grant("open", length=-HOUR / 2))
    telegram_says(rooms, START - HOUR)
    message_of(rooms, START)
    asked = request(at=START - HOUR, is_confirmed=True)
    assert (await rooms.operate(asked)).reason is DenialReason.EXPIRED


@pytest.mark.parametrize("is_confirmed", [False, True])
async def test_what_comes_from_the_future_is_asked_back(rooms: Rooms, is_confirmed: bool) -> None:
    """A press is dated by the poll before it, whose Date may have been wrong: it may be of any age."""
    telegram_says(rooms, START)
    asked = request(at=START + timedelta(seconds=7), is_confirmed=is_confirmed)
    assert (await rooms.operate(asked)).reason is DenialReason.CLOCK_DOUBTED
    assert (await rooms.operate(request(2, at=START + timedelta(seconds=2)))).result is Result.CONFIRMED


async def test_a_stranger_and_a_late_command_are_told_so_and_not_asked_back(rooms: Rooms) -> None:
    telegram_says(rooms, START)
    telegram_says(rooms, START + HOUR)
    assert (await rooms.operate(request(1, person=666))).reason is DenialReason.STRANGER
    assert (await rooms.operate(request(2, at=START - HOUR))).reason is DenialReason.STALE
