"""A person's card: what they may, what a change would do, the change, and its undoing."""

import pytest

from bot.domain.people import Role
from tests.house import FORUM, GRETA, MAX, OLGA, TOPIC, Chat, House
from tests.keypads import asked_later

CARD = "Max (43)\nOn the list since Sun 1 Mar 13:00 CET, by you."


async def open_card(owner: Chat, name: str = "Max") -> str:
    await owner.say("/people")
    return await owner.tap(name)


async def test_a_card_says_all_about_a_person(owner: Chat, member: Chat) -> None:
    await member.say("/open front")
    said = await open_card(owner)
    assert said.startswith(CARD)
    assert "Last used: Front door, " in said
    assert "• Front door: close, open, status — from you" in said
    assert owner.buttons[:2] == ["Front door · close, open, status", "Garage · open, pin"]
    assert owner.buttons[2:] == ["Suspend", "Remove all", "Role", "‹ Back"]


async def test_the_list_is_searched_by_name_and_by_id(owner: Chat) -> None:
    assert (await owner.say("/people gre")).startswith("1 person with “gre”:\nGreta (44)")
    assert "Max (43)" in await owner.say("/people 43")
    assert await owner.say("/people zoe") == "Nobody on the list is called “zoe”."


async def test_back_goes_to_the_page_one_came_from(house: House, owner: Chat) -> None:
    for person in range(1000, 1030):
        await house.allow(person, f"Anna {person}", "front", "open")
    await owner.say("/people anna")
    page = await owner.tap("›")
    await owner.tap("Anna 1010")
    assert await owner.tap("‹ Back") == page


