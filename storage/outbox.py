"""Events that wait to be told; each stays until its chat has it or can never have it."""

import asyncio
import logging
from collections.abc import Iterable

from bot.domain.events import Event
from bot.domain.notices import OutboxMessage, is_quiet, kinds_of
from storage.database import Database, Row
from storage.encoding import decode_event, encode_event

NOON = 12 * 60
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
    ) -> frozenset[int]:
        """For every group that one of these owners added and that wants to hear of such things, in one statement.

        Gives back which chats that are.
        Without the chat `except_chat`, or without this topic of it alone (0: what is in no topic).
        """
        owners = list(added_by)
        if not owners:
            return frozenset()
        placeholders = ", ".join(f"${number}" for number, _ in enumerate(owners, 5))
        wanted = " OR ".join(f"',' || kinds || ',' LIKE '%,{kind},%'" for kind in sorted(kinds_of(event)))
        put = await self._database.rows(
            "INSERT INTO outbox (chat_id, thread_id, event, can_wait)"
            " SELECT chat_id, nullif(thread_id, 0), $1, $4 FROM subscriptions"
            f" WHERE added_by IN ({placeholders}) AND ({wanted})"
            " AND NOT (chat_id = $2 AND thread_id = coalesce($3, thread_id))"
            " ORDER BY added_at, chat_id, thread_id RETURNING chat_id",
            encode_event(event),
            except_chat or 0,
            except_topic,
            int(is_quiet(event)),
            *owners,
        )
        if put:
            self.filled.set()
        return frozenset(chat_id for (chat_id,) in put)

    async def next_per_chat(self, *, minute: int = NOON) -> list[OutboxMessage]:
        """The oldest waiting message of every chat, or of every topic of a chat that has topics.

        `minute` of the local day: where it is among the quiet hours, what can wait does.
        """
        rows = await self._database.rows(
            "SELECT id, chat_id, thread_id, event FROM outbox WHERE id IN (SELECT min(o.id) FROM outbox o"
            " LEFT JOIN subscriptions s ON s.chat_id = o.chat_id AND s.thread_id = coalesce(o.thread_id, 0)"
            " WHERE o.can_wait = 0 OR s.quiet_from IS NULL OR NOT CASE WHEN s.quiet_from <= s.quiet_until"
            " THEN $1 >= s.quiet_from AND $1 < s.quiet_until ELSE $1 >= s.quiet_from OR $1 < s.quiet_until END"
            " GROUP BY o.chat_id, o.thread_id) ORDER BY id",
            minute,
        )
        return await self._messages(rows)

    async def after(self, message: OutboxMessage, *, count: int) -> list[OutboxMessage]:
        """What waits for the same chat or topic behind this message."""
        rows = await self._database.rows(
            "SELECT id, chat_id, thread_id, event FROM outbox WHERE chat_id = $1 AND coalesce(thread_id, 0) = $2"
            f" AND id > $3 ORDER BY id LIMIT {count}",
            message.chat_id,
            message.thread_id or 0,
            message.id,
        )
        return await self._messages(rows)

    async def _messages(self, rows: list[Row]) -> list[OutboxMessage]:
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
