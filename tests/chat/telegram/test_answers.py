"""No answer of Telegram's, to any call, ends the bot, silences it, or writes into its log what it likes."""

import contextlib
import json
import logging
import random
from typing import Any

import httpx
import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.chat.telegram.answers import read_answer
from bot.chat.telegram.errors import TryLater, Undeliverable, seconds_to_wait
from bot.chat.telegram.sender import Content, Destination
from tests.chat.telegram.wire import MAX, START, Wire
from tests.fuzz import Noise

MESSAGE = {"message_id": 7, "date": 1, "chat": {"id": MAX, "type": "private"}}
GARBAGE: dict[str, Any] = {
    "nothing": b"",
    "null": None,
    "an empty object": {},
    "an empty list": [],
    "a number": 5,
    "no result": {"ok": True},
    "an empty result": {"ok": True, "result": {}},
    "a result of nothing": {"ok": True, "result": None},
    "a list as result": {"ok": True, "result": []},
    "a text as number": {"ok": True, "result": MESSAGE | {"message_id": "7"}},
    "a number beyond 64 bits": {"ok": True, "result": MESSAGE | {"message_id": 2**70}},
    "not ok": {"ok": "true", "result": MESSAGE},
    "a page": b"<html>502</html>",
    "very deep": b"[" * 200_000,
    "no utf-8": b'{"ok": true, "result": "\xff\xfe"',
}


@pytest.mark.parametrize("answer", GARBAGE)
async def test_a_send_that_is_answered_with_garbage_counts_as_not_delivered(wire: Wire, answer: str) -> None:
    wire.transport.answer(GARBAGE[answer], times=3)
    with pytest.raises(TryLater):
        await wire.sender.send(Destination(MAX), Content("hello"))


@pytest.mark.parametrize("answer", GARBAGE)
async def test_who_the_bot_is_must_be_answered_whole(wire: Wire, answer: str) -> None:
    wire.transport.answer(GARBAGE[answer])
    with pytest.raises(NetworkError, match="cannot be read"):
        await wire.bot.get_me()


@pytest.mark.parametrize("answer", GARBAGE)
async def test_of_other_calls_only_that_they_were_answered_counts(wire: Wire, answer: str) -> None:
    wire.transport.answer(GARBAGE[answer])
    with contextlib.suppress(NetworkError):
        assert await wire.bot.set_my_commands([("help", "this page")]) is True


def test_of_a_message_nothing_but_its_number_goes_on() -> None:
    answer = json.dumps({"ok": True, "result": MESSAGE | {"date": 10**18, "chat": 5, "from": []}}).encode()
    read = read_answer("sendMessage", 200, answer)
    assert read == {"ok": True, "result": {"message_id": 7, "date": 0, "chat": {"id": 0, "type": "private"}}}


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        (30, 30),
        (10**9, 3600),
        (10**400, 3600),
        (float("inf"), 3600),
        (1.5, 1.5),
        ("30", 5),
        (float("nan"), 5),
        (-1, 5),
        (0, 5),
        (True, 5),
        ([], 5),
        (None, 5),
    ],
)
async def test_a_pause_has_bounds_of_our_own(wire: Wire, asked: object, kept: float) -> None:
    wire.transport.answer({"ok": False, "description": "slow", "parameters": {"retry_after": asked}}, 429)
    with pytest.raises(RetryAfter) as error:
        await wire.bot.send_message(MAX, "hello")
    assert seconds_to_wait(error.value) == kept


def test_polling_pauses_for_a_minute_at_most() -> None:
    answer = json.dumps({"ok": False, "parameters": {"retry_after": 10**9}}).encode()
    assert read_answer("getUpdates", 429, answer)["parameters"] == {"retry_after": 60}


@pytest.mark.parametrize("new", ["-100", 1.5, True, None, 2**64, [], {}])
async def test_a_group_moves_only_to_a_number(wire: Wire, new: object) -> None:
    wire.transport.answer({"ok": False, "description": "moved", "parameters": {"migrate_to_chat_id": new}}, 400)
    with pytest.raises(BadRequest):
        await wire.bot.send_message(MAX, "hello")


