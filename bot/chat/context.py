"""The caller of one update: who asks, where and when, and the way to answer."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from telegram import Bot, CallbackQuery, InlineKeyboardMarkup, Message, ReplyKeyboardMarkup, Update, User
from telegram.constants import ChatType

from bot.chat import buttons
from bot.chat.awaited_codes import TypedCode
from bot.chat.confirmations import PendingConfirmation
from bot.chat.render import codes, denials, joining, labels, outcomes
from bot.chat.render.locale import Locale
from bot.chat.senders import destination_of, is_addressed_to, sanitize_name
from bot.chat.services import Services
from bot.chat.telegram.errors import TryLater, Undeliverable
from bot.chat.telegram.limits import Keyboard
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Attachment, Content, Destination
from bot.chat.toasts import Toast
from bot.domain.actions import Action
from bot.domain.codes import PinRequest
from bot.domain.commands import CommandRequest, How
from bot.domain.people import Rights

log = logging.getLogger("latchkey.chat")


class NotUnderstood(Exception):
    """The message is the sentence for the person, and nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatContext:
    """`rights` were read for this update, as a courtesy; control reads them again to decide.

    `asked_at`: UTC seconds by Telegram's clock, no later than the asking; 0 where nothing is proved.
    """

    services: Services
    bot: Bot
    person_id: int
    person_name: str
    rights: Rights
    destination: Destination
    is_private: bool
    update_id: int
    asked_at: float
    is_confirmed: bool = False
    """Whether this is the press of a one-time confirmation."""
    typed_code: TypedCode | None = None
    """The one-time code that this was asked for."""
    words: str = ""
    """What follows the command."""
    message: Message | None = None
    replaces: int | None = None
    """A message of the bot's own that the reply takes the place of."""
    is_of_home: bool = False
    """Whether the replaced message is a page of the home screen, which has a way back."""
    pressed: Message | None = None
    """The message whose button was pressed, as Telegram shows it."""
    pressed_by: User | None = None
    toast: Toast | None = None
    """The way to answer a press; None for a message."""

    @classmethod
    def of_message(
        cls, services: Services, update: Update, message: Message, person: User, rights: Rights
    ) -> "ChatContext":
        is_private = message.chat.type == ChatType.PRIVATE
        return cls(
            services=services,
            bot=update.get_bot(),
            person_id=person.id,
            person_name=sanitize_name(person.full_name),
            rights=rights,
            # In a group the answer replies: by that Telegram itself says later whose message it is.
            destination=destination_of(message, is_reply=not is_private),
            is_private=is_private,
            update_id=update.update_id,
            asked_at=message.date.timestamp(),
            words=words_after_command(message),
            message=message,
        )

    @classmethod
    def of_press(
        cls, services: Services, update: Update, query: CallbackQuery, rights: Rights, toast: Toast
    ) -> "ChatContext":
        assert query.message is not None  # noqa: S101 - the dispatcher passes no other
        return cls(
            services=services,
            bot=update.get_bot(),
            person_id=query.from_user.id,
            person_name=sanitize_name(query.from_user.full_name),
            rights=rights,
            destination=destination_of(query.message, is_reply=False),
            is_private=query.message.chat.type == ChatType.PRIVATE,
            update_id=update.update_id,
            # A press has no time of its own: it is as old as the poll before it proves.
            asked_at=services.polls.earliest_time(update.update_id) or 0.0,
            pressed_by=query.from_user,
            # Of an old or deleted message Telegram tells the number alone, and the library's shortcuts raise TypeError.
            pressed=query.message if isinstance(query.message, Message) else None,
            toast=toast,
        )

    def in_place_of(self, query: CallbackQuery) -> "ChatContext":
        """The reply takes the place of the message with the button, if that is this person's own."""
        own = query.message is not None and is_addressed_to(query.message, query.from_user)
        replaces = query.message.message_id if own and query.message else None
        return replace(self, replaces=replaces, is_of_home=own and self.is_on_home_screen)

    def confirmed(self, query: CallbackQuery, pending: PendingConfirmation) -> "ChatContext":
        # The button did not exist before it was asked for, so its press is no older than that.
        is_question = query.message is not None and query.message.message_id == pending.message_id
        replaces = pending.message_id if is_question else None
        is_of_home = is_question and self.is_on_home_screen
        return replace(self, asked_at=pending.asked_at, is_confirmed=True, replaces=replaces, is_of_home=is_of_home)

    @property
    def is_on_home_screen(self) -> bool:
        """Whether a button of the home screen, or of a page that was reached from it, was pressed."""
        return self.is_private and self.pressed is not None and buttons.leads_home(self.pressed.reply_markup)

    def in_private(self) -> "ChatContext":
        """The same, but what is said from here on is said in the person's own chat with the bot, as a new message."""
        # The number of a message means another one in another chat, so nothing is replaced there.
        return replace(self, destination=Destination(self.person_id), is_private=True, replaces=None)

    @property
    def is_owner(self) -> bool:
        return self.rights.is_owner

    @property
    def is_late(self) -> bool:
        return self.services.clock.age(self.asked_at) > self.services.stale_seconds

    @property
    def update_key(self) -> str:
        return str(self.update_id)

    @property
    def locale(self) -> Locale:
        return self.services.locale

    def request(
        self, action: Action, door: str = "", *, pin: PinRequest | None = None, issued_pin_id: int | None = None
    ) -> CommandRequest:
        return CommandRequest(
            update_key=self.update_key,
            person_id=self.person_id,
            person_name=self.person_name,
            chat_id=self.destination.chat_id,
            thread_id=self.destination.thread_id,
            action=action,
            door=door,
            asked_at=self.asked_at,
            is_confirmed=self.is_confirmed,
            pin=pin,
            issued_pin_id=issued_pin_id,
            how=self._how,
            one_time_code=self.typed_code.digits if self.typed_code else None,
        )

    @property
    def _how(self) -> How:
        if self.typed_code:
            return How.SECOND_FACTOR
        if self.is_confirmed:
            return How.CONFIRMATION
        return How.BUTTON if self.toast else How.COMMAND

    def reply(self) -> Reply:
        return self._reply(self.destination, self.replaces)

    def private_reply(self) -> Reply:
        """A reply in the person's own chat with the bot, wherever it was asked."""
        if self.is_private:
            return self.reply()
        return self._reply(Destination(self.person_id), None)

    def message_to(self, person_id: int) -> Reply:
        """Something for somebody else, in their own chat."""
        services = self.services
        return Reply(services.sender, services.notices, services.clock, Destination(person_id))

    async def say(self, text: str, keyboard: Keyboard | None = None) -> None:
        await self.reply().finish(Content(text, keyboard))

    async def refuse(self, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        """A no: it pops up where a button was pressed, for that person alone; otherwise it is a message."""
        # Telegram takes one answer a press. Without a pop-up a no would be seen by everybody in the group.
        if self.toast and not self.toast.is_shown:
            self.toast.show(text, is_alert=True)
        else:
            await self.say(text, keyboard)

    def pop_up(self, text: str = "") -> None:
        """End the spinner of a press, with a word where the person looks."""
        if self.toast:
            self.toast.show(text)

    async def send_file(self, file: Attachment) -> int | None:
        """Into the person's own chat with the bot: the number of the message, or None if it cannot be delivered."""
        try:
            return await self.services.sender.send_file(Destination(self.person_id), file)
        except (TryLater, Undeliverable) as error:
            log.warning("a file cannot be delivered to chat %d: %s", self.person_id, error)
            return None

    def forget_message(self) -> None:
        """Delete what the person wrote, as far as the bot may."""
        # In private it may. In a group it must be an administrator, so nothing secret is asked for there.
        if self.message:
            sender = self.services.sender
            sender.in_background(sender.try_to_delete(self.destination, self.message.message_id))

    async def say_where(self, reply: Reply) -> None:
        """In a group: that the reply is in the private chat, or why it is not."""
        if not self.is_private:
            await self.say(codes.SENT_PRIVATELY if reply.is_delivered else codes.NOT_SENT_PRIVATELY)

    async def turn_away(self) -> None:
        """A stranger gets one short answer with the id an owner needs, and in private a way to ask."""
        # Once in ten minutes, however much they send or forward.
        if not self.services.limits.introduces(self.person_id):
            return
        if not await self.services.requests.is_banned(self.person_id):
            await self.refuse(denials.stranger(self.person_id), buttons.ask_to_come_in() if self.is_private else None)
        elif await self.services.requests.tells_banned(self.person_id):
            await self.refuse(joining.BANNED)

    def release_turn(self) -> None:
        """What must stay in order is safe on disk: the person's next update may go ahead."""
        self.services.ordering.release(self.update_id)

    def _reply(self, destination: Destination, message_id: int | None) -> Reply:
        services = self.services
        return Reply(
            services.sender,
            services.notices,
            services.clock,
            destination,
            message_id,
            person_id=self.person_id,
            person_name=self.person_name,
            release=self.release_turn,
            finishing=self._finishing(destination, message_id),
        )

    def _finishing(self, destination: Destination, message_id: int | None) -> Callable[[Content], Content]:
        if message_id is not None:
            return _with_way_home if self.is_of_home else _as_it_is
        # A press is no message that the answer could reply to, and the others want to know whose it is. Ids of
        # groups are negative.
        is_seen_by_others = self.toast is not None and destination.chat_id < 0
        return partial(_with_name, self.person_name) if is_seen_by_others else _as_it_is


Work = Callable[[ChatContext], Awaitable[None]]
"""What is done for a caller, now or once they have answered."""


def _with_name(name: str, content: Content) -> Content:
    return replace(content, text=f"{content.text}\n{outcomes.pressed_by(name)}")


def _as_it_is(content: Content) -> Content:
    return content


def _with_way_home(content: Content) -> Content:
    # A message has one keyboard: Telegram's list of people or groups leaves no room for a way back.
    if isinstance(content.keyboard, ReplyKeyboardMarkup) or buttons.leads_home(content.keyboard):
        return content
    label = labels.HOME if buttons.has_label(content.keyboard, labels.BACK) else labels.BACK
    return replace(content, keyboard=buttons.with_row(content.keyboard, buttons.home_row(label)))


def words_after_command(message: Message) -> str:
    text = message.text or ""
    # Telegram says where the command ends. In "/open:garage" ":garage" follows, and that is no door.
    command = next((entity for entity in message.entities if entity.type == "bot_command" and entity.offset == 0), None)
    return text[command.length :].strip() if command else text.strip()
