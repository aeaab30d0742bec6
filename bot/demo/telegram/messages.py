"""Bot API methods that write: send, edit, delete, react, answer a button."""

import re
from typing import Any

from bot.demo.telegram.chats import chat_of, writable
from bot.demo.telegram.entities import found_in, in_order, read_html, trimmed
from bot.demo.telegram.records import Chat, Message
from bot.demo.telegram.state import QUERY_LIFE, State
from bot.demo.telegram.wire import Json, Params, Refused, bad_request

LONGEST_TEXT = 4096
LONGEST_TOAST = 200
DELETABLE_SECONDS = 48 * 3600
MOST_BUTTONS = 100
STYLES = {"danger", "success", "primary"}
_ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
    "find_location record_video_note upload_video_note"
)
_REACTIONS = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 "
    "💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
ACTIONS = frozenset(_ACTIONS.split())
REACTIONS = frozenset(_REACTIONS.split())
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
LINK = re.compile(r"(?:https?|tg)://\S+", re.IGNORECASE)


def send_message(world: State, params: Params) -> Json:
    chat = writable(world, params)
    text, entities = formatted(world, params)
    buttons, keyboard = markup_of(params)
    message = Message(
        id=0,
        chat=chat,
        date=world.now,
        sender=world.bot_user(),
        by_bot=True,
        text=text,
        entities=entities,
        buttons=buttons,
        keyboard=keyboard,
        thread=thread_of(params, chat),
        reply_to=reply_of(params, chat),
        protected=params.flag("protect_content"),
    )
    stay_within_limits(world, chat)
    return world.post(message).json()


