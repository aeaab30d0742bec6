"""One answer: a single message that is edited as things go on, and that is not lost if Telegram hangs."""

import asyncio
import logging
from dataclasses import dataclass

from telegram import Bot, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.chat.errors import seconds_to_wait
from bot.chat.turns import end_turn
from bot.clock import Clock
from bot.notices import Notices

log = logging.getLogger("latchkey.chat")

TRIES = 3
AGAIN_SECONDS = 0.2
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes."""

    chat_id: int
    thread_id: int | None = None
    replies_to: int | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """`is_last`: worth being said later if it cannot be said now."""

    text: str
    keyboard: InlineKeyboardMarkup | None = None
    protect: bool = False
    instead: str | None = None
    """What may be kept to be said later in place of a protected text, which may not."""
    is_last: bool = False


class Answer:
    """`show` never waits for Telegram; of several texts shown while it was busy only the last is sent.

    `message_id`: a message of the bot's own that the answer replaces.
    """

    def __init__(self, bot: Bot, notices: Notices, clock: Clock, place: Place, message_id: int | None = None) -> None:
        self._bot = bot
        self._notices = notices
        self._clock = clock
        self._place = place
        self._message_id = message_id
        self._wanted: Words | None = None
        self._worker: asyncio.Task[None] | None = None
        self._left: int | None = None
        """The letter that was left for later."""
        self.is_delivered = False
        """Whether the last text that was shown reached Telegram."""

    def show(self, text: str) -> None:
        self._show(Words(text))

    def _show(self, words: Words) -> None:
        self._wanted = words
        if self._worker is None or self._worker.done():
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def finish(
        self,
        text: str,
        keyboard: InlineKeyboardMarkup | None = None,
        *,
        protect: bool = False,
        instead: str | None = None,
    ) -> None:
        """Show the last word and wait until it is delivered, or left in the outbox to be."""
        self._show(Words(text, keyboard, protect, instead, is_last=True))
        await self.delivered()

    async def delivered(self) -> None:
        if self._worker is not None:
            await asyncio.shield(self._worker)

    async def _work(self) -> None:
        shown: Words | None = None
        while (wanted := self._wanted) is not None and wanted != shown:
            try:
                await self._deliver(wanted)
                self.is_delivered = True
                await self._withdraw()
            except TelegramError as error:
                self.is_delivered = False
                log.warning("an answer did not get through: %s", error)
                if wanted.is_last:
                    await self._leave_for_later(wanted, error)
            shown = wanted

    async def _deliver(self, words: Words) -> None:
        for last in (False,) * (TRIES - 1) + (True,):
            try:
                await self._send_or_edit(words)
            except RetryAfter as error:
                wait = seconds_to_wait(error)
                if last or wait > PATIENCE_SECONDS:
                    raise
                # Who waits for their own chat's limits must not hold up everybody else's updates.
                end_turn()
                await asyncio.sleep(wait)
            except ChatMigrated as error:
                await self._notices.moved(self._place.chat_id, error.new_chat_id)
                self._place = Place(error.new_chat_id)
                self._message_id = None
                if last:
                    raise
            except (BadRequest, Forbidden, TimedOut):
                raise
            except NetworkError:
                if last:
                    raise
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _send_or_edit(self, words: Words) -> None:
        if self._message_id is None:
            await self._send(words)
            return
        try:
            await self._bot.edit_message_text(
                words.text,
                chat_id=self._place.chat_id,
                message_id=self._message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=words.keyboard,
            )
        except BadRequest as error:
            if "not modified" in str(error):
                return
            log.info("an answer could not be edited (%s), so it is sent anew", error)
            await self._send(words)

    async def _send(self, words: Words) -> None:
        place = self._place
        message = await self._bot.send_message(
            place.chat_id,
            words.text,
            parse_mode=ParseMode.HTML,
            reply_markup=words.keyboard,
            message_thread_id=place.thread_id,
            protect_content=words.protect or None,
            reply_parameters=ReplyParameters(place.replies_to, allow_sending_without_reply=True)
            if place.replies_to
            else None,
        )
        self._message_id = message.message_id

    async def _leave_for_later(self, words: Words, error: TelegramError) -> None:
        text = words.instead if words.protect else words.text
        if isinstance(error, (BadRequest, Forbidden)) or text is None:
            return
        await self._withdraw()
        self._left = await self._notices.answer(
            self._place.chat_id, self._place.thread_id, text, edits=self._message_id, at=self._clock.datetime()
        )

    async def _withdraw(self) -> None:
        """What was left for later is not said after something newer."""
        if self._left is not None:
            await self._notices.withdraw(self._left)
            self._left = None
