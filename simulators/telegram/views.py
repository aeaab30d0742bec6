"""A message, a person and a chat as a person's screen shows them."""

from simulators.telegram.entities import as_html
from simulators.telegram.parameters import Json
from simulators.telegram.values import TelegramChat, TelegramMessage, TelegramPerson


def message_view(message: TelegramMessage) -> Json:
    return {
        "chat": message.chat.id,
        "message_id": message.id,
        "from": _sender(message),
        "date": message.date,
        "edited": message.edit_date is not None,
        "edit_date": message.edit_date,
        "text": message.text,
        "html": as_html(message.text, message.entities),
        "entities": list(message.entities),
        "buttons": [[_button(button) for button in row] for row in message.buttons],
        "keyboard": message.keyboard,
        "file": message.file and {"name": message.file.name, "size": len(message.file.content)},
        "protect": message.protected,
        "reply_to": message.reply_to.id if message.reply_to else None,
        "deleted": message.deleted,
        "pinned": message.pinned,
        "service": message.service,
        "thread": message.thread,
    }


def _sender(message: TelegramMessage) -> Json:
    posted_as = message.extra.get("sender_chat")
    if posted_as:
        return {"id": posted_as["id"], "name": posted_as.get("title", ""), "is_bot": False}
    user = message.sender or {"id": message.chat.id, "first_name": message.chat.title, "is_bot": False}
    name = f"{user['first_name']} {user.get('last_name', '')}".strip()
    return {"id": user["id"], "name": name, "is_bot": user["is_bot"]}


def _button(button: Json) -> Json:
    shown: Json = {"text": button["text"]}
    if "callback_data" in button:
        shown["data"] = button["callback_data"]
    if "copy_text" in button:
        shown["copy_text"] = button["copy_text"]["text"]
    return shown | {key: button[key] for key in ("url", "style") if key in button}


def person_view(person: TelegramPerson) -> Json:
    return {**person.user(), "name": person.name, "started": person.started, "blocked": person.blocked}


def chat_view(chat: TelegramChat) -> Json:
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.name,
        "members": [chat.person.id] if chat.person else list(chat.members),
        "admins": chat.admins(),
        "bot": chat.bot,
        "topics": {str(thread): title for thread, title in chat.topics.items()},
        "closed_topics": sorted(chat.closed_topics),
        "migrated_to": chat.migrated_to,
    }
