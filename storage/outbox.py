"""Notices that wait to be delivered; each stays until its chat has it or can never have it."""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime

from storage.database import Database, Row
from storage.records import Json, Letter, from_ms, to_ms


class Outbox:
    def __init__(self, database: Database) -> None:
        self._database = database
        self.filled = asyncio.Event()
        """Set whenever something is put in; whoever empties the box clears it."""

    async def put(self, chat_id: int, thread_id: int | None, notice: Mapping[str, Json], *, at: datetime) -> int:
        """The id of the new letter."""
        (letter_id,) = await self._database.one(
            "INSERT INTO outbox (chat_id, thread_id, notice, created_at, attempts) VALUES ($1, $2, $3, $4, 0)"
            " RETURNING id",
            chat_id,
            thread_id,
            json.dumps(notice),
            to_ms(at),
        )
        self.filled.set()
        return int(letter_id)

    async def heads(self) -> list[Letter]:
        """The oldest waiting letter of every chat."""
        rows = await self._database.rows(
            "SELECT id, chat_id, thread_id, notice, created_at, attempts FROM outbox"
            " WHERE id IN (SELECT min(id) FROM outbox GROUP BY chat_id) ORDER BY id"
        )
        return [_letter(row) for row in rows]

    async def delivered(self, letter_id: int) -> None:
        await self._database.rows("DELETE FROM outbox WHERE id = $1", letter_id)

    async def failed(self, letter_id: int) -> None:
        await self._database.rows("UPDATE outbox SET attempts = attempts + 1 WHERE id = $1", letter_id)

    async def empty(self) -> None:
        await self._database.rows("DELETE FROM outbox")

    async def forget(self, chat_id: int) -> None:
        """The chat can no longer be written to: nothing waits for it any more."""
        await self._database.rows("DELETE FROM outbox WHERE chat_id = $1", chat_id)


def _letter(row: Row) -> Letter:
    letter_id, chat_id, thread_id, notice, created_at, attempts = row
    return Letter(
        id=letter_id,
        chat_id=chat_id,
        thread_id=thread_id,
        notice=json.loads(notice),
        created_at=from_ms(created_at),
        attempts=attempts,
    )
