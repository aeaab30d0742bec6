"""Calls from the door, and the people who are called, in their order."""

from collections.abc import Iterable
from datetime import datetime

from bot.domain.door_calls import CallAnswer, CalledPerson, CallEnd, CallPart, Cause, DoorCall
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = (
    "id, person_id, person_name, door, chat_id, thread_id, cause, cause_at, began_at, message_id, ended_as, answered_by"
)


class StoredDoorCalls:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, call: DoorCall, people: Iterable[CalledPerson]) -> int | None:
        """The id of the new call; None while an earlier one of the same person goes on."""
        row = await self._database.row(
            # Whether one goes on is decided by the index one_open_door_call.
            "INSERT INTO door_calls (person_id, person_name, door, chat_id, thread_id, cause, cause_at, began_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id",
            call.person_id,
            call.person_name,
            call.door,
            call.chat_id,
            call.thread_id,
            call.cause,
            to_ms(call.cause_at),
            to_ms(call.began_at),
        )
        if row is None:
            return None
        for place, one in enumerate(people):
            await self._database.rows(
                "INSERT INTO door_call_people (call_id, place, person_id, name, part, can_open)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                row[0],
                place,
                one.person_id,
                one.name,
                one.part,
                int(one.can_open),
            )
        return int(row[0])

    async def get(self, call_id: int) -> DoorCall | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM door_calls WHERE id = $1", call_id)
        return _call(row) if row else None

    async def open(self) -> list[DoorCall]:
        rows = await self._database.rows(f"SELECT {COLUMNS} FROM door_calls WHERE ended_at IS NULL ORDER BY id")
        return [_call(row) for row in rows]

    async def count(self, person_id: int, *, since: datetime) -> int:
        (number,) = await self._database.one(
            "SELECT count(*) FROM door_calls WHERE person_id = $1 AND began_at > $2", person_id, to_ms(since)
        )
        return int(number)

    async def people(self, call_id: int) -> list[CalledPerson]:
        """Everybody of the call, in order."""
        rows = await self._database.rows(
            "SELECT person_id, name, part, can_open, since, answer, message_id FROM door_call_people"
            " WHERE call_id = $1 ORDER BY place",
            call_id,
        )
        return [_person(row) for row in rows]

    async def begin_turn(self, call_id: int, person_id: int, at: datetime) -> None:
        # The answer goes: whoever pressed Open and is asked for a code first has not answered yet.
        sql = "UPDATE door_call_people SET since = $3, answer = NULL WHERE call_id = $1 AND person_id = $2"
        await self._database.rows(sql, call_id, person_id, to_ms(at))

    async def answer(self, call_id: int, person_id: int, answer: CallAnswer, at: datetime) -> None:
        sql = "UPDATE door_call_people SET answer = $3, since = $4 WHERE call_id = $1 AND person_id = $2"
        await self._database.rows(sql, call_id, person_id, answer, to_ms(at))

    async def keep_card(self, call_id: int, person_id: int, message_id: int) -> None:
        sql = "UPDATE door_call_people SET message_id = $3 WHERE call_id = $1 AND person_id = $2"
        await self._database.rows(sql, call_id, person_id, message_id)

    async def keep_message(self, call_id: int, message_id: int) -> None:
        """The message that tells whoever stands at the door how far it is."""
        await self._database.rows("UPDATE door_calls SET message_id = $2 WHERE id = $1", call_id, message_id)

    async def end(self, call_id: int, end: CallEnd, *, by: str | None, at: datetime) -> None:
        await self._database.rows(
            # The first end stays: it was told.
            "UPDATE door_calls SET ended_at = $4, ended_as = $2, answered_by = $3 WHERE id = $1 AND ended_at IS NULL",
            call_id,
            end,
            by,
            to_ms(at),
        )


def _call(row: Row) -> DoorCall:
    number, person_id, person_name, door, chat_id, thread_id, cause, *rest = row
    cause_at, began_at, message_id, ended_as, answered_by = rest
    return DoorCall(
        id=number,
        person_id=person_id,
        person_name=person_name,
        door=door,
        chat_id=chat_id,
        thread_id=thread_id,
        cause=Cause(cause),
        cause_at=from_ms(cause_at),
        began_at=from_ms(began_at),
        message_id=message_id,
        end=CallEnd(ended_as) if ended_as else None,
        answered_by=answered_by,
    )


def _person(row: Row) -> CalledPerson:
    person_id, name, part, can_open, since, answer, message_id = row
    return CalledPerson(
        person_id=person_id,
        name=name,
        part=CallPart(part),
        can_open=bool(can_open),
        since=from_ms(since),
        answer=CallAnswer(answer) if answer else None,
        message_id=message_id,
    )
