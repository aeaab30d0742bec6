"""The bot as Telegram knows it: its account, and what it may do in groups."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from telegram import Bot
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, InvalidToken, TelegramError

from bot.domain.diagnoses import BotAccount, BotPlace, Switch, TelegramTrouble

log = logging.getLogger("latchkey.chat")

T = TypeVar("T")
# Less than the doctor's limit for a check, so that it can say that Telegram is away.
ANSWER_SECONDS = 8.0


class OwnAccount:
    """Raises TelegramTrouble: what Telegram writes in its errors may hold anything, the token included."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def account(self) -> BotAccount:
        me = await _asked(self._bot.get_me(read_timeout=ANSWER_SECONDS))
        on = {
            Switch.INLINE: me.supports_inline_queries,
            Switch.GUEST: me.supports_guest_queries,
            Switch.BUSINESS: me.can_connect_to_business,
            Switch.MANAGED_BOTS: me.can_manage_bots,
            Switch.READS_GROUPS: me.can_read_all_group_messages,
        }
        return BotAccount(me.username or "", frozenset(switch for switch, is_on in on.items() if is_on))

    async def place(self, chat_id: int) -> BotPlace:
        member = await _asked(self._bot.get_chat_member(chat_id, self._bot_id, read_timeout=ANSWER_SECONDS))
        return BotPlace(
            is_in=member.status != ChatMemberStatus.LEFT,
            is_administrator=member.status == ChatMemberStatus.OWNER,
            # Under names of our own: answers.py lets the library know owners and members only, who have no such fields.
            can_write=bool(member.api_kwargs.get("can_write")),
            can_pin=bool(member.api_kwargs.get("can_pin")),
        )

    async def title(self, chat_id: int) -> str:
        return (await _asked(self._bot.get_chat(chat_id, read_timeout=ANSWER_SECONDS))).title or str(chat_id)

    @property
    def _bot_id(self) -> int:
        """Also of a bot that has not been initialized: it stands before the colon of the token."""
        return int(self._bot.token.partition(":")[0])


async def _asked(call: Awaitable[T]) -> T:
    try:
        return await call
    except InvalidToken:
        code = "telegram.token"
    except (BadRequest, Forbidden):
        code = "telegram.refused"
    except TelegramError as error:
        log.info("Telegram does not answer: %s", type(error).__name__)
        code = "telegram.away"
    # Out here, so that no error of the library's, which may hold the token, hangs on it.
    raise TelegramTrouble(code)
