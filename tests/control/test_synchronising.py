"""Bringing lock, gateway and cloud in step: owners only, within the budget, and recorded."""

import asyncio

import pytest

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Result
from bot.domain.remarks import Remark
from bot.drivers.errors import Refused
from tests.bench import CHAT, FRONT, OWNER, Rooms, answers, build, request

SYNCHRONISE = request(1, Action.SYNCHRONISE, person=OWNER)


async def test_it_is_done_and_recorded(rooms: Rooms) -> None:
    outcome = await rooms.operate(SYNCHRONISE)
    assert (outcome.result, rooms.front.sends) == (Result.CONFIRMED, ["synchronise"])
    assert (outcome.action, outcome.door) == (Action.SYNCHRONISE, FRONT)
    [entry] = await rooms.storage.journal.tail(9)
    assert (entry.kind, entry.person_id, entry.door, entry.detail) == ("synchronise", OWNER, "front", {})
    assert entry.chat_id == CHAT


async def test_only_owners_may(rooms: Rooms) -> None:
    """Anna may do everything else at this door."""
    outcome = await rooms.operate(request(1, Action.SYNCHRONISE))
    assert (outcome.reason, outcome.action, rooms.front.sends) == (DenialReason.OWNERS_ONLY, Action.SYNCHRONISE, [])


async def test_a_refusal_is_told_and_recorded(rooms: Rooms) -> None:
    rooms.front.fault = answers(Refused)
    outcome = await rooms.operate(SYNCHRONISE)
    assert (outcome.result, outcome.problem) == (Result.REFUSED, Remark("bench.fault"))
    [entry] = await rooms.storage.journal.tail(1)
    assert entry.detail == {"problem": "bench.fault", "parameters": {}}


async def test_it_ends_with_the_budget(rooms: Rooms) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    hasty = build(rooms.storage, rooms.hands, rooms.clock, budget_seconds=0)
    hasty.front.before = never
    assert (await hasty.operate(SYNCHRONISE)).problem == Remark("driver.no_answer")


async def test_a_driver_that_breaks_leaves_nobody_without_an_answer(
    rooms: Rooms, caplog: pytest.LogCaptureFixture
) -> None:
    rooms.front.fault = ZeroDivisionError()
    assert (await rooms.operate(SYNCHRONISE)).problem == Remark("driver.failed")
    assert caplog.messages == ["the driver of front failed"]


async def test_a_disk_that_refuses_is_told(rooms: Rooms, caplog: pytest.LogCaptureFixture) -> None:
    await rooms.storage.database.rows("ALTER TABLE journal RENAME TO hidden")
    refused = await rooms.operate(SYNCHRONISE)
    assert (refused.reason, refused.age) == (DenialReason.NOT_RECORDED, 0.0)
    assert caplog.messages == ["a synchronisation could not be recorded"]
    await rooms.storage.database.rows("ALTER TABLE hidden RENAME TO journal")


async def test_a_door_that_is_not_there_is_named_as_that(rooms: Rooms) -> None:
    outcome = await rooms.operate(request(1, Action.SYNCHRONISE, person=OWNER, door="nowhere"))
    assert outcome.reason is DenialReason.NO_SUCH_DOOR
