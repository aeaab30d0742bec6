"""Whom somebody means: by id, @name, name, the answered message, a shared contact, or Telegram's own picker.

One way for every command that names a person. `resolve_person` reads the words of a command; `ask_for_person` shows the
picker, and what is picked goes to the function that `PICKED` in handlers/__init__.py holds for the purpose.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NoReturn

from telegram import Message
from telegram.constants import MessageEntityType

from bot.access.acquaintances import Acquaintance
from bot.chat import buttons
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.courtesy import may
from bot.chat.render import choosing, labels
from bot.chat.senders import SERVICE_ACCOUNTS, person_of, sanitize_name
from bot.domain.actions import Action
from bot.domain.doors import matches

# Telegram promises ids of at most 52 bits.
LARGEST_ID = 2**52


class Purpose(IntEnum):
    """What a person is picked for: the number comes back from Telegram with the person, also after a restart."""

    LET_IN = 1


@dataclass(frozen=True, slots=True)
class ChosenPerson:
    """`name` is empty where only the id is known. `words`: what was written besides."""

    id: int
    name: str
    words: str = ""


async def resolve_person(chat: ChatContext, usage: str) -> ChosenPerson:
    """The person the command names. Raises NotUnderstood, with `usage` where nobody is named."""
    return await find_person(chat) or nobody(chat, usage)


def nobody(chat: ChatContext, usage: str) -> NoReturn:
    """Raises NotUnderstood: the first word is a name that nobody has, unless it rather is a door."""
    first = chat.words.partition(" ")[0]
    is_name = any(map(str.isalpha, first)) and not matches(first, chat.services.doors)
    raise NotUnderstood(choosing.not_met(first) if is_name else usage)


async def find_person(chat: ChatContext) -> ChosenPerson | None:
    """The person the command names; None if it names nobody. Raises NotUnderstood for nobody in particular."""
    first, _, rest = chat.words.partition(" ")
    rest = rest.strip()
    # Also the negative id of a group, to be told that it is no person's.
    if first.isascii() and first.removeprefix("-").isdigit():
        return _checked(chat, ChosenPerson(int(first), "", rest))
    if mentioned := _mentioned(chat):
        return _checked(chat, mentioned)
    if first.startswith("@") and len(first) > 1:
        return _checked(chat, await _with_username(chat, first, rest))
    if answered := _answered(chat.message):
        return _checked(chat, _writer_of(answered, chat.words))
    return await _called(chat)


def picked_person(chat: ChatContext, message: Message) -> ChosenPerson:
    """Whom Telegram's picker or a contact brings. Raises NotUnderstood."""
    if message.users_shared and message.users_shared.users:
        user = message.users_shared.users[0]
        known = " ".join(filter(None, [user.first_name, user.last_name]))
        return _checked(chat, ChosenPerson(user.user_id, sanitize_name(known) if known else ""))
    contact = message.contact
    # People of a phone's address book need not be on Telegram.
    if contact is None or contact.user_id is None:
        raise NotUnderstood(choosing.NOT_ON_TELEGRAM)
    name = sanitize_name(" ".join(filter(None, [contact.first_name, contact.last_name])))
    return _checked(chat, ChosenPerson(contact.user_id, name))


async def ask_for_person(chat: ChatContext, text: str, purpose: Purpose) -> None:
    """Telegram shows its picker in private chats only, and under a message of its own."""
    await chat.in_private().say(text, buttons.person_picker(labels.CHOOSE_PERSON, purpose))


def is_person(chat: ChatContext, number: int) -> bool:
    """Whether the number can be somebody's id."""
    return number not in SERVICE_ACCOUNTS and number != chat.bot.id and 0 < number < LARGEST_ID


def _checked(chat: ChatContext, chosen: ChosenPerson) -> ChosenPerson:
    if not is_person(chat, chosen.id):
        raise NotUnderstood(choosing.NOT_A_PERSON)
    return chosen


def _mentioned(chat: ChatContext) -> ChosenPerson | None:
    """Somebody without a username, whose name was picked from the list that Telegram shows after an @."""
    for entity, text in (chat.message.parse_entities([MessageEntityType.TEXT_MENTION]) if chat.message else {}).items():
        if entity.user and chat.words.startswith(text):
            name = sanitize_name(entity.user.full_name)
            return ChosenPerson(entity.user.id, name, chat.words.removeprefix(text).strip())
    return None


def _answered(message: Message | None) -> Message | None:
    asked = message.reply_to_message if message else None
    # In a topic whatever answers nothing answers the message that began the topic.
    return asked if asked and not asked.forum_topic_created else None


def _writer_of(message: Message, words: str) -> ChosenPerson:
    person = person_of(message)
    if person is None:
        raise NotUnderstood(choosing.NOT_A_PERSON)
    return ChosenPerson(person.id, sanitize_name(person.full_name), words)


async def _with_username(chat: ChatContext, said: str, rest: str) -> ChosenPerson:
    # Of people on the list or asking to come in, as a bot cannot ask Telegram whose a username is. It only finds the
    # id, which is what counts: usernames change hands.
    found = await chat.services.acquaintances.with_username(said) if may_look_up(chat) else None
    if found is None:
        raise NotUnderstood(choosing.not_met(said))
    return ChosenPerson(found.id, found.name, rest)


async def _called(chat: ChatContext) -> ChosenPerson | None:
    if not may_look_up(chat):
        return None
    found, rest = await chat.services.acquaintances.called(chat.words)
    # People choose their names themselves, so a second Anna may mean to be taken for the first.
    if len(found) > 1:
        raise NotUnderstood(choosing.several_people([(one.name, one.id) for one in found]))
    return _checked(chat, _as_chosen(found[0], rest)) if found else None


def _as_chosen(one: Acquaintance, rest: str) -> ChosenPerson:
    return ChosenPerson(one.id, one.name, rest)


def may_look_up(chat: ChatContext) -> bool:
    """Who else is on the list is nobody's business who may not see it."""
    return may(chat, Action.SEE_PEOPLE)
