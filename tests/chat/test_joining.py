"""A stranger asks to come in; the first owner who answers decides, and everybody who was asked sees it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.house import MAX, OLGA, SAM, TITLES, Chat, House, a_house

ASKED = "✉️ The owners have been asked. You are told as soon as one of them answers."
DAY = 86_400


@pytest.fixture
async def two_owners(path: Path) -> AsyncIterator[House]:
    async with a_house(path, owner_ids=[OLGA, MAX]) as house:
        yield house


@pytest.fixture
async def cottage(path: Path) -> AsyncIterator[House]:
    """Only one door: nothing has to be chosen."""
    async with a_house(path) as house:
        house.inside.doors._doors = {"front": house.inside.doors._doors["front"]}
        yield house


async def ask(house: House) -> str:
    await house.stranger.say("/start")
    return await house.stranger.tap("Ask to come in")


async def test_a_stranger_asks_with_one_touch_and_the_owners_get_a_card(house: House, owner: Chat) -> None:
    house.telegram.person(SAM).username = "sam"
    assert await ask(house) == ASKED
    assert owner.last["text"].startswith("🙋 Sam (@sam, 99) asks to come in.")
    assert owner.buttons == [
        "☐ Front door", "☐ Garden shed", "☐ Garage", "1 h", "1 day", "1 week", "For good", "Refuse", "Ban",
    ]  # fmt: skip


async def test_with_one_door_one_touch_lets_in(cottage: House) -> None:
    await ask(cottage)
    assert cottage.owner.buttons == ["1 h", "1 day", "1 week", "For good", "Refuse", "Ban"]
    said = await cottage.owner.tap("1 h")
    assert said == "✅ Sam (99): let in.\n• Front door: close, open, status, until Sun 1 Mar 14:00 CET"
    assert "opened" in await cottage.stranger.say("/open front")
    cottage.hands.turn(3600)
    await cottage.poll_once()
    assert "ended" in await cottage.stranger.say("/open front")


async def test_several_doors_are_chosen_before_the_length(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    await owner.tap("☐ Front door")
    await owner.tap("☐ Garage")
    assert owner.buttons[:3] == ["☑ Front door", "☐ Garden shed", "☑ Garage"]
    assert owner.last["text"].startswith("🙋 Sam")
    await owner.tap("For good")
    assert stranger.last["text"] == "👋 You are let in: Front door, Garage. /start shows your doors."
    assert "opened" in await stranger.say("/open front")
    await stranger.say("/open shed")
    assert house.commands_sent() == ["/open"]


async def test_a_length_without_a_door_is_asked_back(house: House, owner: Chat) -> None:
    await ask(house)
    await owner.tap("1 day")
    assert owner.alerts == ["Choose a door first."]
    assert not (await house.inside.people.rights(SAM)).known


async def test_the_first_answer_wins_and_all_copies_change(two_owners: House) -> None:
    house, first, second = two_owners, two_owners.owner, two_owners.member
    await ask(house)
    await second.tap("☐ Front door")
    let_in = next(button["data"] for row in second.last["buttons"] for button in row if button["text"] == "1 day")
    await first.tap("Refuse")
    assert first.last["text"] == "⛔ Sam (99): refused."
    assert second.last["text"] == "⛔ Sam (99): refused by Olga."
    assert second.buttons == []
    await second.forge(let_in, message_id=second.last["message_id"])
    assert second.last["text"] == "⛔ Sam (99): refused by Olga."
    assert not (await house.inside.people.rights(SAM)).known


async def test_two_answers_at_once_give_one(two_owners: House) -> None:
    house, first, second = two_owners, two_owners.owner, two_owners.member
    await ask(house)
    await first.tap("☐ Front door")
    await second.tap("☐ Garage")
    first.press("1 h")
    second.press("1 h")
    await house.quiet()
    assert len((await house.inside.people.rights(SAM)).grants) == 1
    assert len(await house.journal("request answered")) == 1
    assert {first.last["text"].split(".")[0], second.last["text"].split(".")[0]} == {
        "✅ Sam (99): let in", "✅ Sam (99): let in by Olga",
    }  # fmt: skip


async def test_the_person_is_told_a_no(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    await owner.tap("Refuse")
    assert stranger.last["text"] == "The owners have answered: they cannot let you in. Thank you for asking."


async def test_a_request_outlives_a_restart(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    await house.restart()
    await owner.tap("☐ Front door")
    await owner.tap("1 day")
    assert "opened" in await stranger.say("/open front")


async def test_asking_twice_asks_once(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    asked = len(owner.messages)
    house.hands.turn(600)
    await stranger.say("/start")
    said = await stranger.tap("Ask to come in")
    assert said == "The owners have been asked already. You are told as soon as one of them answers."
    assert len(owner.messages) == asked


async def test_whoever_was_not_answered_for_a_day_may_remind_the_owners(
    house: House, owner: Chat, stranger: Chat
) -> None:
    await ask(house)
    asked = len(owner.messages)
    await house.wait(DAY)
    await house.poll_once()
    assert await ask(house) == ASKED
    assert "asks to come in" in owner.last["text"]
    assert len(owner.messages) > asked
    await owner.tap("☐ Front door")
    await owner.tap("1 day")
    assert "opened" in await stranger.say("/open front")


async def test_whoever_was_refused_can_ask_again_a_day_later(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    await owner.tap("Refuse")
    house.hands.turn(600)
    await stranger.say("/start")
    assert await stranger.tap("Ask to come in") == "You asked a short while ago. You can ask again a day later."
    house.hands.turn(DAY)
    await house.poll_once()
    assert await ask(house) == ASKED


async def test_a_crowd_cannot_fill_the_owners_chat(house: House, owner: Chat) -> None:
    before = len(owner.messages)
    for person in range(5000, 5030):
        house.telegram.add_person(person, "Stranger", started=True)
        one = Chat(house, person, person)
        await one.say("/start")
        await one.tap("Ask to come in") if one.messages and one.buttons else None
        house.hands.turn(30)
    assert len(owner.messages) - before == 20


async def test_a_banned_person_is_told_once_and_then_ignored(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    assert await owner.tap("Ban") == "⛔ Sam (99): refused and banned."
    said = []
    for _ in range(4):
        house.hands.turn(600)
        said.append(await stranger.say("/start"))
    assert said == ["The owners do not wish to be asked again. The bot will not answer you any more.", "", "", ""]
    assert await stranger.forge("ask", message_id=stranger.last["message_id"]) == ""
    await house.restart()
    house.hands.turn(DAY)
    await house.poll_once()
    assert await stranger.say("/open front") == ""
    assert len(await house.journal("asked to come in")) == 1


async def test_a_ban_can_be_lifted(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    await owner.tap("Ban")
    assert await owner.say("/bans") == "🚫 These people may not ask to come in:"
    assert await owner.tap("Lift the ban of Sam") == "Nobody is banned."
    house.hands.turn(DAY)
    await house.poll_once()
    assert await ask(house) == ASKED


async def test_an_old_press_is_asked_about(house: House, owner: Chat) -> None:
    """A client that was offline sends what was pressed long ago."""
    await ask(house)
    await owner.tap("☐ Front door")
    await house.stop()
    owner.press("For good")
    house.hands.turn(100)
    await house.start()
    assert not (await house.inside.people.rights(SAM)).known
    assert "may be an old one" in owner.last["text"]
    await owner.tap("Yes, do it")
    assert (await house.inside.people.rights(SAM)).known


async def test_a_card_of_other_doors_is_shown_anew(house: House, owner: Chat) -> None:
    """The settings may have changed: a bit must not mean another door than the one that was read."""
    await ask(house)
    await owner.forge("may:r:1:1:abcdef:ever", message_id=owner.last["message_id"])
    assert not (await house.inside.people.rights(SAM)).known
    assert owner.buttons[0] == "☐ Front door"


@pytest.mark.parametrize("choice", ["1h", "ever", "no", "ban", ""])
async def test_only_owners_answer(house: House, owner: Chat, member: Chat, choice: str) -> None:
    await ask(house)
    await member.say("/whoami")
    await member.forge(f"may:r:1:1:000000:{choice}")
    assert member.alerts == ["Only an owner can do that."]
    assert len(await house.journal("request answered")) == 0


async def test_a_stranger_who_asks_learns_no_door(house: House, stranger: Chat) -> None:
    await ask(house)
    await stranger.forge("may:r:1:1:000000:1d", message_id=stranger.last["message_id"])
    assert not [title for title in TITLES for text in [*stranger.seen, *stranger.alerts] if title in text]


async def test_in_a_group_nothing_is_offered(house: House) -> None:
    in_group = house.in_group(SAM)
    await in_group.say("/start")
    assert in_group.buttons == []
    await in_group.forge("ask", message_id=in_group.last["message_id"])
    assert await house.journal("asked to come in") == []


async def test_whoever_came_in_meanwhile_gets_the_home_screen(house: House, owner: Chat, stranger: Chat) -> None:
    await stranger.say("/start")
    await owner.say("/allow 99 front open")
    assert (await stranger.tap("Ask to come in", message_id=stranger.messages[0]["message_id"])).startswith(
        "👋 Hello Sam."
    )


@pytest.mark.parametrize("words", ["/allow 99 front open", "/allow @sammy front open", "/allow Sam front open"])
async def test_whoever_asks_can_be_named_and_the_card_closes(house: House, owner: Chat, words: str) -> None:
    house.telegram.person(SAM).username = "Sammy"
    await ask(house)
    card = owner.last["message_id"]
    assert "Front door: open." in await owner.say(words)
    await house.wait(5)
    [closed] = [message for message in owner.messages if message["message_id"] == card]
    assert (closed["text"], closed["buttons"]) == ("✅ Sam (99): let in.", [])
    assert len(await house.journal("request answered")) == 1


async def test_a_link_closes_the_card_of_whoever_asked_as_well(house: House, owner: Chat, stranger: Chat) -> None:
    await ask(house)
    card = owner.last["message_id"]
    await owner.say("/invite front 3d")
    token = owner.last["text"].rpartition("start=")[2]
    assert "Welcome" in await stranger.say(f"/start {token}")
    await house.wait(5)
    assert next(one["buttons"] for one in owner.messages if one["message_id"] == card) == []


async def test_every_step_is_in_the_journal(house: House, owner: Chat) -> None:
    await ask(house)
    await owner.tap("Ban")
    await owner.say("/bans")
    await owner.tap("Lift the ban of Sam")
    kinds = [entry.kind for entry in await house.journal()]
    assert [kind for kind in kinds if kind in ("asked to come in", "request answered", "ban lifted")] == [
        "asked to come in", "request answered", "ban lifted",
    ]  # fmt: skip


async def test_an_anonymous_admin_is_not_offered_a_way_in(house: House) -> None:
    in_group = house.in_group(SAM)
    await in_group.say("/start", anonymous=True)
    assert in_group.buttons == []
