"""A varied session holds against the published description of the Bot API."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import telegram
from telegram import Bot, BotCommandScopeChat
from telegram.constants import ParseMode
from telegram.error import BadRequest

from simulators.telegram import TelegramSimulator
from simulators.telegram.api import METHODS
from tests.simulators.test_telegram.conftest import ANNA, BO, HOUSE, keyboard

FORUM = -1003

RESULTS: dict[str, type[telegram.TelegramObject]] = {
    "getMe": telegram.User,
    "getUpdates": telegram.Update,
    "sendMessage": telegram.Message,
    "editMessageText": telegram.Message,
    "getChat": telegram.ChatFullInfo,
    "getChatMember": telegram.ChatMember,
    "sendPhoto": telegram.Message,
    "sendDocument": telegram.Message,
    "createForumTopic": telegram.ForumTopic,
}


async def session(bot: Bot, simulator: TelegramSimulator) -> None:
    await people_do(simulator)
    await bot_writes(bot, simulator)
    await bot_asks(bot)
    await bot.get_updates(timeout=1, allowed_updates=telegram.Update.ALL_TYPES)
    simulator.join(44, HOUSE)
    simulator.leave(44, HOUSE)
    simulator.block(BO)
    await bot.get_updates()


async def people_do(simulator: TelegramSimulator) -> None:
    simulator.add_channel(-1009, "News", [ANNA])
    simulator.add_group(-5, "Garden", [ANNA], supergroup=False)
    simulator.set_bot(ANNA, HOUSE, "administrator")
    simulator.add_group(FORUM, "Forum", [ANNA], topics={}, bot="administrator")
    simulator.say(ANNA, "/start")
    simulator.say(ANNA, "/open", HOUSE, anonymous=True)
    simulator.say(ANNA, "/open", HOUSE, as_channel=-1009)
    simulator.say(ANNA, "/open", -1009, signed=True)
    simulator.say(ANNA, "/open", edited=True)
    simulator.say(ANNA, "/open", forward_origin={"type": "hidden_user", "sender_user_name": "X", "date": 1})
    simulator.say(ANNA, users_shared={"request_id": 1, "users": [{"user_id": BO}]})
    simulator.migrate(-5)


async def bot_writes(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(ANNA, "<b>Front</b> /open", ParseMode.HTML, reply_markup=keyboard("Open", "Close"))
    await bot.answer_callback_query(simulator.tap(ANNA, "Open")["callback_query"]["id"], "Opening")
    await sent.edit_text("Open", reply_markup=keyboard("Close"))
    with pytest.raises(BadRequest):
        await sent.edit_text("Open", reply_markup=keyboard("Close"))
    await sent.reply_text("A reply", do_quote=True, protect_content=True, disable_notification=True)
    board = await bot.send_message(HOUSE, "Board")
    await board.pin(disable_notification=True)
    await board.unpin()
    await bot.send_document(ANNA, b"a,b", caption="<i>Codes</i>", parse_mode="HTML", filename="codes.csv")
    await bot.send_photo(ANNA, b"picture", caption="Front")
    topic = (await bot.create_forum_topic(FORUM, "Doors")).message_thread_id
    await bot.edit_forum_topic(FORUM, topic, name="Door")
    simulator.close_topic(FORUM, topic)
    await bot.reopen_forum_topic(FORUM, topic)
    await sent.delete()


async def bot_asks(bot: Bot) -> None:
    await bot.get_chat(ANNA)
    await bot.get_chat(HOUSE)
    for person in (ANNA, BO, 44, 77):
        await bot.get_chat_member(HOUSE, person)
    await bot.set_my_commands([("open", "Open a door")], scope=BotCommandScopeChat(ANNA), language_code="de")
    await bot.delete_webhook()


def checker() -> Path | None:
    """A checker against the Bot API's description, where one is at hand."""
    named = os.environ.get("LATCHKEY_CHECK_BOTAPI")
    beside = Path(__file__).resolve().parents[4] / "shared" / "tools" / "check-botapi"
    path = Path(named) if named else beside
    return path if path.is_file() else None


def check_with_python_telegram_bot(calls: Path, bot: Bot) -> None:
    for line in calls.read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        kind = RESULTS.get(call["method"])
        if "result" not in call or kind is None:
            continue
        many = call["result"] if isinstance(call["result"], list) else [call["result"]]
        for item in many:
            assert kind.de_json(item, bot).to_dict().keys() <= item.keys() | defaults(kind)


def defaults(kind: type[telegram.TelegramObject]) -> set[str]:
    # python-telegram-bot fills these in for every message and user.
    always = {"delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created"}
    return always | ({"entities", "new_chat_members", "photo"} if kind is telegram.Message else set())


async def test_a_varied_session_is_faultless(bot: Bot, simulator: TelegramSimulator, tmp_path: Path) -> None:
    calls = tmp_path / "calls.jsonl"
    await session(bot, simulator)
    simulator.write_calls(calls)
    check_with_python_telegram_bot(calls, bot)
    found = checker()
    if found:
        run: Callable[..., Any] = subprocess.run
        checked = run([sys.executable, str(found), str(calls)], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


async def test_the_session_tries_every_method(bot: Bot, simulator: TelegramSimulator) -> None:
    await session(bot, simulator)
    assert METHODS.keys() <= {call.method for call in simulator.calls}
