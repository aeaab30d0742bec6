"""Break glass: a way in for an emergency, loud to everybody, for several who agree or for one after a silence."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.notices import Kind
from bot.domain.people import Role
from tests.house import FORUM, GRETA, GROUP, MAX, OLGA, SAM, TOPIC, Chat, House, a_house

SETS_UP = "/breakglass shed 2 of Max, Greta"
BREAKS = "🔨 Break the glass: Garden shed, with others"
ALONE = "🔨 Break the glass: Garden shed, alone"


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """Neither Max nor Greta has a right to the shed."""
    async with a_house(path) as house:
        await house.owner.say("/start")
        yield house


async def told_of_the_doors(house: House) -> tuple[Chat, Chat]:
    """A group in its quiet hours, and a topic that chose nothing but batteries."""
    group, topic = house.in_group(OLGA), house.in_group(OLGA, FORUM, TOPIC)
    await group.say("/notify on")
    await group.say("/notify quiet 12-16")
    await topic.say("/notify on")
    await house.storage.groups.choose(FORUM, TOPIC, kinds=frozenset({Kind.BATTERY}), quiet=None)
    return group, topic


async def breaks(chat: Chat, label: str = BREAKS) -> str:
    """From the home screen to the end of the question."""
    await chat.say("/start")
    await chat.house.poll_once()
    await chat.tap(label)
    return await chat.tap("🔨 Break the glass")


async def pressed(chat: Chat, label: str) -> str:
    await chat.house.poll_once()
    return await chat.tap(label)


def loud(house: House, chat: int) -> int:
    return sum(
        int(call["chat_id"]) == chat and not call.get("disable_notification") for call in house.calls("sendMessage")
    )


async def test_two_agree_and_it_opens_once(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    group, topic = await told_of_the_doors(house)
    assert "2 of Greta and Max" in await owner.say(SETS_UP)
    assert "Olga set up a glass for Garden shed: 2 of Greta and Max" in member.seen[-1]
    await breaks(member)
    assert "Olga, Greta and every chat that is told of the doors" in member.seen[-2]
    assert "You are 1 of 2" in member.seen[-1]
    for hearer in (owner, guest, group, topic):
        assert "Max (43) breaks the glass of Garden shed" in hearer.seen[-1]
    assert guest.buttons == ["I agree"]
    assert owner.buttons == ["Let them open now", "Refuse"]
    assert house.commands_sent() == []
    await pressed(guest, "I agree")
    await house.wait(5)
    for hearer in (owner, member, group, topic):
        assert [text for text in hearer.seen if "The glass of Garden shed is broken" in text]
    assert "opened" in await pressed(member, "Open Garden shed")
    assert "used the broken glass of Garden shed" in owner.seen[-1]
    assert "nothing was opened" in await member.say("/open shed")
    assert house.commands_sent() == ["/open"]


async def test_each_step_makes_a_sound_everywhere_also_in_quiet_hours(house: House, owner: Chat, guest: Chat) -> None:
    await told_of_the_doors(house)
    await owner.say(SETS_UP)
    before = {chat: loud(house, chat) for chat in (GROUP, FORUM)}
    await breaks(house.member)
    await pressed(guest, "I agree")
    await pressed(house.member, "Open Garden shed")
    await house.wait(5)
    for chat, count in before.items():
        assert loud(house, chat) - count == 3, chat


async def test_the_journal_says_who_agreed(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    await owner.say(SETS_UP)
    await breaks(member)
    await pressed(guest, "I agree")
    await pressed(member, "Open Garden shed")
    kinds = [entry.kind for entry in await house.journal()]
    wanted = ["glass set", "glass asked", "grant added", "asking answered", "started", "outcome", "glass used"]
    assert [kind for kind in kinds if kind in wanted][-7:] == wanted
    [answered] = await house.journal("asking answered")
    assert answered.detail["agreed"] == [GRETA, MAX]
    assert await house.inside.people.record.differences() == []


async def test_a_broken_glass_holds_nothing_until_it_is_renewed(
    house: House, owner: Chat, member: Chat, guest: Chat
) -> None:
    await owner.say(SETS_UP)
    await breaks(member)
    await pressed(guest, "I agree")
    await member.say("/start")
    assert BREAKS not in member.buttons
    await member.forge("go:break:0:1", message_id=member.last["message_id"])
    assert "broken already" in member.alerts[-1]
    assert "renew it" in await owner.say("/breakglass")
    assert "whole again" in await pressed(owner, "Renew no. 1")
    assert "Olga renewed the glass" in guest.seen[-1]
    await member.say("/start")
    assert BREAKS in member.buttons


async def test_nobody_agrees_in_time_and_everybody_hears_it(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say(SETS_UP)
    await breaks(house.member)
    await house.wait(640)
    assert "Too few agreed in time" in house.member.seen[-1]
    assert guest.messages[-2]["buttons"] == []
    await house.poll_once()
    await guest.forge("say:1:once")
    await house.member.say("/open shed")
    assert house.commands_sent() == []
    assert "glass of" in await breaks(house.member)


async def test_an_owner_refuses_and_the_glass_stays_whole(house: House, owner: Chat, member: Chat) -> None:
    await owner.say(SETS_UP)
    await breaks(member)
    await pressed(owner, "Refuse")
    assert "Olga refuses: Garden shed does not open to you" in member.seen[-1]
    await house.guest.forge("say:1:once")
    await member.say("/open shed")
    assert house.commands_sent() == []


async def test_nobody_agrees_for_others_or_twice(house: House, owner: Chat, member: Chat) -> None:
    await owner.say(SETS_UP)
    await breaks(member)
    await house.stranger.say("/start")
    for chat in (member, house.stranger):
        for answer in ("once", "hour", "refused"):
            await chat.forge(f"say:1:{answer}")
    await member.say("/open shed")
    assert house.commands_sent() == []
    assert (await house.journal("asking answered")) == []


async def test_a_suspended_or_removed_keyholder_counts_no_more(
    house: House, owner: Chat, member: Chat, guest: Chat
) -> None:
    people = house.inside.people
    await owner.say(SETS_UP)
    await breaks(member)
    await people.change_person(caller=OLGA, person_id=GRETA, is_suspended=True)
    await guest.forge("say:1:once")
    assert "Only owners and the keyholders" in guest.alerts[-1]
    await people.change_person(caller=OLGA, person_id=GRETA, is_suspended=False)
    await people.change_person(caller=OLGA, person_id=MAX, is_suspended=True)
    await guest.forge("say:1:once")
    await people.change_person(caller=OLGA, person_id=MAX, is_suspended=False)
    await member.say("/open shed")
    assert house.commands_sent() == []
    await people.deny(caller=OLGA, person_id=GRETA, door=None)
    await house.allow(GRETA, "Greta", "garage", "open")
    assert "Only Max could still agree" in await owner.say("/breakglass")
    await guest.say("/start")
    assert BREAKS not in guest.buttons


async def test_a_yes_counts_no_more_when_whoever_said_it_is_suspended(house: House, owner: Chat, guest: Chat) -> None:
    await house.allow(SAM, "Sam", "garage", "open")
    await owner.say("/breakglass shed 3 of Max, Greta, Sam")
    await breaks(house.member)
    await pressed(guest, "I agree")
    await house.inside.people.change_person(caller=OLGA, person_id=GRETA, is_suspended=True)
    await house.wait(5)
    await pressed(house.stranger, "I agree")
    await house.member.say("/open shed")
    assert house.commands_sent() == []


async def test_a_lockdown_is_not_broken_through(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    await owner.say(SETS_UP)
    await owner.say("/lockdown")
    await member.say("/start")
    await house.poll_once()
    await member.tap(BREAKS)
    assert "No glass goes round that" in member.alerts[-1]
    await owner.say("/lockdown off")
    await breaks(member)
    await owner.say("/lockdown shed")
    await pressed(guest, "I agree")
    await house.wait(5)
    assert "something has changed meanwhile" in member.seen[-1]
    await owner.say("/lockdown off")
    await member.say("/open shed")
    assert house.commands_sent() == []


async def listen(house: House, *, seconds: float) -> None:
    """The bot polls, and nobody says anything."""
    for _ in range(int(seconds // 25)):
        await house.poll_once()
        await house.wait(25)


async def nearly_silent(house: House) -> None:
    """An hour of silence but for a minute, in which the bot was listening."""
    await listen(house, seconds=50)
    house.hands.turn(3600)
    await house.poll_once()
    await house.storage.database.rows("UPDATE approvals SET silent = $1", 3_550_000)


async def test_after_a_silence_of_the_owners_one_opens_alone(house: House, owner: Chat, member: Chat) -> None:
    assert "after 1 hour in which no owner says or does anything" in await owner.say("/breakglass shed Max after 1h")
    await breaks(member, ALONE)
    assert owner.buttons == ["Let them open now", "Refuse"]
    await nearly_silent(house)
    await member.say("/open shed")
    assert house.commands_sent() == []
    await listen(house, seconds=150)
    assert "No owner said or did anything for 1 hour. You may open Garden shed once" in member.seen[-1]
    assert "The glass of Garden shed is broken" in owner.seen[-2]
    assert "allowed once" in owner.seen[-1]
    assert "opened" in await pressed(member, "Open Garden shed")


async def test_any_sign_of_life_of_an_owner_ends_the_waiting(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/breakglass shed Max after 1h")
    await breaks(member, ALONE)
    await nearly_silent(house)
    await owner.say("good morning")
    await listen(house, seconds=150)
    assert "Olga is there, so the glass of Garden shed stays whole" in member.seen[-1]
    assert owner.seen[-1] == "⛔ Max (43) at Garden shed: nothing was allowed, as something has changed meanwhile."
    await member.say("/open shed")
    assert house.commands_sent() == []


async def test_an_owner_allows_it_before_the_silence_is_over(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/breakglass shed Max after 1h")
    await breaks(member, ALONE)
    await pressed(owner, "Let them open now")
    assert "Olga allowed it. You may open Garden shed once" in member.seen[-1]
    assert "opened" in await pressed(member, "Open Garden shed")


async def test_a_bot_that_was_off_knows_nothing_of_a_silence(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/breakglass shed Max after 1h")
    await breaks(member, ALONE)
    await nearly_silent(house)
    await house.stop()
    house.hands.turn(7200)
    await house.start()
    assert "broken" not in member.seen[-1]
    await listen(house, seconds=150)
    assert "You may open Garden shed once" in member.seen[-1]


async def test_an_owner_who_is_none_any_more_answers_for_no_glass(house: House, owner: Chat, member: Chat) -> None:
    people = house.inside.people
    await house.allow(SAM, "Sam", "garage", "open")
    await people.change_person(caller=OLGA, person_id=SAM, role=Role.OWNER)
    await house.stranger.say("/breakglass shed 2 of Max, Greta")
    await people.change_person(caller=OLGA, person_id=SAM, role=Role.MEMBER)
    await house.quiet()
    assert "holds nothing until an owner renews it" in member.seen[-1]
    assert "renew it" in await owner.say("/breakglass")
    await member.say("/start")
    assert BREAKS not in member.buttons


async def test_it_is_revoked_and_put_back(house: House, owner: Chat, member: Chat) -> None:
    await owner.say(SETS_UP)
    assert "is revoked" in await pressed(owner, "↩ Undo")
    assert "Olga revoked the glass" in member.seen[-1]
    await member.say("/start")
    assert BREAKS not in member.buttons
    assert "is there again" in await pressed(owner, "↩ Undo")
    await member.say("/start")
    assert BREAKS in member.buttons


async def test_who_revokes_a_broken_glass_takes_the_right_that_came_of_it(
    house: House, owner: Chat, member: Chat, guest: Chat
) -> None:
    await owner.say(SETS_UP)
    await breaks(member)
    await pressed(guest, "I agree")
    await owner.say("/breakglass")
    assert "Nobody opens by it any more" in await pressed(owner, "Revoke no. 1")
    await pressed(member, "Open Garden shed")
    assert await pressed(owner, "↩ Undo")
    await member.say("/open shed")
    assert house.commands_sent() == []
    assert await house.inside.people.record.differences() == []


async def test_who_cannot_hold_a_glass_is_named(owner: Chat) -> None:
    assert "Nobody on the list is called “Olga”" in await owner.say("/breakglass shed 2 of Max, Olga")
    assert "99 is not on the list" in await owner.say("/breakglass shed 2 of Max, 99")
    assert "42 is an owner" in await owner.say("/breakglass shed 2 of Max, 42")
    assert "There is no door “cellar”" in await owner.say("/breakglass cellar 2 of Max, Greta")
    assert "needs a right and no glass" in await owner.say("/breakglass shed Max")


async def test_only_owners_see_and_change_them(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    await owner.say(SETS_UP)
    await house.inside.people.change_person(caller=OLGA, person_id=GRETA, role=Role.MANAGER)
    for chat in (member, guest):
        assert "In an emergency you can break the glass" in await chat.say("/breakglass shed 2 of Max, Sam")
        for view in ("glass", "unglass", "reglass", "newglass"):
            await chat.forge(f"go:{view}:0:1", message_id=chat.last["message_id"])
            assert chat.alerts[-1] == "Only an owner can do that."
