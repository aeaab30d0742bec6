"""Topics that stand for a door: one a door in each chat, and one door a topic."""

from bot.domain.door_topics import DoorTopic
from storage.database import Database


class StoredDoorTopics:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: tuple[DoorTopic, ...] | None = None
        self._known_is_of = -1

    async def all(self) -> tuple[DoorTopic, ...]:
        # Remembered: every command in a topic asks for them.
        if self._known is None or self._known_is_of != self._database.rollbacks:
            rows = await self._database.rows(
                "SELECT chat_id, thread_id, door, title, is_remade FROM door_topics ORDER BY chat_id, thread_id"
            )
            self._known_is_of = self._database.rollbacks
            self._known = tuple(
                DoorTopic(chat_id=chat, thread_id=thread, door=door, title=title, is_remade=bool(is_remade))
                for chat, thread, door, title, is_remade in rows
            )
        return self._known

    async def save(self, topic: DoorTopic) -> None:
        """In place of another topic of the door, and of another door of the topic."""
        async with self._database.transaction():
            await self._database.rows(
                "DELETE FROM door_topics WHERE chat_id = $1 AND (thread_id = $2 OR door = $3)",
                topic.chat_id,
                topic.thread_id,
                topic.door,
            )
            await self._database.rows(
                "INSERT INTO door_topics (chat_id, thread_id, door, title, is_remade) VALUES ($1, $2, $3, $4, $5)",
                topic.chat_id,
                topic.thread_id,
                topic.door,
                topic.title,
                int(topic.is_remade),
            )
        self._known = None

    async def remove(self, chat_id: int, thread_id: int) -> None:
        await self._database.rows("DELETE FROM door_topics WHERE chat_id = $1 AND thread_id = $2", chat_id, thread_id)
        self._known = None

    async def remove_chat(self, chat_id: int) -> None:
        await self._database.rows("DELETE FROM door_topics WHERE chat_id = $1", chat_id)
        self._known = None
