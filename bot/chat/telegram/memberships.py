"""Who is in a group, as Telegram tells it now."""

import logging

from telegram import Bot, ChatMember, ChatMemberRestricted
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

log = logging.getLogger("latchkey.chat")

PATIENCE_SECONDS = 3.0
"""A door waits for the answer."""
INSIDE = {ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER}


class TelegramGroups:
    """Fails closed: whoever Telegram does not call a member is none."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def is_member(self, chat_id: int, person_id: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat_id, person_id, read_timeout=PATIENCE_SECONDS)
        except TelegramError as error:
            log.warning("whether %d is a member of %d cannot be found out: %s", person_id, chat_id, error)
            return False
        return is_inside(member)


def is_inside(member: ChatMember) -> bool:
    """An answer alone says nothing: Telegram also answers for those who left. Restricted people may be out, too."""
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status in INSIDE
