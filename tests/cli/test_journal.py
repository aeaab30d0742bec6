"""latchkey journal: verified, shown, exported; never changed."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage import Storage
from tests.bench import START
from tests.cli.conftest import Latchkey, with_storage
from tests.house import House


@pytest.fixture
def written(path: Path) -> Path:
    """A journal of five entries."""

    async def write(storage: Storage) -> None:
        for number in range(5):
            await storage.journal.append(
                "started", at=START, command_id=number, person_id=7, door="front", action="open", name="Ánna", n=number
            )

    with_storage(path, write)
    return path


def behind_its_back(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER journal_is_append_only_1")
        connection.execute("DROP TRIGGER journal_is_append_only_2")
        for statement in statements:
            connection.execute(statement)


def head(latchkey: Latchkey) -> str:
    line = next(line for line in latchkey("journal", "verify").output.splitlines() if line.startswith("head "))
    return line.removeprefix("head ")


@pytest.mark.usefixtures("written")
def test_a_whole_journal_is_said_to_be_whole_with_its_head(latchkey: Latchkey) -> None:
    result = latchkey("journal", "verify")
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "5 entries, all whole; the people list is what they say"
    assert len(head(latchkey)) == 64


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE journal SET person_id = 8 WHERE seq = 3",
            "entry 3 was changed, or one before it was; 2 entries before it",
        ),
        ("DELETE FROM journal WHERE seq = 2", "entry 2 is missing: 3 follows 1; 1 entry before it"),
        ("UPDATE journal SET detail = '{}' WHERE seq = 5", "entry 5 was changed"),
        ("UPDATE journal SET at = 'noon' WHERE seq = 1", "entry 1 was changed"),
    ],
)
def test_a_journal_that_was_tampered_with_is_found(
    latchkey: Latchkey, written: Path, statement: str, said: str
) -> None:
    behind_its_back(written, statement)
    result = latchkey("journal", "verify")
    assert result.exit_code == 1
    assert said in result.output


def test_a_cut_off_end_is_found_only_against_a_head_that_was_kept(latchkey: Latchkey, written: Path) -> None:
    kept = head(latchkey)
    assert latchkey("journal", "verify", "--head", kept).exit_code == 0
    behind_its_back(written, "DELETE FROM journal WHERE seq > 3")
    assert latchkey("journal", "verify").exit_code == 0
    result = latchkey("journal", "verify", "--head", kept)
    assert result.exit_code == 1
    assert "the journal was cut off or replaced" in result.output


def test_a_head_kept_earlier_is_still_good_when_more_was_written(latchkey: Latchkey, written: Path) -> None:
    kept = head(latchkey)
    with_storage(written, lambda storage: storage.journal.append("outcome", at=START))
    assert latchkey("journal", "verify", "--head", kept).exit_code == 0


@pytest.mark.usefixtures("written")
def test_the_beginning_of_a_head_as_chats_are_told_it_is_enough_but_not_a_word_of_it(latchkey: Latchkey) -> None:
    kept = head(latchkey)
    assert latchkey("journal", "verify", "--head", kept[:32].upper()).exit_code == 0
    for short in (kept[:15], "yesterday's"):
        result = latchkey("journal", "verify", "--head", short)
        assert result.exit_code == 2
        assert "it has 16 to 64 digits and letters from a to f" in result.output


def test_a_head_that_never_was_is_told(latchkey: Latchkey) -> None:
    assert latchkey("journal", "verify", "--head", "0" * 63 + "1").exit_code == 1


@pytest.mark.usefixtures("written")
def test_the_newest_entries_are_shown_oldest_first(latchkey: Latchkey) -> None:
    lines = latchkey("journal", "tail", "-n", 2).output.splitlines()
    assert lines == [
        f"     {seq}  2026-03-01T12:00:00+00:00  started  front  open  person 7  n={seq - 1}  name=Ánna"
        for seq in (4, 5)
    ]


def test_signs_that_a_terminal_obeys_are_written_out(written: Path, latchkey: Latchkey) -> None:
    async def write(storage: Storage) -> None:
        await storage.people.save_set("\x1b[2J\u202eall", frozenset({"front"}))
        await storage.journal.append("people list", at=START, people=[], grants=[])
        await storage.journal.append("started", at=START, person_id=7, door="\x1b[2J", name="\u202eevil")

    with_storage(written, write)
    for words in (("tail",), ("export",), ("verify",)):
        said = latchkey("journal", *words).output
        assert "evil" in said or "x1b[2J" in said
        assert not {"\x1b", "\u202e"} & set(said)


@pytest.mark.usefixtures("written")
def test_every_entry_is_exported_as_a_line_of_json(latchkey: Latchkey) -> None:
    entries = [json.loads(line) for line in latchkey("journal", "export").output.splitlines()]
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4, 5]
    assert entries[0]["detail"] == {"name": "Ánna", "n": 0}
    assert entries[0]["at"] == "2026-03-01T12:00:00+00:00"


async def test_all_of_it_works_while_the_bot_runs(bot: House, latchkey: Latchkey) -> None:
    await bot.member.say("/open front")
    for words in (("verify",), ("tail",), ("export",)):
        result = await asyncio.to_thread(latchkey, "journal", *words)
        assert result.exit_code == 0
        assert result.output


@pytest.mark.parametrize("words", [("verify",), ("tail",), ("export",)])
def test_where_there_is_no_database_it_says_so_and_makes_none(
    latchkey: Latchkey, path: Path, words: tuple[str, ...]
) -> None:
    result = latchkey("journal", *words)
    assert result.exit_code == 1
    assert "Error: there is no database at" in result.output
    assert not path.exists()


@pytest.mark.parametrize("words", [("verify",), ("tail",), ("export",)])
def test_a_file_that_is_no_database_is_told_as_such(latchkey: Latchkey, path: Path, words: tuple[str, ...]) -> None:
    path.write_bytes(b"not a database" * 1000)
    result = latchkey("journal", *words)
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert isinstance(result.exception, SystemExit)


def test_an_entry_no_longer_readable_is_told_and_no_traceback(latchkey: Latchkey, written: Path) -> None:
    behind_its_back(written, "UPDATE journal SET detail = 'x', at = 'noon' WHERE seq = 2")
    for words in (("tail",), ("export",)):
        result = latchkey("journal", *words)
        assert result.exit_code == 1
        assert isinstance(result.exception, SystemExit)