def stay_within_limits(world: State, chat: Chat) -> None:
    wait = world.flood.seconds_to_wait(chat.id, world.clock()) if world.flood else 0
    if wait:
        raise Refused(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


def formatted(world: State, params: Params) -> tuple[str, list[Json]]:
    text, mode = params.text("text"), params.text("parse_mode").lower()
    if mode == "html":
        text, entities = read_html(text)
    elif mode:
        # Only HTML is spoken here; silently sending raw Markdown would hide a bot's mistake.
        raise bad_request("unsupported parse_mode")
    else:
        entities = [_checked(entity) for entity in params.array("entities")]
    text, entities = trimmed(text, entities)
    if not text:
        raise bad_request("message text is empty")
    if len(text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    entities = [named for entity in entities if (named := _with_person(world, entity))]
    return text, in_order([*entities, *found_in(text, entities)])


def _checked(entity: Json) -> Json:
    place = entity.get("offset"), entity.get("length")
    if not isinstance(entity.get("type"), str) or not all(isinstance(number, int) for number in place):
        raise bad_request("can't parse MessageEntity: a type, an offset and a length are due")
    return entity


def _with_person(world: State, entity: Json) -> Json | None:
    """A link to a person is a mention of somebody Telegram knows, or nothing."""
    url = str(entity.get("url", ""))
    if not url.startswith("tg://user?id="):
        return entity
    person = world.people.get(Params({"id": url.partition("=")[2]}).integer("id"))
    place = {"offset": entity["offset"], "length": entity["length"]}
    return {"type": "text_mention", **place, "user": person.user()} if person else None


def markup_of(params: Params) -> tuple[list[list[Json]], Json | None]:
    """The inline buttons, and any other kind of keyboard as it came."""
    markup = params.object("reply_markup")
    if markup is None:
        return [], None
    if "inline_keyboard" not in markup:
        return [], markup or None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('can\'t parse inline keyboard: Field "inline_keyboard" must be of type Array')
    if sum(map(len, rows)) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return [[_button(button) for button in row] for row in rows if row], None


def _button(button: Any) -> Json:
    if not isinstance(button, dict) or not button.get("text"):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    _check_data(button.get("callback_data"))
    if "copy_text" in button and not 1 <= len(Params(Params(button).object("copy_text") or {}).text("text")) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    if "url" in button and not LINK.fullmatch(str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if button.get("style") not in {None, *STYLES}:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    if not button.keys() - {"text", "style", "icon_custom_emoji_id"}:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    return button


def _check_data(data: Any) -> None:
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")


def thread_of(params: Params, chat: Chat) -> int | None:
    thread = params.integer("message_thread_id")
    if not thread:
        return None
    known = chat.topics if chat.forum else chat.messages
    # The General topic has the id 1 and is written to by naming none.
    if chat.type != "supergroup" or thread not in known or (chat.forum and thread == 1):
        raise bad_request("message thread not found")
    if thread in chat.closed_topics:
        raise bad_request("TOPIC_CLOSED")
    return thread


def reply_of(params: Params, chat: Chat) -> Message | None:
    spec = Params(params.object("reply_parameters") or {})
    wanted = spec.integer("message_id") or params.integer("reply_to_message_id")
    if not wanted:
        return None
    message = chat.messages.get(wanted)
    if message and not message.deleted:
        return message
    if spec.flag("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def edit_message_text(world: State, params: Params) -> Json:
    message = _editable(world, params)
    text, entities = formatted(world, params)
    return _changed(world, message, text, entities, params)


def edit_message_reply_markup(world: State, params: Params) -> Json:
    message = _editable(world, params)
    return _changed(world, message, message.text, message.entities, params)


def _editable(world: State, params: Params) -> Message:
    if params.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    chat = writable(world, params)
    if not params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to edit not found")
    if not message.by_bot or message.service:
        raise bad_request("message can't be edited")
    return message


def _changed(world: State, message: Message, text: str, entities: list[Json], params: Params) -> Json:
    # An edit that names no keyboard takes the keyboard away.
    buttons, _ = markup_of(params)
    if (text, entities, buttons) == (message.text, message.entities, message.buttons):
        raise bad_request(NOT_MODIFIED)
    message.text, message.entities, message.buttons, message.edit_date = text, entities, buttons, world.now
    world.emit_message("edited", message)
    return message.json()


def delete_message(world: State, params: Params) -> bool:
    chat = chat_of(world, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to delete not found")
    if not _deletable(world, message):
        raise bad_request("message can't be deleted")
    world.erase(message)
    return True


def delete_messages(world: State, params: Params) -> bool:
    """Ids that are not there are passed over."""
    chat, wanted = chat_of(world, params), params.array("message_ids", int)
    if not 1 <= len(wanted) <= 100:
        raise bad_request(
            "too many message identifiers specified" if wanted else "message identifiers are not specified"
        )
    found = [message for i in wanted if (message := chat.messages.get(i)) and not message.deleted]
    for message in found:
        if _deletable(world, message):
            world.erase(message)
    return True


def _deletable(world: State, message: Message) -> bool:
    chat = message.chat
    if not chat.person and chat.bot == "administrator":
        return True
    young = message.date > world.now - DELETABLE_SECONDS
    return young and (message.by_bot or chat.person is not None)


def set_message_reaction(world: State, params: Params) -> bool:
    message = writable(world, params).messages.get(params.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to react not found")
    reactions = params.array("reaction")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(r.get("type") != "emoji" or r.get("emoji") not in REACTIONS for r in reactions):
        raise bad_request("REACTION_INVALID")
    world.set_reaction(message, world.bot_id, reactions)
    return True


def send_chat_action(world: State, params: Params) -> bool:
    chat, action = writable(world, params), params.text("action")
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    thread_of(params, chat)
    world.emit("typing", chat, action=action)
    return True


def answer_callback_query(world: State, params: Params) -> bool:
    text = params.text("text")
    if len(text) > LONGEST_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    query = world.queries.get(params.text("callback_query_id"))
    if query is None or query.answered or world.clock() - query.at > QUERY_LIFE:
        raise bad_request(TOO_OLD)
    query.answered = True
    said: Json = {"text": text, "alert": params.flag("show_alert"), "query": query.id, "message_id": query.message.id}
    world.emit("answer", query.message.chat, person=query.person, **said)
    return True
