"""Ask to open: with a right that asks first, somebody else says yes, and then the door opens once or for an hour."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.actions import Action
from bot.domain.people import Role
from tests.house import CLUB, FORUM, GRETA, GROUP, MAX, OLGA, SAM, TOPIC, Chat, House, a_house

QUESTION = "Max (43) asks you to have Front door opened"


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """Max asks before he opens the front door."""
    async with a_house(path) as house:
        await asks_first(house)
        yield house


async def asks_first(house: House, **fields: Any) -> None:
    [right] = [one for one in (await house.inside.people.rights(MAX)).grants if one.door == "front"]
    await house.inside.people.change(caller=OLGA, grant_id=right.id, **{"asks_first": True, **fields})


async def rights_at_front(house: House) -> list[object]:
    return [one for one in (await house.inside.people.rights(MAX)).grants if one.door == "front"]


async def asked(chat: Chat) -> None:
    assert "asks first, and nobody has said yes: nothing was opened" in await chat.say("/open front")
    assert "2 minutes" in await chat.tap("Ask to open")


async def test_allowed_once_it_opens_once(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    assert QUESTION in owner.seen[-1]
    assert owner.buttons == ["Allow once", "For 1 h", "Refuse"]
    assert house.commands_sent() == []
    assert "allowed once" in await owner.tap("Allow once")
    assert "Max: Olga says yes. You may open Front door once until" in member.seen[-1]
    assert "opened" in await member.tap("Open Front door")
    assert "asks first" in await member.say("/open front")
    assert house.commands_sent() == ["/open"]


async def test_allowed_for_an_hour_it_opens_again_and_then_asks_again(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await owner.tap("For 1 h")
    for _ in range(2):
        assert "opened" in await member.say("/open front")
    await house.wait(3601)
    await house.poll_once()
    assert "asks first" in await member.say("/open front")


async def test_an_opening_that_was_allowed_ends_after_two_minutes(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await owner.tap("Allow once")
    await house.wait(121)
    await house.poll_once()
    assert "asks first" in await member.say("/open front")
    assert house.commands_sent() == []


async def test_refused_it_stays_closed(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    assert "refused" in await owner.tap("Refuse")
    assert "Olga says no" in member.seen[-1]
    assert "asks first" in await member.say("/open front")


async def test_nobody_answers_and_everybody_hears_of_it(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await house.wait(151)
    assert "nobody answered in time" in member.seen[-1]
    assert "nobody answered in time" in owner.last["text"]
    assert owner.last["buttons"] == []
    await house.poll_once()
    await asked(member)


async def test_an_answer_that_comes_too_late_allows_nothing(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    house.hands.turn(121)
    await owner.forge("say:1:once")
    assert "nobody answered in time" in owner.seen[-1]
    assert "asks first" in await member.say("/open front")


async def test_the_first_answer_wins_and_all_copies_change(
    house: House, owner: Chat, member: Chat, guest: Chat
) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=GRETA, role=Role.OWNER)
    await asked(member)
    assert QUESTION in guest.seen[-1]
    await guest.tap("Refuse")
    assert "Max (43) at Front door: refused by Greta" in owner.last["text"]
    assert owner.last["buttons"] == []
    await owner.forge("say:1:once")
    assert "asks first" in await member.say("/open front")


async def test_nobody_approves_themself(house: House, owner: Chat, member: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
    await asked(member)
    await member.forge("say:1:once")
    assert "nobody for themself" in member.alerts[-1]
    assert len(await rights_at_front(house)) == 1


@pytest.mark.parametrize("person", [GRETA, SAM])
async def test_others_cannot_answer(house: House, member: Chat, person: int) -> None:
    await asked(member)
    await Chat(house, person, person).say("/whoami")
    await house.in_group(OLGA).say("/start")
    for chat in (Chat(house, person, person), house.in_group(person)):
        for answer in ("once", "hour", "refused"):
            await chat.forge(f"say:1:{answer}")
    assert len(await rights_at_front(house)) == 1
    assert "says" not in member.seen[-1]


async def test_the_sponsor_of_the_right_is_asked_too(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    people = house.inside.people
    await house.allow(GRETA, "Greta", "front", "open", "close", "status")
    await people.change_person(caller=OLGA, person_id=GRETA, role=Role.MANAGER)
    await people.deny(caller=OLGA, person_id=MAX, door="front")
    await people.allow(caller=GRETA, person_id=MAX, name="Max", door="front", actions=[Action.OPEN], length=None)
    [right] = [one for one in (await people.rights(MAX)).grants if one.door == "front"]
    await people.change(caller=GRETA, grant_id=right.id, asks_first=True)
    await asked(member)
    await guest.tap("Allow once")
    assert "Greta says yes" in member.seen[-1]
    assert "allowed once by Greta" in owner.last["text"]
    assert "opened" in await member.say("/open front")


async def test_a_right_taken_meanwhile_is_not_given_back(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await owner.say("/deny 43 front")
    await owner.forge("say:1:once")
    assert "nothing was allowed" in owner.seen[-1]
    assert "no door" in await member.say("/open front")
    assert await rights_at_front(house) == []


async def test_a_counted_right_counts_what_was_allowed(house: House, owner: Chat, member: Chat) -> None:
    await asks_first(house, uses_left=1)
    await asked(member)
    await owner.tap("For 1 h")
    assert "opened" in await member.say("/open front")
    assert "nothing was opened" in await member.say("/open front")
    assert house.commands_sent() == ["/open"]


async def test_in_a_lockdown_nothing_can_be_asked(house: House, owner: Chat, member: Chat) -> None:
    await member.say("/open front")
    await owner.say("/lockdown")
    await member.tap("Ask to open", message_id=member.messages[-2]["message_id"])
    assert "locked down" in member.alerts[-1]
    assert "locked down" in await member.say("/open front")


async def test_it_goes_on_after_a_restart(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await house.restart()
    await owner.tap("Allow once")
    assert "opened" in await member.say("/open front")


async def test_two_approvers_where_two_are_wanted(house: House, owner: Chat, member: Chat, guest: Chat) -> None:
    await house.inside.people.change_person(caller=OLGA, person_id=GRETA, role=Role.OWNER)
    await house.inside.approvals.ask(
        person_id=MAX, name="Max", door="front", chat_id=MAX, thread_id=None, votes_needed=2
    )
    await house.quiet()
    assert "2 people have to say yes" in owner.seen[-1]
    assert "Another one has to say yes" in await owner.tap("For 1 h")
    await owner.forge("say:1:hour")
    assert len(await rights_at_front(house)) == 1
    await guest.tap("Allow once")
    assert "once" in member.seen[-1]
    assert "opened" in await member.say("/open front")


async def test_with_nobody_to_say_yes_nothing_is_asked(house: House, member: Chat) -> None:
    asked = await house.inside.approvals.ask(
        person_id=MAX, name="Max", door="front", chat_id=MAX, thread_id=None, votes_needed=2
    )
    assert asked.asking.name == "NOBODY"


async def test_who_asks_again_is_not_asked_twice_for(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    count = len(owner.messages)
    await member.say("/open front")
    assert "have not answered yet" in await member.tap("Ask to open")
    assert len(owner.messages) == count


async def test_nobody_asks_for_ever(house: House, owner: Chat, member: Chat) -> None:
    for _ in range(5):
        await asked(member)
        await house.wait(5)
        await owner.tap("Refuse")
    await member.say("/open front")
    assert "wait ten minutes" in await member.tap("Ask to open")


@pytest.mark.parametrize(("group", "thread"), [(GROUP, None), (CLUB, None), (FORUM, TOPIC)])
async def test_asked_in_a_group_it_is_answered_there(house: House, owner: Chat, group: int, thread: int | None) -> None:
    there = house.in_group(MAX, group, thread)
    await asked(there)
    await owner.tap("Allow once")
    assert "Max: Olga says yes" in there.last["text"]
    # The button is anybody's to press, and opens for who may.
    await house.in_group(GRETA, group, thread).tap("Open Front door")
    assert house.commands_sent() == []
    await there.tap("Open Front door")
    assert house.commands_sent() == ["/open"]


@pytest.mark.parametrize("person", [GRETA, SAM])
async def test_without_such_a_right_nothing_is_asked(house: House, owner: Chat, person: int) -> None:
    chat = Chat(house, person, person)
    await chat.say("/whoami")
    await house.poll_once()
    await chat.forge("please:front")
    await chat.forge("please:nowhere")
    assert not [text for text in owner.seen if "asks you" in text]
    assert not [text for text in [*chat.seen, *chat.alerts] if "Front" in text]


async def test_who_may_open_anyway_need_not_ask(house: House, owner: Chat) -> None:
    await owner.say("/whoami")
    await house.poll_once()
    await owner.forge("please:front")
    assert "You need not ask" in owner.seen[-1]


async def test_the_door_is_on_the_home_screen_and_found_by_its_title(house: House, member: Chat) -> None:
    assert "asks first" in await member.say("/open Front door")
    await member.say("/start")
    await member.tap("Open")
    assert "Ask to open" in member.buttons
    assert "2 minutes" in await member.tap("Ask to open")
    assert member.buttons == ["‹ Back"]


async def test_every_step_is_in_the_journal(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await owner.tap("Allow once")
    await member.say("/open front")
    kinds = [entry.kind for entry in await house.journal()]
    steps = ["denied", "asked to open", "grant added", "asking answered", "started", "outcome"]
    assert [kind for kind in kinds if kind in steps][-6:] == steps
    [answer] = await house.journal("asking answered")
    assert (answer.detail["by"], answer.detail["answer"], answer.person_id) == (OLGA, "once", MAX)


async def test_what_was_allowed_does_not_stay_in_the_list(house: House, owner: Chat, member: Chat) -> None:
    await asked(member)
    await owner.tap("Allow once")
    assert len(await rights_at_front(house)) == 2
    await house.wait(300)
    assert len(await rights_at_front(house)) == 1
    assert await house.inside.people.record.differences() == []