@pytest.mark.parametrize("said", [None, 5, [], {}, ""])
async def test_a_refusal_without_words_has_its_status(wire: Wire, said: object) -> None:
    wire.transport.answer({"ok": False, "description": said}, 403)
    with pytest.raises(Forbidden, match="HTTP status 403"):
        await wire.bot.send_message(MAX, "hello")


async def test_a_description_forges_no_line_of_the_log(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    forged = "no\r\n2026-01-01 CRITICAL latchkey: all doors opened\x1b[2J\u2028next" + "x" * 9000
    wire.transport.answer({"ok": False, "description": forged}, 403)
    with pytest.raises(Undeliverable) as refused:
        await wire.sender.send(Destination(MAX), Content("hello"))
    await wire.sender.delete(Destination(MAX), 1)
    for text in (str(refused.value), caplog.text.rstrip("\n")):
        assert not set(text) & set("\r\x1b\u2028")
        assert len(text) < 1000
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize(
    "date",
    ["Fri, 31 Dec 9999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -1200", "Thu, 01 Jan 1970 00:00:00 GMT", "now", ""],
)
async def test_a_date_that_is_none_changes_no_clock(wire: Wire, date: str) -> None:
    body = json.dumps({"ok": True, "result": MESSAGE}).encode()
    wire.transport.answers.append(httpx.Response(200, headers={"Date": date}, content=body))
    await wire.sender.send(Destination(MAX), Content("hello"))
    assert wire.clock.now() == START


async def test_thousands_of_spoiled_answers_end_nothing(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever comes back, a send ends with a number, TryLater or Undeliverable, and no call with another failure."""
    caplog.set_level(logging.CRITICAL)
    noise, chance = Noise(), random.Random(1)
    true = {
        "ok": True,
        "result": MESSAGE,
        "description": "no",
        "parameters": {"retry_after": 3, "migrate_to_chat_id": -1},
    }
    for _ in range(2000):
        body = noise.body(json.dumps(noise.spoiled(noise.spoiled(true)), default=str))
        status = chance.choice((200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 409, 413, 429, 500, 502, 599))
        wire.transport.answer(body, status, times=12)
        with contextlib.suppress(TryLater, Undeliverable):
            assert isinstance(await wire.sender.send(Destination(MAX), Content("hello")), int)
        wire.transport.answers = wire.transport.answers[:1] or [httpx.Response(status, content=body)]
        with contextlib.suppress(TelegramError):
            await wire.bot.get_me()
        wire.transport.answers.clear()
        wire.hands.turn(3600)


async def test_a_moved_group_of_a_wrong_number_is_an_error_like_others(wire: Wire) -> None:
    wire.transport.answer({"ok": False, "parameters": {"migrate_to_chat_id": -100}}, 400)
    with pytest.raises(ChatMigrated):
        await wire.bot.send_message(MAX, "hello")


@pytest.mark.parametrize(
    ("member", "place"),
    [
        ({"status": "creator"}, "creator"),
        ({"status": "administrator"}, "creator"),
        ({"status": "member"}, "member"),
        ({"status": "restricted", "is_member": True}, "member"),
        ({"status": "restricted", "is_member": False}, "left"),
        ({"status": "restricted"}, "left"),
        ({"status": "restricted", "is_member": "yes"}, "left"),
        ({"status": "left"}, "left"),
        ({"status": "kicked"}, "left"),
        ({"status": "of a later version"}, "left"),
    ],
)
def test_a_member_is_who_telegram_says_is_inside(member: dict[str, object], place: str) -> None:
    body = json.dumps({"ok": True, "result": {"user": {"id": 7}, **member}}).encode()
    assert read_answer("getChatMember", 200, body)["result"]["status"] == place


@pytest.mark.parametrize("result", [True, {}, {"status": 1}, []])
def test_an_answer_that_says_nothing_of_a_member_is_none(result: object) -> None:
    with pytest.raises(NetworkError):
        read_answer("getChatMember", 200, json.dumps({"ok": True, "result": result}).encode())
