"""The journal: nothing in it can be changed through the bot, and what is changed behind its back is found."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.chain import GENESIS
from bot.domain.failures import StorageFailed
from bot.domain.journal import JournalEntry, Verification
from storage import Storage
from tests.bench import START
from tests.fresh import open_fresh

LENGTH = 6
COLUMNS = ["at", "kind", "command_id", "person_id", "chat_id", "door", "action", "detail", "hash"]
INTEGERS = {"at", "command_id", "person_id", "chat_id"}
Tamper = Callable[[sqlite3.Connection], object]


async def fill(storage: Storage, entries: int = LENGTH) -> None:
    for number in range(entries):
        await storage.journal.append(
            "outcome", at=START, command_id=number, person_id=7, chat_id=-1, door="front", action="open", n=number
        )


def verified_after(tamper: Tamper, *, entries: int = LENGTH, keep_head: bool = False) -> Verification:
    """What verify says of a journal that somebody with the file had in hand."""

    async def scenario(path: Path) -> Verification:
        storage = await open_fresh(path)
        await fill(storage, entries)
        head = (await storage.journal.verify()).head
        await storage.close()
        with sqlite3.connect(path) as raw:
            raw.execute("DROP TRIGGER journal_is_append_only_1")
            raw.execute("DROP TRIGGER journal_is_append_only_2")
            tamper(raw)
        raw.close()
        storage = await Storage.open(path)
        try:
            return await storage.journal.verify(kept_head=head if keep_head else None)
        finally:
            await storage.close()

    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(scenario(Path(folder) / "latchkey.db"))


async def test_an_untouched_journal_verifies(storage: Storage) -> None:
    await fill(storage)
    verification = await storage.journal.verify()
    assert (verification.entries, verification.fault) == (LENGTH, None)


async def test_the_head_is_the_hash_of_the_newest_entry(storage: Storage) -> None:
    await fill(storage)
    [newest] = await storage.journal.tail(1)
    assert (await storage.journal.verify()).head == newest.hash


async def test_an_empty_journal_verifies(storage: Storage) -> None:
    assert await storage.journal.verify() == Verification(0, GENESIS, None)


async def test_a_head_kept_from_an_empty_journal_stays_good(storage: Storage) -> None:
    head = (await storage.journal.verify()).head
    await fill(storage)
    assert (await storage.journal.verify(kept_head=head)).fault is None


async def test_a_head_kept_earlier_stays_good(storage: Storage) -> None:
    await fill(storage)
    head = (await storage.journal.verify()).head
    await fill(storage)
    assert (await storage.journal.verify(kept_head=head)).fault is None


@pytest.mark.parametrize("statement", ["UPDATE journal SET kind = 'x'", "DELETE FROM journal"])
async def test_the_journal_refuses_to_be_changed(storage: Storage, statement: str) -> None:
    await fill(storage)
    with pytest.raises(StorageFailed, match="append-only"):
        await storage.database.rows(statement)
    assert (await storage.journal.verify()).entries == LENGTH


async def test_the_journal_refuses_to_be_changed_even_by_another_program(storage: Storage, path: Path) -> None:
    await fill(storage)
    with sqlite3.connect(path) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("DELETE FROM journal")
    raw.close()


async def test_entries_come_back_as_they_were_written(storage: Storage) -> None:
    await storage.journal.append(
        "started", at=START, command_id=1, person_id=7, chat_id=-1, door="front", action="open", name="Änna", asked=3
    )
    [entry] = await storage.journal.tail(1)
    assert entry == JournalEntry(
        seq=1,
        at=START,
        kind="started",
        command_id=1,
        person_id=7,
        chat_id=-1,
        door="front",
        action="open",
        detail={"name": "Änna", "asked": 3},
        hash=entry.hash,
    )


async def test_the_tail_is_the_newest_entries_oldest_first(storage: Storage) -> None:
    await fill(storage)
    assert [entry.seq for entry in await storage.journal.tail(2)] == [LENGTH - 1, LENGTH]


async def test_all_entries_can_be_walked_past_one_page(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.journal.PAGE", 2)
    await fill(storage, 5)
    assert [entry.seq async for entry in storage.journal.entries()] == [1, 2, 3, 4, 5]


async def test_parallel_appends_keep_the_chain_whole(storage: Storage) -> None:
    await asyncio.gather(*(fill(storage, 3) for _ in range(10)))
    verification = await storage.journal.verify()
    assert (verification.entries, verification.fault) == (30, None)


async def test_an_entry_taken_back_with_its_transaction_leaves_no_gap(storage: Storage) -> None:
    async def fill_and_fail() -> None:
        async with storage.transaction():
            await fill(storage)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fill_and_fail()
    await fill(storage, 2)
    verification = await storage.journal.verify()
    assert (verification.entries, verification.fault) == (2, None)


async def test_an_entry_that_another_program_added_is_followed(storage: Storage, path: Path) -> None:
    """The newest entry is kept in memory: what is not true any more is read again."""
    await fill(storage, 1)
    other = await Storage.open(path)
    await fill(other, 2)
    await other.close()
    with pytest.raises(StorageFailed):
        await fill(storage, 1)
    await fill(storage, 1)
    verification = await storage.journal.verify()
    assert (verification.entries, verification.fault) == (4, None)


async def test_entries_of_some_kinds_only_can_be_walked(storage: Storage) -> None:
    for kind in ("started", "outcome", "evidence"):
        await storage.journal.append(kind, at=START)
    assert [entry.kind async for entry in storage.journal.entries("outcome", "started")] == ["started", "outcome"]


@given(text=st.text(st.characters(), max_size=20))
@settings(max_examples=30)
def test_any_text_in_the_details_keeps_the_chain_whole(text: str) -> None:
    """Surrogates, NUL, line feeds and bidi marks included."""

    async def scenario(path: Path) -> None:
        storage = await Storage.open(path)
        await storage.journal.append("denied", at=START, name=text)
        [entry] = await storage.journal.tail(1)
        verification = await storage.journal.verify()
        await storage.close()
        assert (entry.detail["name"], verification.fault) == (text, None)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder) / "latchkey.db"))


@st.composite
def edits(draw: st.DrawFn) -> Tamper:
    column = draw(st.sampled_from(COLUMNS))
    number = draw(st.integers(1, LENGTH))
    texts = st.text(st.characters(codec="utf-8"), max_size=8)
    blobs = st.binary(max_size=4)
    value = draw(st.integers(-(2**63), 2**63 - 1) if column in INTEGERS else texts | blobs)

    def edit(raw: sqlite3.Connection) -> None:
        changed = f"UPDATE journal SET {column} = ? WHERE seq = ? AND {column} IS NOT ?"
        if not raw.execute(changed, (value, number, value)).rowcount:
            raw.execute("UPDATE journal SET kind = kind || '.' WHERE seq = ?", (number,))

    return edit


@st.composite
def swaps(draw: st.DrawFn) -> Tamper:
    first, second = draw(st.lists(st.integers(1, LENGTH), min_size=2, max_size=2, unique=True))

    def swap(raw: sqlite3.Connection) -> None:
        raw.execute("UPDATE journal SET seq = 1000 WHERE seq = ?", (first,))
        raw.execute("UPDATE journal SET seq = ? WHERE seq = ?", (first, second))
        raw.execute("UPDATE journal SET seq = ? WHERE seq = 1000", (second,))

    return swap


@st.composite
def deletions(draw: st.DrawFn) -> Tamper:
    """Any entries but the end alone: only a kept head can miss those."""
    gone = draw(st.sets(st.integers(1, LENGTH - 1), min_size=1))

    def delete(raw: sqlite3.Connection) -> None:
        raw.executemany("DELETE FROM journal WHERE seq = ?", [(number,) for number in gone])

    return delete


@st.composite
def insertions(draw: st.DrawFn) -> Tamper:
    """A copy of an entry at any place that is free: before, behind, or at none."""
    model = draw(st.integers(1, LENGTH))
    beyond = st.integers(-(2**63), 0) | st.integers(LENGTH + 1, 2**63 - 1) | st.sampled_from([0, -(2**63), LENGTH + 1])
    seq = draw(st.none() | beyond)

    def insert(raw: sqlite3.Connection) -> None:
        raw.execute(f"INSERT INTO journal SELECT ?, {', '.join(COLUMNS)} FROM journal WHERE seq = ?", (seq, model))

    return insert


@given(tamper=edits() | swaps() | deletions() | insertions())
@settings(max_examples=100)
def test_whatever_somebody_with_the_file_changes_is_found(tamper: Tamper) -> None:
    assert verified_after(tamper).fault is not None


@given(kept=st.integers(0, LENGTH - 1))
@settings(max_examples=LENGTH)
def test_a_cut_off_end_is_found_with_a_kept_head(kept: int) -> None:
    verification = verified_after(lambda raw: raw.execute("DELETE FROM journal WHERE seq > ?", (kept,)), keep_head=True)
    assert verification.fault is not None


def test_a_cut_off_end_cannot_be_found_without_a_kept_head() -> None:
    """Which is why `latchkey journal verify` shows the head and asks to keep it."""
    assert verified_after(lambda raw: raw.execute("DELETE FROM journal WHERE seq > 3")).fault is None


def test_text_that_is_not_utf8_is_found() -> None:
    changed = "UPDATE journal SET door = CAST(x'ff' AS TEXT) WHERE seq = 3"
    assert verified_after(lambda raw: raw.execute(changed)).fault is not None


def test_the_fault_names_the_entry() -> None:
    verification = verified_after(lambda raw: raw.execute("UPDATE journal SET person_id = 8 WHERE seq = 3"))
    assert verification.entries == 2
    assert verification.fault == "entry 3 was changed, or one before it was"


def test_an_untampered_file_has_no_fault() -> None:
    """The negative control of the tests above: opening the file by hand and dropping the triggers is no fault."""
    assert verified_after(lambda raw: None).fault is None
