"""Questions to the journal: pages of what happened, newest first, and counts of openings."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from bot.domain.actions import MOVES
from bot.domain.commands import How, Result
from bot.domain.failures import StorageFailed
from bot.domain.history import (
    CODE_ACTIONS,
    DENIED,
    LATER,
    REFUSALS,
    HistoryEntry,
    HistoryPage,
    Openings,
    Question,
    Topic,
)
from bot.domain.readings import Bolt
from bot.domain.remarks import Remark
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row, Value

COLUMNS = "seq, at, kind, command_id, person_id, chat_id, door, action, detail"
# Every offset of a time zone is a multiple of a quarter of an hour, so no local hour cuts one in two.
QUARTER_MS = 900_000
T = TypeVar("T")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# Written as in the indexes: SQLite uses a partial index only for a statement that holds its very words.
OWN_ENTRY = f"kind NOT IN ({_listed(LATER)})"
TOPICS = {
    Topic.MOVES: f"kind = 'started' AND action IN ({_listed(MOVES)})",
    Topic.CODES: f"kind = 'started' AND action IN ({_listed(CODE_ACTIONS)})",
    Topic.REFUSED: f"kind IN ({_listed(REFUSALS)})",
    Topic.OTHER: f"command_id IS NULL AND kind NOT IN ({_listed(REFUSALS)})",
}


class StoredHistory:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, question: Question, *, count: int, before: int | None = None) -> HistoryPage:
        """The newest entries, or the newest of those older than entry `before`."""
        where, values = _where(question, before)
        # One more than is shown tells whether there is another page.
        rows = await self._database.rows(
            f"SELECT {COLUMNS} FROM journal WHERE {where} ORDER BY at DESC, seq DESC LIMIT {count + 1}", *values
        )
        more, rows = rows[count:], rows[:count]
        later = await self._later(row[3] for row in rows if row[3] is not None)
        entries = tuple(_entry(row, later.get(row[3], ())) for row in rows)
        return HistoryPage(entries, entries[-1].seq if more else None)

    async def entry(self, seq: int) -> HistoryEntry | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM journal WHERE seq = $1 AND {OWN_ENTRY}", seq)
        if row is None:
            return None
        return _entry(row, (await self._later([row[3]])).get(row[3], ()) if row[3] is not None else ())

    async def openings(
        self, *, since: datetime, until: datetime, door: str | None = None, person_id: int | None = None
    ) -> list[Openings]:
        """How often doors were opened, by person and quarter of an hour; only what was confirmed or accepted counts."""
        rows = await self._database.rows(
            f"SELECT person_id, started_at / {QUARTER_MS}, count(*) FROM commands"
            " WHERE action = 'open' AND outcome IN ('confirmed', 'accepted') AND started_at >= $1 AND started_at < $2"
            " AND ($3 IS NULL OR door = $3) AND ($4 IS NULL OR person_id = $4) GROUP BY 1, 2",
            to_ms(since),
            to_ms(until),
            door,
            person_id,
        )
        return [Openings(person_id, from_ms(quarter * QUARTER_MS), count) for person_id, quarter, count in rows]

    async def names(self, person_ids: Iterable[int]) -> dict[int, str]:
        """What these people were called when they last asked for something; else what the people list calls them."""
        ids = ", ".join(str(int(person_id)) for person_id in person_ids)
        rows = await self._database.rows(
            f"SELECT id, name FROM people WHERE id IN ({ids}) UNION ALL SELECT person_id, person_name FROM commands"
            f" WHERE id IN (SELECT max(id) FROM commands WHERE person_id IN ({ids}) GROUP BY person_id)"
        )
        return {int(person_id): str(name) for person_id, name in rows}

    async def drop_commands(self, *, before: datetime, at_once: int) -> None:
        """Forget commands that ended earlier, `at_once` at most."""
        # The newest stays: SQLite counts on from it, and the journal names commands by their number.
        await self._database.rows(
            "DELETE FROM commands WHERE outcome IS NOT NULL AND ended_at < $1 AND id < (SELECT max(id) FROM commands)"
            " AND id < (SELECT min(id) FROM commands) + $2",
            to_ms(before),
            at_once,
        )

    async def _later(self, command_ids: Iterable[int]) -> dict[int, list[Row]]:
        """Outcome and evidence of these commands, oldest first."""
        ids = ", ".join(str(int(command_id)) for command_id in command_ids)
        found: dict[int, list[Row]] = {}
        for row in await self._database.rows(
            f"SELECT {COLUMNS} FROM journal WHERE command_id IN ({ids}) AND NOT ({OWN_ENTRY}) ORDER BY seq"
        ):
            found.setdefault(row[3], []).append(row)
        return found


def _where(question: Question, before: int | None) -> tuple[str, list[Value]]:
    wanted: list[tuple[str, Value]] = [
        ("door = ${}", question.door),
        ("person_id = ${}", question.person_id),
        ("at >= ${}", to_ms(question.since)),
        ("at < ${}", to_ms(question.until)),
        ("(at, seq) < ((SELECT at FROM journal WHERE seq = ${0}), ${0})", before),
    ]
    given = [(sql, value) for sql, value in wanted if value is not None]
    terms = [OWN_ENTRY, *(sql.format(number) for number, (sql, _) in enumerate(given, 1))]
    if question.topic:
        terms.append(TOPICS[question.topic])
    return " AND ".join(terms), [value for _, value in given]


def _entry(row: Row, later: Iterable[Row]) -> HistoryEntry:
    seq, at, kind, command_id, person_id, chat_id, door, action, text = row
    detail = _detail(seq, text)
    outcome = _last(later, "outcome")
    evidence = _last(later, "evidence")
    return HistoryEntry(
        seq=seq,
        at=_moment(seq, at),
        kind=kind,
        command_id=command_id,
        person_id=person_id,
        name=_known(str, detail.get("name")),
        chat_id=chat_id,
        door=door,
        action=action,
        how=_known(How, detail.get("how")),
        result=Result.DENIED if kind == DENIED else _known(Result, outcome.get("result")),
        why=_known(str, detail.get("why")),
        problem=_remark(outcome or detail),
        seconds=_known(float, outcome.get("seconds")),
        seen=_known(Bolt, evidence.get("bolt")),
        detail={} if command_id is not None else detail,
    )


def _last(later: Iterable[Row], kind: str) -> Mapping[str, Any]:
    rows = [row for row in later if row[2] == kind]
    return _detail(rows[-1][0], rows[-1][-1]) if rows else {}


def _detail(seq: int, text: object) -> Mapping[str, Any]:
    try:
        detail = json.loads(str(text))
    except ValueError as error:
        raise StorageFailed(f"entry {seq} of the journal was changed and cannot be read") from error
    return detail if isinstance(detail, dict) else {}


def _moment(seq: int, at: Any) -> datetime:
    try:
        return from_ms(int(at))
    except (TypeError, ValueError, OverflowError) as error:
        raise StorageFailed(f"entry {seq} of the journal was changed and cannot be read") from error


def _known(kind: type[T], value: Any) -> T | None:
    """The value as one of these; None for none, and for words of another version."""
    try:
        return None if value is None else kind(value)  # type: ignore[call-arg]
    except ValueError:
        return None


def _remark(detail: Mapping[str, Any]) -> Remark | None:
    code = detail.get("problem")
    return Remark(code, detail.get("parameters") or {}) if isinstance(code, str) else None
