"""The one way to Telegram: flood limits, pauses, moved groups, unchanged and oversized messages, order per chat."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram import Bot, InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.activity import Activity
from bot.chat.telegram import calls
from bot.chat.telegram.errors import (
    Obstacle,
    TryLater,
    Undeliverable,
    log_failure,
    obstacle_of,
    seconds_to_wait,
)
from bot.chat.telegram.forms import forms
from bot.chat.telegram.limits import (
    LONGEST_TOAST,
    Keyboard,
    cut,
)
from bot.chat.telegram.pacing import Pacing
from bot.clock import Clock
from bot.domain.failures import StorageFailed

log = logging.getLogger("latchkey.chat")

TRIES = 3
AGAIN_SECONDS = 0.2
UNREACHABLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes."""

    chat_id: int
    thread_id: int | None = None
    replies_to: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says, in HTML. `fallback`: what may be kept on disk in its place; a protected text is not kept."""

    text: str
    keyboard: Keyboard | None = None
    protect: bool = False
    fallback: str | None = None
    is_silent: bool = False
    """Whether it arrives without a sound."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file and what is written under it, in HTML. `is_picture`: it is shown, and not offered as a file."""

    name: str
    data: bytes
    caption: str
    is_picture: bool = False
    keyboard: InlineKeyboardMarkup | None = None
    protect: bool = False


