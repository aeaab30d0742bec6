"""Strangers learn nothing and fill no disk."""

from datetime import datetime, timedelta

import pytest

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Result
from tests.bench import ANNA, OWNER, START, STRANGER, Rooms, request


@pytest.mark.parametrize("at", [START, START - timedelta(days=1)], ids=["fresh", "stale"])
async def test_a_stranger_learns_no_door(rooms: Rooms, at: datetime) -> None:
    """Whether the door is there, busy or not, is the same to somebody nobody knows."""
    outcomes = [
        await rooms.operate(request(door, person=STRANGER, door=door, at=at)) for door in ("front", "nowhere", "")
    ]
    assert {(o.result, o.reason, o.door, o.other, o.problem) for o in outcomes} == {
        (Result.DENIED, DenialReason.STRANGER, None, None, None)
    }
    assert rooms.front.sends == []


async def test_a_person_without_rights_learns_no_door(rooms: Rooms) -> None:
    there, not_there = [await rooms.operate(request(door, door=door)) for door in ("garage", "nowhere")]
    assert (there.reason, there.door) == (not_there.reason, not_there.door) == (DenialReason.NO_RIGHT, None)


async def test_who_may_open_every_door_is_told_that_one_is_not_there(rooms: Rooms) -> None:
    outcome = await rooms.operate(request(person=OWNER, door="nowhere"))
    assert outcome.reason is DenialReason.NO_SUCH_DOOR


async def test_a_stranger_is_journalled_by_what_was_tried(rooms: Rooms) -> None:
    await rooms.operate(request(7, person=STRANGER, name="Sam"))
    await rooms.control.record_stranger(request(9, person=STRANGER + 1, name="Tim"), "press")
    entries = await rooms.storage.journal.tail(9)
    assert [(entry.kind, entry.person_id, entry.action, entry.detail) for entry in entries] == [
        ("stranger", STRANGER, Action.OPEN, {"name": "Sam", "update": "7"}),
        ("stranger", STRANGER + 1, "press", {"name": "Tim", "update": "9"}),
    ]


async def test_a_stranger_cannot_fill_the_disk(rooms: Rooms) -> None:
    for number in range(200):
        await rooms.operate(request(number, person=STRANGER))
    assert await rooms.kinds() == ["stranger"]
    assert await rooms.outcomes() == []


@pytest.mark.parametrize(("seconds", "times"), [(599, 1), (600, 2)])
async def test_a_stranger_counts_again_after_ten_minutes(rooms: Rooms, seconds: float, times: int) -> None:
    await rooms.control.record_stranger(request(1, person=STRANGER), "press")
    rooms.hands.turn(seconds)
    await rooms.control.record_stranger(request(2, person=STRANGER), "press")
    assert len(await rooms.kinds()) == times


@pytest.mark.parametrize(("seconds", "times"), [(3599, 100), (3600, 101)])
async def test_a_crowd_cannot_fill_the_disk_and_counts_again_after_an_hour(
    rooms: Rooms, seconds: float, times: int
) -> None:
    for number in range(150):
        await rooms.control.record_stranger(request(number, person=1000 + number), "press")
    rooms.hands.turn(seconds)
    await rooms.control.record_stranger(request("late", person=9999), "press")
    assert len(await rooms.kinds()) == times


@pytest.mark.parametrize("person", [ANNA, STRANGER])
async def test_nobody_but_an_owner_synchronises(rooms: Rooms, person: int) -> None:
    outcome = await rooms.operate(request(1, Action.SYNCHRONISE, person=person))
    assert (outcome.result, rooms.front.sends) == (Result.DENIED, [])
