"""Owners let people in and put them out; everybody can see their own rights, and only their own."""

import pytest

from bot.domain.actions import GRANTABLE
from tests.house import GRETA, MAX, OLGA, SAM, Chat, House

USAGE = "Write it like this:"


async def test_an_owner_lets_somebody_in_by_id(house: House, owner: Chat, stranger: Chat) -> None:
    assert await owner.say("/allow 99 front open") == "✅ 99: Front door: open."
    assert "opened" in await stranger.say("/open front")


async def test_an_owner_lets_somebody_in_by_answering_their_message(house: House, owner_in_group: Chat) -> None:
    update = house.in_group(SAM).write("/whoami")
    await house.quiet()
    hello = update["message"]["message_id"]
    said = await owner_in_group.say("/allow front open,close", reply_to_message_id=hello)
    assert said == "✅ Sam (99): Front door: close, open."
    assert "opened" in await house.stranger.say("/open front")


async def test_several_actions_may_be_written_with_commas_or_spaces(owner: Chat) -> None:
    assert "Front door: close, open, status" in await owner.say("/allow 99 front open,close status")


async def test_a_star_is_every_door(house: House, owner: Chat, stranger: Chat) -> None:
    assert await owner.say("/allow 99 * open") == "✅ 99: every door: open."
    assert "accepted" in await stranger.say("/open garage")


async def test_all_is_every_action(owner: Chat) -> None:
    said = await owner.say("/allow 99 front all")
    assert [action for action in GRANTABLE if action not in said] == []


async def test_a_title_of_several_words_names_a_door(owner: Chat) -> None:
    assert "Garden shed: open" in await owner.say("/allow 99 Garden Shed open")


@pytest.mark.parametrize("words", ["--5 front open", "-", "-5 front open"])
async def test_what_is_no_id_is_told_so(owner: Chat, words: str) -> None:
    said = await owner.say(f"/allow {words}")
    assert said.startswith((USAGE, "That is not a person"))


async def test_a_right_may_have_an_end(house: House, owner: Chat, stranger: Chat) -> None:
    said = await owner.say("/allow 99 front open 2h")
    assert "Front door: open, until Sun 1 Mar 15:00" in said
    assert "opened" in await stranger.say("/open front")
    house.hands.turn(2 * 3600)
    await house.poll_once()
    assert "ended" in await stranger.say("/open front")
    assert house.commands_sent() == ["/open"]


async def test_a_right_that_was_taken_does_not_come_back_with_a_message_that_comes_again(
    house: House, owner: Chat, stranger: Chat
) -> None:
    """Killed after both were answered, the bot is handed both again; in between the person could open."""
    given = owner.write("/allow 99 front open")
    await house.quiet()
    taken = owner.write("/deny 99")
    await house.quiet()
    await house.stop()
    house.redeliver(given)
    await house.start()
    assert owner.last["text"].startswith("That message came twice, and the list was not changed again.")
    assert "You are not on the list" in await stranger.say("/open front")
    await owner.say("/allow 99 front open")
    house.redeliver(taken)
    await house.quiet()
    assert "opened" in await stranger.say("/open front")


@pytest.mark.parametrize("command", ["/people", "/pins"])
async def test_what_could_not_be_told_privately_is_not_said_to_be(
    house: House, owner_in_group: Chat, command: str
) -> None:
    house.telegram.person(OLGA).started = False
    assert (await owner_in_group.say(command)).startswith("The bot could not write to you privately")
    house.telegram.person(OLGA).started = True
    assert await owner_in_group.say(command) == "📬 Sent to you privately."


async def test_a_right_that_waited_for_the_bot_lasts_no_longer_than_was_meant(
    house: House, owner: Chat, stranger: Chat
) -> None:
    await house.stop()
    owner.write("/allow 99 front open 2h")
    owner.write("/allow 44 front open 6h")
    house.hands.turn(3 * 3600)
    await house.start()
    late, in_time = owner.seen[-2:]
    assert late == "⏱ 99: Front door: open, until Sun 1 Mar 15:00 CET, which is over: your message came late."
    assert in_time == "✅ Greta (44): Front door: open, until Sun 1 Mar 19:00 CET."
    assert "ended" in await stranger.say("/open front")
    assert house.commands_sent() == []
    assert not any("👋" in text for text in stranger.seen)


