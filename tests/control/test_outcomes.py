"""The truth about what came of a command: only what is sure is called sure."""

import asyncio
from typing import Any

import pytest

from bot.domain.commands import Delivery, DenialReason, Result
from bot.domain.failures import StorageFailed
from bot.domain.remarks import Remark
from bot.drivers.errors import (
    Busy,
    LockError,
    NotAuthorised,
    NotSent,
    OutcomeUnknown,
    OutOfReach,
    Refused,
    TooLate,
    UnexpectedReply,
    Unsupported,
)
from tests.bench import (
    OWNER,
    Rooms,
    answers,
    build,
    request,
)
from tests.control.conftest import GROUP

FULL_DISK = "CREATE TRIGGER full_disk BEFORE {} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (LockError, Result.UNKNOWN),
        (NotSent, Result.NOT_SENT),
        (TooLate, Result.NOT_SENT),
        (OutcomeUnknown, Result.UNKNOWN),
        (Refused, Result.REFUSED),
        (Busy, Result.REFUSED),
        (OutOfReach, Result.REFUSED),
        (NotAuthorised, Result.REFUSED),
        (UnexpectedReply, Result.UNKNOWN),
        (Unsupported, Result.REFUSED),
    ],
)
async def test_every_error_is_told_for_what_it_is(rooms: Rooms, error: type[LockError], result: Result) -> None:
    rooms.front.fault = answers(error)
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.problem) == (result, answers(error).remark)
    assert await rooms.outcomes() == [result]
    assert rooms.front.sends == ["unlock"]


async def test_what_is_only_queued_is_not_called_confirmed(rooms: Rooms) -> None:
    rooms.front.delivery = Delivery.ACCEPTED
    assert (await rooms.operate(request())).result is Result.ACCEPTED


@pytest.mark.parametrize(
    "bug", [ValueError("bug"), KeyError("bug"), TimeoutError(), asyncio.CancelledError()], ids=repr
)
async def test_a_bug_in_a_driver_means_it_may_have_moved(rooms: Rooms, bug: BaseException) -> None:
    rooms.front.fault = bug
    outcome = await rooms.operate(request())
    assert outcome.result is Result.UNKNOWN
    assert await rooms.outcomes() == ["unknown"]


async def test_no_answer_within_the_budget_means_it_may_have_moved(rooms: Rooms) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    hasty = build(rooms.storage, rooms.hands, rooms.clock, budget_seconds=0)
    hasty.front.before = never
    outcome = await hasty.operate(request())
    assert (outcome.result, outcome.problem) == (Result.UNKNOWN, Remark("driver.no_answer"))
    assert await rooms.outcomes() == ["unknown"]


@pytest.mark.parametrize("result", [Result.NOT_SENT, Result.REFUSED])
async def test_groups_are_not_told_when_nothing_moved(rooms: Rooms, result: Result) -> None:
    rooms.front.fault = answers(NotSent if result is Result.NOT_SENT else Refused)
    await rooms.operate(request())
    assert await rooms.told() == []


async def test_owners_are_told_of_an_unknown_outcome(rooms: Rooms) -> None:
    rooms.front.fault = answers(OutcomeUnknown)
    await rooms.operate(request())
    assert await rooms.told() == [(GROUP, "command"), (OWNER, "command")]


async def test_an_outcome_that_cannot_be_recorded_is_said_and_recorded_later(rooms: Rooms) -> None:
    disk_full = FULL_DISK.format("UPDATE ON commands")

    async def fill_the_disk() -> None:
        await rooms.storage.database.rows(disk_full)

    rooms.front.before = fill_the_disk
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.is_recorded) == (Result.CONFIRMED, False)
    assert await rooms.outcomes() == [None]
    await rooms.storage.database.rows("DROP TRIGGER full_disk")
    await rooms.control.finish()
    assert await rooms.outcomes() == ["confirmed"]
    assert rooms.front.sends == ["unlock"]


@pytest.mark.parametrize("bug", [ZeroDivisionError(), KeyError("x")], ids=repr)
async def test_a_driver_that_breaks_is_a_line_in_the_log(
    rooms: Rooms, bug: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    rooms.front.fault = bug
    outcome = await rooms.operate(request())
    assert outcome.problem == Remark("driver.failed")
    assert caplog.messages == ["the driver of front failed"]


async def test_an_outcome_recorded_later_is_the_same_outcome(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rooms.front.fault = Refused("bench.refused", battery=3)
    finish, tries = rooms.command_log.finish, []

    async def refuse_twice(*parts: Any, **named: Any) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StorageFailed("full")
        await finish(*parts, **named)

    monkeypatch.setattr(rooms.command_log, "finish", refuse_twice)
    caplog.set_level("INFO")
    assert not (await rooms.operate(request())).is_recorded
    await rooms.activity.idle()
    [outcome] = await rooms.storage.journal.tail(1)
    expected = {"result": "refused", "seconds": 0.0, "problem": "bench.refused", "parameters": {"battery": 3}}
    assert (outcome.kind, outcome.detail) == ("outcome", expected)
    assert caplog.messages == [
        "the outcome of command 1 could not be recorded yet",
        "the outcome of command 1 is recorded now",
    ]


async def test_groups_that_cannot_be_looked_up_leave_nobody_without_an_answer(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rooms.people, "look_up", broken)
    assert (await rooms.operate(request(1))).result is Result.CONFIRMED
    assert (await rooms.operate(request(2, door="garage"))).reason is DenialReason.NO_RIGHT
    assert await rooms.control.authorize(request(3)) is None
    assert caplog.messages == ["the groups of 7 could not be looked up"] * 3


async def test_a_bug_in_the_record_leaves_nobody_without_an_answer(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(rooms.command_log, "start", broken)
    assert (await rooms.operate(request())).reason is DenialReason.NOT_RECORDED
    assert rooms.front.sends == []
