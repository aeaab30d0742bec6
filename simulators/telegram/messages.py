"""Bot API methods that write: send, edit, delete, answer a button."""

from typing import TYPE_CHECKING, Any

from simulators.telegram.chats import chat_of, has_right, writable
from simulators.telegram.entities import found_in, in_order, trimmed, utf16
from simulators.telegram.formatting import read_html
from simulators.telegram.keyboards import markup_of
from simulators.telegram.parameters import ApiRefusal, Json, Parameters, SentFile, bad_request
from simulators.telegram.values import TelegramChat, TelegramMessage

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

# These limits are in the Bot API's documentation, after entities are parsed; Telegram counts UTF-16 units.
LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
LONGEST_TOAST = 200
# So long the update waits for the bot, by the source of Telegram's own Bot API server. When Telegram refuses an answer
# as too old is not documented; 10 to 15 s were reported.
PRESS_LIFE_SECONDS = 150
DELETABLE_SECONDS = 48 * 3600
PERSON_LINK = "tg://user?id="
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def send_message(telegram: "TelegramSimulator", params: Parameters) -> Json:
    return _send(telegram, params, *formatted(telegram, params, "text")).json()


def send_photo(telegram: "TelegramSimulator", params: Parameters) -> Json:
    file = params.files.get("photo")
    size = {"file_id": "photo", "file_unique_id": "photo", "width": 512, "height": 512}
    return _send_file(telegram, params, file, photo=[size])


def send_document(telegram: "TelegramSimulator", params: Parameters) -> Json:
    file = params.files.get("document")
    names = {"file_name": file.name, "mime_type": file.content_type} if file else {}
    return _send_file(telegram, params, file, document={"file_id": "document", "file_unique_id": "document", **names})


def _send_file(telegram: "TelegramSimulator", params: Parameters, file: SentFile | None, **shown: Any) -> Json:
    if file is None:
        raise bad_request("there is no file in the request")
    message = _send(telegram, params, *formatted(telegram, params, "caption"), file=file, extra=shown)
    return message.json()


def _send(
    telegram: "TelegramSimulator", params: Parameters, text: str, entities: list[Json], **more: Any
) -> TelegramMessage:
    chat = writable(telegram, params)
    buttons, keyboard = markup_of(params)
    _check_people(telegram, buttons)
    message = TelegramMessage(
        id=0,
        chat=chat,
        date=telegram.now,
        sender=telegram.bot_user(),
        by_bot=True,
        text=text,
        entities=entities,
        buttons=buttons,
        keyboard=keyboard,
        thread=thread_of(params, chat),
        reply_to=reply_of(params, chat),
        protected=params.flag("protect_content"),
        **more,
    )
    _stay_within_limits(telegram, chat)
    return telegram.post(message)


def _check_people(telegram: "TelegramSimulator", buttons: list[list[Json]]) -> None:
    # A button to somebody's page needs somebody whom the bot has seen, and who does not forbid it.
    links = [str(button.get("url", "")) for row in buttons for button in row]
    for link in links:
        if link.startswith(PERSON_LINK):
            person = telegram.people.get(int(link.removeprefix(PERSON_LINK)))
            if person is None:
                raise bad_request("BUTTON_USER_INVALID")
            if person.hides_links:
                raise bad_request("BUTTON_USER_PRIVACY_RESTRICTED")


