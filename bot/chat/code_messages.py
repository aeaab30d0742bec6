"""Takes the messages that show codes away when the codes are over, also after a restart."""

import logging

from bot.chat.render import codes as texts
from bot.chat.render.locale import Locale
from bot.chat.telegram.errors import TryLater, Undeliverable
from bot.chat.telegram.sender import Content, Destination, Sender
from bot.control.codes import Codes
from bot.domain.codes import IssuedPin

log = logging.getLogger("latchkey.chat")


class CodeMessages:
    def __init__(self, codes: Codes, sender: Sender, locale: Locale) -> None:
        self._codes = codes
        self._sender = sender
        self._locale = locale

    async def look_after(self) -> None:
        """What cannot be done at the moment is tried again the next time."""
        for pin, message_id in await self._codes.look_after():
            try:
                await self._take_away(pin, message_id)
            except TryLater:
                continue
            # A blocked bot can take nothing away. Trying on would say so in the log twice a minute for ever.
            except Undeliverable as error:
                log.warning("the message with a code of %s stays: %s", pin.door, error)
            await self._codes.message_gone(pin.id)

    async def _take_away(self, pin: IssuedPin, message_id: int) -> None:
        chat = Destination(pin.person_id)
        # Telegram deletes nothing that is older than 48 hours, but takes another text for it.
        if await self._sender.delete(chat, message_id):
            return
        shown = await self._sender.edit(chat, message_id, Content(texts.message_over(pin, self._locale)), urgent=False)
        # The text went out as a new message, because the old one cannot be edited: that one still shows the digits.
        if shown != message_id:
            await self._sender.edit(chat, shown, Content(texts.message_stays(pin, self._locale)), urgent=False)
