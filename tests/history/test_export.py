"""The history as a file: complete, and harmless wherever it is opened."""

import csv
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.commands import How, Result
from bot.domain.history import HistoryEntry
from bot.domain.readings import Bolt
from bot.domain.remarks import Remark
from bot.history.export import COLUMNS, csv_lines, json_lines
from tests.bench import ANNA, CHAT, START

VISIT = HistoryEntry(
    seq=7, at=START, kind="started", command_id=1, person_id=ANNA, name="Anna", chat_id=CHAT, door="front",
    action="open", how=How.BUTTON, result=Result.UNKNOWN, problem=Remark("driver.no_answer"), seconds=1.5,
    seen=Bolt.UNLOCKED,
)  # fmt: skip


async def stream(*entries: HistoryEntry) -> AsyncIterator[HistoryEntry]:
    for entry in entries:
        yield entry


async def as_csv(*entries: HistoryEntry) -> list[dict[str, Any]]:
    return list(csv.DictReader([line async for line in csv_lines(stream(*entries))]))


async def test_a_visit_is_one_row_with_everything_that_is_known() -> None:
    [row] = await as_csv(VISIT)
    assert row == {
        "number": "7", "at": "2026-03-01T12:00:00+00:00", "kind": "started", "door": "front", "action": "open",
        "person_id": "7", "person": "Anna", "asked_by": "button", "asked_in": "group", "chat_id": str(CHAT),
        "result": "unknown", "why": "", "problem": "driver.no_answer", "seconds": "1.5", "seen_afterwards": "unlocked",
        "more": "",
    }  # fmt: skip


async def test_what_came_of_nothing_is_called_unfinished() -> None:
    [row] = await as_csv(replace(VISIT, result=None))
    assert row["result"] == "unfinished"


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t=1+1", "\r=1", "\n=1", "＝1+1", "\u200b=1"]
)
async def test_a_name_is_never_a_formula(name: str) -> None:
    [row] = await as_csv(replace(VISIT, name=name))
    assert row["person"].startswith("'")


async def test_a_number_below_zero_stays_a_number() -> None:
    [row] = await as_csv(VISIT)
    assert int(row["chat_id"]) == CHAT


@given(texts=st.lists(st.text(), min_size=3, max_size=3))
async def test_whatever_people_are_called_a_row_is_a_line_of_as_many_cells(texts: list[str]) -> None:
    name, door, why = texts
    lines = [line async for line in csv_lines(stream(replace(VISIT, name=name, door=door, why=why), VISIT))]
    assert [len(row) for row in csv.reader(lines)] == [len(COLUMNS)] * 3
    assert all(line.count("\n") == 1 and "\x1b" not in line for line in lines)


@given(name=st.text())
async def test_json_holds_what_was_written_and_no_sign_that_a_terminal_obeys(name: str) -> None:
    text = "".join([line async for line in json_lines(stream(replace(VISIT, name=name), VISIT))])
    assert json.loads(text)[0]["person"] == name
    assert text.isascii()
    assert "\x1b" not in text


async def test_json_of_nothing_is_an_empty_list() -> None:
    assert json.loads("".join([line async for line in json_lines(stream())])) == []


async def test_what_no_command_did_keeps_its_details() -> None:
    entry = HistoryEntry(seq=1, at=START, kind="grant added", person_id=ANNA, door="front", detail={"by": 42})
    [row] = await as_csv(entry)
    assert json.loads(row["more"]) == {"by": 42}
    [exported] = json.loads("".join([line async for line in json_lines(stream(entry))]))
    assert exported["more"] == {"by": 42}
