"""Whoever is refused again and again waits, each for themself, and openings in an hour may be limited."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Result
from tests.bench import ANNA, CHAT, OWNER, START, Rooms, grant, person, request

BEN = 8
MINUTE = timedelta(minutes=1)


async def refused(rooms: Rooms, times: int, *, who: int = ANNA, door: str = "nowhere", at: datetime = START) -> None:
    for _ in range(times):
        key = f"{who} {len(await rooms.outcomes())}"
        await rooms.operate(request(key, person=who, door=door, at=at))


def turned(rooms: Rooms, length: timedelta) -> datetime:
    rooms.hands.turn(length.total_seconds())
    return datetime.fromtimestamp(rooms.hands.wall, START.tzinfo)


async def test_four_refusals_are_borne_and_the_fifth_is_not(rooms: Rooms) -> None:
    await refused(rooms, 4)
    assert (await rooms.operate(request("a"))).result is Result.CONFIRMED
    await refused(rooms, 1)
    finished = await rooms.operate(request("b"))
    assert (finished.reason, finished.opens_at) == (DenialReason.COOLING_DOWN, START + 5 * MINUTE)
    assert (await rooms.told())[-1] == (OWNER, "refused too often")
    assert (await rooms.kinds()).count("cooling down") == 1


async def test_it_lasts_five_minutes_and_closing_is_free(rooms: Rooms) -> None:
    await refused(rooms, 5)
    assert (await rooms.operate(request("close", Action.CLOSE))).result is Result.CONFIRMED
    late = turned(rooms, 5 * MINUTE - timedelta(seconds=1))
    assert (await rooms.operate(request("a", at=late))).reason is DenialReason.COOLING_DOWN
    over = turned(rooms, timedelta(seconds=1))
    assert (await rooms.operate(request("b", at=over))).result is Result.CONFIRMED


async def test_refusals_of_longer_ago_do_not_count(rooms: Rooms) -> None:
    await refused(rooms, 4)
    later = turned(rooms, 5 * MINUTE)
    await refused(rooms, 1, at=later)
    assert (await rooms.operate(request("a", at=later))).result is Result.CONFIRMED


async def test_one_blocks_nobody_else(rooms: Rooms) -> None:
    await rooms.storage.people.save(person(BEN, "Ben"))
    await rooms.storage.grants.add(replace(grant("open"), person_id=BEN))
    await refused(rooms, 5)
    assert (await rooms.operate(request("ben", person=BEN, chat=CHAT))).result is Result.CONFIRMED


async def test_owners_hear_of_one_person_once_an_hour(rooms: Rooms) -> None:
    at = START
    for _ in range(3):
        await refused(rooms, 5, at=at)
        at = turned(rooms, 10 * MINUTE)
    assert (await rooms.told()).count((OWNER, "refused too often")) == 1
    assert (await rooms.kinds()).count("cooling down") == 3


async def test_openings_are_counted_that_may_have_happened(rooms: Rooms) -> None:
    rooms.command_log._restraint._openings_per_hour = 2
    at = START
    for number in range(2):
        assert (await rooms.operate(request(f"a{number}", at=at))).result is Result.CONFIRMED
        at = turned(rooms, 10 * MINUTE)
    finished = await rooms.operate(request("b", at=at))
    assert (finished.reason, finished.opens_at) == (DenialReason.TOO_MANY_OPENINGS, START + 60 * MINUTE)
    assert (await rooms.operate(request("c", Action.CLOSE, at=at))).result is Result.CONFIRMED
    assert (await rooms.operate(request("d", person=OWNER, at=at))).result is Result.CONFIRMED
    at = turned(rooms, 40 * MINUTE)
    assert (await rooms.operate(request("e", at=at))).result is Result.CONFIRMED
