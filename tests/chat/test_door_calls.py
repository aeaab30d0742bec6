"""I can't get in: the guest hears the likely cause, and those who can help are called until one answers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.domain.failures import StorageFailed
from bot.domain.people import Role
from tests.chat.test_inviting import token_in
from tests.chat.test_second_factor import set_up
from tests.house import FORUM, FRONT, GRETA, GROUP, MAX, OLGA, SAM, TOPIC, Chat, House, a_house
from tests.keypads import a_house_with_keypads

CARD = "Dupont (Sam) stands at Front door and can't get in"
STUCK = "🆘 I can't get in"
HOUR, DAY = 3600, 86_400


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """Sam is the guest Dupont of Max, a manager. Olga owns the house. Greta is a neighbour who may open there."""
    async with a_house(path) as house:
        await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
        await house.allow(GRETA, "Greta", "front", "open")
        await house.owner.say("/neighbours front Greta")
        await house.member.say("/guest Dupont 1d front")
        await house.stranger.say(f"/start {token_in(house.member)}")
        yield house


async def wait(house: House, seconds: float = 5) -> None:
    """Until what is told of it has arrived, and the bot knows again what time it is."""
    await house.wait(seconds)
    await house.poll_once()


async def stuck(chat: Chat) -> str:
    """What the bot says to it. The message below tells who is called."""
    await chat.say("/stuck")
    await wait(chat.house)
    return next(text for text in reversed(chat.seen) if text.startswith("🆘"))


def cards(chat: Chat) -> list[str]:
    return [text for text in chat.seen if "stands at" in text and "can't get in" in text]


async def test_the_host_opens_and_nobody_else_is_called(
    house: House, owner: Chat, member: Chat, guest: Chat, stranger: Chat
) -> None:
    await stranger.say("/start")
    await stranger.tap(STUCK)
    await wait(house)
    assert "Max, your host, is being called" in stranger.last["text"]
    assert CARD in member.last["text"]
    assert member.buttons == ["Open now", "Call", "Not now"]
    assert "opened" in await member.tap("Open now")
    await wait(house)
    assert "Max, your host, opened it for you" in stranger.last["text"]
    await wait(house, 300)
    assert cards(owner) == cards(guest) == []
    assert house.commands_sent() == ["/open"]
    [ended] = await house.journal("call from the door ended")
    assert (ended.person_id, ended.detail["by"], ended.detail["answer"]) == (SAM, MAX, "opened")
    assert "the call of Sam at Front door ended, by Max" in await owner.say("/history")


async def test_who_does_not_answer_is_followed_by_the_next(
    house: House, owner: Chat, member: Chat, guest: Chat, stranger: Chat
) -> None:
    await stuck(stranger)
    for number, chat in enumerate((owner, guest)):
        assert cards(chat) == []
        await wait(house, 61)
        assert CARD in chat.last["text"]
        assert stranger.last["text"].count("has not answered yet") == number + 1
    assert "as a neighbour. Nobody is left" in guest.last["text"]
    assert "opened" in await guest.tap("Open now")
    await wait(house)
    assert "Greta, a neighbour, opened it for you" in stranger.last["text"]
    for chat in (member, owner):
        [card] = [one for one in chat.messages if "Dupont (Sam) at Front door: opened by Greta." in one["text"]]
        assert card["buttons"] == []


async def test_not_now_calls_the_next_at_once(house: House, owner: Chat, member: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    assert "Somebody else is called" in await member.tap("Not now")
    await wait(house)
    assert CARD in owner.last["text"]
    assert "Max, your host, cannot just now" in stranger.last["text"]
    # Whoever thinks better of it still may.
    assert "knows that you get in touch" in await member.tap("Call")
    await wait(house)
    assert "taken care of by Max" in owner.last["text"]
    assert owner.last["buttons"] == []


async def test_not_now_of_the_last_one_is_said_to_all(house: House, owner: Chat, member: Chat, stranger: Chat) -> None:
    await owner.tap("Not Greta at Front door")
    await stuck(stranger)
    await member.tap("Not now")
    await wait(house)
    assert "Nobody is left to be called" in await owner.tap("Not now")
    await wait(house)
    assert "nobody has answered" in stranger.last["text"]


async def test_who_cannot_be_reached_is_not_waited_for(house: House, owner: Chat, member: Chat, stranger: Chat) -> None:
    house.telegram.people[MAX].blocked = True
    await stuck(stranger)
    assert "Max, your host, has not answered" in stranger.last["text"]
    assert CARD in owner.last["text"]


async def test_whoever_calls_gets_a_way_to_and_ends_it(house: House, member: Chat, guest: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    await member.tap("Call")
    [[write], [open_]] = member.last["buttons"]
    assert (write["text"], write["url"]) == ("Write to Dupont (Sam) or call", f"tg://user?id={SAM}")
    assert open_["text"] == "Open Front door"
    await wait(house)
    assert "Max, your host, gets in touch with you now" in stranger.last["text"]
    await wait(house, 300)
    assert cards(guest) == []


async def test_a_guest_whose_settings_forbid_links_can_be_called_all_the_same(
    house: House, member: Chat, stranger: Chat
) -> None:
    house.telegram.people[SAM].hides_links = True
    await stuck(stranger)
    assert "knows that you get in touch" in await member.tap("Call")
    assert member.buttons == ["Open Front door"]


async def test_a_lock_that_does_not_open_is_followed_by_the_next(
    house: House, owner: Chat, member: Chat, stranger: Chat
) -> None:
    await stuck(stranger)
    house.gateway.offline = True
    await member.tap("Open now")
    assert "still stands at Front door" in member.last["text"]
    assert "Call" in member.buttons
    await wait(house)
    assert "Max, your host, tried to open, and the lock did not" in stranger.last["text"]
    assert CARD in owner.last["text"]


async def test_an_opening_without_a_clear_answer_says_so(house: House, member: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    house.gateway.faults.arrange("/open", "reset_after")
    await member.tap("Open now")
    await wait(house)
    assert "Max, your host, asked the lock to open, and it gave no clear answer" in stranger.last["text"]
    assert stranger.buttons == [STUCK]


async def test_nobody_answers_and_the_guest_hears_what_remains(
    house: House, member: Chat, guest: Chat, stranger: Chat
) -> None:
    await stuck(stranger)
    for _ in range(3):
        await wait(house, 61)
    assert "nobody has answered" in stranger.last["text"]
    assert "Writing to Max or calling them" in stranger.last["text"]
    assert "nobody answered in time" in guest.last["text"]
    # Late is better than never, and opens nothing.
    await member.forge("call:1:open")
    assert "nobody answered in time" in member.last["text"]
    assert house.commands_sent() == []
    await stranger.tap(STUCK)
    await wait(house)
    assert len(cards(member)) == 2


async def test_a_guest_cannot_ring_everybody_all_night(house: House, member: Chat, stranger: Chat) -> None:
    assert "called now" in await stuck(stranger)
    assert "being called already" in await stuck(stranger)
    for _ in range(2):
        await stranger.tap("I am in")
        await stuck(stranger)
    await stranger.tap("I am in")
    await house.restart()
    assert "nobody is called again for a while" in await stuck(stranger)
    assert len(cards(member)) == 3
    await wait(house, HOUR)
    assert "called now" in await stuck(stranger)


async def test_who_is_in_ends_it(house: House, owner: Chat, member: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    assert "Nobody is called any more" in await stranger.tap("I am in")
    await wait(house)
    assert "Dupont (Sam) at Front door: is in." in member.last["text"]
    await wait(house, 100)
    assert cards(owner) == []
    await member.forge("call:1:open")
    assert house.commands_sent() == []


async def test_it_goes_on_after_a_restart(house: House, owner: Chat, member: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    await house.restart()
    await wait(house, 61)
    assert CARD in owner.last["text"]
    assert "opened" in await member.tap("Open now") or "opened" in await member.tap("Open Front door")
    await wait(house)
    assert "Max, your host, opened it for you" in stranger.last["text"]


async def test_an_opening_that_a_restart_cut_off_is_no_opening(house: House, member: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    await house.storage.database.rows("UPDATE door_call_people SET answer = 'opening' WHERE person_id = $1", MAX)
    await house.restart()
    await wait(house, 150)
    assert "gave no clear answer" in stranger.last["text"]


async def offline(house: House) -> None:
    house.gateway.offline = True
    await house.owner.say("/lockdown off")
    for _ in range(3):
        await wait(house, HOUR + 1)


async def flat(house: House) -> None:
    house.gateway.lock(FRONT).battery_mv = 5000
    await house.owner.say("/status front")


async def open_already(house: House) -> None:
    house.gateway.turn_by_hand(FRONT, "unlocked")
    await house.owner.say("/status front")


async def locked_down(house: House) -> None:
    await house.owner.say("/lockdown")


async def over(house: House) -> None:
    await wait(house, DAY + HOUR)


CAUSES: dict[str, tuple[Callable[[House], Awaitable[None]], tuple[str, ...]]] = {
    "offline": (offline, ("does not reach the lock since Sun 1 Mar", "The gateway cannot be reached")),
    "flat": (flat, ("The battery of the lock is low",)),
    "open": (open_already, ("The bolt was seen open", "Push the door")),
    "lockdown": (locked_down, ("locked down, and only owners",)),
    "over": (over, ("Your right to this door has ended: Mon 2 Mar",)),
}


@pytest.mark.parametrize("name", CAUSES)
async def test_the_likely_cause_is_named(house: House, stranger: Chat, name: str) -> None:
    arrange, says = CAUSES[name]
    await arrange(house)
    said = await stuck(stranger)
    assert all(words in said for words in says), said


@pytest.mark.parametrize("arrange", [locked_down, over])
async def test_who_may_not_come_in_does_not_hear_that_the_door_stands_open(
    house: House, stranger: Chat, arrange: Callable[[House], Awaitable[None]]
) -> None:
    await arrange(house)
    await open_already(house)
    said = await stuck(stranger)
    assert "Likely" in said
    assert "open" not in said.replace("only owners open it", "")


async def test_the_button_under_what_a_group_is_told_is_for_whoever_has_a_right(house: House, guest: Chat) -> None:
    there = house.in_group(SAM)
    await stuck(there)
    for _ in range(3):
        await wait(house, 61)
    assert there.buttons == [STUCK]
    await there.tap(STUCK)
    await wait(house)
    assert "Max, your host, is being called" in there.last["text"]
    assert there.alerts == []


async def test_for_a_right_that_is_used_up_hosts_are_called_and_no_neighbours(
    house: House, owner: Chat, member: Chat, guest: Chat, stranger: Chat
) -> None:
    [right] = (await house.inside.people.rights(SAM)).grants
    await house.inside.people.change(caller=OLGA, grant_id=right.id, uses_left=0)
    assert "All openings of your right are used" in await stuck(stranger)
    for _ in range(3):
        await wait(house, 61)
    assert "All openings of their right are used" in cards(member)[0]
    assert cards(owner)
    assert cards(guest) == []


async def test_for_a_pass_that_begins_next_week_nobody_is_woken(
    house: House, owner: Chat, member: Chat, stranger: Chat
) -> None:
    await house.inside.passes.revoke(caller=OLGA, pass_id=1)
    await owner.say("/guest Dupont fri 15:00 - sun 11:00 front")
    await stranger.say(f"/start {token_in(owner)}")
    said = await stuck(stranger)
    assert "begins later: Fri 6 Mar 15:00 CET" in said
    assert "nobody is woken" in said
    await wait(house, 100)
    assert cards(owner) == []


async def test_under_a_refusal_and_an_unclear_outcome_there_is_the_button(house: House, stranger: Chat) -> None:
    house.gateway.faults.arrange("/open", "reset_after")
    await stranger.say("/open front")
    assert stranger.buttons[-1] == STUCK
    [right] = (await house.inside.people.rights(SAM)).grants
    await house.inside.people.change(caller=OLGA, grant_id=right.id, uses_left=0)
    assert "used up" in await stranger.say("/open front")
    assert stranger.buttons == [STUCK]
    await stranger.tap(STUCK)
    await wait(house)
    assert "Max, your host, is being called" in stranger.last["text"]


@pytest.mark.parametrize(("group", "thread"), [(GROUP, None), (FORUM, TOPIC)])
async def test_asked_in_a_group_it_is_told_there(house: House, member: Chat, group: int, thread: int | None) -> None:
    there = house.in_group(SAM, group, thread)
    await stuck(there)
    assert "Max, your host, is being called" in there.last["text"]
    # Whoever else is there cannot say that Sam is in.
    await house.in_group(GRETA, group, thread).tap("I am in")
    await member.tap("Open now")
    await wait(house)
    assert "opened it for you" in there.last["text"]


async def test_who_is_not_called_can_answer_nothing(house: House, guest: Chat, stranger: Chat) -> None:
    await guest.say("/whoami")
    await house.in_group(GRETA).say("/whoami")
    await stuck(stranger)
    for chat in (guest, stranger, house.in_group(GRETA)):
        for word in ("open", "call", "no"):
            await chat.forge(f"call:1:{word}")
    await guest.forge("call:1:in")
    await guest.forge("call:99:open")
    assert house.commands_sent() == []
    await wait(house)
    assert "Max, your host, is being called" in stranger.last["text"]


async def test_whoever_opened_is_not_told_by_a_full_disk_that_nothing_was_done(
    house: House, member: Chat, stranger: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise StorageFailed("the disk is full")

    await stuck(stranger)
    monkeypatch.setattr(house.storage.door_calls, "end", full)
    assert "opened" in await member.tap("Open now")
    assert [text for text in (*member.seen, *member.alerts) if "nothing was done" in text] == []
    monkeypatch.undo()
    await wait(house, 150)
    assert "gave no clear answer" in stranger.last["text"]


async def test_who_is_suspended_meanwhile_answers_nothing(house: House, member: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    await house.inside.people.change_person(caller=OLGA, person_id=MAX, is_suspended=True)
    for label in ("Call", "Open now"):
        await member.tap(label)
        assert "suspended" in member.alerts[-1]
    await wait(house)
    assert "Max, your host, is being called" in stranger.last["text"]


async def test_a_neighbour_whose_right_is_gone_opens_nothing(house: House, guest: Chat, stranger: Chat) -> None:
    await stuck(stranger)
    await wait(house, 61)
    await wait(house, 61)
    await house.inside.people.deny(caller=OLGA, person_id=GRETA, door="front")
    await guest.tap("Open now")
    assert house.commands_sent() == []
    await wait(house)
    assert "opened" not in stranger.last["text"]
    await stranger.tap(STUCK)
    for _ in range(4):
        await wait(house, 61)
    assert len(cards(guest)) == 1


async def test_without_a_right_to_a_door_there_is_nothing(house: House, owner: Chat, member: Chat) -> None:
    await house.inside.passes.revoke(caller=OLGA, pass_id=1)
    await house.inside.people.deny(caller=OLGA, person_id=SAM, door=None)
    before = len(house.stranger.seen)
    for words in ("/stuck", "/stuck front", "/sos"):
        await house.stranger.say(words)
    await house.stranger.forge("go:stuck:0:front")
    await house.guest.say("/whoami")
    await house.guest.forge("go:stuck:0:shed")
    await wait(house)
    said = [*house.stranger.seen[before:], *house.stranger.alerts, *house.guest.seen]
    assert not [text for text in said if "Garden shed" in text or "Likely" in text]
    assert cards(owner) == cards(member) == []


async def test_an_old_press_is_asked_about(house: House, member: Chat, stranger: Chat) -> None:
    await stranger.say("/start")
    await house.wait(120)
    await stranger.tap(STUCK)
    assert "Do you stand at the door now" in stranger.last["text"]
    assert cards(member) == []


class TestNeighbours:
    async def test_they_need_a_right_of_their_own(self, house: House, owner: Chat) -> None:
        assert "no right of their own to open Garden shed" in await owner.say("/neighbours shed Greta")
        await house.allow(GRETA, "Greta", "shed", "open")
        assert "Garden shed: Greta" in await owner.say("/neighbours shed Greta")
        assert "Garden shed" not in await owner.tap("Not Greta at Garden shed")
        kinds = [entry.kind for entry in await house.journal() if entry.kind.startswith("neighbour")]
        assert kinds == ["neighbour added", "neighbour added", "neighbour removed"]

    async def test_only_owners_name_them(self, house: House, member: Chat, guest: Chat) -> None:
        for chat in (member, guest):
            assert "Only an owner" in await chat.say("/neighbours front Max")
            await chat.forge(f"go:noneighbour:0:front~{GRETA}")
        assert await house.storage.neighbours.of("front") == [GRETA]

    async def test_who_is_off_the_list_is_none_any_more(self, house: House) -> None:
        await house.inside.people.deny(caller=OLGA, person_id=GRETA, door=None)
        assert await house.storage.neighbours.of("front") == []


async def test_whoever_is_called_opens_with_a_code_where_the_door_wants_one(path: Path) -> None:
    async with a_house(path, doors={"front": {"second_factor": "always"}}) as house:
        app = await set_up(house.owner)
        await set_up(house.guest)
        await house.allow(GRETA, "Greta", "front", "open")
        await house.guest.say("/stuck front")
        await wait(house)
        assert "stands at Front door and can't get in" in house.owner.seen[-1]
        assert "wants a code" in await house.owner.tap("Open now")
        assert "opened" in await house.owner.say(app.code())
        await wait(house)
        assert "opened it for you" in house.guest.last["text"]


async def test_who_types_no_code_has_asked_no_lock_and_the_next_is_called(path: Path) -> None:
    async with a_house(path, doors={"front": {"second_factor": "always"}}) as house:
        await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
        app = await set_up(house.member)
        await house.member.say("/guest Dupont 1d front")
        await house.stranger.say(f"/start {token_in(house.member)}")
        await stuck(house.stranger)
        assert "wants a code" in await house.member.tap("Open now")
        await wait(house, 65)
        assert "Max, your host, has not answered yet" in house.stranger.last["text"]
        assert CARD in house.owner.last["text"]
        # The code is late for the call, and not for the door.
        assert "opened" in await house.member.say(app.code())
        await wait(house)
        assert "Max, your host, opened it for you" in house.stranger.last["text"]


async def test_how_the_code_of_the_pass_is_typed_is_told(path: Path) -> None:
    async with a_house_with_keypads(path) as house:
        await house.owner.say("/guest Dupont 1d front")
        token = token_in(house.owner)
        await house.owner.tap("A code for Front door")
        await house.owner.tap("Make a code for Front door")
        await house.stranger.say(f"/start {token}")
        said = await stuck(house.stranger)
        assert "A mistyped code is likely" in said
        assert "type it slowly, digit by digit. After several wrong ones wait a minute. Type all 6 digits" in said
        house.gateway.offline = True
        for _ in range(3):
            await wait(house, HOUR + 1)
        said = await stuck(house.stranger)
        assert "does not reach the lock" in said
        assert "A code that the lock knows already works all the same" in said
        assert "Also: The bot sees nothing wrong" not in said


@pytest.mark.parametrize("label", ["Open now", "Call", "Not now"])
async def test_nobody_is_let_in_by_an_old_card_whose_right_was_taken(
    house: House, member: Chat, stranger: Chat, label: str
) -> None:
    await stuck(stranger)
    await house.inside.people.deny(caller=OLGA, person_id=SAM, door="front")
    assert await member.tap(label) == "⛔ Dupont (Sam) at Front door: has no right there any more."
    assert house.commands_sent() == []
    [ended] = await house.journal("call from the door ended")
    assert ended.detail["answer"] == "denied"


async def test_a_member_of_a_group_is_let_in_long_after_telegram_was_asked(house: House, owner: Chat) -> None:
    house.telegram.add_person(98, "Tom", started=True)
    house.telegram.set_bot(OLGA, GROUP, "administrator")
    await house.quiet()
    await house.in_group(OLGA).say("/grant members front open")
    await house.in_group(OLGA).tap("Let the members in")
    house.telegram.join(98, GROUP)
    await house.quiet()
    await stuck(Chat(house, 98, 98))
    await wait(house, 70)
    assert "opened" in await owner.tap("Open now")
