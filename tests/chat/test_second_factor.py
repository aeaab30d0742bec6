"""A door that wants a code of an authenticator app: setting it up, the code at the door, and what goes wrong."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.failures import StorageFailed
from bot.domain.people import Role
from tests.authenticator import Authenticator
from tests.house import GROUP, MAX, OLGA, Chat, House, a_house

WANTED = "wants a code of your authenticator app"
TOKEN = {"telegram_token": "77000042:another-token-of-the-bot"}


@pytest.fixture
async def house(path: Path) -> AsyncIterator[House]:
    """Its front door always wants a second factor, the shed by night."""
    doors = {"front": {"second_factor": "always"}, "shed": {"second_factor": "22:00-07:00"}}
    async with a_house(path, doors=doors) as house:
        yield house


def key_shown(chat: Chat) -> str:
    return str(chat.last["buttons"][0][0]["copy_text"])


async def set_up(chat: Chat) -> Authenticator:
    """As somebody does who wants to open something a minute later."""
    await chat.say("/2fa")
    app = Authenticator(key_shown(chat), chat.house.now)
    assert "is set up" in await chat.say(app.code())
    await chat.house.wait(60)
    await chat.house.poll_once()
    return app


def texts_in(house: House, chat: int) -> str:
    """Everything that is to be read in a chat now."""
    return "\n".join(view["text"] for view in house.telegram.transcript(chat) if not view["deleted"])


async def test_a_code_opens_the_door_and_is_deleted(house: House, owner: Chat) -> None:
    app = await set_up(owner)
    assert WANTED in await owner.say("/open front")
    assert house.front_bolt == "locked"
    code = app.code()
    assert "opened" in await owner.say(code)
    assert house.front_bolt == "unlocked"
    assert code not in texts_in(house, OLGA)
    [started] = await house.journal("started")
    assert started.detail["how"] == "second factor"


async def test_the_key_is_shown_once_protected_and_deleted(house: House, owner: Chat) -> None:
    await owner.say("/2fa")
    key, shown = key_shown(owner), owner.last
    assert (shown["protect"], shown["file"]["name"]) == (True, "key.png")
    await owner.say(Authenticator(key, house.now).code())
    assert key[:4] not in texts_in(house, OLGA)


async def test_a_key_whose_message_the_disk_did_not_take_is_deleted_all_the_same(
    house: House, owner: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object, **__: object) -> None:
        raise StorageFailed("the disk is full")

    monkeypatch.setattr(house.storage.second_factors, "keep_message", full)
    await owner.say("/2fa")
    key = key_shown(owner)
    assert "nothing was done" not in owner.last["text"]
    monkeypatch.undo()
    await house.wait(11 * 60)
    await house.poll_once()
    assert key[:4] not in texts_in(house, OLGA)


async def test_neither_key_nor_code_is_written_anywhere(
    house: House, owner: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    app = await set_up(owner)
    await owner.say("/open front")
    code = app.code()
    await owner.say(app.wrong())
    await owner.say(code)
    assert house.front_bolt == "unlocked"
    await house.stop()
    kept = b"".join(file.read_bytes() for file in house.database.parent.iterdir() if file.is_file())
    for secret in (app.key, code, app.wrong()):
        alone = re.compile(rf"(?<![0-9]){secret}(?![0-9])")
        assert not alone.search(kept.decode("latin-1"))
        assert not alone.search(caplog.text)


async def test_a_key_that_is_not_confirmed_is_deleted_in_time_also_after_a_restart(house: House, owner: Chat) -> None:
    await owner.say("/2fa")
    app = Authenticator(key_shown(owner), house.now)
    await house.restart()
    await house.wait(11 * 60)
    await house.poll_once()
    assert app.key[:4] not in texts_in(house, OLGA)
    assert "Nothing waits for a code" in await owner.say(app.code())
    assert "you have set up none" in await owner.say("/open front")


async def test_a_used_code_is_refused_and_one_step_of_drift_is_not(house: House, owner: Chat) -> None:
    app = await set_up(owner)
    await owner.say("/open front")
    code = app.code(steps=-1)
    assert "opened" in await owner.say(code)
    await owner.say("/open front")
    assert "wrong, or was used before" in await owner.say(code)
    assert "wrong, or was used before" in await owner.say(app.code(steps=2))
    assert "opened" in await owner.say(app.code(steps=1))


async def test_a_code_is_for_the_command_it_was_asked_for_alone(house: House, owner: Chat) -> None:
    app = await set_up(owner)
    await owner.say("/open front")
    await owner.say(app.code())
    assert "Nothing waits for a code" in await owner.say(app.code(steps=1))
    await owner.say("/close front")
    await owner.say("/open front")
    await house.wait(121)
    await house.poll_once()
    assert "Nothing waits for a code" in await owner.say(app.code())
    assert house.front_bolt == "locked"


async def test_somebody_elses_code_opens_nothing(house: House, owner: Chat, member: Chat) -> None:
    app = await set_up(owner)
    await set_up(member)
    await member.say("/open front")
    assert "wrong" in await member.say(app.code())
    assert house.front_bolt == "locked"


async def test_in_a_group_the_code_is_asked_for_privately(house: House, owner: Chat, owner_in_group: Chat) -> None:
    app = await set_up(owner)
    assert "asked you for it privately" in await owner_in_group.say("/open front")
    assert WANTED in owner.last["text"]
    assert "typed in the private chat" in await owner_in_group.say(f"/code {app.code()}")
    assert house.front_bolt == "locked"
    assert "opened" in await owner.say(f"/code {app.code()}")


async def test_five_wrong_codes_lock_for_a_quarter_of_an_hour_also_after_a_restart(
    house: House, owner: Chat, member: Chat
) -> None:
    app = await set_up(member)
    await member.say("/open front")
    for number in range(4):
        assert "left" in await member.say(app.wrong(number))
    assert "Too many codes were wrong" in await member.say(app.wrong(4))
    assert "Max typed 5 wrong codes" in owner.last["text"]
    assert (await house.journal("second factor locked"))[0].person_id == MAX
    await house.restart()
    await member.say("/open front")
    await member.say(app.code())
    assert "Too many codes were wrong" in await member.say("/open front")
    assert "accepted" in await member.say("/open garage")
    await house.wait(15 * 60)
    await house.poll_once()
    assert WANTED in await member.say("/open front")
    assert "opened" in await member.say(app.code())


async def test_by_night_alone_where_the_door_says_so(house: House, owner: Chat) -> None:
    app = await set_up(owner)
    assert "opened" in await owner.say("/open shed")
    await house.wait(10 * 3600)
    await house.poll_once()
    await owner.say("/close shed")
    assert WANTED in await owner.say("/open shed")
    assert "opened" in await owner.say(app.code())


async def test_a_right_wants_it_where_the_door_does_not(house: House, owner: Chat, member: Chat) -> None:
    await owner.say("/grant 44 shed open,close 2fa")
    greta = house.guest
    app = await set_up(greta)
    assert WANTED in await greta.say("/open shed")
    assert "opened" in await greta.say(app.code())
    assert "closed" in await greta.say("/close shed")


async def test_buttons_and_codes_for_keypads_ask_as_well(path: Path) -> None:
    async with a_house(path, doors={"garage": {"second_factor": "always"}}) as house:
        owner = house.owner
        app = await set_up(owner)
        await owner.say("/start")
        assert WANTED in await owner.tap("Open Garage")
        assert "accepted" in await owner.say(app.code())
        await house.wait(180)
        await house.poll_once()
        assert WANTED in await owner.say("/pin garage 2h")
        assert "🔑 Garage" in await owner.say(app.code())


async def test_with_another_token_it_is_set_up_again_and_the_person_is_told(path: Path) -> None:
    house = House(path, {"front": {"second_factor": "always"}})
    await house.start()
    app = await set_up(house.owner)
    factors = house.inside.second_factors
    factors._source = type(factors._source)(TOKEN["telegram_token"])
    assert "another token" in await house.owner.say("/open front")
    await house.owner.say("/2fa")
    again = Authenticator(key_shown(house.owner), house.now)
    assert again.key != app.key
    assert "is set up" in await house.owner.say(again.code())
    await house.stop()


async def test_a_new_key_needs_a_code_of_the_old_one(house: House, owner: Chat) -> None:
    app = await set_up(owner)
    await owner.say("/2fa")
    await owner.tap("Set it up anew")
    assert "wrong" in await owner.say(app.wrong())
    await owner.say(app.code())
    new = Authenticator(key_shown(owner), house.now)
    await owner.say(new.code())
    await owner.say("/open front")
    assert "wrong" in await owner.say(app.code(steps=1))
    assert "opened" in await owner.say(new.code(steps=1))


async def test_an_owner_resets_somebody_elses_and_everybody_hears_of_it(
    house: House, owner: Chat, member: Chat, guest: Chat
) -> None:
    await set_up(member)
    assert "Max set up a second factor" in owner.last["text"]
    await guest.say("/2fa Max")
    await owner.say("/people Max")
    await owner.tap("Max")
    await owner.tap("Reset the second factor")
    assert "On the list since" in await owner.tap("‹ Back")
    await owner.tap("Reset the second factor")
    assert "Done" in await owner.tap("Reset the second factor")
    assert "was reset by Olga" in member.last["text"]
    assert "you have set up none" in await member.say("/open front")
    [row] = await house.journal("second factor reset")
    assert (row.person_id, row.detail["by"]) == (MAX, OLGA)


async def test_nobody_resets_their_own(house: House, owner: Chat) -> None:
    app = await set_up(owner)
    assert "Nobody resets their own" in await owner.say("/2fa 42")
    await owner.forge(f"go:reset2fa:0:{OLGA}", message_id=owner.last["message_id"])
    await owner.say("/open front")
    assert "opened" in await owner.say(app.code())


async def test_the_key_is_nobody_elses_business(house: House, owner_in_group: Chat, stranger: Chat) -> None:
    assert "private chat" in await owner_in_group.say("/2fa")
    assert "not on the list" in await stranger.say("/2fa")
    assert not [view for view in house.telegram.transcript(GROUP) if view["file"]]


async def test_while_the_time_is_in_doubt_no_code_counts(
    house: House, owner: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = await set_up(owner)
    await owner.say("/open front")
    monkeypatch.setattr(type(house.inside.clock), "is_doubted", property(lambda clock: True))
    assert "contradicts itself" in await owner.say(app.code())
    assert house.front_bolt == "locked"


async def test_a_door_that_confirms_takes_the_code_for_a_yes(path: Path) -> None:
    async with a_house(path, doors={"front": {"second_factor": "always", "confirm": "always"}}) as house:
        app = await set_up(house.owner)
        assert WANTED in await house.owner.say("/open front")
        assert "opened" in await house.owner.say(app.code())
        assert "Close" in await house.owner.say("/close front")


async def test_why_says_that_a_code_is_wanted(house: House, owner: Chat, member: Chat) -> None:
    assert "with a code of the second factor" in await owner.say("/why front")
    assert "with a code of the second factor" in await member.say("/why front")


async def test_keeping_the_door_open_wants_a_code_of_its_own(path: Path) -> None:
    doors = {"front": {"second_factor": "always", "auto_lock_minutes": 5}}
    async with a_house(path, doors=doors) as house:
        app = await set_up(house.owner)
        await house.owner.say("/open front")
        await house.owner.say(app.code())
        assert WANTED in await house.owner.tap("Keep open 30 min")
        assert "wrong" in await house.owner.say(app.code())
        assert "does not close by itself before" in await house.owner.say(app.code(steps=1))


async def test_it_is_set_up_from_the_refusal(house: House, owner: Chat) -> None:
    await owner.say("/open front")
    await owner.tap("Set it up")
    app = Authenticator(key_shown(owner), house.now)
    assert "is set up" in await owner.say(app.code())


async def test_a_change_is_rehearsed_as_if_a_code_were_at_hand(house: House, owner: Chat, member: Chat) -> None:
    app = await set_up(member)
    await member.say("/open front")
    await member.say(app.code())
    await owner.say("/people Max")
    await owner.tap("Max")
    await owner.tap("Front door · close, open, status")
    assert "1 opening of the last 30 days would have been refused" in await owner.tap("Remove")


async def test_a_code_for_a_keypad_is_not_called_longer_than_its_right(path: Path) -> None:
    async with a_house(path, doors={"garage": {"second_factor": "22:00-07:00"}}) as house:
        app = await set_up(house.member)
        await house.member.say("/pin garage 2h")
        assert "🔑 Garage" in await house.member.say(app.code())
        await house.inside.people.change_person(caller=OLGA, person_id=MAX, role=Role.MANAGER)
        await house.quiet()
        assert not [text for text in house.owner.seen if "outlive" in text]


async def test_others_say_yes_first_and_the_code_comes_last(house: House, owner: Chat, guest: Chat) -> None:
    app = await set_up(guest)
    await owner.say("/grant 44 shed open asks 2fa")
    assert "nobody has said yes" in await guest.say("/open shed")
    await guest.tap("Ask to open")
    await owner.tap("Allow once")
    assert WANTED in await guest.say("/open shed")
    assert "opened" in await guest.say(app.code())
