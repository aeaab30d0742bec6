"""Panels: the messages that always show the doors of a chat or topic."""

from bot.domain.panels import Panel
from storage.database import Database
from storage.groups import NO_TOPIC


class StoredPanels:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[Panel, ...] | None = None
        self._known_is_of = -1

    async def all(self) -> tuple[Panel, ...]:
        # Remembered: every reading asks for them.
        if self._known is None or self._known_is_of != self._database.rollbacks:
            rows = await self._database.rows(
                "SELECT chat_id, thread_id, doors, set_up_by, message_id, is_pinned, is_told, is_over FROM panels"
                " ORDER BY chat_id, thread_id"
            )
            self._known_is_of = self._database.rollbacks
            self._known = tuple(
                Panel(
                    chat_id=chat,
                    thread_id=thread or None,
                    doors=None if doors is None else frozenset(filter(None, doors.split(","))),
                    set_up_by=by,
                    message_id=message,
                    is_pinned=bool(is_pinned),
                    is_told=bool(is_told),
                    is_over=bool(is_over),
                )
                for chat, thread, doors, by, message, is_pinned, is_told, is_over in rows
            )
        return self._known

    async def save(self, panel: Panel) -> None:
        await self._database.rows(
            "INSERT INTO panels (chat_id, thread_id, doors, set_up_by, message_id, is_pinned, is_told, is_over)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (chat_id, thread_id) DO UPDATE SET"
            " doors = excluded.doors, set_up_by = excluded.set_up_by, message_id = excluded.message_id,"
            " is_pinned = excluded.is_pinned, is_told = excluded.is_told, is_over = excluded.is_over",
            panel.chat_id,
            panel.thread_id or NO_TOPIC,
            None if panel.doors is None else ",".join(sorted(panel.doors)),
            panel.set_up_by,
            panel.message_id,
            int(panel.is_pinned),
            int(panel.is_told),
            int(panel.is_over),
        )
        self._known = None

    async def write_down(
        self, chat_id: int, thread_id: int | None, *, message_id: int | None, is_pinned: bool, is_told: bool
    ) -> None:
        """What became of the message; what somebody chose meanwhile stays."""
        await self._database.rows(
            "UPDATE panels SET message_id = $3, is_pinned = $4, is_told = $5 WHERE chat_id = $1 AND thread_id = $2",
            chat_id,
            thread_id or NO_TOPIC,
            message_id,
            int(is_pinned),
            int(is_told),
        )
        self._known = None

    async def remove(self, chat_id: int, thread_id: int | None) -> None:
        await self._database.rows(
            "DELETE FROM panels WHERE chat_id = $1 AND thread_id = $2", chat_id, thread_id or NO_TOPIC
        )
        self._known = None

    async def remove_chat(self, chat_id: int) -> None:
        await self._database.rows("DELETE FROM panels WHERE chat_id = $1", chat_id)
        self._known = None

    async def move_topic(self, chat_id: int, old: int, new: int) -> None:
        """A topic was made in place of another one, which took its messages along."""
        await self._database.rows(
            "UPDATE panels SET thread_id = $3, message_id = NULL, is_pinned = 0 WHERE chat_id = $1 AND thread_id = $2",
            chat_id,
            old,
            new,
        )
        self._known = None

    async def migrate(self, old: int, new: int) -> None:
        """The group became a supergroup."""
        # The numbers of its old messages say nothing there, so the panel is written anew.
        async with self._database.transaction():
            # Telegram tells it more than once: only what the old id brings may replace anything.
            await self._database.rows(
                "DELETE FROM panels WHERE chat_id = $2 AND thread_id IN"
                " (SELECT thread_id FROM panels WHERE chat_id = $1)",
                old,
                new,
            )
            await self._database.rows(
                "UPDATE panels SET chat_id = $2, message_id = NULL, is_pinned = 0, is_told = 0 WHERE chat_id = $1",
                old,
                new,
            )
        self._known = None
