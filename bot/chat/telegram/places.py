"""What the bot does to chats besides writing into them: pinned messages and topics."""

from collections.abc import Awaitable, Callable

from telegram import Bot
from telegram.error import BadRequest

from bot.chat.telegram.sender import Destination, Sender

NOT_MODIFIED = "not_modified"
# Telegram's documentation of createForumTopic.
LONGEST_TITLE = 128


class Places:
    """Raises TryLater or Undeliverable."""

    def __init__(self, bot: Bot, sender: Sender) -> None:
        self._bot = bot
        self._sender = sender

    async def pin(self, destination: Destination, message_id: int) -> None:
        # Without a sound: Telegram otherwise notifies everybody in the group of what was pinned.
        await self._do(
            destination.chat_id,
            lambda: self._bot.pin_chat_message(destination.chat_id, message_id, disable_notification=True),
        )

    async def unpin(self, destination: Destination, message_id: int) -> None:
        await self._do(
            destination.chat_id, lambda: self._bot.unpin_chat_message(destination.chat_id, message_id=message_id)
        )

    async def make_topic(self, chat_id: int, title: str, *, urgent: bool = False) -> int:
        """The number of the topic."""

        async def attempt() -> int:
            return (await self._bot.create_forum_topic(chat_id, title[:LONGEST_TITLE])).message_thread_id

        return await self._sender.perform(chat_id, attempt, urgent=urgent)

    async def rename_topic(self, chat_id: int, thread_id: int, title: str) -> None:
        await self._do(chat_id, lambda: self._bot.edit_forum_topic(chat_id, thread_id, name=title[:LONGEST_TITLE]))

    async def reopen_topic(self, chat_id: int, thread_id: int) -> None:
        await self._do(chat_id, lambda: self._bot.reopen_forum_topic(chat_id, thread_id))

    async def _do(self, chat_id: int, call: Callable[[], Awaitable[object]]) -> None:
        async def attempt() -> int:
            try:
                await call()
            except BadRequest as error:
                # It is so already.
                if NOT_MODIFIED not in str(error).lower():
                    raise
            return 0

        await self._sender.perform(chat_id, attempt, urgent=False)
