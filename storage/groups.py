"""The groups, or topics of groups, that want to be told."""

from datetime import datetime

from bot.domain.notices import Group, Kind, QuietHours
from bot.domain.times import from_ms, to_ms
from storage.database import Database

# NULL would not do: to SQLite no two of them are the same, so a key could hold a place twice.
NO_TOPIC = 0


class StoredGroups:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Group]:
        rows = await self._database.rows(
            "SELECT chat_id, thread_id, title, added_by, added_at, kinds, quiet_from, quiet_until, muted_until,"
            " paused_until FROM subscriptions ORDER BY added_at, chat_id, thread_id"
        )
        doors: dict[tuple[int, int], dict[str, frozenset[Kind]]] = {}
        for chat, thread, door, kinds in await self._database.rows(
            "SELECT chat_id, thread_id, door, kinds FROM subscription_doors ORDER BY door"
        ):
            doors.setdefault((chat, thread), {})[door] = _kinds(kinds)
        return [
            Group(
                chat_id=chat,
                thread_id=thread or None,
                title=title,
                added_by=by,
                added_at=from_ms(at),
                kinds=_kinds(kinds),
                doors=doors.get((chat, thread), {}),
                quiet=None if start is None else QuietHours(start, end),
                muted_until=from_ms(muted_until),
                paused_until=from_ms(paused_until),
            )
            for chat, thread, title, by, at, kinds, start, end, muted_until, paused_until in rows
        ]

    async def save(self, group: Group) -> None:
        """What a chat chose before stays chosen."""
        await self._database.rows(
            "INSERT INTO subscriptions (chat_id, thread_id, title, added_by, added_at, kinds, quiet_from, quiet_until)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT (chat_id, thread_id) DO UPDATE SET title = excluded.title, added_by = excluded.added_by",
            group.chat_id,
            group.thread_id or NO_TOPIC,
            group.title,
            group.added_by,
            to_ms(group.added_at),
            _spelt(group.kinds),
            group.quiet.start if group.quiet else None,
            group.quiet.end if group.quiet else None,
        )

    async def choose(
        self, chat_id: int, thread_id: int | None, *, kinds: frozenset[Kind], quiet: QuietHours | None
    ) -> None:
        await self._database.rows(
            "UPDATE subscriptions SET kinds = $3, quiet_from = $4, quiet_until = $5"
            " WHERE chat_id = $1 AND thread_id = $2",
            chat_id,
            thread_id or NO_TOPIC,
            _spelt(kinds),
            quiet.start if quiet else None,
            quiet.end if quiet else None,
        )

    async def choose_at(self, chat_id: int, thread_id: int | None, door: str, *, kinds: frozenset[Kind] | None) -> None:
        """`kinds` None: the door is told of like the others."""
        place = (chat_id, thread_id or NO_TOPIC, door)
        if kinds is None:
            await self._database.rows(
                "DELETE FROM subscription_doors WHERE chat_id = $1 AND thread_id = $2 AND door = $3", *place
            )
            return
        await self._database.rows(
            "INSERT INTO subscription_doors (chat_id, thread_id, door, kinds) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (chat_id, thread_id, door) DO UPDATE SET kinds = excluded.kinds",
            *place,
            _spelt(kinds),
        )

    async def mute(self, chat_id: int, thread_id: int | None, until: datetime | None) -> None:
        await self._database.rows(
            "UPDATE subscriptions SET muted_until = $3 WHERE chat_id = $1 AND thread_id = $2",
            chat_id,
            thread_id or NO_TOPIC,
            to_ms(until),
        )

    async def pause(self, chat_id: int, thread_id: int | None, until: datetime | None) -> None:
        await self._database.rows(
            "UPDATE subscriptions SET paused_until = $3 WHERE chat_id = $1 AND thread_id = $2",
            chat_id,
            thread_id or NO_TOPIC,
            to_ms(until),
        )

    async def remove(self, chat_id: int, thread_id: int | None) -> bool:
        place = (chat_id, thread_id or NO_TOPIC)
        await self._database.rows("DELETE FROM subscription_doors WHERE chat_id = $1 AND thread_id = $2", *place)
        sql = "DELETE FROM subscriptions WHERE chat_id = $1 AND thread_id = $2 RETURNING chat_id"
        return bool(await self._database.rows(sql, *place))

    async def remove_chat(self, chat_id: int) -> bool:
        """Take the chat and all its topics away; False if it was not there."""
        await self._database.rows("DELETE FROM subscription_doors WHERE chat_id = $1", chat_id)
        return bool(
            await self._database.rows("DELETE FROM subscriptions WHERE chat_id = $1 RETURNING chat_id", chat_id)
        )

    async def migrate(self, old: int, new: int) -> None:
        """The group became a supergroup: its id, and the address of what still waits for it, changes."""
        async with self._database.transaction():
            # Telegram tells it more than once: only what the old id brings may replace anything.
            for table in ("subscription_doors", "subscriptions"):
                await self._database.rows(
                    f"DELETE FROM {table} WHERE chat_id = $2"
                    " AND thread_id IN (SELECT thread_id FROM subscriptions WHERE chat_id = $1)",
                    old,
                    new,
                )
            for table in ("subscription_doors", "subscriptions"):
                await self._database.rows(f"UPDATE {table} SET chat_id = $2 WHERE chat_id = $1", old, new)
            await self._database.rows("UPDATE outbox SET chat_id = $2 WHERE chat_id = $1", old, new)
            # The numbers of the old group's messages say nothing in the new one.
            await self._database.rows("DELETE FROM notice_messages WHERE chat_id = $1", old)

    async def move_topic(self, chat_id: int, old: int, new: int) -> None:
        """A topic was made in place of another one: what it chose and what waits for it goes along."""
        async with self._database.transaction():
            for table in ("subscription_doors", "subscriptions", "outbox"):
                await self._database.rows(
                    f"UPDATE {table} SET thread_id = $3 WHERE chat_id = $1 AND thread_id = $2", chat_id, old, new
                )
            # Its messages went with the old topic: there is nothing left to edit.
            sql = "DELETE FROM notice_messages WHERE chat_id = $1 AND thread_id = $2"
            await self._database.rows(sql, chat_id, old)


def _spelt(kinds: frozenset[Kind]) -> str:
    return ",".join(sorted(kinds))


def _kinds(text: str) -> frozenset[Kind]:
    # What a newer version added is passed over.
    return frozenset(kind for kind in Kind if kind in text.split(","))
