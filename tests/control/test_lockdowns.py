"""A lockdown reaches what waits already, takes no use, and costs no decision a statement."""

from datetime import timedelta

import pytest

from bot.access.lockdowns import Lockdowns
from bot.domain.commands import CommandRequest, DenialReason
from bot.domain.people import EVERY_DOOR
from bot.domain.policy import Denied
from tests.bench import ANNA, OWNER, START, Rooms, grant, pin_request, request
from tests.control.test_withdrawal import queued


@pytest.fixture
def lockdowns(rooms: Rooms) -> Lockdowns:
    lockdowns = Lockdowns(rooms.storage, rooms.people, rooms.doors, rooms.notices, rooms.clock)
    lockdowns.when_begun(rooms.control.recheck)
    return lockdowns


async def begin(lockdowns: Lockdowns, door: str = EVERY_DOOR, *, minutes: int = 0, caller: int = OWNER) -> None:
    ends_at = START + timedelta(minutes=minutes) if minutes else None
    await lockdowns.begin(caller=caller, caller_name="Olga", door=door, ends_at=ends_at, update_key=f"{door}{minutes}")


@pytest.mark.parametrize("asked", [request(), pin_request()], ids=["open", "pin"])
async def test_what_waits_for_the_lock_is_withdrawn_and_told_why(
    rooms: Rooms, lockdowns: Lockdowns, asked: CommandRequest
) -> None:
    queue = await queued(rooms, asked)
    await begin(lockdowns)
    assert (await queue.finished()).reason is DenialReason.LOCKDOWN
    assert rooms.front.sends == []


async def test_what_waits_at_another_door_goes_on(rooms: Rooms, lockdowns: Lockdowns) -> None:
    queue = await queued(rooms, request())
    await begin(lockdowns, "garage")
    queue.released.set()
    assert (await queue.finished()).reason is None


async def test_what_an_owner_waits_for_goes_on(rooms: Rooms, lockdowns: Lockdowns) -> None:
    queue = await queued(rooms, request(person=OWNER))
    await begin(lockdowns)
    queue.released.set()
    assert (await queue.finished()).reason is None


async def test_no_use_is_lost(rooms: Rooms, lockdowns: Lockdowns) -> None:
    await rooms.grant_only(grant("open"))
    [given] = (await rooms.people.rights(ANNA)).grants
    await rooms.people.change(caller=OWNER, grant_id=given.id, uses_left=1)
    queue = await queued(rooms, request())
    await begin(lockdowns)
    assert (await queue.finished()).reason is DenialReason.LOCKDOWN
    [left] = (await rooms.people.rights(ANNA)).grants
    assert left.uses_left == 1


async def test_the_later_of_two_ends_is_told(rooms: Rooms, lockdowns: Lockdowns) -> None:
    await begin(lockdowns, "front", minutes=10)
    await begin(lockdowns, EVERY_DOOR, minutes=20)
    assert (await rooms.operate(request())).opens_at == START + timedelta(minutes=20)


async def test_nobody_but_owners_begins_or_ends_one(rooms: Rooms, lockdowns: Lockdowns) -> None:
    with pytest.raises(Denied):
        await begin(lockdowns, caller=ANNA)
    await begin(lockdowns)
    with pytest.raises(Denied):
        await lockdowns.end(caller=ANNA, caller_name="Anna", door=None, update_key="x")
    assert len(await lockdowns.standing()) == 1
