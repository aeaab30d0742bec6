"""The Bot API: which method does what, and the answer to one call."""

from collections.abc import Callable
from typing import Any

from bot.demo.telegram import chats, menus, messages
from bot.demo.telegram.state import State
from bot.demo.telegram.wire import Json, Params, Refused, bad_request

Method = Callable[[State, Params], Any]


def get_me(world: State, params: Params) -> Json:
    return {
        **world.bot_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": not world.privacy,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def set_webhook(world: State, params: Params) -> bool:
    url = params.text("url")
    if url and not url.lower().startswith("https://"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    world.updates.allow(params.json("allowed_updates"))
    world.updates.set_webhook(url)
    _drop_if_asked(world, params)
    return True


def delete_webhook(world: State, params: Params) -> bool:
    world.updates.set_webhook("")
    _drop_if_asked(world, params)
    return True


def _drop_if_asked(world: State, params: Params) -> None:
    if params.flag("drop_pending_updates"):
        world.updates.clear()


def get_webhook_info(world: State, params: Params) -> Json:
    pending = world.updates.pending()
    return {"url": world.updates.webhook, "has_custom_certificate": False, "pending_update_count": pending}


def nothing_to_do(world: State, params: Params) -> bool:
    return True


def _noting(name: str) -> tuple[Method, Method]:
    """The set and get of one of the bot's own texts."""

    def note(world: State, params: Params) -> bool:
        world.notes.texts[name, params.text("language_code")] = params.text(name)
        return True

    def noted(world: State, params: Params) -> Json:
        texts = world.notes.texts
        return {name: texts.get((name, params.text("language_code")), texts.get((name, ""), ""))}

    return note, noted


_set_name, _get_name = _noting("name")
_set_description, _get_description = _noting("description")
_set_short_description, _get_short_description = _noting("short_description")

METHODS: dict[str, Method] = {
    "getMe": get_me,
    "logOut": nothing_to_do,
    "close": nothing_to_do,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": messages.send_message,
    "editMessageText": messages.edit_message_text,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "deleteMessages": messages.delete_messages,
    "setMessageReaction": messages.set_message_reaction,
    "sendChatAction": messages.send_chat_action,
    "answerCallbackQuery": messages.answer_callback_query,
    "getChat": chats.get_chat,
    "getChatMember": chats.get_chat_member,
    "getChatMemberCount": chats.get_chat_member_count,
    "getChatAdministrators": chats.get_chat_administrators,
    "leaveChat": chats.leave_chat,
    "pinChatMessage": chats.pin_chat_message,
    "unpinChatMessage": chats.unpin_chat_message,
    "unpinAllChatMessages": chats.unpin_all_chat_messages,
    "setMyCommands": menus.set_my_commands,
    "getMyCommands": menus.get_my_commands,
    "deleteMyCommands": menus.delete_my_commands,
    "setMyName": _set_name,
    "getMyName": _get_name,
    "setMyDescription": _set_description,
    "getMyDescription": _get_description,
    "setMyShortDescription": _set_short_description,
    "getMyShortDescription": _get_short_description,
    "setChatMenuButton": nothing_to_do,
    "setMyDefaultAdministratorRights": nothing_to_do,
}
NAMES = {name.lower(): name for name in [*METHODS, "getUpdates"]}


def method_named(asked: str) -> str:
    name = NAMES.get(asked.lower())
    if name is None:
        raise Refused(404, "Not Found: method not found")
    return name


async def answer(world: State, method: str, raw: Json) -> Any:
    """Do what one call asks, and keep it; Refused if Telegram would refuse it."""
    try:
        if method == "getUpdates":
            return await _get_updates(world, raw)
        result = METHODS[method](world, Params(raw))
    except Refused as refusal:
        world.refused(method, raw, refusal)
        raise
    world.accepted(method, raw, result)
    return result


async def _get_updates(world: State, raw: Json) -> list[Json]:
    params = Params(raw)
    world.updates.allow(params.json("allowed_updates"))
    offset, limit = params.integer("offset"), params.integer("limit", 100)
    found = await world.updates.poll(offset, limit, params.integer("timeout"))
    # Empty polls are kept in the ledger alone: a bot makes them for ever.
    if found:
        world.delivered(raw, found)
    else:
        world.record("polled", {"params": raw})
    return found
