"""The caller of one update: who asks, where and when, and the way to answer."""

import unicodedata
from dataclasses import dataclass, replace
from datetime import tzinfo

from telegram import Bot, InlineKeyboardMarkup, MaybeInaccessibleMessage, Message, Update, User
from telegram.constants import ChatID, ChatType

from bot.access import Rights
from bot.chat import texts
from bot.chat.answers import Answer, Place
from bot.chat.buttons import Confirmations
from bot.chat.polling import Polls
from bot.clock import Clock
from bot.control import DoorControl
from bot.doors import Door, Doors
from bot.notices import Notices
from bot.outcomes import Ask
from bot.people import Allowlist
from bot.throttle import Throttle

NOBODY = frozenset({ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL, ChatID.SERVICE_CHAT})
GENERAL_TOPIC = 1


class House:
    """The services behind every chat."""

    def __init__(
        self,
        *,
        bot: Bot,
        control: DoorControl,
        doors: Doors,
        people: Allowlist,
        notices: Notices,
        clock: Clock,
        polls: Polls,
        zone: tzinfo,
        stale_seconds: float,
    ) -> None:
        self.bot = bot
        self.control = control
        self.doors = doors
        self.people = people
        self.notices = notices
        self.clock = clock
        self.polls = polls
        self.zone = zone
        self.stale_seconds = stale_seconds
        self.confirmations = Confirmations(seconds=stale_seconds, clock=clock.boot)
        self.introduced = Throttle(times=1, seconds=600, clock=clock.boot)
        self.strangers = Throttle(times=20, seconds=60, clock=clock.boot)
        self.warned = Throttle(times=1, seconds=60, clock=clock.boot)
        self.pace = Throttle(times=60, seconds=60, clock=clock.boot)

    @property
    def titles(self) -> dict[str, str]:
        return {door.name: door.title for door in self.doors}


@dataclass(frozen=True, slots=True)
class ChatContext:
    house: House
    person_id: int
    person_name: str
    place: Place
    is_private: bool
    update_key: str
    asked_at: float
    """UTC seconds by Telegram's clock, no later than the asking; 0 where nothing is proved."""
    args: tuple[str, ...] = ()
    menu_id: int | None = None
    """A message of the bot's own that the answer may replace."""
    message: Message | None = None

    @classmethod
    def of_message(cls, house: House, update: Update, message: Message, person: User) -> "ChatContext":
        return cls(
            house=house,
            person_id=person.id,
            person_name=plain(person.full_name),
            place=_place(message, answers=message.chat.type != ChatType.PRIVATE),
            is_private=message.chat.type == ChatType.PRIVATE,
            update_key=str(update.update_id),
            asked_at=message.date.timestamp(),
            args=tuple((message.text or "").split()[1:]),
            message=message,
        )

    @classmethod
    def of_press(cls, house: House, update: Update, message: MaybeInaccessibleMessage, person: User) -> "ChatContext":
        return cls(
            house=house,
            person_id=person.id,
            person_name=plain(person.full_name),
            place=_place(message, answers=False),
            is_private=message.chat.type == ChatType.PRIVATE,
            update_key=str(update.update_id),
            asked_at=house.polls.made_after(update.update_id) or 0.0,
        )

    def in_place_of_menu(self, message: MaybeInaccessibleMessage, menu_of: int) -> "ChatContext":
        """The answer replaces the menu, if it is this person's own and can still be edited."""
        own = menu_of == self.person_id and isinstance(message, Message)
        return replace(self, menu_id=message.message_id if own else None)

    def confirmed(self, message: MaybeInaccessibleMessage | None, asked_at: float) -> "ChatContext":
        """The press of a confirmation that was made at `asked_at`; the answer replaces the question."""
        question = message.message_id if isinstance(message, Message) else None
        return replace(self, asked_at=asked_at, menu_id=question)

    @property
    def is_owner(self) -> bool:
        return self.person_id in self.house.people.owner_ids

    @property
    def is_late(self) -> bool:
        return self.house.clock.age(self.asked_at) > self.house.stale_seconds

    async def rights(self) -> Rights:
        return await self.house.people.rights(self.person_id)

    def ask(self, door: str) -> Ask:
        return Ask(
            update_key=self.update_key,
            person_id=self.person_id,
            person_name=self.person_name,
            chat_id=self.place.chat_id,
            thread_id=self.place.thread_id,
            door=door,
            asked_at=self.asked_at,
        )

    def answer(self) -> Answer:
        return Answer(self.house.bot, self.house.notices, self.house.clock, self.place, self.menu_id)

    async def say(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        await self.answer().finish(text, keyboard)

    def privately(self) -> Answer:
        """An answer in the person's own chat with the bot, wherever it was asked."""
        place = self.place if self.is_private else Place(self.person_id)
        return Answer(self.house.bot, self.house.notices, self.house.clock, place)

    async def say_where(self, answer: Answer) -> None:
        """In a group: that the answer is in the private chat, or why it is not."""
        if not self.is_private:
            await self.say(texts.SENT_PRIVATELY if answer.is_delivered else texts.NOT_SENT_PRIVATELY)

    async def turn_away(self) -> None:
        """A stranger gets one short answer with the id an owner needs, and not more than that."""
        if self.house.introduced.allows(self.person_id) and self.house.strangers.allows("all"):
            await self.say(texts.stranger(self.person_id))

    def door(self, name: str) -> Door | None:
        return self.house.doors.get(name)


def person_of(message: Message) -> User | None:
    """Who really typed this message; None for channels, anonymous admins, bots and Telegram itself."""
    person = message.from_user
    if person is None or person.is_bot or person.id in NOBODY or message.sender_chat is not None:
        return None
    return person


def is_second_hand(message: Message) -> bool:
    """Whether the words were not typed by the sender just now: forwarded, through another bot, scheduled."""
    return bool(message.forward_origin or message.via_bot or message.is_from_offline or message.sender_business_bot)


def plain(name: str | None) -> str:
    """A name without marks that turn, hide or break lines; never empty, never long. Deleted accounts have none."""
    signs = (char for char in name or "" if unicodedata.category(char) not in UNWANTED)
    kept = "".join(" " if char.isspace() else char for char in signs)
    return " ".join(kept.split())[:64] or "somebody"


UNWANTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _place(message: MaybeInaccessibleMessage, *, answers: bool) -> Place:
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Place(
        chat_id=message.chat.id,
        thread_id=None if thread == GENERAL_TOPIC else thread,
        replies_to=message.message_id if answers else None,
    )
