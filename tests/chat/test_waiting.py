"""What waits for a busy gateway does not leave once its right is gone, whoever takes it, and the caller hears why."""

from collections.abc import Awaitable, Callable

import pytest

from tests.house import GROUP, MAX, OLGA, SAM, Chat, House


async def deny(house: House) -> None:
    house.owner.write(f"/deny {MAX}")
    await house.owner.hears("off the list")


async def lock_down(house: House) -> None:
    house.owner.write("/lockdown front")
    await house.owner.hears("Front door is locked down")


async def waits(house: House, chat: Chat) -> None:
    """The gateway is busy with a reading, and this person's command is recorded behind it."""
    house.gateway.faults.arrange("/locker_status", "slow", seconds=25)
    house.owner.write("/status front")
    await house.reaches_the_lock("/locker_status")
    chat.write("/open front")
    await chat.hears("…")


@pytest.mark.parametrize(("take", "why"), [(deny, "was taken, or ended"), (lock_down, "locked down")])
async def test_what_waits_never_leaves(
    house: House, member: Chat, take: Callable[[House], Awaitable[None]], why: str
) -> None:
    await waits(house, member)
    await take(house)
    await member.hears(why)
    house.hands.turn(26)
    await house.quiet()
    assert house.commands_sent() == []


async def test_nor_does_what_waits_on_the_right_of_a_group_that_was_left(house: House, stranger: Chat) -> None:
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    await house.quiet()
    await house.in_group(OLGA).say("/grant members front open")
    await house.in_group(OLGA).tap("Let the members in")
    await waits(house, stranger)
    house.telegram.leave(SAM, GROUP)
    await stranger.hears("was taken, or ended")
    house.hands.turn(26)
    await house.quiet()
    assert house.commands_sent() == []
