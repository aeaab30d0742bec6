"""Whatever Telegram does or sends, the door is moved at most once, the answer arrives, and nobody else is stopped."""

from typing import Any

import pytest

from tests.chat.telegram.wire import refuse
from tests.house import CLUB, FRONT, GROUP, MAX, OLGA, Chat, House

OPENED = "🔓 Front door opened"


@pytest.fixture(autouse=True)
def _tries_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.chat.telegram.sender.AGAIN_SECONDS", 0)


async def test_an_answer_survives_one_bad_gateway(house: House, member: Chat) -> None:
    house.telegram.faults.arrange("sendMessage", "http_502")
    assert OPENED in await member.say("/open front")
    assert house.moves() == ["unlocking", "unlocked"]


async def test_an_answer_that_telegram_does_not_take_comes_later(house: House, member: Chat) -> None:
    house.telegram.faults.arrange("*", "http_502", chat=MAX, times=None)
    assert await member.say("/open front") == ""
    house.telegram.faults.clear()
    await house.wait(6)
    assert OPENED in member.last["text"]
    assert len(member.messages) == 1


async def test_an_answer_whose_group_moves_in_the_midst_of_its_troubles_comes_later(house: House) -> None:
    house.telegram.faults.arrange("sendMessage", "http_502", chat=CLUB, times=2)
    house.in_group(MAX, CLUB).write("/whoami")
    moved = house.telegram.migrate(CLUB)["chat"]
    await house.in_group(MAX, moved).hears("You are Max")


async def test_a_state_that_is_shown_late_says_when_it_was_seen(house: House, member: Chat) -> None:
    house.telegram.faults.arrange("*", "http_502", chat=MAX, times=None)
    await member.say("/status front")
    house.telegram.faults.clear()
    await house.wait(3600)
    assert "just now" in member.last["text"]
    assert member.last["text"].endswith("(written Sun 1 Mar 13:00 CET, delivered late)")


async def test_an_answer_that_telegram_does_not_take_comes_later_after_a_restart(house: House, member: Chat) -> None:
    house.telegram.faults.arrange("*", "http_502", chat=MAX, times=None)
    await member.say("/open front")
    await house.stop()
    house.telegram.faults.clear()
    await house.start()
    assert OPENED in member.last["text"]
    assert house.moves() == ["unlocking", "unlocked"]


