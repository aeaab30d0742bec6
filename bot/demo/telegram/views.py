"""A message and a chat as a person's screen shows them."""

from bot.demo.telegram.entities import as_html
from bot.demo.telegram.records import Chat, Message, Person
from bot.demo.telegram.wire import Json


def message_view(message: Message) -> Json:
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
        "protect": message.protected,
        "reply_to": message.reply_to.id if message.reply_to else None,
        "reactions": [{"from": who, "emoji": r.get("emoji", "")} for who, rs in message.reactions.items() for r in rs],
        "deleted": message.deleted,
        "pinned": message.pinned,
        "service": message.service,
        "thread": message.thread,
    }


def _sender(message: Message) -> Json:
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


def person_view(person: Person) -> Json:
    return {**person.user(), "name": person.name, "started": person.started, "blocked": person.blocked}


def chat_view(chat: Chat) -> Json:
    last = next((m for m in reversed(chat.messages.values()) if not m.deleted), None)
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.name,
        "members": [chat.person.id] if chat.person else list(chat.members),
        "admins": chat.admins(),
        "bot": chat.bot,
        "topics": {str(thread): title for thread, title in chat.topics.items()},
        "migrated_to": chat.migrated_to,
        "last": message_view(last) if last else None,
    }
