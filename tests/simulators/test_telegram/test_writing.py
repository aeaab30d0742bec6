"""What the bot writes, edits and deletes, and what Telegram refuses."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from telegram import Bot, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter

from simulators.control import create_app
from simulators.telegram import TelegramSimulator
from tests.simulators.test_telegram.conftest import ANNA, BO, CY, HOUSE, TOKEN, Clock, keyboard, last, peopled, ptb


async def test_a_message_is_seen_as_it_was_sent(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(
        ANNA, "The <b>front</b> door", ParseMode.HTML, reply_markup=keyboard("Open"), protect_content=True
    )
    seen = last(simulator)
    assert (seen["message_id"], seen["html"]) == (sent.message_id, "The <b>front</b> door")
    assert seen["buttons"] == [[{"text": "Open", "data": "do:Open"}]]
    assert seen["protect"] is sent.has_protected_content is True
    assert seen["from"] == {"id": 77, "name": "Latchkey", "is_bot": True}


@pytest.mark.parametrize("method", ["sendMessage", "SENDMESSAGE", "sendmessage"])
@pytest.mark.parametrize("way", ["query", "form", "json", "multipart"])
async def test_parameters_come_in_any_way(
    http: httpx.AsyncClient, simulator: TelegramSimulator, method: str, way: str
) -> None:
    params = {"chat_id": ANNA, "text": "grüß dich"}
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": params},
        "form": {"data": params},
        "json": {"json": params},
        "multipart": {"data": params, "files": {"file": ("a.txt", b"a")}},
    }
    reply = await http.request("GET" if way == "query" else "POST", f"/bot{TOKEN}/{method}", **ways[way])
    assert reply.json()["result"]["text"] == last(simulator)["text"] == "grüß dich"


async def test_answers_are_dated_by_its_own_clock(http: httpx.AsyncClient) -> None:
    reply = await http.get(f"/bot{TOKEN}/getMe")
    assert reply.headers.get_list("date") == ["Sun, 17 Mar 2030 17:46:40 GMT"]


async def test_a_wrong_token_is_unauthorized(simulator: TelegramSimulator, http: httpx.AsyncClient) -> None:
    reply = await http.get("/bot1:wrong/getMe")
    expected = {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert (reply.status_code, reply.json()) == (401, expected)
    simulator.token = "another"
    with pytest.raises(InvalidToken):
        async with ptb(create_app(simulator)):
            pass


async def test_an_unknown_method_is_not_found(http: httpx.AsyncClient) -> None:
    reply = await http.post(f"/bot{TOKEN}/openSesame")
    assert (reply.status_code, reply.json()["description"]) == (404, "Not Found: method not found")


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "<x>", "parse_mode": "HTML"}, 'can\'t parse entities: Unsupported start tag "x" at byte offset 0'),
        ({"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ({"text": "x", "chat_id": 99}, "chat not found"),
        ({"text": "x", "chat_id": ""}, "chat_id is empty"),
        ({"text": "x", "reply_parameters": '{"message_id": 999}'}, "message to be replied not found"),
        ({"text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"text": "x", "reply_markup": "[]"}, "object expected as reply markup"),
        ({"text": "x", "reply_parameters": "5"}, "object expected as reply parameters"),
        ({"text": "x", "entities": "[5]"}, "can't parse entities JSON object"),
        ({"text": "x", "reply_markup": "{"}, "can't parse reply markup JSON object"),
    ],
)
async def test_a_bad_message_is_refused_with_telegrams_words(
    http: httpx.AsyncClient, params: dict[str, Any], fault: str
) -> None:
    reply = await http.post(f"/bot{TOKEN}/sendMessage", data={"chat_id": ANNA, **params})
    assert (reply.status_code, reply.json()["description"]) == (400, f"Bad Request: {fault}")


async def test_the_longest_text_is_4096_units_of_utf16(bot: Bot, simulator: TelegramSimulator) -> None:
    await bot.send_message(ANNA, f"<b>{'🔑' * 2048}</b>", ParseMode.HTML)
    assert len(last(simulator)["text"]) == 2048
    with pytest.raises(BadRequest, match="Message is too long"):
        await bot.send_message(ANNA, "🔑" * 2049)


@pytest.mark.parametrize(
    ("button", "fault"),
    [
        ({"text": "x", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "copy_text": {"text": "1" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
        ({"text": "x", "url": "nowhere"}, "inline keyboard button URL 'nowhere' is invalid: Wrong HTTP URL"),
        ({"text": "x"}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
    ],
)
async def test_a_bad_button_is_refused(http: httpx.AsyncClient, button: dict[str, Any], fault: str) -> None:
    body = {"chat_id": ANNA, "text": "x", "reply_markup": {"inline_keyboard": [[button]]}}
    reply = await http.post(f"/bot{TOKEN}/sendMessage", json=body)
    assert reply.json()["description"] == f"Bad Request: {fault}"


async def test_too_many_buttons_are_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match="Reply markup is too long"):
        await bot.send_message(ANNA, "x", reply_markup=keyboard(*map(str, range(101))))


async def test_a_button_may_copy_text_and_have_a_style(bot: Bot, simulator: TelegramSimulator) -> None:
    button = InlineKeyboardButton("PIN", copy_text=CopyTextButton("4711"), style="success")
    await bot.send_message(ANNA, "x", reply_markup=InlineKeyboardMarkup([[button]]))
    assert last(simulator)["buttons"] == [[{"text": "PIN", "copy_text": "4711", "style": "success"}]]


async def test_an_edit_changes_the_message_and_takes_its_keyboard_away(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(ANNA, "Opening", reply_markup=keyboard("Stop"))
    edited = await sent.edit_text("Open")
    assert not isinstance(edited, bool)
    assert edited.edit_date is not None
    seen = last(simulator)
    assert (seen["text"], seen["edited"], seen["buttons"]) == ("Open", True, [])


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot) -> None:
    sent = await bot.send_message(ANNA, "same", reply_markup=keyboard("A"))
    with pytest.raises(BadRequest) as refusal:
        await sent.edit_text("same", reply_markup=keyboard("A"))
    assert refusal.value.message == (
        "Message is not modified: specified new message content and reply markup are exactly the same as a current "
        "content and reply markup of the message"
    )


async def test_only_the_bots_own_messages_can_be_edited(bot: Bot, simulator: TelegramSimulator) -> None:
    said = simulator.say(ANNA, "mine")["message"]["message_id"]
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await bot.edit_message_text("yours", ANNA, said)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await bot.edit_message_text("yours", ANNA, 999)


async def test_a_deleted_message_stays_in_the_record(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(ANNA, "secret")
    await sent.delete()
    assert last(simulator)["deleted"] is True
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sent.edit_text("x")
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await sent.delete()


async def test_a_message_older_than_two_days_stays(bot: Bot, clock: Clock) -> None:
    sent = await bot.send_message(ANNA, "secret")
    clock.now += 48 * 3600
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await sent.delete()


async def test_others_messages_in_a_group_are_for_admins_to_delete(bot: Bot, simulator: TelegramSimulator) -> None:
    said = simulator.say(ANNA, "/hello", HOUSE)["message"]["message_id"]
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await bot.delete_message(HOUSE, said)
    simulator.set_bot(ANNA, HOUSE, "administrator")
    assert await bot.delete_message(HOUSE, said)


async def test_a_blocked_bot_is_told_so(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.block(ANNA)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(ANNA, "x")


async def test_a_bot_cannot_write_first(bot: Bot, simulator: TelegramSimulator) -> None:
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await bot.send_message(CY, "x")
    simulator.say(CY, "/start")
    await bot.send_message(CY, "x")


async def test_a_deactivated_account_is_forbidden(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.deactivate(ANNA)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(ANNA, "x")


async def test_a_kicked_bot_is_told_so(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.kick(ANNA, HOUSE)
    with pytest.raises(Forbidden, match="bot was kicked from the supergroup chat"):
        await bot.send_message(HOUSE, "x")


async def test_a_bot_that_left_is_no_member(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.set_bot(ANNA, HOUSE, "left")
    with pytest.raises(Forbidden, match="bot is not a member of the supergroup chat"):
        await bot.send_message(HOUSE, "x")


async def test_a_group_that_became_a_supergroup_names_its_new_id(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.add_group(-5, "Garden", [ANNA], supergroup=False)
    moved = simulator.migrate(-5)
    with pytest.raises(ChatMigrated) as refusal:
        await bot.send_message(-5, "x")
    assert refusal.value.new_chat_id == moved["chat"]
    first, second = moved["updates"]
    assert first["message"]["migrate_to_chat_id"] == moved["chat"] == second["message"]["chat"]["id"]
    assert second["message"]["migrate_from_chat_id"] == -5
    await bot.send_message(moved["chat"], "x")


async def test_a_topic_must_exist_be_open_and_not_be_the_general_one(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.add_group(-1002, "Forum", [ANNA], topics={1: "General", 7: "Doors", 8: "Old"})
    simulator.close_topic(-1002, 8)
    sent = await bot.send_message(-1002, "x", message_thread_id=7)
    assert (sent.message_thread_id, sent.is_topic_message, last(simulator, -1002)["thread"]) == (7, True, 7)
    for thread in (1, 9):
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(-1002, "x", message_thread_id=thread)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(-1002, "x", message_thread_id=8)


async def test_a_topic_can_be_deleted(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.add_group(-1002, "Forum", [ANNA], topics={7: "Doors"})
    simulator.delete_topic(-1002, 7)
    with pytest.raises(BadRequest, match="Message thread not found"):
        await bot.send_message(-1002, "x", message_thread_id=7)


async def test_an_administrator_makes_topics(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.add_group(-1002, "Forum", [ANNA], topics={})
    with pytest.raises(BadRequest, match="Not enough rights to create a topic"):
        await bot.create_forum_topic(-1002, "Doors")
    simulator.set_bot(ANNA, -1002, "administrator")
    topic = await bot.create_forum_topic(-1002, "Doors")
    sent = await bot.send_message(-1002, "x", message_thread_id=topic.message_thread_id)
    assert sent.is_topic_message
    with pytest.raises(BadRequest, match="The chat is not a forum"):
        await bot.create_forum_topic(HOUSE, "Doors")


async def test_a_topic_is_renamed_and_reopened_by_whoever_made_it_or_may(
    bot: Bot, simulator: TelegramSimulator
) -> None:
    simulator.add_group(-1002, "Forum", [ANNA], topics={7: "Doors"}, bot="administrator")
    own = (await bot.create_forum_topic(-1002, "Front")).message_thread_id
    simulator.set_bot(ANNA, -1002, "administrator", lacks=["can_manage_topics"])
    await bot.edit_forum_topic(-1002, own, name="Front door")
    assert simulator.chat(-1002).topics[own] == "Front door"
    with pytest.raises(BadRequest, match="Not enough rights to edit the topic"):
        await bot.edit_forum_topic(-1002, 7, name="Front door")
    simulator.close_topic(-1002, own)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await bot.send_message(-1002, "x", message_thread_id=own)
    await bot.reopen_forum_topic(-1002, own)
    with pytest.raises(BadRequest, match="Topic_not_modified"):
        await bot.reopen_forum_topic(-1002, own)
    simulator.delete_topic(-1002, own)
    with pytest.raises(BadRequest, match="Topic_id_invalid"):
        await bot.edit_forum_topic(-1002, own, name="Front")


async def test_private_chats_have_topics_once_they_are_turned_on(bot: Bot, simulator: TelegramSimulator) -> None:
    with pytest.raises(BadRequest, match="The chat is not a forum"):
        await bot.create_forum_topic(ANNA, "Front")
    simulator.has_topics = True
    assert (await bot.get_me()).has_topics_enabled
    topic = await bot.create_forum_topic(ANNA, "Front")
    sent = await bot.send_message(ANNA, "x", message_thread_id=topic.message_thread_id)
    assert sent.is_topic_message
    simulator.delete_topic(ANNA, topic.message_thread_id)
    assert last(simulator)["deleted"]


async def test_where_the_bot_may_not_write_it_is_told_so(bot: Bot, simulator: TelegramSimulator) -> None:
    simulator.set_bot(ANNA, HOUSE, "restricted")
    with pytest.raises(BadRequest, match="Not enough rights to send text messages to the chat"):
        await bot.send_message(HOUSE, "x")


async def test_a_file_has_a_name_and_a_caption(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_document(ANNA, b"a,b", caption="The <b>list</b>", parse_mode="HTML", filename="list.csv")
    assert sent.document is not None
    assert (sent.document.file_name, sent.caption) == ("list.csv", "The list")
    assert last(simulator)["file"] == {"name": "list.csv", "size": 3}
    photo = await bot.send_photo(ANNA, b"picture", caption="Front")
    assert (len(photo.photo), photo.caption) == (1, "Front")
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(ANNA, b"picture", caption="x" * 1025)


async def test_a_reply_shows_what_it_answers(bot: Bot, simulator: TelegramSimulator) -> None:
    said = simulator.say(ANNA, "/open")["message"]["message_id"]
    sent = await bot.send_message(ANNA, "Open", reply_parameters=ReplyParameters(said))
    assert sent.reply_to_message is not None
    assert (sent.reply_to_message.text, last(simulator)["reply_to"]) == ("/open", said)
    missing = ReplyParameters(999, allow_sending_without_reply=True)
    assert (await bot.send_message(ANNA, "x", reply_parameters=missing)).reply_to_message is None


async def test_pinning_in_a_group_needs_the_right(bot: Bot, simulator: TelegramSimulator) -> None:
    sent = await bot.send_message(HOUSE, "Board")
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await sent.pin()
    simulator.set_bot(ANNA, HOUSE, "administrator", lacks=["can_pin_messages"])
    with pytest.raises(BadRequest, match="Not enough rights to manage pinned messages in the chat"):
        await sent.pin()
    simulator.set_bot(ANNA, HOUSE, "administrator")
    await sent.pin()
    pinned = (await bot.get_chat(HOUSE)).pinned_message
    assert pinned is not None
    assert pinned.message_id == sent.message_id
    assert last(simulator, HOUSE)["service"] == "pinned_message"
    await sent.unpin()
    assert (await bot.get_chat(HOUSE)).pinned_message is None


async def test_members_have_a_status(bot: Bot) -> None:
    statuses = [(await bot.get_chat_member(HOUSE, person)).status for person in (ANNA, BO, CY, 77)]
    assert statuses == ["creator", "member", "left", "member"]


async def test_flood_limits_answer_429_when_switched_on(clock: Clock) -> None:
    simulator = peopled(TelegramSimulator(TOKEN, clock=clock))
    simulator.flood_limits = True
    async with ptb(create_app(simulator)) as bot:
        for _ in range(3):
            await bot.send_message(ANNA, "x")
        with pytest.raises(RetryAfter) as refusal:
            await bot.send_message(ANNA, "x")
        assert simulator.calls[-1].error == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 3",
            "parameters": {"retry_after": 3},
        }
        assert refusal.value.retry_after == timedelta(seconds=3)
        clock.now += 3
        await bot.send_message(ANNA, "x")


async def test_a_group_takes_twenty_messages_a_minute(clock: Clock) -> None:
    simulator = peopled(TelegramSimulator(TOKEN, clock=clock))
    simulator.flood_limits = True
    async with ptb(create_app(simulator)) as bot:
        for _ in range(20):
            await bot.send_message(HOUSE, "x")
            clock.now += 1
        with pytest.raises(RetryAfter):
            await bot.send_message(HOUSE, "x")
    assert simulator.calls[-1].error is not None
    assert simulator.calls[-1].error["parameters"] == {"retry_after": 40}
