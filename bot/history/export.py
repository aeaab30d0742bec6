"""The history as a file: rows for a spreadsheet, or JSON; line by line, however long it is."""

import csv
import io
import json
import unicodedata
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

from bot.domain.history import HistoryEntry

Cell: TypeAlias = str | int | float | None

COLUMNS = (
    "number", "at", "kind", "door", "action", "person_id", "person", "asked_by", "asked_in", "chat_id",
    "result", "why", "problem", "seconds", "seen_afterwards", "more",
)  # fmt: skip
# By these a spreadsheet takes a cell for a formula, and people choose their names themselves (OWASP: CSV injection).
# The wide ones are what East Asian keyboards write.
FORMULA_SIGNS = tuple("=+-@＝＋－＠")
# Unicode's categories of what is not seen, such as signs that turn the direction of writing.
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


async def csv_lines(entries: AsyncIterator[HistoryEntry]) -> AsyncIterator[str]:
    yield _csv(COLUMNS)
    async for entry in entries:
        yield _csv([_safe(cell) for cell in as_row(entry).values()])


async def json_lines(entries: AsyncIterator[HistoryEntry]) -> AsyncIterator[str]:
    """One list, an entry a line; in ASCII, so that no terminal obeys any of it."""
    separator = "[\n"
    async for entry in entries:
        yield separator + json.dumps(as_row(entry) | {"more": dict(entry.detail)}, default=dict)
        separator = ",\n"
    yield ("[\n" if separator == "[\n" else "\n") + "]\n"


def as_row(entry: HistoryEntry) -> dict[str, Cell]:
    """The columns by their names; times in UTC."""
    places = {True: "private chat", False: "group", None: None}
    values: tuple[Cell, ...] = (
        entry.seq,
        entry.at.isoformat(timespec="seconds"),
        entry.kind,
        entry.door,
        entry.action,
        entry.person_id,
        entry.name,
        entry.how,
        places[entry.is_private],
        entry.chat_id,
        "unfinished" if entry.is_unfinished else entry.result,
        entry.why,
        entry.problem.code if entry.problem else None,
        entry.seconds,
        entry.seen,
        json.dumps(dict(entry.detail), default=dict, ensure_ascii=False) if entry.detail else None,
    )
    return dict(zip(COLUMNS, values, strict=True))


def _safe(cell: Any) -> Any:
    """Text that neither a spreadsheet calculates nor a terminal obeys."""
    if not isinstance(cell, str):
        return cell
    seen = "".join(sign if unicodedata.category(sign) not in UNSEEN else " " for sign in cell)
    return f"'{seen}" if seen.lstrip().startswith(FORMULA_SIGNS) else seen


def _csv(cells: Any) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
