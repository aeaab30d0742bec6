"""Who really wrote a message, under which name, and where the answer goes."""

import unicodedata

from telegram import MaybeInaccessibleMessage, Message, User
from telegram.constants import ChatID, ChatType

from bot.chat.telegram.sender import Destination

# Telegram gives these as the sender for anonymous admins, channels and itself, in every chat of the world. A right for
# one of them would let in the admins of any group.
SERVICE_ACCOUNTS = frozenset({ChatID.ANONYMOUS_ADMIN, ChatID.FAKE_CHANNEL, ChatID.SERVICE_CHAT})
GENERAL_TOPIC = 1
LONGEST_NAME = 64
# Unicode's categories of marks that turn, hide or break lines: people choose their names, and owners read them where
# they let somebody in.
UNWANTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def person_of(message: Message) -> User | None:
    """Who really typed this message; None for channels, anonymous admins, bots and Telegram itself."""
    person = message.from_user
    if person is None or person.is_bot or person.id in SERVICE_ACCOUNTS or message.sender_chat is not None:
        return None
    return person


def is_second_hand(message: Message) -> bool:
    """Whether the words were not typed by the sender just now: forwarded, through another bot, scheduled."""
    return bool(message.forward_origin or message.via_bot or message.is_from_offline or message.sender_business_bot)


def sanitize_name(name: str | None, *, longest: int = LONGEST_NAME) -> str:
    """A name on one line without hidden marks; never empty, never long. Deleted accounts have none."""
    # A newline is a control sign, too, but stands between words: it becomes a space.
    signs = (char for char in name or "" if unicodedata.category(char) not in UNWANTED or char.isspace())
    kept = "".join(" " if char.isspace() else char for char in signs)
    return " ".join(kept.split())[:longest] or "somebody"


def destination_of(message: MaybeInaccessibleMessage, *, is_reply: bool) -> Destination:
    # A thread of replies in a group without topics has a number as well, and nothing can be sent to it.
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Destination(
        chat_id=message.chat.id,
        # Telegram refuses the number of the general topic.
        thread_id=None if thread == GENERAL_TOPIC else thread,
        replies_to=message.message_id if is_reply else None,
    )


def is_addressed_to(message: MaybeInaccessibleMessage, person: User) -> bool:
    """Whether a message of the bot's is this person's own, so that it may be replaced by what they press."""
    # Telegram says so itself: in a group every answer replies to the message that asked for it. What a button carries
    # comes from the client and proves nothing.
    if not isinstance(message, Message):
        return False
    if message.chat.type == ChatType.PRIVATE:
        return True
    asked = message.reply_to_message
    return asked is not None and person_of(asked) is not None and asked.from_user == person
