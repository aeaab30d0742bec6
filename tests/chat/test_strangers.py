"""Somebody nobody let in learns an id to give to the owner, now and then, and nothing else."""

import pytest

from tests.house import SAM, TITLES, Chat, House

TURNED_AWAY = "You are not on the list here. Your id is 99: give it to the owner, who can add you."
TEN_MINUTES = 600.0


@pytest.mark.parametrize("words", ["/start", "/help", "/open", "/open front", "/whoami", "/nonsense", "hello", "🔓"])
async def test_a_stranger_is_told_the_id_an_owner_needs(stranger: Chat, words: str) -> None:
    assert await stranger.say(words) == TURNED_AWAY


async def test_the_id_can_be_copied_by_a_touch(stranger: Chat) -> None:
    await stranger.say("/start")
    assert "<code>99</code>" in stranger.last["html"]


async def test_a_stranger_is_answered_once_in_ten_minutes(house: House, stranger: Chat) -> None:
    said = [await stranger.say(words) for words in ("/start", "/open front", "hello", "/help")]
    assert said == [TURNED_AWAY, "", "", ""]
    house.hands.turn(TEN_MINUTES)
    assert await stranger.say("/open front") == TURNED_AWAY


async def test_a_stranger_who_forwards_is_answered_no_more_than_others(house: House, stranger: Chat) -> None:
    origin = {"type": "hidden_user", "sender_user_name": "O", "date": 1}
    assert await stranger.say("/open front", forward_origin=origin) == TURNED_AWAY
    house.hands.turn(61)
    assert await stranger.say("/open front", forward_origin=origin) == ""


async def test_a_stranger_who_floods_is_answered_no_more_than_others(house: House, stranger: Chat) -> None:
    for _ in range(40):
        stranger.write("/open front")
    await house.quiet()
    for _ in range(61):
        await stranger.say("/open front")
    assert stranger.seen == [TURNED_AWAY]


async def test_a_stranger_in_a_group_gets_the_same_answer(house: House) -> None:
    in_group = house.in_group(SAM)
    assert await in_group.say("/open front") == TURNED_AWAY
    assert await in_group.say("/status") == ""


async def test_a_stranger_never_learns_the_name_of_a_door(house: House, stranger: Chat) -> None:
    for words in ("/open front", "/open Front door", "/status", "/close garage", "/pin garage 2h", "/people", "/help"):
        await stranger.say(words)
        house.hands.turn(TEN_MINUTES)
    assert not [title for title in TITLES for text in stranger.seen if title in text]


async def test_a_crowd_of_strangers_cannot_make_the_bot_chatter(house: House) -> None:
    crowd = [Chat(house, person, person) for person in range(5000, 5060)]
    for one in crowd:
        house.telegram.add_person(one.person, "Stranger", started=True)
        one.write("/open front")
    await house.quiet()
    assert sum(len(one.messages) for one in crowd) == 20


async def test_a_crowd_of_strangers_does_not_keep_a_member_out(house: House, member: Chat) -> None:
    for person in range(5000, 5060):
        house.telegram.add_person(person, "Stranger", started=True)
        Chat(house, person, person).write("/open front")
    assert "opened" in await member.say("/open front")


async def test_a_stranger_is_journalled_once_in_ten_minutes(house: House, stranger: Chat) -> None:
    for _ in range(5):
        await stranger.say("/open front")
    [entry] = await house.journal("stranger")
    assert (entry.person_id, entry.action, entry.detail["name"]) == (SAM, "open", "Sam")


async def test_a_crowd_of_strangers_does_not_fill_the_journal(house: House) -> None:
    for person in range(5000, 5150):
        house.telegram.add_person(person, "Stranger", started=True)
        Chat(house, person, person).write("/open front")
    await house.quiet()
    assert len(await house.journal("stranger")) == 100


async def test_no_stranger_becomes_a_row_of_the_commands(house: House, stranger: Chat) -> None:
    await stranger.say("/open front")
    assert await house.storage.database.rows("SELECT id FROM commands") == []


async def test_somebody_put_off_the_list_is_a_stranger(house: House, owner: Chat, guest: Chat) -> None:
    await owner.say("/deny 44")
    assert "You are not on the list here. Your id is 44" in await guest.say("/open")
    assert house.commands_sent() == []