async def test_the_person_is_told_of_a_new_right(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/allow 99 front open,close 3d")
    assert stranger.last["text"].startswith("👋 You have new rights at Front door: close, open, until Wed 4 Mar")


async def test_an_id_that_never_met_the_bot_is_asked_about_once(house: House, owner: Chat) -> None:
    """One wrong digit lets somebody else in."""
    assert "Is the id right?" in await owner.say("/allow 7000 front open")
    assert [entry.person.id for entry in await house.inside.people.register.entries()] == [GRETA, MAX]
    said = await owner.tap("Let 7000 in")
    assert said.startswith("✅ 7000: Front door: open.")
    assert "They could not be told" in said
    assert "https://t.me/door_bot" in said
    assert (await owner.say("/allow 7000 garage open")).startswith("✅ 7000: Garage: open.")


async def test_a_question_about_an_id_is_for_the_owner_who_asked(house: House, owner_in_group: Chat) -> None:
    await owner_in_group.say("/allow 7000 front open")
    await house.in_group(MAX).tap("Let 7000 in")
    assert [entry.person.id for entry in await house.inside.people.register.entries()] == [GRETA, MAX]


async def test_somebody_who_blocked_the_bot_is_let_in_and_the_owner_hears_of_it(house: House, owner: Chat) -> None:
    house.telegram.person(GRETA).blocked = True
    said = await owner.say("/allow 44 front open")
    assert said.startswith("✅ Greta (44): Front door: open.")
    assert "https://t.me/door_bot" in said


async def test_a_timed_right_that_becomes_endless_says_what_it_was(owner: Chat) -> None:
    await owner.say("/allow 99 front open 2h")
    said = await owner.say("/allow 99 front open")
    assert said == "✅ 99: Front door: open.\nBefore: Front door: open, until Sun 1 Mar 15:00 CET."


async def test_the_bot_itself_is_not_let_in(house: House, owner: Chat) -> None:
    said = await owner.say(f"/allow {house.telegram.bot_id} front open")
    assert "not a person who can be let in" in said


async def test_a_newer_right_replaces_the_older_one(owner: Chat, guest: Chat) -> None:
    await owner.say("/allow 44 garage status")
    assert "Garage: status" in await guest.say("/whoami")
    assert "Garage: open" not in await guest.say("/whoami")


async def test_what_was_allowed_and_denied_is_in_the_journal(house: House, owner: Chat) -> None:
    await owner.say("/allow 99 front open 2h")
    await owner.say("/deny 99 front")
    allowed, denied = (await house.journal("grant added"))[-1], (await house.journal("grant removed"))[-1]
    assert (allowed.person_id, allowed.door, allowed.detail["by"]) == (99, "front", 42)
    assert allowed.detail["actions"] == ["open"]
    assert (denied.person_id, denied.door, denied.detail["by"]) == (99, "front", 42)


WRONG_ALLOWS = {
    "/allow": USAGE,
    "/allow 99": USAGE,
    "/allow 99 front": USAGE,
    "/allow 99 open": USAGE,
    "/allow 99 cellar": "There is no door “cellar”",
    "/allow Sam front open": "knows nobody called “Sam”",
    "/allow @sam front open": "knows nobody called “@sam”",
    "/allow 99 front fly": USAGE,
    "/allow 99 front open fly": "“fly” is no time that the bot understands. Write for example /allow 99 front open 2h.",
    "/allow 99 front open 5x": "“5x” is no time that the bot understands",
    "/allow 99 front open 0d": "0d is not possible",
    "/allow 99 cellar open": "There is no door “cellar”",
    "/allow 1087968824 front open": "not a person who can be let in",
    "/allow 136817688 front open": "not a person who can be let in",
    "/allow 777000 front open": "not a person who can be let in",
    "/allow -1001 front open": "not a person who can be let in",
    "/allow 0 front open": "not a person who can be let in",
    "/allow 99999999999999999999 front open": "not a person who can be let in",
    "/allow ٩٩ front open": USAGE,
}


@pytest.mark.parametrize("words", WRONG_ALLOWS)
async def test_a_right_that_is_written_wrongly_is_not_given(house: House, owner: Chat, words: str) -> None:
    before = await house.inside.people.register.entries()
    assert WRONG_ALLOWS[words] in await owner.say(words)
    assert await house.inside.people.register.entries() == before


async def test_a_bots_message_lets_nobody_in(house: House, owner_in_group: Chat) -> None:
    await owner_in_group.say("/help")
    said = await owner_in_group.say("/allow front open", reply_to_message_id=owner_in_group.last["message_id"])
    assert "not a person who can be let in" in said


async def test_an_anonymous_admins_message_lets_nobody_in(house: House, owner_in_group: Chat) -> None:
    update = house.in_group(SAM).write("/help", anonymous=True)
    await house.quiet()
    said = await owner_in_group.say("/allow front open", reply_to_message_id=update["message"]["message_id"])
    assert "not a person who can be let in" in said


@pytest.mark.parametrize("words", ["/allow 99 front open", "/deny 44", "/people", "/allow 43 * all"])
async def test_only_owners_may_give_and_take(house: House, member: Chat, words: str) -> None:
    before = await house.inside.people.register.entries()
    assert await member.say(words) == "Only owners and managers can do that."
    assert await house.inside.people.register.entries() == before


async def test_deny_takes_one_door(owner: Chat, member: Chat) -> None:
    assert await owner.say("/deny 43 front") == "✅ Max (43) has no rights at Front door any more."
    said = await member.say("/whoami")
    assert "Front door" not in said
    assert "Garage" in said


async def test_deny_takes_a_person_off_the_list(house: House, owner: Chat, guest: Chat) -> None:
    assert await owner.say("/deny 44") == "✅ Greta (44) is off the list and has no rights any more."
    await guest.say("/open garage")
    assert house.commands_sent() == []


async def test_deny_by_answering_a_message(house: House, owner_in_group: Chat) -> None:
    update = house.in_group(GRETA).write("/whoami")
    await house.quiet()
    hello = update["message"]["message_id"]
    assert "Greta (44) is off the list" in await owner_in_group.say("/deny", reply_to_message_id=hello)


async def test_taking_one_door_from_a_right_to_all_leaves_the_others(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/allow 99 * open")
    await owner.say("/deny 99 front")
    await stranger.say("/open front")
    assert house.commands_sent() == []
    assert "opened" in await stranger.say("/open shed")


@pytest.mark.parametrize("words", ["/deny 7000", "/deny 44 front"])
async def test_taking_what_nobody_has_says_so(owner: Chat, words: str) -> None:
    assert "had no such right" in await owner.say(words)


async def test_owners_keep_their_rights(house: House, owner: Chat) -> None:
    assert "is an owner by the setting OWNER_IDS" in await owner.say("/deny 42")
    assert "opened" in await owner.say("/open front")


WRONG_DENIALS = {
    "/deny": USAGE,
    "/deny Nobody": "knows nobody called “Nobody”",
    "/deny @max front": "knows nobody called “@max”",
}


@pytest.mark.parametrize("words", WRONG_DENIALS)
async def test_a_denial_that_is_written_wrongly_takes_nothing(house: House, owner: Chat, words: str) -> None:
    before = await house.inside.people.register.entries()
    assert WRONG_DENIALS[words] in await owner.say(words)
    assert await house.inside.people.register.entries() == before


async def test_a_right_taken_while_somebody_chooses_is_gone_at_the_press(
    house: House, owner: Chat, member: Chat
) -> None:
    await member.say("/open")
    await owner.say("/deny 43")
    await member.tap("Front door")
    assert house.commands_sent() == []


async def test_the_list_names_everybody_with_their_rights(owner: Chat) -> None:
    said = await owner.say("/people")
    assert said == "Greta (44)\n  • Garage: open\nMax (43)\n  • Front door: close, open, status\n  • Garage: open, pin"


async def test_the_list_is_told_privately(house: House, owner: Chat, owner_in_group: Chat) -> None:
    assert await owner_in_group.say("/people") == "📬 Sent to you privately."
    assert "Greta" not in " ".join(owner_in_group.seen)
    assert "Greta" in owner.last["text"]


async def test_a_long_list_has_pages_and_nobody_is_left_out(house: House, owner: Chat) -> None:
    for person in range(1000, 1200):
        await house.allow(person, f"Person with a rather long name {person}", "front", "open")
    said = await owner.say("/people")
    pages = int(owner.buttons[-2].split("/")[1])
    for _ in range(pages - 1):
        said += "\n" + await owner.tap("›")
    assert sum("Person with" in message["text"] for message in owner.messages) == 1
    assert sum("Person with" in line for line in said.splitlines()) == 200


async def test_a_person_with_many_rights_is_named_on_every_page(house: House, owner: Chat) -> None:
    for number in range(120):
        await house.allow(99, "Sam", f"a_door_of_long_ago_{number}", "open", "close", "status")
    await owner.say("/people Sam")
    assert "  … and 114 more" in owner.last["text"]
    first = await owner.tap("Sam")
    second = await owner.tap("›")
    assert (first[:8], second[:8]) == ("Sam (99)", "Sam (99)")
    assert "a_door_of_long_ago_0 " in first
    assert "a_door_of_long_ago_12 " in second


async def test_a_page_is_turned_by_owners_only(house: House, owner: Chat, member: Chat) -> None:
    for person in range(1000, 1200):
        await house.allow(person, f"Person with a rather long name {person}", "front", "open")
    await member.say("/help")
    assert await member.forge("go:people:0:") == ""
    assert member.alerts == ["Only owners and managers can do that."]


async def test_the_list_marks_rights_that_have_ended(house: House, owner: Chat) -> None:
    await owner.say("/allow 44 garage open 1h")
    house.hands.turn(3601)
    assert "(ended)" in await owner.say("/people")


async def test_an_owner_learns_that_owners_need_no_rights(owner: Chat) -> None:
    assert await owner.say("/whoami") == "You are Olga, id 42.\nYou are an owner: every right on every door."


async def test_a_member_sees_the_own_rights_only(member: Chat) -> None:
    said = await member.say("/whoami")
    assert said == "You are Max, id 43.\n• Front door: close, open, status\n• Garage: open, pin"


async def test_a_person_without_rights_is_told_so(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say("/deny 44 garage")
    assert "You have no rights at the moment." in await guest.say("/whoami")
    assert "There is no door that you may open at the moment" in await guest.say("/open")


TRICKY = "<b>&\u202eeda\u200b\n\r\u2028 Max\x07\u0000</b>"


async def test_a_name_cannot_smuggle_marks_or_lines_into_an_answer(house: House, owner: Chat, member: Chat) -> None:
    house.telegram.person(MAX).first_name = TRICKY
    await member.say("/open front")
    said = await owner.say("/people")
    assert "<b>&eda Max</b> (43)" in said
    assert "\u202e" not in said


async def test_a_name_cannot_smuggle_marks_into_the_journal_or_a_group(house: House, member: Chat) -> None:
    await house.in_group(OLGA).say("/notify on")
    house.telegram.person(MAX).first_name = TRICKY
    await member.say("/open front")
    entry = (await house.journal("started"))[-1]
    assert entry.detail["name"] == "<b>&eda Max</b>"
    assert "by <b>&eda Max</b> ·" in house.in_group(MAX).last["text"]


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u2066", "  ", "A" * 500])
async def test_a_name_of_nothing_or_of_far_too_much_will_do(house: House, member: Chat, name: str) -> None:
    house.telegram.person(MAX).first_name = name
    await member.say("/open front")
    shown = str((await house.journal("started"))[-1].detail["name"])
    assert 0 < len(shown) <= 64


async def test_a_person_is_known_by_the_name_of_today(house: House, owner: Chat, member: Chat) -> None:
    house.telegram.person(MAX).first_name = "Maximilian"
    await member.say("/whoami")
    assert "Maximilian (43)" in await owner.say("/people")


async def test_a_username_is_no_right(house: House, owner: Chat) -> None:
    house.telegram.add_person(7, "Max", "olga", started=True)
    await Chat(house, 7, 7).say("/open front")
    assert house.commands_sent() == []
