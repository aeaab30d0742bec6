"""Whoever is refused again and again waits, and nobody opens oftener than the house allows."""

from datetime import timedelta
from pathlib import Path

from tests.house import GRETA, MAX, OLGA, Chat, House, a_house

COOLING = "You were refused too often just now"


async def try_often(chat: Chat, times: int = 5) -> str:
    answers = [await chat.say("/open front") for _ in range(times)]
    return answers[-1]


async def test_after_five_refusals_one_waits_and_owners_hear_of_it_once(house: House, owner: Chat, guest: Chat) -> None:
    assert COOLING not in await try_often(guest)
    answer = await guest.say("/open garage")
    assert COOLING in answer
    assert "You can try again from Sun 1 Mar 13:05 CET" in answer
    assert "Greta was refused 5 times" in owner.last["text"]
    [row] = await house.journal("cooling down")
    assert row.person_id == GRETA
    await guest.say("/open front")
    assert len([text for text in owner.seen if "was refused 5 times" in text]) == 1


async def test_others_and_closing_are_free_and_it_ends_also_after_a_restart(
    house: House, owner: Chat, member: Chat
) -> None:
    await owner.say("/open front")
    for _ in range(5):
        await member.say("/open shed")
    assert COOLING in await member.say("/open garage")
    assert "closed" in await member.say("/close front")
    assert "accepted" in await house.guest.say("/open garage")
    await house.wait(180)
    await house.restart()
    await house.poll_once()
    assert COOLING in await member.say("/open garage")
    await house.wait(121)
    await house.poll_once()
    assert "accepted" in await member.say("/open garage")


async def test_whoever_comes_early_waits_no_longer_than_until_the_right_begins(
    house: House, owner: Chat, guest: Chat
) -> None:
    await house.inside.people.deny(caller=OLGA, person_id=GRETA, door=None)
    await owner.say("/grant 44 front open from 13:02")
    assert "begins later" in await try_often(guest)
    await house.wait(121)
    await house.poll_once()
    assert "opened" in await guest.say("/open front")


async def test_as_many_openings_in_an_hour_as_the_house_allows(path: Path) -> None:
    async with a_house(path, openings_per_hour=2) as house:
        for _ in range(2):
            assert "opened" in await house.member.say("/open front")
            await house.wait(600)
            await house.poll_once()
        answer = await house.member.say("/open front")
        assert "More openings in an hour are not allowed here" in answer
        assert "You can try again from Sun 1 Mar 14:00 CET" in answer
        assert "closed" in await house.member.say("/close front")
        assert "accepted" in await house.guest.say("/open garage"), "each for themself"
        for _ in range(3):
            assert "opened" in await house.owner.say("/open front"), "owners are not limited"
        await house.restart()
        await house.poll_once()
        assert "not allowed" in await house.member.say("/open front")
        await house.wait(timedelta(minutes=41).total_seconds())
        await house.poll_once()
        assert "opened" in await house.member.say("/open front")
        assert [entry.detail["why"] for entry in await house.journal("denied") if entry.person_id == MAX] == [
            "too many openings", "too many openings",
        ]  # fmt: skip
