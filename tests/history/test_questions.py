"""/history: what the indexes find is what a walk through the whole journal finds."""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.clock import Clock
from bot.domain.commands import DenialReason, How, Result
from bot.domain.history import HistoryEntry, Question, Topic
from bot.domain.journal import JournalEntry
from bot.domain.people import Person, Rights
from bot.domain.policy import Denied
from bot.domain.readings import Bolt
from bot.history import History
from storage import Storage
from tests.bench import ANNA, CHAT, OWNER, START, STRANGER, Hands
from tests.fresh import open_fresh
from tests.history.journals import BEN, DOORS, PEOPLE, STEPS, Step, visit, write

OLGA = Rights(OWNER, None, is_owner=True)
ANNA_HERSELF = Rights(ANNA, Person(id=ANNA, name="Anna", added_by=OWNER, added_at=START), is_owner=False)
SAM = Rights(STRANGER, None, is_owner=False)
MOMENTS = st.none() | st.integers(-100, 6000).map(lambda minutes: START + timedelta(minutes=minutes))
QUESTIONS = st.builds(
    Question,
    door=st.none() | st.sampled_from(DOORS),
    person_id=st.none() | st.sampled_from([*PEOPLE, STRANGER]),
    since=MOMENTS,
    until=MOMENTS,
    topic=st.none() | st.sampled_from(Topic),
)


def naive(journal: list[JournalEntry], question: Question) -> list[dict[str, Any]]:
    """The answer by a walk from the first entry to the last."""
    rows: dict[int, dict[str, Any]] = {}
    for entry in journal:
        if entry.kind == "outcome":
            rows[_first(journal, entry)]["result"] = entry.detail["result"]
        elif entry.kind == "evidence":
            rows[_first(journal, entry)]["seen"] = entry.detail["bolt"]
        elif _fits(entry, question):
            result = "denied" if entry.kind == "denied" else None
            rows[entry.seq] = {"seq": entry.seq, "at": entry.at, "result": result, "seen": None}
        else:
            rows[entry.seq] = {}
    return sorted(filter(None, _whole(rows)), key=lambda row: (row["at"], row["seq"]), reverse=True)


def _whole(rows: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    return [row if "seq" in row else {} for row in rows.values()]


def _first(journal: list[JournalEntry], later: JournalEntry) -> int:
    return next(entry.seq for entry in journal if entry.command_id == later.command_id)


def _fits(entry: JournalEntry, question: Question) -> bool:
    topics = {
        Topic.MOVES: entry.kind == "started" and entry.action in ("open", "close"),
        Topic.CODES: entry.kind == "started" and entry.action in ("pin", "revoke"),
        Topic.REFUSED: entry.kind in ("denied", "stranger"),
        Topic.OTHER: entry.kind in ("grant added", "restored"),
    }
    return (
        question.door in (None, entry.door)
        and question.person_id in (None, entry.person_id)
        and (question.since is None or question.since <= entry.at)
        and (question.until is None or entry.at < question.until)
        and (question.topic is None or topics[question.topic])
    )


def told(entry: HistoryEntry) -> dict[str, Any]:
    return {"seq": entry.seq, "at": entry.at, "result": entry.result, "seen": entry.seen}


@given(steps=STEPS, question=QUESTIONS, count=st.integers(1, 7))
@settings(max_examples=80)
def test_the_pages_together_are_what_a_walk_through_the_journal_finds(
    steps: list[Step], question: Question, count: int
) -> None:
    async def scenario(path: Path) -> None:
        storage = await open_fresh(path)
        try:
            await write(storage, steps)
            expected = naive([entry async for entry in storage.journal.entries()], question)
            history, found, before = History(storage, Hands().clock()), list[HistoryEntry](), None
            while True:
                page = await history.page(OLGA, question, before=before, count=count)
                assert len(page.entries) <= count
                found += page.entries
                if (before := page.older) is None:
                    break
            assert [told(entry) for entry in found] == expected
            assert all(question.topic in (None, entry.topic) for entry in found)
            assert [told(entry) async for entry in history.entries(OLGA, question)] == expected
        finally:
            await storage.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder) / "latchkey.db"))


@pytest.fixture
def history(storage: Storage, clock: Clock) -> History:
    return History(storage, clock)


async def test_a_visit_is_one_entry_with_how_it_was_asked_and_what_came_of_it(
    storage: Storage, history: History
) -> None:
    await visit(storage)
    [entry] = (await history.page(OLGA, Question())).entries
    assert (entry.name, entry.how, entry.is_private) == ("Anna", How.COMMAND, False)
    assert (entry.result, entry.seconds, entry.seen) == (Result.CONFIRMED, 1.5, Bolt.UNLOCKED)


