"""Where every update comes in: who is it, may they be heard at all, and which handler answers."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from telegram import Message, Update, User
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.access.invitations import is_token
from bot.chat import errors
from bot.chat.commands import ChatCommand, find_command, nearest_name
from bot.chat.context import ChatContext
from bot.chat.courtesy import may, rights_now
from bot.chat.guard import guarded
from bot.chat.handlers import (
    COMMANDS,
    PICKED,
    granting,
    groups,
    inviting,
)
from bot.chat.handlers.choosing_person import Purpose, picked_person
from bot.chat.handlers.home import is_usable
from bot.chat.presses import Presses
from bot.chat.render import denials, questions
from bot.chat.senders import destination_of, is_second_hand, person_of, sanitize_name
from bot.chat.services import Services
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.chat.toasts import Toast
from bot.domain.actions import Action
from bot.domain.second_factor import plain_digits

MESSAGE = "message"
"""What a stranger wanted, if it was no command."""
START = "start"
Handler = Callable[[Update, Any], Coroutine[Any, Any, None]]


class Dispatcher:
    """A courtesy, never the defence: whoever slips past meets the decision in control."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, application: "Application[Any, Any, Any, Any, Any, Any]") -> None:
        """Wire every command and button."""
        # CommandHandler takes edits, too, unless it is told not to: whoever corrects an old /open would open again.
        new = filters.UpdateType.MESSAGE
        for command in COMMANDS:
            application.add_handler(CommandHandler(command.names, self._command(command), filters=new))
        # The library calls the first handler that fits, so what fits more comes later.
        application.add_handler(MessageHandler(new & filters.StatusUpdate.MIGRATE, self._migrated))
        picked = filters.StatusUpdate.USERS_SHARED | filters.StatusUpdate.CHAT_SHARED | filters.CONTACT
        application.add_handler(MessageHandler(new & filters.ChatType.PRIVATE & picked, self._picked))
        # That somebody pinned a message or made a topic wants no answer.
        said = new & ~filters.StatusUpdate.ALL & filters.ChatType.PRIVATE
        application.add_handler(MessageHandler(said, self._anything_else))
        application.add_handler(MessageHandler(new & filters.COMMAND, self._unknown_in_group))
        application.add_handler(CallbackQueryHandler(Presses(self._services).answer))
        application.add_handler(ChatMemberHandler(self._membership, ChatMemberHandler.ANY_CHAT_MEMBER))
        # A group of its own, since each group calls one handler. It guards nothing: its failure stops no other group.
        application.add_handler(TypeHandler(Update, self._alive), group=-1)
        application.add_error_handler(self._failed)

    def _command(self, command: ChatCommand) -> Handler:
        async def handle(update: Update, _: Any) -> None:
            if update.message and (chat := await self._caller(update, update.message)):
                await self._answer(chat, command)

        return handle

    async def _alive(self, update: Update, _: Any) -> None:
        # Whatever an owner does is a sign of life: a glass may wait for their silence.
        if person := update.effective_user:
            await self._services.signs.saw(person.id, sanitize_name(person.full_name))

    async def _picked(self, update: Update, _: Any) -> None:
        """A person from Telegram's picker, or a contact that somebody shared."""
        message = update.message
        if not (message and (chat := await self._caller(update, message))):
            return
        if not chat.rights.known:
            await self._turn_away(chat)
        elif not may(chat, Action.CHANGE_PEOPLE):
            await chat.refuse(denials.only_for(Action.CHANGE_PEOPLE))
        else:
            await guarded(chat, lambda chat: self._answer_picked(chat, message))

    async def _answer_picked(self, chat: ChatContext, message: Message) -> None:
        if message.chat_shared:
            await granting.group_picked(chat)
            return
        # A contact that somebody shares carries no request_id: it is somebody to let in.
        number = message.users_shared.request_id if message.users_shared else Purpose.LET_IN
        if answer := PICKED.get(number):
            await answer(chat, picked_person(chat, message))
        else:
            await chat.refuse(denials.BUTTON_UNKNOWN)

    async def _anything_else(self, update: Update, _: Any) -> None:
        """In private a command may be written without its slash; other words are answered, too."""
        if not (update.message and (chat := await self._caller(update, update.message))):
            return
        word, _, rest = (update.message.text or "").strip().partition(" ")
        said = word.removeprefix("/").partition("@")[0]
        digits = plain_digits(update.message.text or "")
        if command := find_command("code" if digits else said, COMMANDS):
            await self._answer(replace(chat, words=digits or rest.strip()), command)
        elif not chat.rights.known:
            await self._turn_away(chat)
        else:
            await chat.say(self._not_understood(chat, word, said))

    async def _unknown_in_group(self, update: Update, _: Any) -> None:
        """A command that is no bot's in particular may be for another one."""
        message = update.message
        word = (message.text or "").split(maxsplit=1)[0] if message and message.text else ""
        said, _, bot = word.removeprefix("/").partition("@")
        if not message or bot.casefold() != update.get_bot().username.casefold():
            return
        chat = await self._caller(update, message)
        if chat and chat.rights.known:
            await chat.say(self._not_understood(chat, word, said))
        elif chat:
            await self._turn_away(chat)

    async def _membership(self, update: Update, _: Any) -> None:
        if update.my_chat_member:
            await groups.membership(self._services, update.my_chat_member)
        elif update.chat_member:
            await groups.member_changed(self._services, update.chat_member)

    async def _migrated(self, update: Update, _: Any) -> None:
        if update.message:
            await groups.migrated(self._services, update.message)

    async def too_many(self, update: Update) -> None:
        """This update is skipped, as too many of the same person wait."""
        person = update.effective_user
        if not (person and self._services.limits.warnings.allows(person.id)):
            return
        try:
            # Strangers have had their one answer.
            if (await self._services.people.rights(person.id)).known:
                await self._answer_briefly(update, denials.TOO_FAST)
        except Exception as error:  # noqa: BLE001 - nothing stands above this that could tell anybody
            errors.note(update.update_id, error)

    async def _failed(self, update: object, context: Any) -> None:
        # For what went wrong before there was a caller. After that guarded() answers.
        errors.note(update.update_id if isinstance(update, Update) else None, context.error)
        if isinstance(update, Update):
            await self._answer_briefly(update, errors.explain(context.error))

    async def _caller(self, update: Update, message: Message) -> ChatContext | None:
        """The person behind a new message; None, and a word on why, for those who cannot be heard."""
        services, person = self._services, person_of(message)
        if person is None:
            if message.sender_chat and services.limits.warnings.allows(message.chat.id):
                await self._say(message, None, denials.ANONYMOUS)
            return None
        chat = ChatContext.of_message(services, update, message, person, await rights_now(services, person.id))
        # Somebody else typed it, or at another time: a forwarded /open would open in the name of who forwards it.
        if is_second_hand(message):
            if not chat.rights.known:
                await self._turn_away(chat)
            elif services.limits.warnings.allows(person.id):
                await chat.say(denials.FORWARDED)
            return None
        if not services.limits.requests.allows(person.id):
            await self.too_many(update)
            return None
        return chat

    async def _answer(self, chat: ChatContext, command: ChatCommand) -> None:
        # Before rights are looked at: whoever has a link is a stranger still. In a group everybody has read the token.
        if command.name == START and is_token(chat.words) and chat.is_private:
            await guarded(chat, lambda chat: inviting.claim(chat, chat.words))
        elif not chat.rights.known:
            await self._turn_away(chat, command.name)
        elif command.is_for_owners and not may(chat, command.action):
            await chat.refuse(denials.only_for(command.action))
        else:
            if chat.rights.person:
                # People rename themselves, and the owners' list should say what they are called now.
                await self._services.people.update_name(chat.rights.person, chat.person_name)
                if writer := chat.message and chat.message.from_user:
                    await self._services.acquaintances.saw(chat.person_id, writer.username)
            await guarded(chat, command.answer, command.name)

    async def _turn_away(self, chat: ChatContext, wish: str = MESSAGE) -> None:
        # First: a flood of strangers must not hold up the next poll, which waits until all turns are over.
        chat.release_turn()
        await self._services.control.record_stranger(chat.request(Action.STATUS), wish)
        await chat.turn_away()

    def _not_understood(self, chat: ChatContext, word: str, said: str) -> str:
        close = nearest_name(said, [command for command in COMMANDS if is_usable(chat, command)])
        return questions.unknown_command(said, close) if word.startswith("/") else questions.not_understood(close)

    async def _answer_briefly(self, update: Update, text: str) -> None:
        """Without a context: under a button where it was pressed, else as a message."""
        if update.callback_query:
            Toast(self._services.sender, update.callback_query.id).show(text, is_alert=True)
        elif update.message and update.effective_user:
            await self._say(update.message, update.effective_user, text)

    async def _say(self, message: Message, person: User | None, text: str) -> None:
        services = self._services
        destination = destination_of(message, is_reply=False)
        person_id = person.id if person else None
        reply = Reply(services.sender, services.notices, services.clock, destination, person_id=person_id)
        await reply.finish(Content(text))