def _stay_within_limits(telegram: "TelegramSimulator", chat: TelegramChat) -> None:
    wait = telegram.flood.seconds_to_wait(chat.id, telegram.clock()) if telegram.flood_limits else 0
    if wait:
        raise ApiRefusal(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


def formatted(telegram: "TelegramSimulator", params: Parameters, name: str) -> tuple[str, list[Json]]:
    """The text or caption, with the entities the bot gave and those Telegram finds."""
    text, mode = params.text(name), params.text("parse_mode").lower()
    if mode == "html":
        text, entities = read_html(text)
    elif mode:
        # Only HTML is spoken here; silently sending raw Markdown would hide a bot's mistake.
        raise bad_request("unsupported parse_mode")
    else:
        entities = [_checked(entity) for entity in params.array("entities" if name == "text" else "caption_entities")]
    text, entities = trimmed(text, entities)
    if name == "text" and not text:
        raise bad_request("message text is empty")
    if utf16(text) > (LONGEST_TEXT if name == "text" else LONGEST_CAPTION):
        raise bad_request("message is too long" if name == "text" else "message caption is too long")
    entities = [named for entity in entities if (named := _with_person(telegram, entity))]
    return text, in_order([*entities, *found_in(text, entities)])


def _checked(entity: Json) -> Json:
    place = entity.get("offset"), entity.get("length")
    if not isinstance(entity.get("type"), str) or not all(isinstance(number, int) for number in place):
        raise bad_request("can't parse MessageEntity: a type, an offset and a length are due")
    return entity


def _with_person(telegram: "TelegramSimulator", entity: Json) -> Json | None:
    # A link to a person is a mention of somebody Telegram knows, or nothing.
    url = str(entity.get("url", ""))
    if not url.startswith("tg://user?id="):
        return entity
    person = telegram.people.get(Parameters({"id": url.partition("=")[2]}).integer("id"))
    place = {"offset": entity["offset"], "length": entity["length"]}
    return {"type": "text_mention", **place, "user": person.user()} if person else None


def thread_of(params: Parameters, chat: TelegramChat) -> int | None:
    thread = params.integer("message_thread_id")
    if not thread:
        return None
    known = chat.topics if chat.forum else chat.messages
    # The General topic has the id 1 and is written to by naming none.
    is_general = thread == 1 and chat.forum and chat.person is None
    if is_general or thread not in known or not (chat.type == "supergroup" or (chat.person and chat.forum)):
        raise bad_request("message thread not found")
    # Whoever may close a topic may write into a closed one.
    if thread in chat.closed_topics and not has_right(chat, "can_manage_topics"):
        raise bad_request("TOPIC_CLOSED")
    return thread


def reply_of(params: Parameters, chat: TelegramChat) -> TelegramMessage | None:
    spec = Parameters(params.object("reply_parameters") or {})
    wanted = spec.integer("message_id") or params.integer("reply_to_message_id")
    if not wanted:
        return None
    message = chat.messages.get(wanted)
    if message and not message.deleted:
        return message
    if spec.flag("allow_sending_without_reply") or params.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def edit_message_text(telegram: "TelegramSimulator", params: Parameters) -> Json:
    message = _editable(telegram, params)
    text, entities = formatted(telegram, params, "text")
    # An edit that names no keyboard takes the keyboard away.
    buttons, _ = markup_of(params)
    _check_people(telegram, buttons)
    if (text, entities, buttons) == (message.text, message.entities, message.buttons):
        raise bad_request(NOT_MODIFIED)
    message.text, message.entities, message.buttons, message.edit_date = text, entities, buttons, telegram.now
    telegram.emit("edited", message)
    return message.json()


def _editable(telegram: "TelegramSimulator", params: Parameters) -> TelegramMessage:
    chat = writable(telegram, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to edit not found")
    if not message.by_bot or message.service:
        raise bad_request("message can't be edited")
    if message.file:
        raise bad_request("there is no text in the message to edit")
    return message


def delete_message(telegram: "TelegramSimulator", params: Parameters) -> bool:
    chat = chat_of(telegram, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to delete not found")
    if not _deletable(telegram, message):
        raise bad_request("message can't be deleted")
    telegram.erase(message)
    return True


def _deletable(telegram: "TelegramSimulator", message: TelegramMessage) -> bool:
    chat = message.chat
    if not chat.person and chat.bot == "administrator":
        return True
    young = message.date > telegram.now - DELETABLE_SECONDS
    return young and (message.by_bot or chat.person is not None)


def answer_callback_query(telegram: "TelegramSimulator", params: Parameters) -> bool:
    text = params.text("text")
    if utf16(text) > LONGEST_TOAST:
        raise bad_request("MESSAGE_TOO_LONG")
    press = telegram.presses.get(params.text("callback_query_id"))
    if press is None or press.answered or telegram.clock() - press.at > PRESS_LIFE_SECONDS:
        raise bad_request(TOO_OLD)
    press.answered = True
    said: Json = {"text": text, "alert": params.flag("show_alert"), "query": press.id, "message_id": press.message.id}
    telegram.log.event(press.message.chat.id, "answer", person=press.person, **said)
    return True
