"""The last message about each matter in each chat, so that a newer notice of it changes that message."""

import json

from bot.domain.notices import NoticeMessage
from bot.domain.times import from_ms, to_ms
from storage.database import Database
from storage.groups import NO_TOPIC


class StoredNoticeMessages:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, chat_id: int, thread_id: int | None, matter: str) -> NoticeMessage | None:
        row = await self._database.row(
            "SELECT message_id, text, sent_at, is_alert FROM notice_messages"
            " WHERE chat_id = $1 AND thread_id = $2 AND matter = $3",
            chat_id,
            thread_id or NO_TOPIC,
            matter,
        )
        return NoticeMessage(row[0], tuple(json.loads(row[1])), from_ms(row[2]), bool(row[3])) if row else None

    async def save(self, chat_id: int, thread_id: int | None, matter: str, message: NoticeMessage) -> None:
        await self._database.rows(
            "INSERT INTO notice_messages (chat_id, thread_id, matter, message_id, text, sent_at, is_alert)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (chat_id, thread_id, matter)"
            " DO UPDATE SET message_id = excluded.message_id, text = excluded.text, sent_at = excluded.sent_at,"
            " is_alert = excluded.is_alert",
            chat_id,
            thread_id or NO_TOPIC,
            matter,
            message.number,
            json.dumps(message.texts),
            to_ms(message.sent_at),
            int(message.is_alert),
        )

    async def remove_chat(self, chat_id: int) -> None:
        await self._database.rows("DELETE FROM notice_messages WHERE chat_id = $1", chat_id)
