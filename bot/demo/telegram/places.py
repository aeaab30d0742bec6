"""People, groups and channels: who is where, who comes and goes."""

from collections.abc import Iterable, Mapping

from bot.demo.telegram.records import ANONYMOUS_ADMIN, Chat, Person, membership
from bot.demo.telegram.state import MESSAGE_LIFE, State, members_of, topics_of
from bot.demo.telegram.views import chat_view, person_view
from bot.demo.telegram.wire import Impossible, Json

BOT_STATUSES = {"member", "administrator", "left", "kicked"}


class Places(State):
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

    def block(self, person: int) -> Json:
        self.person(person).blocked = True
        return self._bot_status(self.chat(person), person, "member", "kicked")

    def unblock(self, person: int) -> Json:
        self.person(person).blocked = False
        return self._bot_status(self.chat(person), person, "kicked", "member")

    def deactivate(self, person: int) -> Json:
        """The person's account is gone."""
        self.person(person).deactivated = True
        return {}

    def kick(self, person: int, chat: int) -> Json:
        """The bot is thrown out."""
        return self.set_bot(person, chat, "kicked")

    def set_bot(self, person: int, chat: int, status: str) -> Json:
        """Make the bot member, administrator, left or kicked."""
        place = self.chat(chat)
        if place.person or status not in BOT_STATUSES:
            raise Impossible(f"The bot cannot be {status} in {place.name}.")
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
        as_group = self.chats[to].json()
        told_new = self.service(self.chats[to], dict(ANONYMOUS_ADMIN), migrate_from_chat_id=chat, sender_chat=as_group)
        updates = [self.deliver(told_old), self.deliver(told_new)]
        old.migrated_to = to
        return {"chat": to, "updates": updates}

    def _creator(self, chat: Chat) -> Json:
        return self.person(next(iter(chat.members))).user()
