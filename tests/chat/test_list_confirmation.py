"""After a restore an owner confirms the very list that was restored, and no other."""

from bot.domain.commands import DenialReason
from tests.house import SAM, Chat, House

RIGHT = "This list is right"
CHANGED = "This list is not the one that waits for a confirmation. Ask /people for today's list."


async def restore(house: House) -> None:
    """What `latchkey restore` leaves behind for the next start."""
    await house.stop()
    await house.start()
    await house.storage.lockouts.put(DenialReason.LIST_UNCONFIRMED, at=house.inside.clock.datetime())
    await house.restart()
    await house.poll_once()


async def test_no_door_opens_before_an_owner_confirms_the_list(house: House, owner: Chat, member: Chat) -> None:
    await restore(house)
    assert "no owner has confirmed it yet: nothing was opened" in await member.say("/open front")
    assert "Max (43)" in await owner.say("/people")
    assert "confirmed" in await owner.tap(RIGHT)
    assert "opened" in await member.say("/open front")


async def test_an_old_button_does_not_confirm_a_newer_restore(house: House, owner: Chat, member: Chat) -> None:
    """The thief whom the second restore brought back would open."""
    await restore(house)
    await owner.say("/people")
    old = owner.last["message_id"]
    await owner.tap(RIGHT)
    await restore(house)
    await owner.tap(RIGHT, message_id=old)
    assert owner.alerts[-1] == CHANGED
    assert "no owner has confirmed it yet" in await member.say("/open front")


async def test_a_button_does_not_confirm_a_list_that_has_changed(house: House, owner: Chat, member: Chat) -> None:
    await restore(house)
    await owner.say("/people")
    await house.allow(SAM, "Sam", "*", "open")
    await owner.tap(RIGHT)
    assert owner.alerts[-1] == CHANGED
    assert "no owner has confirmed it yet" in await member.say("/open front")


async def test_a_press_that_may_be_old_is_asked_about_first(house: House, owner: Chat, member: Chat) -> None:
    await restore(house)
    await owner.say("/people")
    house.hands.turn(60)
    said = await owner.tap(RIGHT)
    assert "That may be old." in said
    assert "no owner has confirmed it yet" in await member.say("/open front")
    await owner.tap(RIGHT)
    assert "opened" in await member.say("/open front")


async def test_nobody_else_confirms_it(house: House, owner: Chat, member: Chat) -> None:
    await restore(house)
    await owner.say("/people")
    data = next(row[0]["data"] for row in owner.last["buttons"])
    await member.say("/help")
    assert await member.forge(data) == ""
    assert member.alerts == ["Only an owner can do that."]
    assert "no owner has confirmed it yet" in await member.say("/open front")
