"""The ends of the process: what is in flight comes to its end, and what was cut off is told and never repeated."""

import asyncio

import pytest

from bot.domain.commands import Command, DenialReason, Result
from storage import Storage
from tests.bench import (
    CHAT,
    OWNER,
    START,
    Rooms,
    build,
    request,
)
from tests.control.conftest import GROUP


async def in_flight(storage: Storage, update: str = "u1", *, chat: int = CHAT, door: str = "front") -> Command:
    return await storage.commands.add(request(update, chat=chat, door=door), now=START)


async def test_after_a_crash_a_command_without_outcome_is_unknown_and_not_repeated(rooms: Rooms) -> None:
    await in_flight(rooms.storage)
    await rooms.control.recover()
    await rooms.activity.idle()
    assert (await rooms.outcomes(), rooms.front.sends) == (["unknown"], [])
    assert await rooms.kinds() == ["outcome", "evidence"]
    assert rooms.front.settled == 1


async def test_after_a_crash_caller_owners_and_groups_are_told_once(rooms: Rooms) -> None:
    await in_flight(rooms.storage)
    await rooms.control.recover()
    await rooms.control.recover()
    assert sorted(await rooms.told()) == sorted([(CHAT, "recovered"), (OWNER, "recovered"), (GROUP, "recovered")])


@pytest.mark.parametrize("chat", [OWNER, GROUP], ids=["owner", "group"])
async def test_after_a_crash_nobody_is_told_twice(rooms: Rooms, chat: int) -> None:
    await in_flight(rooms.storage, chat=chat)
    await rooms.control.recover()
    told = await rooms.told()
    assert len(told) == len(set(told)) == 2


async def test_after_a_crash_the_redelivered_update_is_a_duplicate(rooms: Rooms) -> None:
    await in_flight(rooms.storage, "u1")
    await rooms.control.recover()
    assert (await rooms.operate(request("u1"))).reason is DenialReason.DUPLICATE
    assert rooms.front.sends == []


async def test_after_a_crash_a_door_that_is_no_longer_there_is_still_told_of(rooms: Rooms) -> None:
    await in_flight(rooms.storage, door="gone")
    await rooms.control.recover()
    assert await rooms.outcomes() == ["unknown"]
    assert len(await rooms.told()) == 3


async def test_finishing_waits_for_the_command_in_flight(rooms: Rooms) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        arrived.set()
        await go_on.wait()

    rooms.front.before = wait
    opening = asyncio.create_task(rooms.operate(request()))
    await arrived.wait()
    finishing = asyncio.create_task(rooms.control.finish())
    await asyncio.sleep(0)
    assert not finishing.done()
    go_on.set()
    await finishing
    assert await rooms.outcomes() == ["confirmed"]
    assert (await opening).result is Result.CONFIRMED


@pytest.mark.parametrize("steps", range(0, 40, 2))
async def test_whenever_finishing_begins_nothing_is_sent_after_it_ended(rooms: Rooms, steps: int) -> None:
    opening = asyncio.create_task(rooms.operate(request()))
    for _ in range(steps):
        await asyncio.sleep(0)
    await rooms.control.finish()
    sends = len(rooms.front.sends)
    await opening
    assert len(rooms.front.sends) == sends
    assert await rooms.outcomes() in ([["confirmed"]] if sends else [["denied"], ["not sent"]])


async def test_after_finishing_no_command_is_taken(rooms: Rooms) -> None:
    await rooms.control.finish()
    outcome = await rooms.operate(request())
    assert (outcome.reason, rooms.front.sends) == (DenialReason.CLOSING, [])


async def test_the_callers_cancellation_stops_neither_the_command_nor_its_record(rooms: Rooms) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        arrived.set()
        await go_on.wait()

    rooms.front.before = wait
    caller = asyncio.create_task(rooms.operate(request()))
    await arrived.wait()
    caller.cancel()
    go_on.set()
    await rooms.control.finish()
    assert caller.cancelled()
    assert (await rooms.outcomes(), rooms.front.sends) == (["confirmed"], ["unlock"])


@pytest.mark.parametrize("steps", range(40))
async def test_a_caller_cancelled_at_any_moment_leaves_no_command_without_outcome(rooms: Rooms, steps: int) -> None:
    caller = asyncio.create_task(rooms.operate(request()))
    for _ in range(steps):
        await asyncio.sleep(0)
    caller.cancel()
    await asyncio.wait([caller])
    await rooms.activity.idle()
    assert (await rooms.outcomes(), rooms.front.sends) in ((["confirmed"], ["unlock"]), ([], []))


async def test_whoever_stops_listening_strands_no_command(rooms: Rooms) -> None:
    async for _ in rooms.control.operate(request()):
        break
    await rooms.activity.idle()
    assert (await rooms.outcomes(), rooms.front.sends) == (["confirmed"], ["unlock"])


async def test_a_command_that_ends_with_the_process_records_no_outcome(rooms: Rooms) -> None:
    """What comes of it is told at the next start."""
    arrived = asyncio.Event()

    async def never() -> None:
        arrived.set()
        await asyncio.Event().wait()

    rooms.front.before = never
    asking = asyncio.create_task(rooms.operate(request()))
    await arrived.wait()
    for task in list(rooms.control._tasks):
        task.cancel()
    await rooms.activity.idle()
    asking.cancel()
    await asyncio.wait([asking])
    assert [command.id for command in await rooms.storage.commands.unfinished()] == [1]


async def test_lockouts_hold_on_after_a_restart(rooms: Rooms) -> None:
    await rooms.command_log.lock_out(DenialReason.LIST_UNCONFIRMED)
    again = build(rooms.storage, rooms.hands, rooms.clock)
    await again.control.recover()
    assert again.control.lockouts == {DenialReason.LIST_UNCONFIRMED}
    assert (await again.operate(request(person=OWNER))).reason is DenialReason.LIST_UNCONFIRMED
