"""Commands: one row for each ask to move a door; the update's key and the door in flight are unique."""

from datetime import datetime

from storage.database import Database, Row
from storage.records import Command, from_ms, to_ms

COLUMNS = (
    "id, update_key, person_id, person_name, chat_id, thread_id, door, action, asked_at, started_at, ended_at, outcome"
)


class Commands:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def seen(self, update_key: str) -> bool:
        return await self._database.row("SELECT id FROM commands WHERE update_key = $1", update_key) is not None

    async def add(self, command: Command) -> Command:
        """Record the command and give it its id; the id passed in is ignored."""
        sql = (
            "INSERT INTO commands (update_key, person_id, person_name, chat_id, thread_id, door, action, asked_at,"
            " started_at, ended_at, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            f" RETURNING {COLUMNS}"
        )
        row = await self._database.one(
            sql,
            command.update_key,
            command.person_id,
            command.person_name,
            command.chat_id,
            command.thread_id,
            command.door,
            command.action,
            to_ms(command.asked_at),
            to_ms(command.started_at),
            to_ms(command.ended_at),
            command.outcome,
        )
        return _command(row)

    async def end(self, command_id: int, *, outcome: str, at: datetime) -> None:
        await self._database.rows(
            "UPDATE commands SET outcome = $2, ended_at = $3 WHERE id = $1", command_id, outcome, to_ms(at)
        )

    async def in_flight(self, door: str) -> Command | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM commands WHERE door = $1 AND outcome IS NULL", door)
        return _command(row) if row else None

    async def unfinished(self) -> list[Command]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM commands WHERE outcome IS NULL ORDER BY id")
        return [_command(row) for row in rows]

    async def last(self, door: str, *, since: datetime) -> Command | None:
        """The newest command for the door that was in flight at `since` or later, whatever came of it."""
        row = await self._database.row(
            f"SELECT {COLUMNS} FROM commands WHERE door = $1 AND (ended_at IS NULL OR ended_at >= $2)"
            " AND (outcome IS NULL OR outcome <> 'denied') ORDER BY id DESC LIMIT 1",
            door,
            to_ms(since),
        )
        return _command(row) if row else None


def _command(row: Row) -> Command:
    command_id, update_key, person_id, person_name, chat_id, thread_id, door, action, *times, outcome = row
    asked, started, ended = times
    return Command(
        id=command_id,
        update_key=update_key,
        person_id=person_id,
        person_name=person_name,
        chat_id=chat_id,
        thread_id=thread_id,
        door=door,
        action=action,
        asked_at=from_ms(asked),
        started_at=from_ms(started),
        ended_at=from_ms(ended),
        outcome=outcome,
    )
