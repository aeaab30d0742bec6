"""Who is in a group, as Telegram tells it now."""

import logging

from telegram import Bot
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

log = logging.getLogger("latchkey.chat")

# A door waits for the answer.
PATIENCE_SECONDS = 3.0


class TelegramGroups:
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def is_member(self, chat_id: int, person_id: int) -> bool:
        # Whoever Telegram does not call a member is none, also when it gives no answer.
        return await _place(self._bot, chat_id, person_id) in (ChatMemberStatus.MEMBER, ChatMemberStatus.OWNER)


async def runs_group(bot: Bot, chat_id: int) -> bool:
    """Whether the bot is an administrator."""
    # Telegram guarantees getChatMember for administrators only.
    return await _place(bot, chat_id, bot.id) == ChatMemberStatus.OWNER


async def _place(bot: Bot, chat_id: int, person_id: int) -> str | None:
    """The place as answers.py reads it: owner for everybody who runs the group."""
    try:
        return (await bot.get_chat_member(chat_id, person_id, read_timeout=PATIENCE_SECONDS)).status
    except TelegramError as error:
        log.warning("whether %d is a member of %d cannot be found out: %s", person_id, chat_id, error)
        return None
