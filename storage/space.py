"""Whether the space is open, who is asked, and its closing list."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.spaces import ClosingItem, Opening, SpaceState
from bot.domain.times import from_ms, to_ms
from storage.commands import LONGEST_COMMAND
from storage.database import Database

COLUMNS = "is_open, changed_at, changed_by, door, empty_since, asked_at, held_until, chat_id, thread_id"


class StoredSpace:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self) -> SpaceState | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM space")
        if row is None:
            return None
        is_open, changed, by, door, empty, asked, held, chat, thread = row
        return SpaceState(
            is_open=bool(is_open),
            changed_at=from_ms(changed),
            by=by,
            door=door,
            empty_since=from_ms(empty),
            asked_at=from_ms(asked),
            held_until=from_ms(held),
            chat_id=chat,
            thread_id=thread,
        )

    async def save(self, state: SpaceState) -> None:
        await self._database.rows(
            f"INSERT INTO space (id, {COLUMNS}) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (id) DO UPDATE SET is_open = excluded.is_open, changed_at = excluded.changed_at,"
            " changed_by = excluded.changed_by, door = excluded.door, empty_since = excluded.empty_since,"
            " asked_at = excluded.asked_at, held_until = excluded.held_until, chat_id = excluded.chat_id,"
            " thread_id = excluded.thread_id",
            int(state.is_open),
            to_ms(state.changed_at),
            state.by,
            state.door,
            to_ms(state.empty_since),
            to_ms(state.asked_at),
            to_ms(state.held_until),
            state.chat_id,
            state.thread_id,
        )

    async def migrate(self, old: int, new: int) -> None:
        """The group became a supergroup, and its id another one."""
        await self._database.rows("UPDATE space SET chat_id = $2 WHERE chat_id = $1", old, new)

    async def remove_chat(self, chat_id: int) -> None:
        await self._database.rows("UPDATE space SET chat_id = NULL, thread_id = NULL WHERE chat_id = $1", chat_id)

    async def first_opening(self, *, after: datetime) -> Opening | None:
        """The first door that was opened with the bot after this moment."""
        return await self._opening(after, "ASC")

    async def last_opening(self, *, after: datetime) -> Opening | None:
        return await self._opening(after, "DESC")

    async def _opening(self, after: datetime, order: str) -> Opening | None:
        row = await self._database.row(
            "SELECT person_name, door, ended_at FROM commands WHERE action = 'open'"
            " AND outcome IN ('confirmed', 'accepted') AND started_at >= $2 AND ended_at > $1"
            f" ORDER BY ended_at {order} LIMIT 1",
            to_ms(after),
            to_ms(after - LONGEST_COMMAND),  # for the index, which is by `started_at`
        )
        return Opening(by=str(row[0]), door=str(row[1]), at=from_ms(row[2])) if row else None

    async def items(self) -> list[ClosingItem]:
        rows = await self._database.rows("SELECT number, text, done_by FROM closing_items ORDER BY number")
        return [ClosingItem(number=number, text=text, done_by=by) for number, text, by in rows]

    async def set_items(self, texts: Sequence[str]) -> None:
        await self._database.rows("DELETE FROM closing_items")
        for number, text in enumerate(texts, 1):
            await self._database.rows("INSERT INTO closing_items (number, text) VALUES ($1, $2)", number, text)

    async def tick(self, number: int, by: str | None) -> None:
        await self._database.rows("UPDATE closing_items SET done_by = $2 WHERE number = $1", number, by)

    async def untick_all(self) -> None:
        await self._database.rows("UPDATE closing_items SET done_by = NULL")
