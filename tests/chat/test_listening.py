"""People hear of their doors in their own chat, as long as they have a right to them; doors are chosen one by one."""

from tests.chat.test_notices import OFF, notices
from tests.house import FRONT, GROUP, MAX, OLGA, Chat, House

POLL = 3600.0


async def listening(house: House, chat: Chat) -> Chat:
    await chat.say("/notify on")
    await house.poll_once()
    return chat


async def test_a_member_chooses_for_their_own_chat(house: House) -> None:
    member = await listening(house, house.member)
    assert member.buttons == [
        "☑ Opened", "☑ Closed", "☑ Trouble", "☑ Battery", "☾ Quiet 22–7", "🚪 Each door",
        "🔕 Mute", "⏸ Pause", "🔕 Tell nothing",
    ]  # fmt: skip
    assert "You hear of the doors that you may open or see" in member.last["text"]
    assert await member.tap("🔕 Tell nothing") == OFF


async def test_a_member_hears_of_their_doors_alone(house: House) -> None:
    member = await listening(house, house.member)
    await house.owner.say("/open shed")
    assert not [text for text in member.seen if "Garden shed" in text]
    await house.owner.say("/open front")
    assert member.last["text"].startswith("🔓 Front door opened by Olga")


async def test_a_member_hears_nothing_when_the_right_has_ended(house: House) -> None:
    member = await listening(house, house.member)
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door=None)
    before = len(member.seen)
    await house.owner.say("/open front")
    assert "opened" not in "".join(member.seen[before:])
    await house.allow(MAX, "Max", "front", "status")
    await house.owner.say("/close front")
    assert member.last["text"].startswith("🔒 Front door closed by Olga")


async def test_what_waits_is_not_told_to_somebody_whose_right_ends_meanwhile(house: House) -> None:
    member = await listening(house, house.member)
    await member.say("/notify quiet 12-15")
    await house.owner.say("/open front")
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="front")
    await house.wait(2.5 * POLL)
    assert not [text for text in member.seen if "opened by Olga" in text]
    assert await house.storage.outbox.next_per_chat() == []


async def test_who_shares_a_gateway_with_other_doors_hears_of_their_own(house: House) -> None:
    member = await listening(house, house.member)
    await member.tap("🚪 Each door")
    await member.tap("Garage")
    assert "Garage: doors that are opened" in await member.tap("☑ Closed")
    assert "Garden shed" not in member.buttons


async def test_nobody_without_a_door_is_told_anything(house: House) -> None:
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="front")
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="garage")
    await house.member.say("/notify on")
    assert await house.storage.groups.all() == []


async def test_a_door_is_told_of_in_its_own_way(house: House) -> None:
    await house.in_group(OLGA).say("/notify on")
    await house.poll_once()
    group = house.in_group(OLGA)
    await group.tap("🚪 Each door")
    assert await group.tap("Front door") == (
        "Front door: doors that are opened, doors that are closed, trouble with a door or a lock, batteries.\n"
        "That is chosen for every door."
    )
    await group.tap("☑ Opened")
    assert "Like the others" in group.buttons
    await house.member.say("/open front")
    await house.owner.say("/open shed")
    assert [text.split(" by ")[0] for text in notices(group)] == ["🔓 Garden shed opened"]
    await group.tap("Like the others")
    await house.owner.say("/open front")
    assert notices(group)[-1].startswith("🔓 Front door opened by Olga")


async def test_whoever_opens_a_door_is_not_told_so_besides(house: House) -> None:
    member = await listening(house, house.member)
    await house.in_group(MAX).say("/open front")
    assert not [text for text in member.seen if text.startswith("🔓")]
    house.gateway.turn_by_hand(FRONT, "locked")
    await house.wait(POLL)
    assert "Front door is closed" in member.last["text"]


async def test_a_member_of_a_group_that_has_a_right_hears_of_its_doors(house: House) -> None:
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    await house.inside.people.deny(caller=OLGA, person_id=MAX, door="front")
    await house.in_group(OLGA).say("/grant members front open")
    await house.poll_once()
    await house.in_group(OLGA).tap("Let the members in")
    member = await listening(house, house.member)
    await house.owner.say("/open front")
    assert member.last["text"].startswith("🔓 Front door opened by Olga")
    house.telegram.leave(MAX, GROUP)
    await house.quiet()
    await house.owner.say("/close front")
    assert "closed" not in member.last["text"]
