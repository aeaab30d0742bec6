"""The people of a small Telegram: what they write and press."""

from typing import TypedDict, Unpack

from bot.demo.telegram.entities import found_in, in_order
from bot.demo.telegram.places import Places
from bot.demo.telegram.records import ANONYMOUS_ADMIN, FAKE_CHANNEL, SERVICE_CHAT, Chat, Message, Person
from bot.demo.telegram.state import MESSAGE_LIFE, QUERY_LIFE, Query
from bot.demo.telegram.troubles import Troubles
from bot.demo.telegram.views import chat_view, message_view, person_view
from bot.demo.telegram.wire import Impossible, Json


class Extra(TypedDict, total=False):
    """What may be special about a message a person sends."""

    thread: int | None
    reply_to_message_id: int | None
    anonymous: bool  # as an anonymous administrator of the group
    as_channel: int  # in the name of this channel
    auto_forwarded_from: int  # a post of the linked channel, brought into the group
    signed: bool  # a channel post that shows its author
    edited: bool  # arrives as an edit of a message the bot never saw
    date: int | None
    age_seconds: float
    forward_origin: Json
    via_bot: Json
    sender_chat: Json
    is_from_offline: bool
    users_shared: Json
    chat_shared: Json
    entities: list[Json]
    fields: Json  # anything else, as the Bot API names it


COPIED = ("forward_origin", "via_bot", "sender_chat", "is_from_offline", "users_shared", "chat_shared")


