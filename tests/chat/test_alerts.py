"""Somebody takes on a fault: everybody who was told sees who, until it is over."""

import pytest

from tests.chat.test_notices import notices
from tests.house import FRONT, GRETA, GROUP, MAX, OLGA, Chat, House

POLL = 3600.0
TAKE = "🙋 I'm on it"


@pytest.fixture
async def group(house: House) -> Chat:
    """Max in the group, which is told, as are Olga and Max in private."""
    for chat in (house.in_group(OLGA), house.owner, house.member):
        await chat.say("/notify on")
    return house.in_group(MAX)


async def gateway_goes(house: House) -> None:
    house.gateway.offline = True
    for _ in range(4):
        await house.wait(POLL)
    await house.poll_once()


async def gateway_returns(house: House) -> None:
    house.gateway.offline = False
    await house.wait(POLL)


async def test_whoever_is_on_it_is_seen_in_every_chat(house: House, group: Chat) -> None:
    await gateway_goes(house)
    assert group.buttons == ["Status", TAKE, "🔕 Mute"]
    await group.tap(TAKE)
    assert group.alerts == ["Everybody who was told sees that you are on it."]
    for chat in (group, house.owner, house.member):
        assert "🙋 Max is on it · 17:00:" in chat.last["text"]
        assert chat.buttons == ["Status"]
    [entry] = await house.journal("alert acknowledged")
    assert (entry.person_id, entry.door, entry.detail["alert"]) == (MAX, "front", "reach")


async def test_it_stays_while_the_fault_is_told_again_and_through_a_restart(house: House, group: Chat) -> None:
    await gateway_goes(house)
    await group.tap(TAKE)
    await house.restart()
    for _ in range(8):
        await house.wait(POLL)
    [notice] = notices(group)
    assert "still cannot be reached" in notice
    assert "🙋 Max is on it · 17:00:" in notice


async def test_recovery_ends_it(house: House, group: Chat) -> None:
    await gateway_goes(house)
    await group.tap(TAKE)
    await gateway_returns(house)
    was, back = notices(group)
    assert "🙋 Max was on it.\n✅ Over · " in was
    assert group.messages[-2]["buttons"] == []
    assert "can be reached again" in back
    await gateway_goes(house)
    assert TAKE in group.buttons
    assert "is on it" not in group.last["text"]


async def test_the_second_hears_who_was_first(house: House, group: Chat) -> None:
    await gateway_goes(house)
    old = group.last["message_id"]
    await group.tap(TAKE)
    await house.in_group(OLGA).forge("ack:reach:front", message_id=old)
    assert house.in_group(OLGA).alerts[-1].startswith("Max is on it since 17:00:")
    assert len(await house.journal("alert acknowledged")) == 1


async def test_what_is_over_cannot_be_taken(house: House, group: Chat) -> None:
    await gateway_goes(house)
    old = group.last["message_id"]
    await gateway_returns(house)
    await house.poll_once()
    await group.forge("ack:reach:front", message_id=old)
    assert group.alerts == ["That is over already."]


async def test_nobody_without_a_right_to_the_door_takes_its_fault(house: House, group: Chat) -> None:
    await gateway_goes(house)
    await house.in_group(GRETA).tap(TAKE)
    assert await house.journal("alert acknowledged") == []
    assert "is on it" not in group.last["text"]


async def test_an_unknown_bolt_can_be_taken_and_a_command_ends_it(house: House, group: Chat) -> None:
    house.gateway.lock(FRONT).rebooted = True
    await house.wait(POLL)
    await house.poll_once()
    assert group.buttons == ["Status", TAKE]
    await group.tap(TAKE)
    await house.owner.say("/close front")
    await house.wait(POLL)
    first = notices(group)[0]
    assert "the position of the bolt is unknown" in first
    assert "🙋 Max was on it.\n✅ Over" in first


async def test_a_low_battery_can_be_taken(house: House, group: Chat) -> None:
    house.gateway.lock(FRONT).battery_mv = 5000
    await house.wait(POLL)
    await house.poll_once()
    assert group.buttons == [TAKE, "🔕 Mute"]
    assert "is on it" in await group.tap(TAKE)
    house.gateway.lock(FRONT).battery_mv = 8000
    await house.wait(POLL)
    assert "✅ Over" in notices(group)[0]


async def test_a_chat_that_has_moved_away_is_not_told_who_is_on_it(house: House, group: Chat) -> None:
    """The right of the member ended: nothing more is said there."""
    await gateway_goes(house)
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="front")
    await house.poll_once()
    await house.in_group(OLGA, GROUP).tap(TAKE)
    assert not [text for text in house.member.seen if "is on it" in text]
    assert "Olga is on it" in group.last["text"]
