"""Where every update comes in: who is it, may they be heard at all, and which room answers."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.error import TelegramError

from bot.access import Action
from bot.chat import buttons, doors, errors, groups, people, pins, texts
from bot.chat.buttons import Confirm, ConfirmList, Press
from bot.chat.commands import Audience, Command
from bot.chat.context import ChatContext, House, is_second_hand, person_of
from bot.chat.turns import end_turn
from storage.records import StorageFailed

CODES = (Action.PIN, Action.REVOKE)
Handler = Callable[[Update, Any], Coroutine[Any, Any, None]]


class Reception:
    """A courtesy, never the defence: whoever slips past meets the same decision in control."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._spinners: set[asyncio.Task[None]] = set()

    def command(self, command: Command) -> Handler:
        async def handle(update: Update, _: Any) -> None:
            if update.message and (chat := await self._caller(update, update.message)):
                await self._answer(chat, command)

        return handle

    async def anything_else(self, update: Update, _: Any) -> None:
        """Words in private that are no command we know."""
        if update.message and (chat := await self._caller(update, update.message)):
            word = (update.message.text or "").split(maxsplit=1)[:1]
            known = (await chat.rights()).known
            if not known:
                await self._turn_away(chat, "message")
            elif word and word[0].startswith("/"):
                await chat.say(texts.unknown_command(word[0][1:]))
            else:
                await chat.say(texts.NOT_UNDERSTOOD)

    async def press(self, update: Update, _: Any) -> None:
        query = update.callback_query
        if query is None or query.message is None:
            return
        wanted = buttons.decode(query.data or "")
        if wanted is None:
            self._stop_spinner(query, texts.BUTTON_UNKNOWN)
            return
        chat = ChatContext.of_press(self._house, update, query.message, query.from_user)
        if not (await chat.rights()).known:
            self._stop_spinner(query, texts.stranger_alert(chat.person_id))
            await self._house.control.stranger(chat.ask(""), "press")
        elif not self._house.pace.allows(chat.person_id):
            self._stop_spinner(query, texts.TOO_FAST)
        elif isinstance(wanted, Confirm):
            await self._confirmed(chat, query, wanted)
        elif isinstance(wanted, ConfirmList):
            self._stop_spinner(query)
            await people.confirm_list(chat)
        else:
            self._stop_spinner(query)
            await self._pressed(chat.in_place_of_menu(query.message, wanted.menu_of), wanted)

    async def membership(self, update: Update, _: Any) -> None:
        if update.my_chat_member:
            await groups.membership(self._house, update.my_chat_member)

    async def migrated(self, update: Update, _: Any) -> None:
        if update.message:
            await groups.migrated(self._house, update.message)

    async def too_many(self, update: Update) -> None:
        """More updates of one person wait than anybody would send on purpose: this one is skipped, with a word."""
        chat, person = update.effective_chat, update.effective_user
        if not (chat and person and self._house.warned.allows(person.id)):
            return
        try:
            # Strangers have had their one answer.
            if (await self._house.people.rights(person.id)).known:
                await self._house.bot.send_message(chat.id, texts.TOO_FAST)
        except (TelegramError, StorageFailed) as error:
            errors.note(update, error)

    async def failed(self, update: object, context: Any) -> None:
        """Whatever went wrong in a handler is logged, and the person is told: never silence."""
        errors.note(update, context.error)
        message = update.effective_message if isinstance(update, Update) else None
        person = update.effective_user if isinstance(update, Update) else None
        if isinstance(update, Update) and isinstance(message, Message) and person:
            chat = ChatContext.of_press(self._house, update, message, person)
            await chat.say(errors.explain(context.error))

    async def _caller(self, update: Update, message: Message) -> ChatContext | None:
        """The person behind a new message; None, and a word on why, for those who cannot be heard."""
        person = person_of(message)
        if person is None:
            if message.sender_chat and self._house.warned.allows(message.chat.id):
                await self._house.bot.send_message(message.chat.id, texts.ANONYMOUS)
            return None
        chat = ChatContext.of_message(self._house, update, message, person)
        if is_second_hand(message):
            if not (await chat.rights()).known:
                await self._turn_away(chat, "message")
            elif self._house.warned.allows(person.id):
                await chat.say(texts.FORWARDED)
            return None
        if not self._house.pace.allows(person.id):
            await self.too_many(update)
            return None
        return chat

    async def _answer(self, chat: ChatContext, command: Command) -> None:
        rights = await chat.rights()
        if not rights.known:
            await self._turn_away(chat, command.name)
            return
        if command.audience is Audience.OWNERS and not chat.is_owner:
            await chat.say(texts.OWNERS_ONLY)
            return
        if rights.person:
            await self._house.people.met(rights.person, chat.person_name)
        await command.answer(chat)

    async def _turn_away(self, chat: ChatContext, action: str) -> None:
        end_turn()
        await self._house.control.stranger(chat.ask(""), action)
        await chat.turn_away()

    async def _confirmed(self, chat: ChatContext, query: CallbackQuery, confirm: Confirm) -> None:
        promises = self._house.confirmations
        promise = promises.look(confirm.token)
        if promise is None:
            self._stop_spinner(query, texts.CONFIRM_EXPIRED)
        elif (promise.person_id, promise.chat_id) != (chat.person_id, chat.place.chat_id):
            self._stop_spinner(query, texts.NOT_YOUR_BUTTON)
        else:
            promises.use_up(confirm.token)
            self._stop_spinner(query)
            # The button did not exist before it was asked for, so the press cannot be older than that.
            chat = chat.confirmed(query.message, promise.asked_at)
            if promise.press.action in CODES:
                await pins.carry_out(chat, promise.press)
            else:
                await doors.move(chat, promise.press.door, promise.press.action)

    @staticmethod
    async def _pressed(chat: ChatContext, press: Press) -> None:
        if press.action in CODES:
            await pins.press(chat, press)
        else:
            await doors.press(chat, press)

    def _stop_spinner(self, query: CallbackQuery, alert: str | None = None) -> None:
        """Answer the press without waiting: Telegram gives it seconds, a lock takes longer."""
        task = asyncio.get_running_loop().create_task(_stop_spinner(query, alert))
        self._spinners.add(task)
        task.add_done_callback(self._spinners.discard)


async def _stop_spinner(query: CallbackQuery, alert: str | None) -> None:
    try:
        await query.answer(alert, show_alert=alert is not None)
    except TelegramError as error:
        # "query is too old" is an everyday thing and no reason to stop.
        errors.note(None, error)
