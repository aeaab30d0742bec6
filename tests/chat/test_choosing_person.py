"""Whoever names a person may write a number, a name or an @name, or answer a message; an id is what counts."""

import pytest

from tests.house import GRETA, MAX, SAM, Chat, House


async def test_a_name_on_the_list_names_a_person(owner: Chat) -> None:
    assert await owner.say("/deny greta garage") == "✅ Greta (44) has no rights at Garage any more."


async def test_part_of_a_name_will_do(house: House, owner: Chat) -> None:
    await house.allow(SAM, "Sam Miller-Smith", "front", "open")
    assert await owner.say("/allow sam miller garage open") == "✅ Sam Miller-Smith (99): Garage: open."


async def test_a_name_that_two_people_have_is_asked_about(house: House, owner: Chat) -> None:
    """Names are chosen by those who bear them: one may have been chosen to be taken for another one."""
    await house.allow(SAM, "Max Power", "front", "open")
    before = await house.inside.people.register.entries()
    said = await owner.say("/deny max")
    assert said.startswith("Several people are called that.")
    assert "• Max: 43" in said
    assert "• Max Power: 99" in said
    assert await house.inside.people.register.entries() == before


async def test_a_username_finds_whom_the_bot_has_met(house: House, owner: Chat, member: Chat) -> None:
    house.telegram.person(MAX).username = "Maxi"
    await member.say("/whoami")
    assert await owner.say("/allow @maxi shed open") == "✅ Max (43): Garden shed: open."


async def test_a_username_that_changed_hands_finds_its_new_owner(
    house: House, owner: Chat, member: Chat, guest: Chat
) -> None:
    house.telegram.person(MAX).username = "doorman"
    await member.say("/whoami")
    house.telegram.person(MAX).username = None
    house.telegram.person(GRETA).username = "doorman"
    await guest.say("/whoami")
    assert await owner.say("/allow @doorman shed open") == "✅ Greta (44): Garden shed: open."


async def test_a_username_that_was_given_up_finds_nobody(house: House, owner: Chat, member: Chat) -> None:
    house.telegram.person(MAX).username = "maxi"
    await member.say("/whoami")
    house.telegram.person(MAX).username = None
    await member.say("/whoami")
    assert "knows nobody called “@maxi”" in await owner.say("/allow @maxi shed open")


async def test_the_username_of_somebody_off_the_list_finds_nobody(house: House, owner: Chat, member: Chat) -> None:
    house.telegram.person(MAX).username = "maxi"
    await member.say("/whoami")
    await owner.say("/deny @maxi")
    assert "knows nobody called “@maxi”" in await owner.say("/allow @maxi shed open")


async def test_somebody_who_comes_back_is_found_by_username_again(house: House, owner: Chat, member: Chat) -> None:
    house.telegram.person(MAX).username = "maxi"
    await member.say("/whoami")
    await owner.say("/deny 43")
    await owner.say("/allow 43 front open")
    await member.say("/whoami")
    assert await owner.say("/allow @maxi shed open") == "✅ Max (43): Garden shed: open."


async def test_a_name_picked_from_the_list_of_a_group_is_a_person(house: House, owner_in_group: Chat) -> None:
    """Telegram puts the id of people without a username into the message."""
    sam = {"id": SAM, "is_bot": False, "first_name": "Sam"}
    words = "/allow Sam front open"
    mention = {"type": "text_mention", "offset": words.index("Sam"), "length": 3, "user": sam}
    said = await owner_in_group.say(words, entities=[mention])
    assert said == "✅ Sam (99): Front door: open."


@pytest.mark.parametrize("words", ["/deny Max", "/deny @maxi", "/allow Max front open"])
async def test_whoever_may_not_see_the_list_learns_no_name_from_it(house: House, guest: Chat, words: str) -> None:
    before = await house.inside.people.register.entries()
    said = await guest.say(words)
    assert "43" not in said
    assert await house.inside.people.register.entries() == before
