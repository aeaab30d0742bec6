"""Readings for people: a live one, or the last one and why there is no newer one."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.commands import DenialReason, StatusResult
from bot.domain.doors import Capability
from bot.domain.readings import Bolt, Reading
from bot.domain.remarks import Remark
from bot.drivers.errors import LockError, OutcomeUnknown, OutOfReach, UnexpectedReply
from tests.bench import ANNA, FRONT, GARAGE, OWNER, START, STRANGER, Rooms, answers, grant, request
from tests.control.conftest import GROUP


async def known(rooms: Rooms) -> Reading:
    reading = Reading(door="front", bolt=Bolt.LOCKED, read_at=START)
    await rooms.storage.readings.save(reading)
    return reading


async def test_status_is_a_live_reading(rooms: Rooms) -> None:
    rooms.front.bolt = Bolt.JAMMED
    status = await rooms.control.status(request())
    assert status == StatusResult(door=FRONT, reading=status.reading, every_seconds=30)
    assert status.reading
    assert (status.reading.bolt, status.reading.read_at) == (Bolt.JAMMED, START)


async def test_a_lock_that_does_not_answer_after_a_command_is_shown_as_the_command_left_it(rooms: Rooms) -> None:
    """It was seen closed, and then it was opened."""
    await rooms.monitor.poll(FRONT)
    rooms.hands.turn(1)
    rooms.front.blind = answers(OutOfReach)
    await rooms.operate(request(1))
    status = await rooms.control.status(request(2))
    assert status.reading
    assert (status.reading.bolt, status.is_unclear) == (Bolt.UNLOCKED, False)


async def test_a_door_that_may_have_moved_is_shown_as_that(rooms: Rooms) -> None:
    await rooms.monitor.poll(FRONT)
    rooms.hands.turn(1)
    rooms.front.fault, rooms.front.blind = answers(OutcomeUnknown), answers(OutOfReach)
    await rooms.operate(request(1))
    (seen, *_) = await rooms.control.overview(OWNER)
    assert (await rooms.control.status(request(2))).is_unclear
    assert seen.is_unclear
    rooms.front.blind = None
    rooms.hands.turn(1)
    assert not (await rooms.control.status(request(3))).is_unclear
    assert not (await rooms.control.overview(OWNER))[0].is_unclear


@pytest.mark.parametrize("error", [OutOfReach, UnexpectedReply])
async def test_a_lock_that_does_not_answer_shows_what_was_seen_last(rooms: Rooms, error: type[LockError]) -> None:
    last, rooms.front.blind = await known(rooms), answers(error)
    expected = StatusResult(door=FRONT, reading=last, problem=answers(error).remark, every_seconds=30)
    assert await rooms.control.status(request()) == expected


async def test_a_bug_while_reading_shows_what_was_seen_last(rooms: Rooms, caplog: pytest.LogCaptureFixture) -> None:
    last, rooms.front.blind = await known(rooms), ValueError("bug")
    expected = StatusResult(door=FRONT, reading=last, problem=Remark("driver.failed"), every_seconds=30)
    assert await rooms.control.status(request()) == expected
    assert caplog.messages == ["the driver of front failed"]


async def test_a_reading_that_cannot_be_kept_is_not_shown(rooms: Rooms) -> None:
    last = await known(rooms)

    async def disk_breaks() -> None:
        for what in ("INSERT", "UPDATE"):
            await rooms.storage.database.rows(
                f"CREATE TRIGGER full_{what} BEFORE {what} ON readings BEGIN SELECT RAISE(ABORT, 'full'); END"
            )

    rooms.front.before_reading = disk_breaks
    expected = StatusResult(door=FRONT, reading=last, reason=DenialReason.NOT_RECORDED, every_seconds=30)
    assert await rooms.control.status(request()) == expected


async def test_without_rights_that_can_be_read_nothing_is_shown(rooms: Rooms) -> None:
    await rooms.storage.database.rows("ALTER TABLE people RENAME TO hidden")
    assert await rooms.control.status(request()) == StatusResult(reason=DenialReason.NOT_RECORDED)


@pytest.mark.parametrize(("who", "reason"), [(STRANGER, DenialReason.STRANGER), (ANNA, DenialReason.NO_RIGHT)])
async def test_status_needs_the_right_to_it_and_a_no_names_no_door(
    rooms: Rooms, who: int, reason: DenialReason
) -> None:
    await rooms.grant_only(grant("open"))
    assert await rooms.control.status(request(person=who)) == StatusResult(reason=reason)
    assert rooms.front.readings == 0


async def test_a_lock_without_a_state_is_said_to_have_none(rooms: Rooms) -> None:
    door = rooms.change(replace(FRONT, capabilities=Capability.UNLOCK))
    expected = StatusResult(door=door, reason=DenialReason.UNSUPPORTED)
    assert await rooms.control.status(request()) == expected


async def test_an_owner_is_told_that_a_door_is_not_there(rooms: Rooms) -> None:
    status = await rooms.control.status(request(person=OWNER, door="nowhere"))
    assert status == StatusResult(reason=DenialReason.NO_SUCH_DOOR)


async def test_a_reading_begun_before_a_command_is_shown_but_tells_nobody(rooms: Rooms) -> None:
    """Told as news, "locked" would follow "opened" although nobody locked."""
    await rooms.monitor.poll(FRONT)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        begun.set()
        await go_on.wait()

    rooms.front.before_reading = wait
    reading = asyncio.create_task(rooms.control.status(request(1)))
    await begun.wait()
    rooms.hands.turn(1)
    await rooms.operate(request(2))
    go_on.set()
    status = await reading
    assert status.reading
    assert status.reading.bolt is Bolt.LOCKED
    assert await rooms.told() == [(GROUP, "command")]


async def test_the_overview_shows_the_doors_that_may_be_seen_and_asks_no_lock(rooms: Rooms) -> None:
    last = await known(rooms)
    garage = rooms.change(replace(GARAGE, capabilities=Capability.UNLOCK))
    assert await rooms.control.overview(ANNA) == [StatusResult(door=FRONT, reading=last)]
    assert await rooms.control.overview(OWNER) == [
        StatusResult(door=FRONT, reading=last),
        StatusResult(door=garage, reason=DenialReason.UNSUPPORTED),
    ]
    assert await rooms.control.overview(STRANGER) == []
    assert rooms.front.readings == 0


async def test_the_overview_forgets_a_right_that_has_ended(rooms: Rooms) -> None:
    await rooms.grant_only(grant("status", length=timedelta(hours=1)))
    assert len(await rooms.control.overview(ANNA)) == 1
    rooms.hands.turn(3601)
    assert await rooms.control.overview(ANNA) == []
