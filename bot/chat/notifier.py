"""Outbox → Telegram: at least once, in order per chat, inside the flood limits."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import tzinfo

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.chat import notice_texts
from bot.chat.errors import is_gone, seconds_to_wait
from bot.clock import Clock
from bot.notices import Notices
from storage.records import Letter, StorageFailed

log = logging.getLogger("latchkey.notifier")

PER_CHAT_SECONDS = 1.0
PER_GROUP_SECONDS = 3.0
AGAIN_SECONDS = 5.0
IDLE_SECONDS = 30.0
AT_ONCE = 10
"""Chats written to at the same time: Telegram takes about 30 messages a second, and replies go first."""


class Notifier:
    def __init__(
        self,
        bot: Bot,
        notices: Notices,
        clock: Clock,
        zone: tzinfo,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot = bot
        self._notices = notices
        self._clock = clock
        self._zone = zone
        self._sleep = sleep
        self._not_before: dict[int, float] = {}

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            try:
                pause = await self.round()
            except StorageFailed as error:
                log.error("the outbox cannot be read: %s", error)  # noqa: TRY400
                pause = AGAIN_SECONDS
            await self._notices.wait(pause)

    async def round(self) -> float:
        """Deliver the oldest letter of every chat that may be written to now; seconds until the next is due."""
        now = self._clock.boot()
        waiting = await self._notices.heads()
        self._not_before = {chat: at for chat, at in self._not_before.items() if at > now}
        due = [letter for letter in waiting if letter.chat_id not in self._not_before][:AT_ONCE]
        await asyncio.gather(*(self._deliver(letter) for letter in due))
        if due:
            return 0.0
        return min([at - now for at in self._not_before.values() if waiting] or [IDLE_SECONDS])

    async def _deliver(self, letter: Letter) -> None:
        try:
            await self._send(letter)
        except RetryAfter as error:
            self._pause(letter, seconds_to_wait(error))
            return
        except ChatMigrated as error:
            await self._notices.moved(letter.chat_id, error.new_chat_id)
            return
        except Forbidden as error:
            log.warning("chat %d cannot be written to any more: %s", letter.chat_id, error)
            await self._notices.gone(letter.chat_id)
            return
        except BadRequest as error:
            await self._give_up(letter, error)
            return
        except TelegramError as error:
            log.warning("a notice waits: %s", error)
            await self._notices.failed(letter)
            self._pause(letter, AGAIN_SECONDS)
            return
        await self._notices.delivered(letter)
        self._pause(letter, PER_GROUP_SECONDS if letter.chat_id < 0 else PER_CHAT_SECONDS)

    async def _send(self, letter: Letter) -> None:
        text = notice_texts.say(letter.notice, self._zone)
        edits = letter.notice.get("edits")
        if isinstance(edits, int):
            try:
                await self._bot.edit_message_text(
                    text, chat_id=letter.chat_id, message_id=edits, parse_mode=ParseMode.HTML
                )
            except BadRequest as error:
                if "not modified" in str(error):
                    return
            else:
                return
        await self._bot.send_message(
            letter.chat_id, text, parse_mode=ParseMode.HTML, message_thread_id=letter.thread_id
        )

    async def _give_up(self, letter: Letter, error: BadRequest) -> None:
        """This letter can never be delivered; a topic or chat that is gone gets no more of them."""
        log.warning("a notice for chat %d is dropped: %s", letter.chat_id, error)
        if is_gone(error):
            await self._notices.unsubscribe(letter.chat_id, letter.thread_id)
        await self._notices.delivered(letter)

    def _pause(self, letter: Letter, seconds: float) -> None:
        self._not_before[letter.chat_id] = self._clock.boot() + seconds
