"""The people of a small Telegram: what they do, and the troubles a test may arrange."""

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict, Unpack

from bot.demo.telegram.entities import found_in, in_order
from bot.demo.telegram.faults import Fault, Trouble
from bot.demo.telegram.records import ANONYMOUS_ADMIN, FAKE_CHANNEL, Chat, Message, Person, membership
from bot.demo.telegram.state import MESSAGE_LIFE, QUERY_LIFE, Query, State, members_of, topics_of
from bot.demo.telegram.views import chat_view, message_view, person_view
from bot.demo.telegram.wire import Impossible, Json


class Extra(TypedDict, total=False):
    """What may be special about a message a person sends."""

    thread: int | None
    reply_to_message_id: int | None
    anonymous: bool  # as an anonymous administrator of the group
    as_channel: int  # in the name of this channel
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
    fields: NotRequired[Json]  # anything else, as the Bot API names it


COPIED = ("forward_origin", "via_bot", "sender_chat", "is_from_offline", "users_shared", "chat_shared")


class TelegramWorld(State):
    def add_person(
        self,
        person: int,
        first_name: str,
        username: str | None = None,
        *,
        last_name: str | None = None,
        language_code: str | None = None,
        started: bool = False,
    ) -> Json:
        self.people[person] = Person(
            id=person,
            first_name=first_name,
            last_name=last_name,
            username=username,
            language_code=language_code,
            started=started,
        )
        return person_view(self.people[person])

    def add_group(
        self,
        chat: int,
        title: str,
        members: Iterable[int],
        *,
        supergroup: bool = True,
        topics: Mapping[int | str, str] | None = None,
        admins: Iterable[int] = (),
        bot: str = "member",
    ) -> Json:
        """A group with the bot in it; its first member made it. Topics make it a forum."""
        group = Chat(
            id=chat,
            type="supergroup" if supergroup else "group",
            title=title,
            members=self._members(members, admins),
            bot=bot,
            forum=topics is not None,
            topics=topics_of(topics),
        )
        return self._settle(group)

    def add_channel(self, chat: int, title: str, members: Iterable[int], *, username: str | None = None) -> Json:
        people = self._members(members, ())
        return self._settle(
            Chat(id=chat, type="channel", title=title, members=people, bot="administrator", username=username)
        )

    def _members(self, members: Iterable[int], admins: Iterable[int]) -> dict[int, str]:
        found = {self.person(person).id: "member" for person in members}
        for person in list(found)[:1]:
            found[person] = "creator"
        return found | {self.person(person).id: "administrator" for person in admins if found.get(person) != "creator"}

    def _settle(self, chat: Chat) -> Json:
        if chat.id >= 0:
            raise Impossible("The id of a group or channel is below zero.")
        self.chats[chat.id] = chat
        return chat_view(chat)

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

    def _room(self, person: Person, chat: int | None) -> Chat:
        place = self.chat(person.id if chat is None else chat)
        if place.migrated_to:
            place = self.chat(place.migrated_to)
        if person.id not in members_of(place):
            raise Impossible(f"{person.name} is not in {place.name}.")
        if place.person and person.blocked:
            raise Impossible(f"{person.name} has blocked the bot.")
        if place.person:
            person.started = True
        return place

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

    def erase(self, message: Message) -> None:
        message.deleted = True
        self.emit_message("deleted", message)

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

    def set_reaction(self, message: Message, who: int, reaction: list[Json]) -> None:
        message.reactions[who] = reaction
        self.emit_message("reaction", message)

    def block(self, person: int) -> Json:
        self.person(person).blocked = True
        return self._bot_status(self.chat(person), person, "member", "kicked")

    def unblock(self, person: int) -> Json:
        self.person(person).blocked = False
        return self._bot_status(self.chat(person), person, "kicked", "member")

    def kick(self, person: int, chat: int) -> Json:
        """The bot is thrown out."""
        return self.set_bot(person, chat, "kicked")

    def set_bot(self, person: int, chat: int, status: str) -> Json:
        """Make the bot member, administrator, left or kicked."""
        place = self.chat(chat)
        old, place.bot = place.bot, status
        return self._bot_status(place, person, old, status)

    def _bot_status(self, chat: Chat, person: int, old: str, new: str) -> Json:
        self.emit("bot_status", chat, person=person, status=new)
        return self._moved("my_chat_member", chat, person, self.bot_user(), old, new)

    def _moved(self, kind: str, chat: Chat, by: int, user: Json, old: str, new: str) -> Json:
        body = {"chat": chat.json(), "from": self.person(by).user(), "date": self.now}
        body |= {"old_chat_member": membership(old, user), "new_chat_member": membership(new, user)}
        return self.push({kind: body}, self.clock() + MESSAGE_LIFE)

    def join(self, person: int, chat: int) -> Json:
        place, user = self.chat(chat), self.person(person).user()
        place.members[person] = "member"
        self._moved("chat_member", place, person, user, "left", "member")
        return self.deliver(self.service(place, user, new_chat_members=[user], new_chat_member=user))

    def leave(self, person: int, chat: int) -> Json:
        place, user = self._room(self.person(person), chat), self.person(person).user()
        old = place.members.pop(person)
        self._moved("chat_member", place, person, user, old, "left")
        return self.deliver(self.service(place, user, left_chat_member=user))

    def close_topic(self, chat: int, thread: int) -> Json:
        self.chat(chat).closed_topics.add(thread)
        return {}

    def migrate(self, chat: int, new_chat: int | None = None) -> Json:
        """The group becomes a supergroup with a new id; each half is told in its own chat."""
        old = self.chat(chat)
        if old.type != "group":
            raise Impossible("Only a basic group becomes a supergroup.")
        to = new_chat or -(10**12) + chat
        self._settle(Chat(id=to, type="supergroup", title=old.title, members=old.members, bot=old.bot))
        told_old = self.service(old, self._creator(old), migrate_to_chat_id=to)
        told_new = self.service(self.chats[to], dict(ANONYMOUS_ADMIN), migrate_from_chat_id=chat)
        told_new.extra["sender_chat"] = self.chats[to].json()
        updates = [self.deliver(told_old), self.deliver(told_new)]
        old.migrated_to = to
        return {"chat": to, "updates": updates}

    def _creator(self, chat: Chat) -> Json:
        return self.person(next(iter(chat.members))).user()

    def push_raw(self, update_fields: Json, *, forced: bool = True) -> Json:
        """Any update at all, known to the Bot API or not."""
        fields = {key: value for key, value in update_fields.items() if key != "update_id"}
        return self.push(fields, self.clock() + MESSAGE_LIFE, forced=forced)

    def fail(
        self,
        method: str,
        code: int,
        description: str,
        retry_after: int | None = None,
        times: int | None = 1,
        chat: int | None = None,
    ) -> Json:
        """The next calls are refused; times=None means until calm()."""
        parameters = {"retry_after": retry_after} if retry_after is not None else {}
        return self._arrange(
            Trouble.FAIL, method, times, chat, code=code, description=description, parameters=parameters
        )

    def hang(self, method: str, seconds: float | None = None, times: int | None = 1, chat: int | None = None) -> Json:
        """A black hole: nothing happens and no answer comes, until calm() or so many seconds."""
        return self._arrange(Trouble.HANG, method, times, chat, seconds=seconds)

    def delay(self, method: str, seconds: float, times: int | None = 1, chat: int | None = None) -> Json:
        return self._arrange(Trouble.DELAY, method, times, chat, seconds=seconds)

    def drop_answer(self, method: str, times: int | None = 1, chat: int | None = None) -> Json:
        """The call acts, and its answer is lost."""
        return self._arrange(Trouble.DROP_ANSWER, method, times, chat)

    def bad_gateway(self, method: str, times: int | None = 1, chat: int | None = None) -> Json:
        """502 with a page of HTML, and nothing happens."""
        return self._arrange(Trouble.BAD_GATEWAY, method, times, chat)

    def _arrange(self, trouble: Trouble, method: str, times: int | None, chat: int | None, **how: Any) -> Json:
        self.faults.add(Fault(trouble=trouble, method=method.lower(), times=times, chat=chat, **how))
        return {}

    def calm(self) -> Json:
        """End all arranged troubles and let go of hanging calls."""
        self.faults.clear()
        self.emit("calm", None)
        return {}

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
