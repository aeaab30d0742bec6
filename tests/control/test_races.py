"""Several at once: one command moves a door at a time, and what is decided first counts."""

import asyncio
import random

from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished, Result
from tests.bench import (
    ANNA,
    OWNER,
    Rooms,
    let_everybody_try,
    request,
)


async def test_the_same_update_twice_at_once_is_run_once(rooms: Rooms) -> None:
    outcomes = await asyncio.gather(*(rooms.operate(request("u1")) for _ in range(5)))
    assert [outcome.result for outcome in outcomes].count(Result.CONFIRMED) == 1
    assert rooms.front.sends == ["unlock"]


async def test_one_command_at_a_time_moves_a_door(rooms: Rooms) -> None:
    first_sent, finish_first = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        first_sent.set()
        await finish_first.wait()

    rooms.front.before = wait
    first = asyncio.create_task(rooms.operate(request(1)))
    await first_sent.wait()
    (second,) = await asyncio.gather(rooms.operate(request(2, Action.CLOSE, person=OWNER)), return_exceptions=True)
    finish_first.set()
    assert isinstance(second, Finished)
    assert (second.reason, second.other and second.other.person_name) == (DenialReason.IN_FLIGHT, "Anna")
    assert (await first).result is Result.CONFIRMED
    assert rooms.front.sends == ["unlock"]


async def test_a_slow_door_does_not_delay_another(rooms: Rooms) -> None:
    hold = asyncio.Event()

    async def wait() -> None:
        await hold.wait()

    rooms.front.before = wait
    slow = asyncio.create_task(rooms.operate(request(1, person=OWNER)))
    assert (await rooms.operate(request(2, person=OWNER, door="garage"))).result is Result.CONFIRMED
    assert not slow.done()
    hold.set()
    await slow


async def race(rooms: Rooms, chance: random.Random, number: int) -> tuple[bool, bool]:
    """A revoke and an opening at once: was the revoke answered before the opening began, and was it sent?"""
    revoked = False
    answered_first = False

    async def pause() -> None:
        for _ in range(chance.randrange(4)):
            await rooms.storage.people.get(ANNA)

    async def revoke() -> None:
        nonlocal revoked
        await pause()
        await rooms.people.deny(caller=OWNER, person_id=ANNA, door="front")
        revoked = True

    async def open_door() -> Finished:
        nonlocal answered_first
        await pause()
        answered_first = revoked
        return await rooms.operate(request(f"race {number}"))

    before = len(rooms.front.sends)
    await asyncio.gather(revoke(), open_door())
    return answered_first, len(rooms.front.sends) > before


async def allow(rooms: Rooms) -> None:
    await rooms.people.allow(
        caller=OWNER, person_id=ANNA, name="Anna", door="front", actions=[Action.OPEN], length=None
    )


async def test_once_a_revoke_is_answered_no_command_starts(rooms: Rooms) -> None:
    let_everybody_try(rooms)
    chance, seen = random.Random(1), set()
    for number in range(300):
        await allow(rooms)
        answered_first, sent = await race(rooms, chance, number)
        assert not (answered_first and sent)
        seen.add((answered_first, sent))
    assert seen == {(True, False), (False, False), (False, True)}, "every order was tried"


async def test_the_order_in_the_journal_is_the_order_of_the_decisions(rooms: Rooms) -> None:
    let_everybody_try(rooms)
    chance, allowed = random.Random(2), True
    for number in range(100):
        await allow(rooms)
        await race(rooms, chance, number)
    for entry in await rooms.storage.journal.tail(1000):
        if entry.kind in ("grant added", "grant removed"):
            allowed = entry.kind == "grant added"
        elif entry.kind in ("started", "denied"):
            assert (entry.kind == "started") == allowed
