"""Who asked to come in, what they were answered, and on which cards owners were asked."""

from datetime import datetime

from bot.domain.joining import JoinAnswer, JoinRequest
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row

COLUMNS = "id, person_id, name, username, asked_at, answer, answered_by"


class StoredRequests:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, person_id: int, name: str, username: str | None, *, at: datetime) -> int:
        """The id of the new request. A person has one open request at most."""
        (number,) = await self._database.one(
            "INSERT INTO join_requests (person_id, name, username, asked_at) VALUES ($1, $2, $3, $4) RETURNING id",
            person_id,
            name,
            username,
            to_ms(at),
        )
        return int(number)

    async def renew(self, request_id: int, *, at: datetime) -> None:
        """The person asks again, and nobody has answered yet."""
        await self._database.rows("UPDATE join_requests SET asked_at = $2 WHERE id = $1", request_id, to_ms(at))

    async def get(self, request_id: int) -> JoinRequest | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM join_requests WHERE id = $1", request_id)
        return _request(row) if row else None

    async def open(self) -> list[JoinRequest]:
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM join_requests WHERE answered_at IS NULL ORDER BY asked_at, id"
        )
        return [_request(row) for row in rows]

    async def open_of(self, person_id: int) -> JoinRequest | None:
        row = await self._database.row(
            f"SELECT {COLUMNS} FROM join_requests WHERE person_id = $1 AND answered_at IS NULL", person_id
        )
        return _request(row) if row else None

    async def last_asked_at(self, person_id: int) -> datetime | None:
        (at,) = await self._database.one("SELECT max(asked_at) FROM join_requests WHERE person_id = $1", person_id)
        return from_ms(at)

    async def count_since(self, since: datetime) -> int:
        (count,) = await self._database.one("SELECT count(*) FROM join_requests WHERE asked_at >= $1", to_ms(since))
        return int(count)

    async def answer(self, request_id: int, answer: JoinAnswer, *, by: str, at: datetime) -> bool:
        """False if somebody answered before."""
        # Two owners may press at the same moment: the statement itself lets one of them be first.
        return bool(
            await self._database.rows(
                "UPDATE join_requests SET answer = $2, answered_by = $3, answered_at = $4"
                " WHERE id = $1 AND answered_at IS NULL RETURNING id",
                request_id,
                answer,
                by,
                to_ms(at),
            )
        )

    async def save_card(self, request_id: int, chat_id: int, message_id: int) -> None:
        await self._database.rows(
            "INSERT INTO request_cards (request_id, chat_id, message_id) VALUES ($1, $2, $3)"
            " ON CONFLICT (request_id, chat_id) DO UPDATE SET message_id = excluded.message_id",
            request_id,
            chat_id,
            message_id,
        )

    async def cards(self, request_id: int) -> dict[int, int]:
        """The number of each card's message by its chat."""
        rows = await self._database.rows(
            "SELECT chat_id, message_id FROM request_cards WHERE request_id = $1", request_id
        )
        return dict(rows)


def _request(row: Row) -> JoinRequest:
    request_id, person_id, name, username, asked_at, answer, answered_by = row
    return JoinRequest(
        id=request_id,
        person_id=person_id,
        name=name,
        username=username,
        asked_at=from_ms(asked_at),
        answer=JoinAnswer(answer) if answer else None,
        answered_by=answered_by,
    )