class Sender:
    """Raises TryLater or Undeliverable, and no error of the library's."""

    # Why not the library's AIORateLimiter (22.8): it knows no priorities, so a burst of notices delays every reply; one
    # 429 of a noisy group stops all chats; and any request that ends lifts that stop too early (its issue 5338).

    def __init__(
        self,
        bot: Bot,
        clock: Clock,
        activity: Activity,
        *,
        moved: Callable[[int, int], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`moved` is told the old and new id of a group that became a supergroup."""
        self._bot = bot
        self._activity = activity
        self._moved = moved
        self._sleep = sleep
        self._pacing = Pacing(clock, sleep)
        self._new_ids: dict[int, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def send(self, destination: Destination, content: Content, *, urgent: bool = True) -> int:
        """The number of the message."""
        return await self._deliver(destination, None, content, urgent=urgent)

    async def edit(self, destination: Destination, message_id: int, content: Content, *, urgent: bool = True) -> int:
        """The number of the message that now says so: a new one if the old one cannot be edited."""
        return await self._deliver(destination, message_id, content, urgent=urgent)

    async def send_file(self, destination: Destination, file: Attachment) -> int:
        """Into a private chat. The number of the message."""
        # Private chats do not move, so there is nothing to follow.
        with self._activity.item():
            return await self._persist(
                destination.chat_id, lambda: calls.send_file(self._bot, destination, file), urgent=True, is_edit=False
            )

    async def delete(self, destination: Destination, message_id: int) -> bool:
        """False if the message is still there, as Telegram deletes none that is older than 48 hours."""

        async def attempt() -> int:
            await self._bot.delete_message(destination.chat_id, message_id)
            return message_id

        try:
            await self.perform(destination.chat_id, attempt)
        except Undeliverable as error:
            log.info("message %d could not be deleted: %s", message_id, error)
            # The person may have deleted it: then it is gone as it should be.
            return "not found" in str(error)
        return True

    async def perform(self, chat_id: int, attempt: Callable[[], Awaitable[int]], *, urgent: bool = True) -> int:
        """A call that writes nothing, with the same tries and pauses."""
        with self._activity.item():
            try:
                return await self._persist(chat_id, attempt, urgent=urgent, is_edit=True)
            except ChatMigrated as moved:
                await self._remember(chat_id, moved.new_chat_id)
                raise TryLater(UNREACHABLE_SECONDS) from None

    async def try_to_delete(self, destination: Destination, message_id: int) -> bool:
        """False if Telegram cannot be asked now."""
        try:
            await self.delete(destination, message_id)
        except TryLater:
            return False
        return True

    def toast(self, query_id: str, text: str | None = None, *, is_alert: bool = False) -> None:
        """Answer a press without waiting. The text is shown for a moment, or as an alert until it is read."""
        # Telegram takes an answer for some seconds only, and a lock may take longer.

        async def answer() -> None:
            short = cut(text, LONGEST_TOAST) if text else None
            try:
                await self._bot.answer_callback_query(query_id, short, show_alert=is_alert)
            except TelegramError as error:
                # "query is too old" is an everyday thing and no reason to stop.
                log_failure(error)

        self.in_background(answer())

    def in_background(self, work: Coroutine[Any, Any, object]) -> "asyncio.Task[None]":
        """Work that counts until it is done, although nobody waits for it."""

        async def counted() -> None:
            try:
                await work
            finally:
                self._activity.end()

        self._activity.begin()
        task = asyncio.get_running_loop().create_task(counted())
        # The event loop holds tasks by weak references only.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def follow(self, destination: Destination) -> Destination:
        """The same place, or where it is now if the group became a supergroup."""
        new = self._new_ids.get(destination.chat_id)
        # A group has no topics before it is a supergroup, and the message that was answered has another number now.
        return destination if new is None else Destination(new)

    async def _deliver(
        self, destination: Destination, message_id: int | None, content: Content, *, urgent: bool
    ) -> int:
        here = self.follow(destination)
        if here != destination:
            # A number of the old group's says nothing in the new one.
            message_id = None
        with self._activity.item():
            try:
                return await self._in_some_form(here, message_id, content, urgent=urgent)
            except ChatMigrated as moved:
                await self._remember(here.chat_id, moved.new_chat_id)
            try:
                return await self._in_some_form(self.follow(here), None, content, urgent=urgent)
            # It moved twice, says a server: followed on and on, that would be an endless loop.
            except ChatMigrated:
                raise TryLater(UNREACHABLE_SECONDS) from None

    async def _in_some_form(
        self, destination: Destination, message_id: int | None, content: Content, *, urgent: bool
    ) -> int:
        """As it is, or if Telegram does not take that, in a form that it takes."""
        refused: Undeliverable | None = None
        for form, mode in forms(content):
            try:
                return await self._send_or_edit(destination, message_id, form, mode, urgent=urgent)
            except Undeliverable as error:
                # Another text helps only where Telegram does not take the text.
                if error.obstacle is not Obstacle.CONTENT:
                    raise
                log.error("Telegram does not take a message as it is: %s", error)  # noqa: TRY400
                refused = error
        assert refused  # noqa: S101 - there is always a last form
        raise refused

    async def _send_or_edit(
        self, destination: Destination, message_id: int | None, content: Content, mode: str | None, *, urgent: bool
    ) -> int:
        chat_id = destination.chat_id
        if message_id is not None:
            try:
                return await self._persist(
                    chat_id,
                    lambda: calls.edit(self._bot, destination, message_id, content, mode),
                    urgent=urgent,
                    is_edit=True,
                )
            except Undeliverable as error:
                if error.obstacle is not Obstacle.MESSAGE:
                    raise
                log.info("a message could not be edited (%s), so it is sent anew", error)
        return await self._persist(
            chat_id, lambda: calls.send(self._bot, destination, content, mode), urgent=urgent, is_edit=False
        )

    async def _persist(
        self, chat_id: int, attempt: Callable[[], Awaitable[int]], *, urgent: bool, is_edit: bool
    ) -> int:
        """Try until it is through, as long as the patience for it lasts."""
        async with self._pacing.lane(chat_id, urgent=urgent) as lane:
            for is_last in (False,) * (TRIES - 1) + (True,):
                await lane.wait(is_edit=is_edit)
                try:
                    return await attempt()
                except ChatMigrated:
                    if chat_id > 0:
                        # Only groups move, whatever an answer says.
                        raise TryLater(UNREACHABLE_SECONDS) from None
                    raise
                except RetryAfter as error:
                    lane.pause(seconds_to_wait(error))
                # Before the others, as the library's BadRequest is a NetworkError, which is tried again.
                except (BadRequest, Forbidden) as error:
                    raise Undeliverable(obstacle_of(error), str(error)) from None
                except TelegramError as error:
                    # After a timeout the message may have arrived: it is not sent again right away.
                    if is_last or not urgent or not isinstance(error, NetworkError) or isinstance(error, TimedOut):
                        log.warning("Telegram does not take a message: %s", error)
                        raise TryLater(UNREACHABLE_SECONDS) from None
                    await self._sleep(AGAIN_SECONDS)
            raise TryLater(lane.seconds_to_wait(is_edit=is_edit))

    async def _remember(self, old: int, new: int) -> None:
        # In memory first: if the disk does not take it, the answers of this run still find the group.
        self._new_ids[old] = new
        try:
            await self._moved(old, new)
        except StorageFailed as failure:
            log.error("that a group moved could not be kept: %s", failure)  # noqa: TRY400
