"""What people write and press."""

import re
from typing import TYPE_CHECKING, TypedDict, Unpack
from urllib.parse import parse_qs, urlsplit

from simulators.telegram.entities import found_in, in_order
from simulators.telegram.parameters import Impossible, Json
from simulators.telegram.values import (
    ANONYMOUS_ADMIN,
    FAKE_CHANNEL,
    SERVICE_CHAT,
    TelegramChat,
    TelegramMessage,
    TelegramPerson,
)
from simulators.telegram.views import person_view

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
SHARED = ("users_shared", "chat_shared", "contact")
COPIED = ("forward_origin", "via_bot", "sender_chat", "is_from_offline", *SHARED)


class Special(TypedDict, total=False):
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
    contact: Json
    entities: list[Json]
    fields: Json  # anything else, as the Bot API names it


class PeopleActions:
    def __init__(self, telegram: "TelegramSimulator") -> None:
        self._telegram = telegram

    def add(
        self,
        person: int,
        first_name: str,
        username: str | None = None,
        *,
        last_name: str | None = None,
        language_code: str | None = None,
        started: bool = False,
    ) -> Json:
        self._telegram.people[person] = TelegramPerson(
            id=person,
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            started=started,
        )
        return person_view(self._telegram.people[person])

    def say(self, person: int, text: str = "", chat: int | None = None, **special: Unpack[Special]) -> Json:
        """A person writes; the update the bot gets, or {} if it gets none."""
        if unknown := special.keys() - Special.__annotations__.keys():
            raise Impossible(f"A message has no {', '.join(sorted(unknown))}.")
        who = self._telegram.person(person)
        message = self._composed(who, self._room(who, chat), text, special)
        return self._telegram.deliver(self._telegram.post(message))

    def _composed(self, person: TelegramPerson, chat: TelegramChat, text: str, special: Special) -> TelegramMessage:
        date = special.get("date") or self._telegram.now - int(special.get("age_seconds", 0))
        reply = special.get("reply_to_message_id")
        message = TelegramMessage(id=0, chat=chat, date=date, text=text, sender=person.user())
        message.extra = {key: special[key] for key in COPIED if special.get(key)}  # type: ignore[literal-required]
        message.extra |= special.get("fields") or {}
        message.entities = in_order([*found_in(text), *special.get("entities", [])])
        message.thread = special.get("thread")
        message.reply_to = self._telegram.message(chat.id, reply) if reply else None
        message.edit_date = date if special.get("edited") else None
        message.service = next((key for key in SHARED if key in message.extra), None)
        self._sign(message, person, special)
        return message

    def _sign(self, message: TelegramMessage, person: TelegramPerson, special: Special) -> None:
        """Under which name the message appears, which need not be its writer's."""
        if message.chat.type == "channel":
            message.extra.setdefault("sender_chat", message.chat.json())
            if special.get("signed"):
                message.extra["author_signature"] = person.name
            else:
                message.sender = None
        elif special.get("anonymous"):
            message.sender = dict(ANONYMOUS_ADMIN)
            message.extra["sender_chat"] = message.chat.json()
        elif channel := special.get("as_channel"):
            message.sender = dict(FAKE_CHANNEL)
            message.extra["sender_chat"] = self._telegram.chat(channel).json()
        elif channel := special.get("auto_forwarded_from"):
            message.sender = dict(SERVICE_CHAT)
            message.extra |= {"sender_chat": self._telegram.chat(channel).json(), "is_automatic_forward": True}

    def open_link(self, person: int, link: str) -> Json:
        """Follow a link to the bot and press Start, as after scanning its picture."""
        url = urlsplit(link)
        if url.hostname != "t.me" or url.path.strip("/").casefold() != self._telegram.username.casefold():
            raise Impossible(f"{link} is no link to this bot.")
        payload = "".join(parse_qs(url.query).get("start", [""]))
        if not PAYLOAD.fullmatch(payload):
            raise Impossible("Telegram takes 1 to 64 letters, digits, _ and - after start=.")
        return self.say(person, f"/start {payload}")

    def pick(self, person: int, label: str, users: list[int]) -> Json:
        """Press the button of a reply keyboard that opens Telegram's list of people, and choose these."""
        room = self._room(self._telegram.person(person), None)
        asked = _picker(room, label)
        if not 1 <= len(users) <= int(asked.get("max_quantity", 1)):
            raise Impossible("That many people cannot be chosen here.")
        chosen = [self._shared(self._telegram.person(user), asked) for user in users]
        return self.say(person, users_shared={"request_id": asked["request_id"], "users": chosen})

    def _shared(self, person: TelegramPerson, asked: Json) -> Json:
        # Of a person the bot learns the id, and what else it asked for.
        user = person.user()
        names = ("first_name", "last_name") if asked.get("request_name") else ()
        names = (*names, "username") if asked.get("request_username") else names
        return {"user_id": person.id, **{name: user[name] for name in names if user.get(name)}}

    def edit(self, person: int, chat: int, message_id: int, text: str) -> Json:
        message = self._telegram.message(chat, message_id)
        if message.by_bot or not message.sender or message.sender["id"] != self._telegram.person(person).id:
            raise Impossible("A person edits own messages only.")
        message.text, message.entities, message.edit_date = text, found_in(text), self._telegram.now
        self._telegram.emit("edited", message)
        return self._telegram.deliver(message)

    def delete(self, person: int, chat: int, message_id: int) -> Json:
        """The bot is not told."""
        self._room(self._telegram.person(person), chat)
        self._telegram.erase(self._telegram.message(chat, message_id))
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
        # Callback data comes from a client: the Bot API says that the message may hold no such button.
        who = self._telegram.person(person)
        place = self._room(who, chat)
        if data is not None:
            return self._telegram.press(who, self._pressable(place, message_id), data)
        message, button = _button(place, label, message_id)
        if "callback_data" in button:
            return self._telegram.press(who, message, button["callback_data"])
        return {key: button[key] for key in ("copy_text", "url") if key in button}

    def _pressable(self, chat: TelegramChat, message_id: int | None) -> TelegramMessage:
        if message_id is not None:
            return self._telegram.message(chat.id, message_id)
        found = next((message for message in reversed(chat.messages.values()) if message.by_bot), None)
        if found is None:
            raise Impossible(f"The bot has written nothing in {chat.name}.")
        return found

    def _room(self, person: TelegramPerson, chat: int | None) -> TelegramChat:
        """The chat a person acts in, if it is open to them."""
        place = self._telegram.chat(person.id if chat is None else chat)
        if place.migrated_to:
            place = self._telegram.chat(place.migrated_to)
        if not place.has(person.id):
            raise Impossible(f"{person.name} is not in {place.name}.")
        if place.person and person.blocked:
            raise Impossible(f"{person.name} has blocked the bot.")
        if place.person:
            person.started = True
        return place


def _button(chat: TelegramChat, label: str | None, message_id: int | None) -> tuple[TelegramMessage, Json]:
    for message in reversed(chat.messages.values()):
        if message.deleted or message_id not in {None, message.id}:
            continue
        for button in (button for row in message.buttons for button in row):
            if button["text"] == label:
                return message, button
    raise Impossible(f"There is no button {label!r} in {chat.name}.")


def _picker(chat: TelegramChat, label: str) -> Json:
    """What the newest reply keyboard asks for under this label."""
    keyboards = [message.keyboard for message in chat.messages.values() if message.keyboard and not message.deleted]
    rows = keyboards[-1].get("keyboard", []) if keyboards else []
    for button in (button for row in rows for button in row):
        if button.get("text") == label and "request_users" in button:
            return dict(button["request_users"])
    raise Impossible(f"There is no list of people behind {label!r} in {chat.name}.")
