"""/lockdown: nobody but owners opens, at once, also after a restart, and until its time or its end."""

import pytest

from bot.domain.actions import Action
from tests.house import CLUB, GROUP, MAX, OLGA, SAM, Chat, House

ENDED = "The lockdown of every door is over"


async def test_nobody_but_owners_opens(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    assert "Every door is locked down" in await owner.say("/lockdown")
    assert "locked down, and only owners open it: nothing was opened" in await member.say("/open front")
    assert "locked down" in await guest.say("/open garage")
    assert house.commands_sent() == []
    assert await house.denials() == ["lockdown", "lockdown"]
    assert "opened" in await owner.say("/open front")


async def test_no_code_is_made_but_closing_and_looking_go_on(owner: Chat, member: Chat) -> None:
    await owner.say("/lockdown")
    assert "no code was made" in await member.say("/pin garage 2h")
    assert "closed" in await member.say("/close front")
    assert "Front door" in await member.say("/status front")


async def test_one_door_leaves_the_others(owner: Chat, member: Chat, guest: Chat) -> None:
    assert "Garage is locked down" in await owner.say("/lockdown garage")
    assert "locked down" in await guest.say("/open garage")
    assert "opened" in await member.say("/open front")


async def test_why_names_the_lockdown_and_when_it_ends(owner: Chat, member: Chat) -> None:
    await owner.say("/lockdown front 2h")
    said = await member.say("/why front")
    assert "You may not open Front door now: the door is locked down, and only owners open it." in said
    assert "It opens next: Sun 1 Mar 15:00 CET." in said
    assert "You may open Front door on Sun 1 Mar 16:00 CET" in await member.say("/why front sun 16:00")
    assert "You may open Front door now: an owner has every right" in await owner.say("/why front")


async def test_it_ends_when_an_owner_says_so(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/lockdown")
    assert ENDED in await owner.say("/lockdown off")
    assert "opened" in await member.say("/open front")
    assert [entry.person_id for entry in await house.journal("lockdown ended")] == [OLGA]


async def test_its_button_ends_it(owner: Chat, member: Chat) -> None:
    await owner.say("/lockdown")
    assert ENDED in await owner.tap("End the lockdown")
    assert "opened" in await member.say("/open front")


async def test_it_ends_by_itself_and_people_hear_of_it(house: House, owner: Chat, member: Chat) -> None:
    assert "until" in await owner.say("/lockdown all 2h")
    assert "until" in await member.say("/open front")
    await house.wait(2 * 3600 + 31)
    await house.poll_once()
    assert ENDED in member.seen[-1]
    assert ENDED in owner.seen[-1]
    assert "opened" in await member.say("/open front")


async def test_it_survives_a_restart(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/lockdown")
    await house.restart()
    assert "locked down" in await member.say("/open front")
    assert house.commands_sent() == []


async def test_everybody_concerned_is_told_and_nobody_else(
    house: House, owner: Chat, member: Chat, guest: Chat, stranger: Chat
) -> None:
    await owner.say("/lockdown front 1h")
    assert "Front door is locked down by Olga until" in member.seen[-1]
    assert guest.seen == stranger.seen == []
    await owner.say("/lockdown off")
    assert "The lockdown of Front door is over, ended by Olga" in member.seen[-1]


async def test_whoever_locks_down_is_not_told_so_besides(house: House, owner: Chat) -> None:
    await owner.say("/notify on")
    assert "Every door is locked down: only owners open it" in await owner.say("/lockdown")
    await owner.say("/lockdown off")
    await house.wait(5)
    assert [text for text in owner.seen if "by Olga" in text] == []


async def test_groups_that_are_told_of_doors_hear_it(house: House, owner: Chat, owner_in_group: Chat) -> None:
    await owner_in_group.say("/notify on")
    await owner.say("/lockdown")
    assert "is locked down by Olga" in owner_in_group.seen[-1]


@pytest.mark.parametrize("words", ["front 2h", "front until 23:59", "FRONT DOOR 2h", "2h", "all", "* 1h"])
async def test_it_is_understood_however_it_is_written(house: House, owner: Chat, member: Chat, words: str) -> None:
    await owner.say(f"/lockdown {words}")
    assert "locked down" in await member.say("/open front")


@pytest.mark.parametrize("words", ["frnt", "front soon", "off frnt", "front 0m"])
async def test_what_is_not_understood_locks_nothing_down_and_is_answered(
    house: House, owner: Chat, member: Chat, words: str
) -> None:
    assert "/lockdown" in (said := await owner.say(f"/lockdown {words}")) or "no door" in said
    assert "opened" in await member.say("/open front")


async def test_only_owners_may(house: House, owner: Chat, member: Chat, guest: Chat, stranger: Chat) -> None:
    for chat in (member, guest, stranger, house.in_group(SAM, GROUP)):
        await chat.say("/lockdown")
        await chat.say("/lockdown off")
    assert await house.inside.lockdowns.standing() == []
    await owner.say("/lockdown")
    for chat in (member, guest, stranger):
        await chat.forge("go:unlockdown:0:")
    assert len(await house.inside.lockdowns.standing()) == 1


async def test_in_a_group_it_works_too(house: House, owner_in_group: Chat, member_in_group: Chat) -> None:
    await owner_in_group.say("/lockdown")
    await member_in_group.tap("End the lockdown")
    assert "locked down" in await member_in_group.say("/open front")
    assert ENDED in await owner_in_group.tap("End the lockdown")


async def test_a_late_end_is_asked_about(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/lockdown")
    house.hands.turn(3600)
    assert "End the lockdown now?" in await owner.say("/lockdown off", date=house.now() - 600)
    assert "locked down" in await member.say("/open front")
    assert ENDED in await owner.tap("End the lockdown")


async def test_an_update_that_comes_again_does_not_begin_it_anew(house: House, owner: Chat, member: Chat) -> None:
    update = owner.write("/lockdown")
    await house.quiet()
    await owner.say("/lockdown off")
    house.redeliver(update)
    await house.quiet()
    assert "opened" in await member.say("/open front")


async def test_no_right_is_told_before_a_lockdown(owner: Chat, guest: Chat) -> None:
    await owner.say("/lockdown")
    assert "locked down" not in await guest.say("/open front")


async def test_members_of_a_group_that_may_open_are_told_there(house: House, owner: Chat) -> None:
    await owner.say("/whoami")
    people = house.inside.people
    given = await people.allow(caller=OLGA, person_id=MAX, name="Max", door="front", actions=[Action.OPEN], length=None)
    await people.change(caller=OLGA, grant_id=given.grant.id, person_id=None, chat_id=CLUB)
    await owner.say("/lockdown front")
    assert "is locked down by Olga" in house.in_group(MAX, CLUB).seen[-1]


async def test_the_home_screen_shows_it_to_those_whose_door_it_is(owner: Chat, member: Chat, guest: Chat) -> None:
    await owner.say("/lockdown front 1h")
    assert "Front door is locked down by Olga until" in await member.say("/start")
    assert "locked down" not in await guest.say("/start")
