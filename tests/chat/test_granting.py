"""A right in one line, read back, undone, and told to whom it is about."""

import pytest

from bot.domain.people import Role
from tests.house import CLUB, GRETA, GROUP, MAX, OLGA, SAM, Chat, House

USAGE = "Write it like this:"


async def test_a_right_in_one_line_is_read_back(owner: Chat) -> None:
    said = await owner.say("/grant Max shed open until fri 18:00 mon-fri 8-18 x6")
    assert said == "✅ Max (43): Garden shed: open, until Fri 6 Mar 18:00 CET, mon-fri 08:00-18:00, 6 uses left."
    assert owner.buttons == ["↩ Undo"]


RIGHTS = {
    "Max front open": "Front door: open.",
    "43 front open,close 3d": "Front door: close, open, until Wed 4 Mar 13:00 CET.",
    "Max Garden Shed open status": "Garden shed: open, status.",
    "Max * open": "every door: open.",
    "Max front open from fri 15:00 until sun 11:00": (
        "Front door: open, from Fri 6 Mar 15:00 CET, until Sun 8 Mar 11:00 CET."
    ),
    "Max front open from fri 15:00 2d": "Front door: open, from Fri 6 Mar 15:00 CET, until Sun 8 Mar 15:00 CET.",
    "Max front open from tomorrow": "Front door: open, from Mon 2 Mar 00:00 CET.",
    "Max front open mon-fri 8-18, sat 10:00-14:00": "Front door: open, mon-fri 08:00-18:00, sat 10:00-14:00.",
    "Max front open 8-18": "Front door: open, mon-sun 08:00-18:00.",
    "Max front open until 2026-03-09 10:00": "Front door: open, until Mon 9 Mar 10:00 CET.",
    "Max front open asks": "Front door: open, asks first.",
    "Max front open 2fa x1": "Front door: open, 1 use left, with a second factor.",
    "Max front all": "Front door: close, open, pin, status.",
}


@pytest.mark.parametrize("words", RIGHTS)
async def test_everything_that_a_right_can_be_may_be_typed(owner: Chat, words: str) -> None:
    said = await owner.say(f"/grant {words}")
    assert said.splitlines()[0] == f"✅ Max (43): {RIGHTS[words]}"


WRONG = {
    "": USAGE,
    "Max": USAGE,
    "Max open": USAGE,
    "Max cellar": "There is no door “cellar”.",
    "Max front open mon-fri": "“mon-fri” are no weekly hours. Write for example /grant Max front open mon-fri 8-18.",
    "Max front": "What may they do there? Write for example /grant Max front open until fri 18:00 mon-fri 8-18 x6.",
    "Max front open fly": "“fly” is no time that the bot understands. Write for example /grant Max front open until",
    "Max front open x0": "x0 is no number of uses: x1 to x1000. Write for example /grant Max front open x6.",
    "Max front open x5000": "x5000 is no number of uses",
    "Max front open mon-fri 8-28": "“mon-fri 8-28” are no weekly hours. Write for example /grant Max front open mon",
    "Max front open until 09:00": "until 09:00 is over already",
    "Max front open from yesterday": "“from yesterday” was not understood.",
    "Max front open from fri 15:00 until 2026-03-02 10:00": "is over already",
    "Max front open,pin x3": "A right with a number of uses cannot include codes",
    "Max front all asks": "A right that asks first cannot include codes",
    "Max cellar open": "You can say: Front door (front), Garden shed (shed), Garage (garage), *.",
    "Nobody front open": "knows nobody called “Nobody”",
    "1087968824 front open": "not a person who can be let in",
}


@pytest.mark.parametrize("words", WRONG)
async def test_what_is_not_understood_gets_an_example_and_gives_nothing(house: House, owner: Chat, words: str) -> None:
    before = await house.inside.people.register.entries()
    assert WRONG[words] in await owner.say(f"/grant {words}")
    assert await house.inside.people.register.entries() == before


async def test_several_rights_for_one_door_stand_beside_each_other(owner: Chat) -> None:
    said = await owner.say("/grant Max front open until fri 18:00")
    assert "Besides: Front door: close, open, status." in said


