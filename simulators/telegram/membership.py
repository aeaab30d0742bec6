"""Groups, channels and topics: who is where, who comes and goes."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from simulators.telegram.parameters import Impossible, Json
from simulators.telegram.values import ANONYMOUS_ADMIN, TelegramChat, membership
from simulators.telegram.views import chat_view

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

BOT_STATUSES = {"member", "administrator", "restricted", "left", "kicked"}


class MembershipActions:
    def __init__(self, telegram: "TelegramSimulator") -> None:
        self._telegram = telegram

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
        kind = "supergroup" if supergroup else "group"
        group = TelegramChat(id=chat, type=kind, title=title, members=self._members(members, admins), bot=bot)
        # JSON has text keys only.
        group.topics = {int(thread): name for thread, name in (topics or {}).items()}
        group.forum = topics is not None
        # A topic has the number of the message that made it; General is 1.
        group.last_id = max([1, *group.topics]) if group.forum else 0
        return self._open(group)

    def add_channel(self, chat: int, title: str, members: Iterable[int]) -> Json:
        people = self._members(members, ())
        return self._open(TelegramChat(id=chat, type="channel", title=title, members=people, bot="administrator"))

    def _members(self, members: Iterable[int], admins: Iterable[int]) -> dict[int, str]:
        found = {self._telegram.person(person).id: "member" for person in members}
        found |= {self._telegram.person(person).id: "administrator" for person in admins}
        for person in list(found)[:1]:
            found[person] = "creator"
        return found

    def _open(self, chat: TelegramChat) -> Json:
        if chat.id >= 0:
            raise Impossible("The id of a group or channel is below zero.")
        self._telegram.chats[chat.id] = chat
        return chat_view(chat)

    # The bot's own place

    def block(self, person: int) -> Json:
        self._telegram.person(person).blocked = True
        return self._bot_moved(self._telegram.chat(person), person, "member", "kicked")

    def kick(self, person: int, chat: int) -> Json:
        """The bot is thrown out."""
        return self.set_bot(person, chat, "kicked")

    def set_bot(self, person: int, chat: int, status: str, lacks: Iterable[str] = ()) -> Json:
        """Make the bot member, administrator, restricted (it may not write), left or kicked.

        `lacks`: rights that it does not get as an administrator, such as can_pin_messages.
        """
        place = self._telegram.chat(chat)
        if place.person or status not in BOT_STATUSES:
            raise Impossible(f"The bot cannot be {status} in {place.name}.")
        old, place.bot, place.bot_lacks = place.bot, status, frozenset(lacks)
        return self._bot_moved(place, person, old, status)

    def _bot_moved(self, chat: TelegramChat, person: int, old: str, new: str) -> Json:
        self._telegram.log.event(chat.id, "bot_status", person=person, status=new)
        return self._moved("my_chat_member", chat, person, self._telegram.bot_user(), old, new)

    def _moved(self, kind: str, chat: TelegramChat, by: int, user: Json, old: str, new: str) -> Json:
        body = {"chat": chat.json(), "from": self._telegram.person(by).user(), "date": self._telegram.now}
        body |= {"old_chat_member": membership(old, user), "new_chat_member": membership(new, user)}
        return self._telegram.push({kind: body})

    # People

    def deactivate(self, person: int) -> Json:
        """The person's account is gone."""
        self._telegram.person(person).deactivated = True
        return {}

    def join(self, person: int, chat: int) -> Json:
        place, user = self._telegram.chat(chat), self._telegram.person(person).user()
        place.members[person] = "member"
        self._moved("chat_member", place, person, user, "left", "member")
        line = self._telegram.service(place, user, new_chat_members=[user], new_chat_member=user)
        return self._telegram.deliver(line)

    def leave(self, person: int, chat: int) -> Json:
        place, user = self._telegram.chat(chat), self._telegram.person(person).user()
        if person not in place.members:
            raise Impossible(f"{self._telegram.person(person).name} is not in {place.name}.")
        self._moved("chat_member", place, person, user, place.members.pop(person), "left")
        return self._telegram.deliver(self._telegram.service(place, user, left_chat_member=user))

    # Topics

    def close_topic(self, chat: int, thread: int) -> Json:
        self._telegram.chat(chat).closed_topics.add(thread)
        return {}

    def delete_topic(self, chat: int, thread: int) -> Json:
        """With everything that was written in it."""
        # No update tells a bot of it: it finds out by the next message that Telegram refuses.
        place = self._telegram.chat(chat)
        place.topics.pop(thread, None)
        for message in place.messages.values():
            if message.thread == thread and not message.deleted:
                self._telegram.erase(message)
        return {}

    def migrate(self, chat: int, new_chat: int | None = None) -> Json:
        """The group becomes a supergroup with a new id; each half is told in its own chat."""
        old = self._telegram.chat(chat)
        if old.type != "group":
            raise Impossible("Only a basic group becomes a supergroup.")
        to = new_chat or -(10**12) + chat
        new = TelegramChat(id=to, type="supergroup", title=old.title, members=old.members, bot=old.bot)
        self._open(new)
        creator = self._telegram.person(next(iter(old.members))).user()
        told_old = self._telegram.service(old, creator, migrate_to_chat_id=to)
        told_new = self._telegram.service(new, dict(ANONYMOUS_ADMIN), migrate_from_chat_id=chat, sender_chat=new.json())
        updates = [self._telegram.deliver(told_old), self._telegram.deliver(told_new)]
        old.migrated_to = to
        return {"chat": to, "updates": updates}
