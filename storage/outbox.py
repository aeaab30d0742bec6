"""Events that wait to be told; each stays until its chat has it or can never have it."""

import asyncio
import logging
from collections.abc import Iterable

from bot.domain.events import Event
from bot.domain.notices import OutboxMessage
from storage.database import Database
from storage.encoding import decode_event, encode_event

log = logging.getLogger("latchkey.storage")


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.filled = asyncio.Event()
        """Set whenever something is put in; whoever empties the outbox clears it."""

    async def put(self, chat_id: int, thread_id: int | None, event: Event) -> int:
        """The id of the new message."""
        (message_id,) = await self._database.one(
            "INSERT INTO outbox (chat_id, thread_id, event) VALUES ($1, $2, $3) RETURNING id",
            chat_id,
            thread_id,
            encode_event(event),
        )
        self.filled.set()
        return int(message_id)

    async def put_for_groups(
        self, event: Event, *, added_by: Iterable[int], except_chat: int | None = None, except_topic: int | None = None
    ) -> None:
        """For every group that one of these owners added, in one statement however many there are.

        Without the chat `except_chat`, or without this topic of it alone (0: what is in no topic).
        """
        owners = list(added_by)
        if not owners:
            return
        placeholders = ", ".join(f"${number}" for number, _ in enumerate(owners, 4))
        put = await self._database.rows(
            "INSERT INTO outbox (chat_id, thread_id, event) SELECT chat_id, nullif(thread_id, 0), $1 FROM subscriptions"
            f" WHERE added_by IN ({placeholders}) AND NOT (chat_id = $2 AND thread_id = coalesce($3, thread_id))"
            " ORDER BY added_at, chat_id, thread_id RETURNING id",
            encode_event(event),
            except_chat or 0,
            except_topic,
            *owners,
        )
        if put:
            self.filled.set()

    async def next_per_chat(self) -> list[OutboxMessage]:
        """The oldest waiting message of every chat, or of every topic of a chat that has topics."""
        rows = await self._database.rows(
            "SELECT id, chat_id, thread_id, event FROM outbox"
            " WHERE id IN (SELECT min(id) FROM outbox GROUP BY chat_id, thread_id) ORDER BY id"
        )
        messages = []
        for message_id, chat_id, thread_id, text in rows:
            if event := await self._decode(message_id, text):
                messages.append(OutboxMessage(id=message_id, chat_id=chat_id, thread_id=thread_id, event=event))
        return messages

    async def _decode(self, message_id: int, text: str) -> Event | None:
        """None if this version cannot read it; the message is removed, or its chat would never hear anything again."""
        try:
            return decode_event(text)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            log.error("message %d of the outbox cannot be read and is removed: %r", message_id, error)  # noqa: TRY400
            await self.remove(message_id)
            return None

    async def remove(self, message_id: int) -> None:
        await self._database.rows("DELETE FROM outbox WHERE id = $1", message_id)

    async def empty(self) -> None:
        await self._database.rows("DELETE FROM outbox")

    async def remove_chat(self, chat_id: int) -> None:
        """The chat can no longer be written to: nothing waits for it any more."""
        await self._database.rows("DELETE FROM outbox WHERE chat_id = $1", chat_id)
