"""One reply: a single message that is edited as things go on, and that is not lost if Telegram hangs."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from bot.chat.telegram.errors import Obstacle, TryLater, Undeliverable
from bot.chat.telegram.sender import Content, Destination, Sender
from bot.clock import Clock
from bot.domain.events import DelayedReply, ReplyLost
from bot.domain.failures import StorageFailed
from bot.notices import Notices

log = logging.getLogger("latchkey.chat")

# After so long a wait for Telegram the person's next update goes ahead: one slow answer must not hold up a door.
LONG_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Shown:
    """`is_last`: worth being said later if it cannot be said now. `must_arrive`: with somebody, at last an owner."""

    content: Content
    is_last: bool = False
    must_arrive: bool = False


class Reply:
    """`show` never waits for Telegram; of several contents shown while it was busy only the last is sent."""

    def __init__(
        self,
        sender: Sender,
        notices: Notices,
        clock: Clock,
        destination: Destination,
        message_id: int | None = None,
        *,
        person_id: int | None = None,
        person_name: str = "somebody",
        release: Callable[[], None] = lambda: None,
        finishing: Callable[[Content], Content] = lambda content: content,
    ) -> None:
        """`message_id`: a message of the bot's own that the reply replaces.

        `person_id`: whose private chat gets the last word if the bot may not write where it was asked.
        `finishing` adds to every content what all pages of this message have.
        `release` is called when Telegram keeps the reply waiting: others must not wait with it.
        """
        self._sender = sender
        self._notices = notices
        self._clock = clock
        self._destination = destination
        self._message_id = message_id
        self._person_id = person_id
        self._person_name = person_name
        self._release = release
        self._finishing = finishing
        self._wanted: _Shown | None = None
        self._worker: asyncio.Task[None] | None = None
        self._postponed: int | None = None
        """The number of the outbox message that holds the last word."""
        self.is_delivered = False
        """Whether the last content that was shown reached Telegram."""

    @property
    def message_id(self) -> int | None:
        """The number of the message that shows the last word; None if there is none yet."""
        return self._message_id

    def show(self, content: Content) -> None:
        self._show(_Shown(self._finishing(content)))

    async def finish(self, content: Content, *, must_arrive: bool = False) -> None:
        """Show the last word and wait until it is delivered, or in the outbox to be delivered later.

        `must_arrive`: a door may have moved. If neither the chat nor the person can be told, the owners are.
        """
        self._show(_Shown(self._finishing(content), is_last=True, must_arrive=must_arrive))
        await self.delivered()

    async def delivered(self) -> None:
        if self._worker is None:
            return
        await asyncio.wait({self._worker}, timeout=LONG_SECONDS)
        if not self._worker.done():
            self._release()
        # The answer is delivered even if whoever waits for it is cancelled.
        await asyncio.shield(self._worker)

    def _show(self, wanted: _Shown) -> None:
        # A worker of its own, so that a slow Telegram never delays a door.
        self._wanted = wanted
        if self._worker is None or self._worker.done():
            self._worker = self._sender.in_background(self._work())

    async def _work(self) -> None:
        shown: _Shown | None = None
        # What is not the newest any more is never sent: each edit counts against Telegram's limits.
        while (wanted := self._wanted) is not None and wanted != shown:
            try:
                await self._deliver(wanted)
            except StorageFailed as failure:
                log.error("an answer is lost, and cannot be kept for later either: %s", failure)  # noqa: TRY400
            shown = wanted

    async def _deliver(self, shown: _Shown) -> None:
        self.is_delivered = False
        try:
            await self._send_or_edit(shown.content)
            self.is_delivered = True
            await self._withdraw()
        except TryLater:
            if shown.is_last:
                await self._postpone(shown.content)
        except Undeliverable as error:
            log.warning("an answer cannot be delivered to chat %d: %s", self._destination.chat_id, error)
            if shown.is_last:
                await self._say_elsewhere(shown, error.obstacle)

    async def _send_or_edit(self, content: Content) -> None:
        here = self._sender.follow(self._destination)
        if here != self._destination:
            # The group became a supergroup, where the old numbers mean nothing.
            self._destination, self._message_id = here, None
        if self._message_id is None:
            self._message_id = await self._sender.send(here, content)
        else:
            self._message_id = await self._sender.edit(here, self._message_id, content)
        self._destination = self._sender.follow(here)

    async def _say_elsewhere(self, shown: _Shown, obstacle: Obstacle) -> None:
        """Where the bot may not write, the person is told in their own chat; if that fails, too, the owners are."""
        if self._person_id not in (None, self._destination.chat_id) and obstacle is not Obstacle.CONTENT:
            self._destination, self._message_id = Destination(self._person_id), None
            await self._deliver(shown)
        elif shown.must_arrive and (text := _may_be_kept(shown.content)):
            lost = ReplyLost(by=self._person_name, text=text, at=self._clock.datetime())
            await self._notices.tell_owners(lost, skip=self._person_id)

    async def _postpone(self, content: Content) -> None:
        text = _may_be_kept(content)
        if text is None:
            return
        await self._withdraw()
        reply = DelayedReply(text=text, edits=self._message_id, at=self._clock.datetime())
        self._postponed = await self._notices.postpone(self._destination.chat_id, self._destination.thread_id, reply)

    async def _withdraw(self) -> None:
        """What was kept for later is not said after something newer."""
        if self._postponed is not None:
            await self._notices.withdraw(self._postponed)
            self._postponed = None


def _may_be_kept(content: Content) -> str | None:
    # A protected text holds digits or a key. It must not lie on a disk or in another chat.
    return content.fallback if content.protect or content.fallback else content.text
