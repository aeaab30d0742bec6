"""Commands: one row for each request; the key of the update and the door in flight are unique."""

from datetime import datetime, timedelta

from bot.domain.actions import Action
from bot.domain.commands import Command, CommandRequest, Result
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = (
    "id, update_key, person_id, person_name, chat_id, thread_id, door, action, asked_at, started_at, ended_at, outcome"
)
# The index of openings is by `started_at`. No command lasts a day, so what ended after a moment began a day before it
# at most.
LONGEST_COMMAND = timedelta(days=1)


class StoredCommands:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def conflicts(self, update_key: str, door: str) -> tuple[Command, ...]:
        """The command of this update, if it came before, and the one in flight on this door."""
        rows = await self._database.rows(
            # One statement for both, each by its index: at most eight stand before the first byte (docs/design.md).
            f"SELECT {COLUMNS} FROM commands WHERE update_key = $1"
            f" UNION SELECT {COLUMNS} FROM commands WHERE door = $2 AND outcome IS NULL",
            update_key,
            door,
        )
        return tuple(_command(row) for row in rows)

    async def add(self, request: CommandRequest, *, now: datetime, outcome: Result | None = None) -> Command:
        """Record the request as started now, or with an outcome as ended now."""
        row = await self._database.one(
            "INSERT INTO commands (update_key, person_id, person_name, chat_id, thread_id, door, action, asked_at,"
            " started_at, ended_at, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            f" RETURNING {COLUMNS}",
            request.update_key,
            request.person_id,
            request.person_name,
            request.chat_id,
            request.thread_id,
            request.door,
            request.action,
            round(request.asked_at * 1000),
            to_ms(now),
            to_ms(now if outcome else None),
            outcome,
        )
        return _command(row)

    async def end(self, command_id: int, *, outcome: Result, at: datetime) -> None:
        await self._database.rows(
            "UPDATE commands SET outcome = $2, ended_at = $3 WHERE id = $1", command_id, outcome, to_ms(at)
        )

    async def unfinished(self) -> list[Command]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM commands WHERE outcome IS NULL ORDER BY id")
        return [_command(row) for row in rows]

    async def last_asked_at(self) -> datetime | None:
        """When the newest request was asked, by Telegram's clock."""
        (asked_at,) = await self._database.one("SELECT max(asked_at) FROM commands")
        return from_ms(asked_at)

    async def last(self, door: str, *, since: datetime) -> Command | None:
        """The newest command for the door that was in flight at `since` or later."""
        row = await self._database.row(
            f"SELECT {COLUMNS} FROM commands WHERE door = $1 AND (ended_at IS NULL OR ended_at >= $2)"
            # What was denied never reached the lock.
            " AND (outcome IS NULL OR outcome <> 'denied') ORDER BY id DESC LIMIT 1",
            door,
            to_ms(since),
        )
        return _command(row) if row else None

    async def unclear(self) -> frozenset[str]:
        """The readable doors that may have moved without an answer, and were neither read nor surely moved since."""
        # Doors that were never read have no row in `readings`: nothing is shown of them that could be wrong.
        rows = await self._database.rows(
            "SELECT DISTINCT c.door FROM commands c JOIN readings r ON r.door = c.door"
            " WHERE c.outcome = 'unknown' AND c.action IN ('open', 'close') AND c.ended_at >= r.read_at"
            " AND NOT EXISTS (SELECT 1 FROM commands n WHERE n.door = c.door AND n.id > c.id"
            " AND n.outcome = 'confirmed' AND n.action IN ('open', 'close'))"
        )
        return frozenset(door for (door,) in rows)

    async def last_effect(
        self, person_id: int, door: str, actions: tuple[Action, Action], *, since: datetime
    ) -> Command | None:
        """The newest command of this person's at the door, of these actions, that did something, or may have."""
        row = await self._database.row(
            f"SELECT {COLUMNS} FROM commands WHERE door = $1 AND person_id = $2 AND started_at >= $3"
            # One in flight counts, too: clients send a press again while the first is still answered.
            " AND action IN ($4, $5) AND (outcome IS NULL OR outcome IN ('confirmed', 'accepted', 'unknown'))"
            " ORDER BY id DESC LIMIT 1",
            door,
            person_id,
            to_ms(since),
            *actions,
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
        action=Action(action),
        asked_at=from_ms(asked),
        started_at=from_ms(started),
        ended_at=from_ms(ended),
        outcome=Result(outcome) if outcome else None,
    )
