"""By which @name people on the list were seen last. It finds a person's id and is never the key to anything."""

from storage.database import Database


class StoredUsernames:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, person_id: int, username: str | None) -> None:
        """Nothing for people who are not on the list."""
        # Usernames change hands: whoever had this one before has none now.
        async with self._database.transaction():
            await self._database.rows(
                "DELETE FROM usernames WHERE person_id = $1 OR username = $2", person_id, username or ""
            )
            if username:
                await self._database.rows(
                    "INSERT INTO usernames (person_id, username) SELECT id, $2 FROM people WHERE id = $1",
                    person_id,
                    username,
                )

    async def find(self, username: str) -> tuple[int, str] | None:
        """The id and the name of whoever was seen with it last."""
        row = await self._database.row(
            "SELECT p.id, p.name FROM usernames u JOIN people p ON p.id = u.person_id WHERE u.username = $1", username
        )
        return (int(row[0]), str(row[1])) if row else None