async def test_a_command_without_an_outcome_is_unfinished(storage: Storage, history: History) -> None:
    await storage.journal.append("started", at=START, command_id=1, person_id=ANNA, chat_id=ANNA, door="front")
    [entry] = (await history.page(OLGA, Question())).entries
    assert (entry.is_unfinished, entry.is_private, entry.result) == (True, True, None)


async def test_words_of_another_version_are_no_fault(storage: Storage, history: History) -> None:
    command = {"command_id": 1, "person_id": ANNA, "chat_id": CHAT, "door": "front", "action": "open"}
    await storage.journal.append("started", at=START, **command, how="telepathy")  # type: ignore[arg-type]
    await storage.journal.append("outcome", at=START, **command, result="splendid", problem=7)  # type: ignore[arg-type]
    [entry] = (await history.page(OLGA, Question())).entries
    assert (entry.how, entry.result, entry.problem) == (None, None, None)


async def test_a_member_reads_only_what_they_did_themselves(storage: Storage, history: History) -> None:
    await visit(storage, 1)
    await visit(storage, 2, person=BEN)
    await storage.journal.append("restored", at=START, file="backup.db")
    assert [entry.person_id for entry in (await history.page(ANNA_HERSELF, Question())).entries] == [ANNA]
    assert [entry.person_id async for entry in history.entries(ANNA_HERSELF, Question())] == [ANNA]


@pytest.mark.parametrize("question", [Question(person_id=BEN), Question(person_id=OWNER, door="front")])
async def test_a_member_is_told_that_others_are_none_of_their_business(history: History, question: Question) -> None:
    with pytest.raises(Denied) as denied:
        await history.page(ANNA_HERSELF, question)
    assert denied.value.reason is DenialReason.OWNERS_ONLY


@pytest.mark.parametrize("question", [Question(), Question(person_id=STRANGER)])
async def test_a_stranger_reads_nothing_not_even_of_themselves(history: History, question: Question) -> None:
    with pytest.raises(Denied) as denied:
        await history.page(SAM, question)
    assert denied.value.reason is DenialReason.STRANGER
    with pytest.raises(Denied):
        [entry async for entry in history.entries(SAM, question)]


async def test_who_is_named_by_number_only_has_a_name_beside_the_page(storage: Storage, history: History) -> None:
    await storage.people.save(Person(id=BEN, name="Ben", added_by=OWNER, added_at=START))
    await storage.journal.append("grant added", at=START, person_id=BEN, door="front", by=OWNER, grant=1)
    page = await history.page(OLGA, Question())
    assert page.names == {BEN: "Ben"}


async def test_a_day_is_what_lies_between_its_midnights(storage: Storage, history: History) -> None:
    for minutes in (-1, 0, 1439, 1440):
        await visit(storage, minutes + 10, minutes=minutes)
    question = Question(since=START, until=START + timedelta(days=1))
    found = [entry.at - START for entry in (await history.page(OLGA, question)).entries]
    assert found == [timedelta(minutes=1439), timedelta()]


async def test_what_happened_at_the_same_moment_is_on_one_page_each(storage: Storage, history: History) -> None:
    for number in range(1, 4):
        await visit(storage, number)
    found: list[int | None] = []
    before: int | None = None
    while not found or before:
        page = await history.page(OLGA, Question(), before=before, count=1)
        found += [entry.command_id for entry in page.entries]
        before = page.older
    assert found == [3, 2, 1]


INDEXES = {
    "history_by_time": Question(),
    "history_of_a_person": Question(person_id=ANNA),
    "history_of_a_door": Question(door="front"),
}


@pytest.mark.parametrize(("index", "question"), INDEXES.items())
async def test_a_question_is_answered_from_its_index_and_not_by_a_walk(
    storage: Storage, index: str, question: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    rows: Callable[..., Any] = storage.database.rows

    async def explained(sql: str, *values: Any) -> Any:
        seen.extend(row[3] for row in await rows(f"EXPLAIN QUERY PLAN {sql}", *values))
        return await rows(sql, *values)

    monkeypatch.setattr(storage.database, "rows", explained)
    await storage.history.page(question, count=10, before=None)
    assert any(index in step for step in seen)
    assert not any("TEMP B-TREE" in step for step in seen)
    assert not any(step.startswith("SCAN journal") and "USING INDEX" not in step for step in seen)