async def test_a_late_answer_replaces_what_was_shown_last(house: House, member: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    house.telegram.faults.arrange("editMessageText", "http_502", chat=MAX, times=None)
    member.write("/open front")
    await member.hears("⏳")
    await house.reaches_the_lock("/open")
    house.hands.turn(41)
    await house.quiet()
    assert "⏳" in member.last["text"]
    house.telegram.faults.clear()
    await house.wait(6)
    assert OPENED in member.last["text"]
    assert len(member.messages) == 1


async def test_an_answer_waits_as_long_as_telegram_asks(house: House, member: Chat) -> None:
    refuse(house.telegram, "sendMessage", 429, "Too Many Requests: retry after 60", retry_after=60, times=None)
    await member.say("/open front")
    assert house.front_bolt == "unlocked"
    house.telegram.faults.clear()
    await house.wait(61)
    assert OPENED in member.last["text"]


async def test_of_an_answer_that_comes_later_only_the_last_word_is_said(house: House, member: Chat) -> None:
    refuse(house.telegram, "sendMessage", 429, "Too Many Requests: retry after 60", retry_after=60, times=None)
    await member.say("/open front")
    house.telegram.faults.clear()
    for _ in range(4):
        await house.wait(61)
    assert len(member.messages) == 1
    assert "Bolt seen open" in member.last["text"]


async def test_what_was_left_for_later_never_overwrites_what_is_newer(house: House, member: Chat) -> None:
    refuse(house.telegram, "editMessageText", 429, "Too Many Requests: retry after 60", retry_after=60)
    await member.say("/open front")
    await house.wait(61)
    assert "Bolt seen open" in member.last["text"]
    assert await house.storage.outbox.next_per_chat() == []


async def test_an_unchanged_message_is_no_trouble(house: House, member: Chat) -> None:
    refuse(house.telegram, "editMessageText", 400, "Bad Request: message is not modified: so it is", times=None)
    await member.say("/open front")
    assert len(member.messages) == 1
    assert house.moves() == ["unlocking", "unlocked"]


async def test_pressing_status_twice_in_a_second_is_no_trouble(house: House, member: Chat) -> None:
    await member.say("/open front")
    for _ in range(2):
        member.press("Status")
    await house.quiet()
    assert not [text for text in member.seen if "wrong" in text]


@pytest.mark.parametrize("trouble", ["message to edit not found", "message can't be edited"])
async def test_an_answer_that_cannot_be_edited_is_sent_anew(house: House, member: Chat, trouble: str) -> None:
    refuse(house.telegram, "editMessageText", 400, f"Bad Request: {trouble}")
    assert OPENED in await member.say("/open front")


async def test_a_query_that_is_too_old_is_no_trouble(house: House, member: Chat) -> None:
    await member.say("/open")
    house.telegram.faults.arrange(
        "answerCallbackQuery",
        "code",
        code=400,
        cause="Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    assert OPENED in await member.tap("Front door")


async def test_a_message_deleted_by_its_writer_can_still_be_answered(house: House) -> None:
    in_group = house.in_group(MAX)
    update = in_group.write("/open front")
    house.telegram.delete(MAX, GROUP, update["message"]["message_id"])
    await house.quiet()
    assert OPENED in in_group.last["text"]


async def test_a_group_that_becomes_a_supergroup_meanwhile_gets_its_answer(house: House) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    in_group = house.in_group(MAX, CLUB)
    in_group.write("/open front")
    await house.reaches_the_lock("/open")
    moved = house.telegram.migrate(CLUB)["chat"]
    house.hands.turn(41)
    await house.in_group(MAX, moved).hears(OPENED)
    assert house.moves() == ["unlocking", "unlocked"]


async def test_somebody_who_blocks_the_bot_meanwhile_stops_nobody(house: House, member: Chat, owner: Chat) -> None:
    house.gateway.faults.arrange("/open", "slow", seconds=40)
    member.write("/open front")
    await house.reaches_the_lock("/open")
    house.telegram.block(MAX)
    house.hands.turn(41)
    await house.quiet()
    assert await house.outcomes() == ["confirmed"]
    assert OPENED in await owner.say("/open front")


async def test_a_closed_topic_is_no_obstacle_for_the_door(house: House, member_in_topic: Chat) -> None:
    update = member_in_topic.write("/open front")
    house.telegram.close_topic(update["message"]["chat"]["id"], 7)
    await house.quiet()
    assert await house.outcomes() == ["confirmed"]


PERSON = {"id": OLGA, "is_bot": False, "first_name": "Olga"}
PRIVATE = {"id": OLGA, "type": "private", "first_name": "Olga"}
POISON: dict[str, dict[str, Any]] = {
    "a message that is a number": {"message": 5},
    "a message that is nothing": {"message": None},
    "a message without anything": {"message": {}},
    "a message without a chat": {"message": {"message_id": 1, "date": 1, "from": PERSON, "text": "/open front"}},
    "a message from nobody": {"message": {"message_id": 1, "date": 1, "chat": PRIVATE, "text": "/help"}},
    "a date that is a word": {"message": {"message_id": 1, "date": "now", "chat": PRIVATE, "from": PERSON}},
    "a date beyond time": {"message": {"message_id": 1, "date": 10**18, "chat": PRIVATE, "from": PERSON}},
    "entities that are none": {
        "message": {"message_id": 1, "date": 1, "chat": PRIVATE, "from": PERSON, "text": "/help", "entities": 7}
    },
    "a command beyond its text": {
        "message": {
            "message_id": 1, "date": 1, "chat": PRIVATE, "from": PERSON, "text": "/",
            "entities": [{"type": "bot_command", "offset": 0, "length": 900}],
        }
    },
    "a person without a name": {
        "message": {"message_id": 1, "date": 1, "chat": PRIVATE, "from": {"id": OLGA, "is_bot": False}, "text": "/help"}
    },
    "a press that is a list": {"callback_query": [1, 2]},
    "a press without a person": {"callback_query": {"id": "1", "chat_instance": "1", "data": "do:open:front::"}},
    "a press without data": {
        "callback_query": {
            "id": "1", "from": PERSON, "chat_instance": "1",
            "message": {"message_id": 1, "date": 1, "chat": PRIVATE, "text": "x"},
        }
    },
    "a membership without members": {"my_chat_member": {"chat": PRIVATE, "from": PERSON, "date": 1}},
    "a kind from the future": {"telepathy": {"thought": "/open front"}},
    "nothing at all": {},
}  # fmt: skip


@pytest.mark.parametrize("poison", POISON)
async def test_a_poisonous_update_stops_nobody(house: House, member: Chat, poison: str) -> None:
    house.telegram.push_raw(POISON[poison])
    assert OPENED in await member.say("/open front")


@pytest.mark.parametrize("poison", POISON)
async def test_a_poisonous_update_opens_nothing(house: House, poison: str) -> None:
    house.telegram.push_raw(POISON[poison])
    await house.quiet()
    assert house.commands_sent() == []


async def test_a_poisonous_update_does_not_take_its_neighbours_along(house: House, member: Chat, owner: Chat) -> None:
    member.write("/open front")
    house.telegram.push_raw({"message": 5})
    owner.write("/open shed")
    await house.quiet()
    assert OPENED in member.last["text"]
    assert "Garden shed opened" in owner.last["text"]


async def test_a_very_long_message_is_answered_like_any_other(house: House, owner: Chat) -> None:
    assert "There is no door “" in await owner.say("/open " + "x" * 4000)
    assert "There is no command /" in await owner.say("/" + "x" * 4000)


@pytest.mark.parametrize("words", ["/open <b>front</b>", "/open &lt;", "/<script>", "/pin garage <b>", "/allow <i>"])
async def test_what_people_write_is_never_taken_for_markup(house: House, owner: Chat, words: str) -> None:
    assert await owner.say(words)
    assert "Something went wrong" not in owner.last["text"]


async def test_a_failure_of_our_own_is_told_and_not_kept_silent(
    house: House, member: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.inside.people, "update_name", breaks)
    assert "Something went wrong in the bot" in await member.say("/open front")
    assert house.commands_sent() == []


async def test_a_database_that_cannot_be_read_is_told_as_such(house: House, member: Chat) -> None:
    await house.storage.database.rows("ALTER TABLE people RENAME TO hidden")
    said = await member.say("/open front")
    await house.storage.database.rows("ALTER TABLE hidden RENAME TO people")
    assert "The database cannot be read or written" in said
    assert house.commands_sent() == []


async def test_a_failure_of_one_persons_update_stops_nobody(
    house: House, member: Chat, owner: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(house.inside.people, "update_name", breaks)
    await member.say("/open front")
    assert OPENED in await owner.say("/open front")
    assert house.gateway.lock(FRONT).bolt == "unlocked"