class TelegramWorld(Places, Troubles):
    def state(self) -> Json:
        for person in self.people:
            self.chat(person)
        chats = [chat_view(chat) for chat in self.chats.values()]
        return {
            "bot": self.bot_user(),
            "people": [person_view(person) for person in self.people.values()],
            "groups": [chat for chat in chats if chat["type"] != "private"],
            "chats": chats,
            "pending_updates": self.updates.pending(),
            "next": len(self.events),
            "now": self.clock(),
        }

    def say(self, person: int, text: str = "", chat: int | None = None, **extra: Unpack[Extra]) -> Json:
        """A person writes; the update the bot gets, or {} if it gets none."""
        if unknown := extra.keys() - Extra.__annotations__.keys():
            raise Impossible(f"A message has no {', '.join(sorted(unknown))}.")
        place = self._room(self.person(person), chat)
        message = self._composed(self.person(person), place, text, extra)
        return self.deliver(self.post(message))

    def _composed(self, person: Person, chat: Chat, text: str, extra: Extra) -> Message:
        date = extra.get("date") or self.now - int(extra.get("age_seconds", 0))
        reply = extra.get("reply_to_message_id")
        fields = {key: extra[key] for key in COPIED if extra.get(key)}  # type: ignore[literal-required]
        message = Message(id=0, chat=chat, date=date, text=text, extra=fields | (extra.get("fields") or {}))
        message.entities = in_order([*found_in(text), *extra.get("entities", [])])
        message.thread = extra.get("thread")
        message.reply_to = self.message(chat.id, reply) if reply else None
        message.edit_date = date if extra.get("edited") else None
        message.service = next((key for key in ("users_shared", "chat_shared") if key in fields), None)
        self._sign(message, person, extra)
        return message

    def _sign(self, message: Message, person: Person, extra: Extra) -> None:
        message.sender = person.user()
        if message.chat.type == "channel":
            message.extra.setdefault("sender_chat", message.chat.json())
            if extra.get("signed"):
                message.extra["author_signature"] = person.name
            else:
                message.sender = None
        elif extra.get("anonymous"):
            message.sender = dict(ANONYMOUS_ADMIN)
            message.extra["sender_chat"] = message.chat.json()
        elif channel := extra.get("as_channel"):
            message.sender = dict(FAKE_CHANNEL)
            message.extra["sender_chat"] = self.chat(channel).json()
        elif channel := extra.get("auto_forwarded_from"):
            message.sender = dict(SERVICE_CHAT)
            message.extra |= {"sender_chat": self.chat(channel).json(), "is_automatic_forward": True}

    def edit(self, person: int, chat: int, message_id: int, text: str) -> Json:
        message = self.message(chat, message_id)
        if message.by_bot or not message.sender or message.sender["id"] != self.person(person).id:
            raise Impossible("A person edits own messages only.")
        message.text, message.entities, message.edit_date = text, found_in(text), self.now
        self.emit_message("edited", message)
        return self.deliver(message)

    def delete(self, person: int, chat: int, message_id: int) -> Json:
        """Deleted by a person: the bot is not told."""
        self._room(self.person(person), chat)
        self.erase(self.message(chat, message_id))
        return {}

    def tap(
        self,
        person: int,
        label: str | None = None,
        chat: int | None = None,
        message_id: int | None = None,
        data: str | None = None,
    ) -> Json:
        """Press the newest button with this label, or send forged data; returns what the press caused."""
        who = self.person(person)
        place = self._room(who, chat)
        if data is not None:
            return self._press(who, self._pressable(place, message_id), data)
        message, button = self._button(place, label, message_id)
        if "callback_data" in button:
            return self._press(who, message, button["callback_data"])
        return {key: button[key] for key in ("copy_text", "url") if key in button}

    def _button(self, chat: Chat, label: str | None, message_id: int | None) -> tuple[Message, Json]:
        for message in reversed(chat.messages.values()):
            if message.deleted or message_id not in {None, message.id}:
                continue
            for button in (button for row in message.buttons for button in row):
                if button["text"] == label:
                    return message, button
        raise Impossible(f"There is no button {label!r} in {chat.name}.")

    def _pressable(self, chat: Chat, message_id: int | None) -> Message:
        if message_id is not None:
            return self.message(chat.id, message_id)
        for message in reversed(chat.messages.values()):
            if message.by_bot:
                return message
        raise Impossible(f"The bot has written nothing in {chat.name}.")

    def _press(self, person: Person, message: Message, data: str) -> Json:
        query = Query(id=str((person.id << 32) + next(self._query_ids)), person=person.id, message=message, at=self.now)
        self.queries[query.id] = query
        self.emit("tap", message.chat, person=person.id, message_id=message.id, data=data, query=query.id)
        pressed = {"id": query.id, "from": person.user(), "message": message.accessible(), "data": data}
        pressed["chat_instance"] = str(message.chat.id * 7919)
        return self.push({"callback_query": pressed}, self.clock() + QUERY_LIFE)

    def react(self, person: int, chat: int, message_id: int, emoji: str | None) -> Json:
        message, who = self.message(chat, message_id), self.person(person)
        old, new = message.reactions.get(person, []), [{"type": "emoji", "emoji": emoji}] if emoji else []
        self.set_reaction(message, person, new)
        body = {"chat": message.chat.json(), "message_id": message_id, "user": who.user(), "date": self.now}
        body |= {"old_reaction": old, "new_reaction": new}
        return self.push({"message_reaction": body}, self.clock() + MESSAGE_LIFE)

    def push_raw(self, update_fields: Json, *, forced: bool = True) -> Json:
        """Any update at all, known to the Bot API or not."""
        fields = {key: value for key, value in update_fields.items() if key != "update_id"}
        return self.push(fields, self.clock() + MESSAGE_LIFE, forced=forced)

    def reset(self, *, keep_people: bool = False) -> Json:
        """Start over. Update ids go on, because a bot remembers the last one it saw."""
        people, groups = list(self.people.values()), [c for c in self.chats.values() if not c.person]
        self.calm()
        self._blank()
        self.updates.clear()
        self.updates.set_webhook("")
        if keep_people:
            self.people = {person.id: person for person in people}
            self.chats = {group.id: group for group in groups}
            for group in groups:
                group.messages = {}
        self.emit("reset", None)
        return {}

    def close(self) -> None:
        """Let go of everybody who waits; nothing is served after this."""
        self.bell.close()
        if self.ledger:
            self.ledger.close()

    def view(self, chat: int, message_id: int) -> Json:
        return message_view(self.message(chat, message_id))