async def test_a_right_that_was_given_is_undone(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/grant 99 front open")
    assert await owner.tap("↩ Undo") == "↩ Undone: everything is as it was before."
    await stranger.say("/open front")
    assert house.commands_sent() == []
    assert await house.inside.people.record.differences() == []


async def test_after_ten_minutes_nothing_is_undone(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/grant 99 front open")
    await house.wait(601)
    await house.poll_once()
    await owner.tap("↩ Undo")
    assert "ten minutes have passed" in owner.alerts[-1]
    assert "opened" in await stranger.say("/open front")


async def test_a_change_of_somebody_else_is_not_undone_with_ones_own(house: House, owner: Chat) -> None:
    await owner.say("/grant Max shed open")
    undo = owner.last["buttons"][0][0]["data"]
    await owner.say("/grant Max shed status")
    await owner.forge(undo, message_id=owner.last["message_id"])
    assert "changed again since" in owner.alerts[-1]


async def test_somebody_else_cannot_undo_it(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/grant Max shed open")
    undo = owner.last["buttons"][0][0]["data"]
    await member.say("/help")
    await member.forge(undo)
    assert member.alerts == ["Only owners and managers can do that."]


async def test_the_person_hears_all_of_the_right(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/grant Max shed open mon-fri 8-18 x2")
    assert member.last["text"].startswith(
        "👋 You have new rights at Garden shed: open, mon-fri 08:00-18:00, 2 uses left."
    )


async def test_uses_are_counted_at_the_door(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/grant 99 front open x1")
    assert "opened" in await stranger.say("/open front")
    said = await stranger.say("/open front")
    assert said.startswith("⛔ Your right to that is used up: nothing was opened.")
    assert house.commands_sent() == ["/open"]


async def test_a_right_that_begins_later_says_when(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/grant 99 front open from tomorrow")
    said = await stranger.say("/open front")
    assert said == ("⏱ Your right to that begins later: nothing was opened. It opens to you from Mon 2 Mar 00:00 CET.")


async def test_outside_the_hours_it_says_when_it_opens(house: House, owner: Chat, stranger: Chat) -> None:
    await owner.say("/grant 99 front open mon-fri 8-18")
    said = await stranger.say("/open front")
    assert said == "⏱ That is outside your hours: nothing was opened. It opens to you from Mon 2 Mar 08:00 CET."


async def make_manager(house: House, owner: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)


async def test_a_manager_gives_inside_their_own_rights_only(house: House, owner: Chat, member: Chat) -> None:
    await make_manager(house, owner)
    assert "Front door: open" in await member.say("/grant 99 front open until fri 18:00")
    assert "beyond your own rights" in await member.say("/grant 99 front pin")
    assert "beyond your own rights" in await member.say("/grant 99 garage status")


async def test_a_manager_learns_of_no_other_door(house: House, owner: Chat, member: Chat) -> None:
    await make_manager(house, owner)
    assert "shed" not in (await member.say("/grant 99 sheds open")).replace("“sheds”", "").casefold()
    assert "Garden" not in await member.say("/grant 99 shed open")


# Doors that are named together


async def test_a_set_of_doors_is_named_and_granted(house: House, owner: Chat, stranger: Chat) -> None:
    assert (await owner.say("/set ground front, Garden shed")).startswith("✅ @ground: Front door, Garden shed.")
    assert await owner.say("/grant 99 @ground open") == "✅ 99: @ground: open."
    assert "opened" in await stranger.say("/open shed")
    assert "no more" not in await owner.say("/set")
    await owner.say("/set ground front")
    await stranger.say("/open shed")
    assert house.commands_sent() == ["/open"]


WRONG_SETS = {
    "ground cellar": "There is no door “cellar”",
    "g!: front": "Write it like this: /set",
    "": "Write it like this: /set",
}


@pytest.mark.parametrize("words", WRONG_SETS)
async def test_a_set_that_is_written_wrongly_is_none(house: House, owner: Chat, words: str) -> None:
    assert WRONG_SETS[words] in await owner.say(f"/set {words}")
    assert house.inside.people.sets == {}


async def test_a_set_is_owners_business(house: House, member: Chat) -> None:
    assert await member.say("/set ground front") == "Only an owner can do that."


# The members of a group


async def let_members_in(house: House, words: str = "front open") -> str:
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    await house.quiet()
    said = await house.in_group(OLGA).say(f"/grant members {words}")
    assert "Everybody in this group gets" in said
    return await house.in_group(OLGA).tap("Let the members in")


async def test_the_members_of_a_group_are_let_in_and_nobody_else(house: House, stranger: Chat) -> None:
    assert await let_members_in(house) == "✅ Everybody in this group: Front door: open."
    assert "opened" in await stranger.say("/open front")
    house.telegram.add_person(98, "Tom", started=True)
    assert "You are not on the list" in await Chat(house, 98, 98).say("/open front")


async def test_whoever_leaves_the_group_is_out_at_once(house: House, stranger: Chat) -> None:
    await let_members_in(house)
    assert "opened" in await stranger.say("/open front")
    house.telegram.leave(SAM, GROUP)
    await house.quiet()
    await stranger.say("/open front")
    assert house.commands_sent() == ["/open"]


async def test_whoever_comes_into_the_group_is_let_in_at_once(house: House) -> None:
    await let_members_in(house)
    house.telegram.add_person(98, "Tom", started=True)
    tom = Chat(house, 98, 98)
    await tom.say("/open front")
    house.telegram.join(98, GROUP)
    await house.quiet()
    assert "opened" in await tom.say("/open front")


@pytest.mark.parametrize(
    ("status", "opens"),
    [("creator", True), ("administrator", True), ("member", True), ("left", False), ("kicked", False)],
)
async def test_what_telegram_calls_the_person_is_looked_at(
    house: House, stranger: Chat, status: str, *, opens: bool
) -> None:
    await let_members_in(house)
    house.telegram.chats[GROUP].members[SAM] = status
    await house.wait(61)
    await house.poll_once()
    assert ("opened" in await stranger.say("/open front")) == opens


async def test_where_telegram_does_not_tell_nobody_is_let_in(house: House, stranger: Chat) -> None:
    await let_members_in(house)
    await house.wait(61)
    await house.poll_once()
    house.telegram.kick(OLGA, GROUP)
    await house.quiet()
    assert "You are not on the list" in await stranger.say("/open front")


async def test_a_bot_that_is_no_administrator_says_what_that_means(house: House) -> None:
    said = await house.in_group(OLGA).say("/grant members front open")
    assert "The bot is no administrator of this group" in said


async def test_in_private_the_group_is_chosen_from_telegrams_list(house: House, owner: Chat, stranger: Chat) -> None:
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    assert (await owner.say("/grant members front open")).startswith("The members of which group?")
    said = await owner.say("", chat_shared={"request_id": 1000, "chat_id": GROUP})
    assert said.startswith("Everybody in House gets: Front door: open.")
    assert await owner.tap("Let the members in") == "✅ Everybody in House: Front door: open."
    assert "opened" in await stranger.say("/open front")


@pytest.mark.parametrize("chat_id", [GROUP, SAM])
async def test_a_group_that_nobody_asked_for_gets_nothing(house: House, owner: Chat, chat_id: int) -> None:
    assert (await owner.say("", chat_shared={"request_id": 1000, "chat_id": chat_id})).startswith("Nothing waits")
    assert await house.inside.people.register.group_grants() == []


async def test_a_members_group_is_not_listened_to(house: House, member: Chat) -> None:
    assert (
        await member.say("", chat_shared={"request_id": 1000, "chat_id": GROUP})
        == "Only owners and managers can do that."
    )


async def test_a_group_that_becomes_a_supergroup_keeps_its_right(house: House, stranger: Chat) -> None:
    club = house.in_group(OLGA, CLUB)
    await club.say("/grant members front open")
    await club.tap("Let the members in")
    house.telegram.migrate(CLUB)
    await house.quiet()
    assert "opened" in await stranger.say("/open front")
    assert await house.inside.people.record.differences() == []


async def test_the_right_of_a_group_is_in_the_list_and_can_be_taken(house: House, owner: Chat, stranger: Chat) -> None:
    await let_members_in(house)
    assert "Members of House: Front door: open" in await owner.say("/people")
    await owner.tap("Front door · open")
    await owner.tap("Remove")
    assert "has this right no more" in await owner.tap("Yes, do it")
    assert "You are not on the list" in await stranger.say("/open front")


@pytest.mark.parametrize("words", ["", " front"])
async def test_whoever_is_denied_and_comes_in_with_a_group_is_named_as_such(
    house: House, owner: Chat, words: str
) -> None:
    await let_members_in(house)
    said = await owner.say(f"/deny {MAX}{words}")
    assert "As a member of a Telegram group they still have: Front door: open." in said
    assert "Telegram group" not in await owner.say(f"/deny {GRETA} garage")


async def test_so_is_whoever_is_taken_off_by_their_card(house: House, owner: Chat) -> None:
    await let_members_in(house)
    await owner.say("/people Max")
    await owner.tap("Max")
    await owner.tap("Remove all")
    assert "As a member of a Telegram group they still have: Front door: open." in await owner.tap("Yes, do it")


async def test_a_door_of_a_set_is_taken_and_the_others_stay(house: House, owner: Chat, member: Chat) -> None:
    await owner.say(f"/deny {MAX}")
    await owner.say("/set ground front, shed")
    await owner.say(f"/grant {MAX} @ground open")
    assert "has no rights at Front door any more" in await owner.say(f"/deny {MAX} front")
    await member.say("/open front")
    assert house.commands_sent() == []
    assert "opened" in await member.say("/open shed")


async def test_a_set_is_taken_also_from_a_right_to_every_door(house: House, owner: Chat, member: Chat) -> None:
    await owner.say(f"/deny {MAX}")
    await owner.say("/set ground front, shed")
    await owner.say(f"/allow {MAX} * open")
    await owner.say(f"/grant {MAX} @ground open")
    await owner.say(f"/deny {MAX} @ground")
    await member.say("/open shed")
    await member.say("/open front")
    assert house.commands_sent() == []
    assert "accepted" in await member.say("/open garage")


async def test_a_door_is_no_set_of_the_same_name(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/set front front, shed")
    await owner.say(f"/deny {MAX} front")
    await member.say("/open shed")
    await member.say("/open front")
    assert house.commands_sent() == []


async def test_of_an_owner_who_is_denied_a_door_it_is_said_that_they_still_open_it(owner: Chat) -> None:
    await owner.say("/promote Max owner")
    await owner.tap("Yes, do it")
    assert f"Max ({MAX}) is an owner and has every right as long as that is so" in await owner.say(f"/deny {MAX} front")
    await owner.say(f"/demote {MAX} member")
    await owner.tap("Yes, do it")
    assert "is an owner" not in await owner.say(f"/deny {MAX} garage")
