"""Which physical lock was behind each door's name."""

from storage.database import Database


# The lock behind a name may be exchanged in the settings: rights given for the old one would open another door.
class StoredKnownLocks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, str]:
        rows = await self._database.rows("SELECT door, identity FROM known_locks")
        return {str(door): str(identity) for door, identity in rows}

    async def save(self, door: str, identity: str) -> None:
        await self._database.rows(
            "INSERT INTO known_locks (door, identity) VALUES ($1, $2)"
            " ON CONFLICT (door) DO UPDATE SET identity = excluded.identity",
            door,
            identity,
        )
