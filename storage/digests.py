"""Which chats get a digest and when, what the digest counts, and which heads of the journal were told."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.actions import Action
from bot.domain.notices import DigestReader
from bot.domain.times import from_ms, to_ms
from storage.commands import LONGEST_COMMAND
from storage.database import Database
from storage.groups import NO_TOPIC

# With commas around, so that no kind is found inside the name of another.
WANTED = "',' || kinds || ',' LIKE '%,digest,%'"


class StoredDigests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def readers(self, *, usual_minute: int) -> list[DigestReader]:
        rows = await self._database.rows(
            "SELECT chat_id, thread_id, added_by, digest_minute, digest_told_at FROM subscriptions"
            f" WHERE {WANTED} ORDER BY added_at, chat_id, thread_id"
        )
        return [
            DigestReader(
                chat_id=chat,
                thread_id=thread or None,
                added_by=by,
                minute=usual_minute if minute is None else minute,
                told_at=from_ms(told),
            )
            for chat, thread, by, minute, told in rows
        ]

    async def set_minute(self, chat_id: int, thread_id: int | None, minute: int) -> None:
        sql = "UPDATE subscriptions SET digest_minute = $3 WHERE chat_id = $1 AND thread_id = $2"
        await self._database.rows(sql, chat_id, thread_id or NO_TOPIC, minute)

    async def told(self, chat_id: int, thread_id: int | None, at: datetime) -> None:
        sql = "UPDATE subscriptions SET digest_told_at = $3 WHERE chat_id = $1 AND thread_id = $2"
        await self._database.rows(sql, chat_id, thread_id or NO_TOPIC, to_ms(at))

    async def forget_others(self) -> None:
        # Or whoever turns the digest on again would be told of everything since they turned it off.
        await self._database.rows(
            f"UPDATE subscriptions SET digest_told_at = NULL WHERE digest_told_at IS NOT NULL AND NOT ({WANTED})"
        )

    async def openings(self, since: datetime, until: datetime) -> list[tuple[int, str, int]]:
        """Person, door, and how often they opened it in this time."""
        rows = await self._database.rows(
            "SELECT person_id, door, count(*) FROM commands WHERE action = 'open'"
            " AND outcome IN ('confirmed', 'accepted') AND started_at >= $3 AND ended_at >= $1 AND ended_at < $2"
            " GROUP BY person_id, door ORDER BY min(ended_at)",
            *self._time(since, until),
        )
        return [(int(person), str(door), int(count)) for person, door, count in rows]

    async def unclear(self, since: datetime, until: datetime) -> list[tuple[str, str, Action, datetime]]:
        """Who, door, action and when, of commands without a clear answer."""
        rows = await self._database.rows(
            "SELECT person_name, door, action, started_at FROM commands WHERE outcome = 'unknown'"
            " AND started_at >= $3 AND ended_at >= $1 AND ended_at < $2 ORDER BY id",
            *self._time(since, until),
        )
        return [(str(name), str(door), Action(action), from_ms(at)) for name, door, action, at in rows]

    @staticmethod
    def _time(since: datetime, until: datetime) -> Sequence[int | None]:
        return to_ms(since), to_ms(until), to_ms(since - LONGEST_COMMAND)

    async def head_told(self, seq: int, at: datetime) -> None:
        # Several chats are told the same head: the first time counts.
        sql = "INSERT INTO told_heads (seq, told_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        await self._database.rows(sql, seq, to_ms(at))

    async def newest_told_head(self) -> tuple[int, datetime] | None:
        row = await self._database.row("SELECT seq, told_at FROM told_heads ORDER BY seq DESC LIMIT 1")
        return (int(row[0]), from_ms(row[1])) if row else None

    async def first_told_head(self, *, after: int) -> str | None:
        """The hash of the first seal after this entry that a chat was told."""
        row = await self._database.row(
            "SELECT j.hash FROM told_heads t JOIN journal j ON j.seq = t.seq WHERE t.seq > $1 ORDER BY t.seq LIMIT 1",
            after,
        )
        return str(row[0]) if row else None
