"""Denied means denied, also for what waits: nothing of a command leaves once its right is gone."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import Action
from bot.domain.commands import CommandRequest, DenialReason, Finished, Progress, Result, Sent
from bot.domain.failures import StorageFailed
from bot.domain.remarks import Remark
from tests.bench import (
    ANNA,
    FRONT,
    OWNER,
    START,
    Rooms,
    grant,
    let_everybody_try,
    operate,
    person,
    pin_request,
    request,
    revoke_request,
)

BEN = 8
MINUTE = timedelta(minutes=1)


class Queue:
    """A command that waits for its gateway."""

    def __init__(self, rooms: Rooms, asked: CommandRequest) -> None:
        self.rooms = rooms
        self.steps: list[Progress] = []
        self.released = rooms.front.queue = asyncio.Event()
        self.sent = asyncio.Event()
        self.task = asyncio.create_task(self._run(asked))

    async def _run(self, asked: CommandRequest) -> None:
        async for step in self.rooms.control.operate(asked):
            self.steps.append(step)
            self.sent.set()

    async def finished(self) -> Finished:
        """What comes of it although its gateway is never free."""
        await asyncio.wait_for(self.task, 5)
        return next(step for step in self.steps if isinstance(step, Finished))


async def queued(rooms: Rooms, asked: CommandRequest) -> Queue:
    queue = Queue(rooms, asked)
    await queue.sent.wait()
    assert queue.steps == [Sent(FRONT)]
    await asyncio.sleep(0)
    return queue


async def deny_the_door(rooms: Rooms) -> None:
    await rooms.people.deny(caller=OWNER, person_id=ANNA, door="front")


async def deny_the_person(rooms: Rooms) -> None:
    await rooms.people.deny(caller=OWNER, person_id=ANNA, door=None)


async def allow_less(rooms: Rooms) -> None:
    await rooms.people.allow(
        caller=OWNER, person_id=ANNA, name="Anna", door="front", actions=[Action.STATUS], length=None
    )


async def allow_until_now(rooms: Rooms) -> None:
    await rooms.people.allow(
        caller=OWNER, person_id=ANNA, name="Anna", door="front", actions=list(Action), length=timedelta(0)
    )


async def suspend_the_person(rooms: Rooms) -> None:
    await rooms.people.change_person(caller=OWNER, person_id=ANNA, is_suspended=True)


async def suspend_the_right(rooms: Rooms) -> None:
    [right] = await rooms.storage.grants.all()
    await rooms.people.change(caller=OWNER, grant_id=right.id, is_suspended=True)


async def take_the_right(rooms: Rooms) -> None:
    await rooms.people.take(caller=OWNER, grant_ids=[right.id for right in await rooms.storage.grants.all()])


async def ask_for_a_second_factor(rooms: Rooms) -> None:
    [right] = await rooms.storage.grants.all()
    await rooms.people.change(caller=OWNER, grant_id=right.id, needs_second_factor=True)


TAKES = [
    deny_the_door,
    deny_the_person,
    allow_less,
    allow_until_now,
    suspend_the_person,
    suspend_the_right,
    take_the_right,
    ask_for_a_second_factor,
]


@pytest.mark.parametrize("take", TAKES)
@pytest.mark.parametrize("asked", [request(), pin_request()], ids=["open", "pin"])
async def test_what_waits_is_withdrawn_before_the_owner_is_answered(
    rooms: Rooms, take: Callable[[Rooms], Awaitable[None]], asked: CommandRequest
) -> None:
    queue = await queued(rooms, asked)
    await take(rooms)
    queue.released.set()
    finished = await queue.finished()
    assert (finished.result, finished.reason) == (Result.NOT_SENT, DenialReason.WITHDRAWN)
    assert (rooms.front.sends, await rooms.outcomes()) == ([], ["not sent"])


async def test_a_code_that_waits_is_withdrawn_when_its_right_is_shortened(rooms: Rooms) -> None:
    queue = await queued(rooms, pin_request())
    await rooms.people.allow(
        caller=OWNER, person_id=ANNA, name="Anna", door="front", actions=list(Action), length=timedelta(hours=1)
    )
    queue.released.set()
    finished = await queue.finished()
    assert (finished.result, finished.reason) == (Result.NOT_SENT, DenialReason.WITHDRAWN)
    assert rooms.front.sends == []


async def test_a_withdrawn_command_is_told_of_at_once_however_long_the_queue(rooms: Rooms) -> None:
    queue = await queued(rooms, request())
    await deny_the_person(rooms)
    assert (await queue.finished()).reason is DenialReason.WITHDRAWN


async def test_what_waits_is_withdrawn_also_where_the_disk_fails_after_the_change(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> dict[str, frozenset[str]]:
        raise StorageFailed("the disk is full")

    queue = await queued(rooms, request())
    monkeypatch.setattr(rooms.storage.people, "sets", fail)
    await deny_the_person(rooms)
    queue.released.set()
    assert (await queue.finished()).reason is DenialReason.WITHDRAWN
    assert rooms.front.sends == []
    monkeypatch.undo()
    assert not (await rooms.people.rights(ANNA)).known


async def test_taking_a_code_back_is_withdrawn_as_well(rooms: Rooms) -> None:
    await rooms.operate(pin_request(1))
    [pin] = await rooms.live_pins(ANNA)
    queue = await queued(rooms, revoke_request(2, pin.id))
    await deny_the_door(rooms)
    assert (await queue.finished()).reason is DenialReason.WITHDRAWN
    assert rooms.front.revoked == []


async def test_a_right_that_ends_in_the_queue_sends_nothing(rooms: Rooms) -> None:
    await rooms.grant_only(grant("open", length=timedelta(seconds=10)))
    queue = await queued(rooms, request())
    rooms.hands.turn(10)
    queue.released.set()
    finished = await queue.finished()
    assert (finished.result, finished.reason) == (Result.NOT_SENT, DenialReason.WITHDRAWN)
    assert rooms.front.sends == []


async def test_a_command_that_waited_too_long_is_late_and_not_withdrawn(rooms: Rooms) -> None:
    queue = await queued(rooms, request())
    rooms.hands.turn(30)
    queue.released.set()
    finished = await queue.finished()
    assert (finished.result, finished.reason, rooms.front.sends) == (Result.NOT_SENT, None, [])


async def test_what_others_ask_and_what_is_still_theirs_goes_on(rooms: Rooms) -> None:
    await rooms.storage.people.save(person(BEN, "Ben"))
    await rooms.storage.grants.add(grant("open", person_id=BEN, door="garage"))
    queue = await queued(rooms, request())
    await rooms.people.deny(caller=OWNER, person_id=BEN, door=None)
    await rooms.people.allow(
        caller=OWNER, person_id=ANNA, name="Anna", door="front", actions=[Action.OPEN], length=None
    )
    queue.released.set()
    assert (await queue.finished()).result is Result.CONFIRMED


async def test_what_has_left_is_not_called_withdrawn(rooms: Rooms) -> None:
    async def denied_meanwhile() -> None:
        await deny_the_person(rooms)

    rooms.front.before = denied_meanwhile
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.reason) == (Result.CONFIRMED, None)


async def test_rights_that_cannot_be_read_again_withdraw_what_waits(rooms: Rooms) -> None:
    queue = await queued(rooms, request())
    await rooms.storage.database.rows("ALTER TABLE grants RENAME TO hidden")
    await rooms.control.recheck(ANNA)
    await rooms.storage.database.rows("ALTER TABLE hidden RENAME TO grants")
    assert (await queue.finished()).reason is DenialReason.WITHDRAWN


@pytest.mark.parametrize("reason", [DenialReason.ANOTHER_BOT, DenialReason.LIST_UNCONFIRMED, DenialReason.CLOSING])
async def test_when_the_doors_are_shut_what_waits_is_withdrawn_and_told_why(rooms: Rooms, reason: DenialReason) -> None:
    queue = await queued(rooms, request(person=OWNER))
    rooms.control.shut(reason)
    finished = await queue.finished()
    assert (finished.result, finished.reason, rooms.front.sends) == (Result.NOT_SENT, reason, [])
    assert finished.problem == Remark("command.shut"), "nobody's right was taken"


@pytest.mark.parametrize("steps", range(0, 60, 3))
async def test_whenever_the_doors_are_shut_nothing_leaves_afterwards(rooms: Rooms, steps: int) -> None:
    rooms.front.queue = asyncio.Event()
    opening = asyncio.create_task(operate(rooms.control, request()))
    for _ in range(steps):
        await asyncio.sleep(0)
    rooms.control.shut(DenialReason.ANOTHER_BOT)
    rooms.front.queue.set()
    assert (await opening).finished.reason is DenialReason.ANOTHER_BOT
    assert rooms.front.sends == []


async def test_when_the_doors_are_shut_while_the_record_is_written_nothing_leaves(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = rooms.storage.database._run

    async def shut_meanwhile(sql: str, *values: Any) -> Any:
        rows = await run(sql, *values)
        if sql == "COMMIT":
            rooms.control.shut(DenialReason.ANOTHER_BOT)
        return rows

    monkeypatch.setattr(rooms.storage.database, "_run", shut_meanwhile)
    outcome = await rooms.operate(request())
    assert (outcome.result, outcome.reason) == (Result.NOT_SENT, DenialReason.ANOTHER_BOT)
    assert rooms.front.sends == []


async def test_whenever_a_right_is_taken_nothing_leaves_after_the_answer(rooms: Rooms) -> None:
    """A deny and an opening at once, in every order, with a gateway that is busy for a while."""
    let_everybody_try(rooms)
    chance, orders = random.Random(3), set()
    for number in range(300):
        await rooms.grant_only(grant("open"))
        queue = Queue(rooms, request(f"race {number}"))
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        if chance.random() < 0.3:
            queue.released.set()
        await rooms.people.deny(caller=OWNER, person_id=ANNA, door="front")
        sends = len(rooms.front.sends)
        queue.released.set()
        orders.add((await queue.finished()).reason)
        assert len(rooms.front.sends) == sends
    assert orders == {None, DenialReason.NO_RIGHT, DenialReason.WITHDRAWN}, "every order was tried"


async def test_the_last_use_of_a_right_is_still_ones_own_while_it_waits(rooms: Rooms) -> None:
    await rooms.grant_only(replace(grant("open"), uses_left=1))
    queue = await queued(rooms, request())
    await rooms.control.recheck(ANNA)
    queue.released.set()
    assert (await queue.finished()).result is Result.CONFIRMED


@pytest.mark.parametrize("uses", [1, 3])
async def test_a_right_with_uses_that_is_taken_withdraws_what_waits(rooms: Rooms, uses: int) -> None:
    """Also when another right, used up long ago, makes the answer look like one's own last use."""
    await rooms.grant_only(replace(grant("open"), uses_left=uses))
    await rooms.storage.grants.add(replace(grant("open"), uses_left=0))
    queue = await queued(rooms, request())
    await rooms.people.take(caller=OWNER, grant_ids=[(await rooms.storage.grants.all())[0].id])
    queue.released.set()
    assert (await queue.finished()).reason is DenialReason.WITHDRAWN
    assert rooms.front.sends == []


async def test_uses_that_an_owner_took_withdraw_what_waits(rooms: Rooms) -> None:
    await rooms.grant_only(replace(grant("open"), uses_left=5))
    queue = await queued(rooms, request())
    [right] = await rooms.storage.grants.all()
    await rooms.people.change(caller=OWNER, grant_id=right.id, uses_left=0)
    assert (await queue.finished()).reason is DenialReason.WITHDRAWN


@pytest.mark.parametrize("later", [MINUTE, timedelta(days=1)])
async def test_a_right_ends_by_the_latest_time_that_it_can_be(
    rooms: Rooms, later: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rooms.grant_only(grant("open", length=timedelta(hours=1)))
    latest = (START + timedelta(hours=1) - MINUTE + later).timestamp()
    monkeypatch.setattr(type(rooms.clock), "latest", lambda _: latest)
    assert (await rooms.operate(request())).reason is DenialReason.EXPIRED