async def test_a_right_is_extended(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say("/allow 44 garage open 2h")
    await open_card(owner, "Greta")
    await owner.tap("Garage · open")
    await owner.tap("Extend")
    preview = await owner.tap("1 day")
    assert "Now: Garage: open, until Sun 1 Mar 15:00 CET" in preview
    assert "Then: Garage: open, until Mon 2 Mar 15:00 CET" in preview
    assert "No opening of the last 30 days would have been refused." in preview
    assert await owner.tap("Yes, do it") == "✅ Greta (44): Garage: open, until Mon 2 Mar 15:00 CET."
    assert guest.last["text"] == "✏️ A right of yours was changed. Now: Garage: open, until Mon 2 Mar 15:00 CET."


async def test_a_change_is_rehearsed_with_the_last_30_days(house: House, owner: Chat, member: Chat) -> None:
    await member.say("/open front")
    await house.wait(3600)
    await house.poll_once()
    await member.say("/open front")
    await open_card(owner)
    await owner.tap("Front door · close, open, status")
    await owner.tap("Hours")
    preview = await owner.tap("mon-fri 8-18")
    assert "With this, 2 openings of the last 30 days would have been refused:" in preview
    assert "• Front door, Sun 1 Mar 14:00 CET: outside the hours" in preview
    assert "opened" in await member.say("/open front")


async def test_a_right_is_suspended_and_resumed_without_losing_anything(
    house: House, owner: Chat, member: Chat
) -> None:
    await open_card(owner)
    await owner.tap("Front door · close, open, status")
    await owner.tap("Suspend")
    assert "would have been refused" in owner.last["text"]
    await owner.tap("Yes, do it")
    assert "suspended" in await member.say("/open front")
    await owner.tap("‹ Back")
    await owner.tap("Front door · close, open, status")
    await owner.tap("Resume")
    await owner.tap("Yes, do it")
    assert "opened" in await member.say("/open front")


async def test_a_person_is_suspended_and_it_is_undone(house: House, owner: Chat, member: Chat) -> None:
    await open_card(owner)
    await owner.tap("Suspend")
    await owner.tap("Yes, do it")
    assert member.last["text"].startswith("⏸ Your rights are suspended")
    assert "suspended" in await member.say("/open front")
    assert "Undone" in await owner.tap("↩ Undo")
    await house.wait(10)
    assert member.last["text"].startswith("↩ A change of your rights was undone")
    await house.poll_once()
    assert "opened" in await member.say("/open front")


async def test_a_removed_person_comes_back_with_every_right(house: House, owner: Chat, member: Chat) -> None:
    before = await house.inside.people.register.entries()
    await open_card(owner)
    await owner.tap("Remove all")
    await owner.tap("Yes, do it")
    assert "You are not on the list" in await member.say("/open front")
    await owner.tap("↩ Undo")
    assert await house.inside.people.register.entries() == before
    assert await house.inside.people.record.differences() == []
    assert "opened" in await member.say("/open front")


async def test_codes_that_outlive_a_right_are_named(house: House, owner: Chat, member: Chat) -> None:
    await member.say("/pin garage 2h")
    await open_card(owner)
    await owner.tap("Garage · open, pin")
    await owner.tap("Remove")
    await owner.tap("Yes, do it")
    said = await asked_later(house)
    assert "Max made codes that work longer than their right." in said
    assert "It cannot be revoked from here: remove it in the lock's own app." in said
    await open_card(owner)
    await owner.tap("Remove all")
    await owner.tap("Yes, do it")
    assert "made codes" not in await asked_later(house), "that was asked already"


async def test_a_preview_that_was_overtaken_does_nothing(house: House, owner: Chat) -> None:
    await open_card(owner)
    await owner.tap("Garage · open, pin")
    await owner.tap("Remove")
    garage = (await house.inside.people.rights(MAX)).grants[1]
    await house.inside.people.change(caller=OLGA, grant_id=garage.id, is_suspended=True)
    assert (await owner.tap("Yes, do it")).startswith("Somebody changed that meanwhile")


async def test_nobody_but_owners_changes_a_role(house: House, owner: Chat, member: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    assert await member.say("/promote 43 owner") == "Only an owner can do that."
    await member.say("/people")
    await member.forge("go:standing:0:43~owner")
    await member.tap("Yes, do it")
    assert "beyond your own rights" in " ".join([*member.alerts, *member.seen])
    assert [entry.person.role for entry in await house.inside.people.register.entries()] == [Role.MEMBER, Role.MANAGER]


async def test_somebody_climbs_and_falls_a_step_at_a_time(house: House, owner: Chat, member: Chat) -> None:
    assert "Then: manager" in await owner.say("/promote Max")
    assert "To make Max (43) manager write /promote 43 manager." in await owner.say("/demote Max manager")
    assert "Max (43) is member already." in await owner.say("/promote Max member")
    await owner.tap("Yes, do it")
    assert member.last["text"] == "👤 You are a manager now: you may give others rights inside your own, with /grant."
    await owner.say("/demote Max guest")
    await owner.tap("Yes, do it")
    assert (await house.inside.people.rights(MAX)).person.role is Role.GUEST  # type: ignore[union-attr]


async def test_an_owner_of_the_settings_is_no_role(owner: Chat) -> None:
    assert "by the setting OWNER_IDS" in await owner.say("/demote 42")


async def test_what_a_manager_gave_is_asked_about_when_they_go(
    house: House, owner: Chat, member: Chat, stranger: Chat
) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await member.say("/grant 99 front open")
    assert "They gave 1 right to 1 other. What becomes of those?" in await owner.say("/deny 43")
    assert owner.buttons == ["End those, too", "I answer for those", "‹ Back"]
    await owner.tap("I answer for those")
    assert "opened" in await stranger.say("/open front")
    await owner.tap("↩ Undo")
    await owner.say("/demote Max")
    await owner.tap("End those, too")
    assert "ever" not in await stranger.say("/open front")
    assert house.commands_sent() == ["/open"]
    assert await house.inside.people.record.differences() == []


async def test_a_manager_sees_whom_they_let_in_and_nobody_else(house: House, owner: Chat, member: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await member.say("/grant 99 front open")
    said = await member.say("/people")
    assert "99" in said
    assert "Greta" not in said
    await member.forge(f"go:person:0:{GRETA}")
    assert member.last["text"].startswith("There is nobody of that number")


async def test_a_manager_is_offered_only_what_they_may_change(house: House, owner: Chat, member: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await member.say("/grant Greta front open")
    said = await open_card(member, "Greta")
    assert "• Garage: open — from 42" in said
    assert member.buttons == ["Front door · open", "‹ Back"]
    await open_card(member, "Max")
    assert member.buttons == ["‹ Back"]
    await member.say("/grant 99 front open")
    await open_card(member, "99")
    assert member.buttons == ["Front door · open", "Suspend", "Remove all", "‹ Back"]


@pytest.mark.parametrize("place", ["group", "topic"])
async def test_cards_are_shown_in_private_only(house: House, owner: Chat, place: str) -> None:
    chat = house.in_group(OLGA, FORUM, TOPIC) if place == "topic" else house.in_group(OLGA)
    assert await chat.say("/people max") == "📬 Sent to you privately."
    assert owner.last["text"].startswith("1 person with “max”")


# /why and /who


async def test_why_names_the_right_that_lets_one_in(owner: Chat, member: Chat) -> None:
    assert await member.say("/why front") == (
        "✅ You may open Front door now.\nThe right: Front door: close, open, status (from 42)."
    )


async def test_why_says_what_is_missing_and_when_it_opens(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say("/grant Greta front open mon-fri 8-18")
    said = await owner.say("/why Greta front sat 22:00")
    assert said == (
        "⛔ Greta may not open Front door on Sat 7 Mar 22:00 CET: that is outside the hours of the right.\n"
        "The right that comes nearest: Front door: open, mon-fri 08:00-18:00 (from you).\n"
        "It opens next: Mon 9 Mar 08:00 CET."
    )
    assert (await owner.say("/why Greta front mon 09:00")).startswith("✅ Greta may open Front door on Mon 2 Mar 09:00")


async def test_why_lists_the_other_rights(owner: Chat) -> None:
    await owner.say("/grant Max front open until fri 18:00")
    said = await owner.say("/why Max front")
    assert "• Front door: open, until Fri 6 Mar 18:00 CET (from you): holds" in said


async def test_why_tells_nobody_of_doors_or_people(member: Chat, owner: Chat) -> None:
    assert "Garden" not in await member.say("/why shed")
    assert "Owners and managers can ask about others" in await member.say("/why Greta garage")
    assert "Owners and managers can ask about others" in await member.say("/why Zoe garage")
    assert "knows nobody called “Zoe”" in await owner.say("/why Zoe garage")
    assert "an owner has every right" in await owner.say("/why shed")


WRONG_WHYS = {
    "": "Write it like this: /why front",
    "cellar": "There is no door “cellar”",
    "front neverday": "“neverday” is no time that the bot understands. Write for example /why front sat 22:00.",
}


@pytest.mark.parametrize("words", WRONG_WHYS)
async def test_why_explains_how_it_is_asked(owner: Chat, words: str) -> None:
    assert (await owner.say(f"/why {words}")).startswith(WRONG_WHYS[words])


async def test_who_sorts_the_people_of_a_door(house: House, owner: Chat) -> None:
    await owner.say("/grant Greta front open mon-fri 8-18")
    await owner.say("/grant 99 front open until fri 18:00")
    said = await owner.say("/who front")
    assert said == (
        "Who may open Front door, besides 1 owner:\n"
        "Now (2)\n• 99, until Fri 6 Mar 18:00 CET\n• Max\n"
        "Otherwise within a week (1)\n• Greta, from Mon 2 Mar 08:00 CET\n"
        "Ends within a week (1)\n• 99, until Fri 6 Mar 18:00 CET"
    )


async def test_who_finds_rights_that_nobody_uses(house: House, owner: Chat, member: Chat) -> None:
    assert "Not used" not in await owner.say("/who front")
    await house.wait(91 * 86400)
    await house.poll_once()
    assert "Not used for 90 days (1)\n• Max" in await owner.say("/who front")
    await member.say("/open front")
    assert "Not used" not in await owner.say("/who front")


async def test_who_is_for_those_who_see_the_people(member: Chat) -> None:
    assert await member.say("/who front") == "Only owners and managers can do that."
