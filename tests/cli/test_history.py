"""latchkey history, and receipts on the command line."""

import asyncio
import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.people import Person
from storage import Storage
from tests.bench import ANNA, OWNER, START
from tests.cli.conftest import Latchkey, with_storage
from tests.history.journals import BEN, visit
from tests.house import House


@pytest.fixture
def written(path: Path) -> Path:
    """Anna came at noon, Ben an hour later; then the journal was sealed, and Anna came again."""

    async def write(storage: Storage) -> None:
        await storage.people.save(Person(id=ANNA, name="Anna Berg", added_by=OWNER, added_at=START))
        await visit(storage, 1)
        await visit(storage, 2, minutes=60, person=BEN)
        await storage.seals.seal(at=START)
        await visit(storage, 3, minutes=2 * 1440)

    with_storage(path, write)
    return path


@pytest.mark.usefixtures("written")
def test_the_newest_stands_first_with_how_and_what_came_of_it(latchkey: Latchkey) -> None:
    lines = latchkey("history").output.splitlines()
    assert lines[0] == (
        "      8  2026-03-03T12:00:00+00:00  Anna  (7)  open  front  by command  in a group"
        "  confirmed, seen unlocked afterwards"
    )
    assert [line.split()[0] for line in lines] == ["8", "4", "7", "1"]


@pytest.mark.usefixtures("written")
def test_where_no_entry_fits_it_says_so_and_not_among_the_entries(latchkey: Latchkey) -> None:
    result = latchkey("history", "--door", "zzz")
    assert (result.stdout, result.stderr) == ("", "No entry fits that.\n")


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("--person", "berg"), ["8", "1"]),
        (("--person", BEN), ["4"]),
        (("--until", "2026-03-01", "--kind", "moves"), ["4", "1"]),
        (("--since", "2026-03-02"), ["8"]),
        (("--door", "garage"), []),
        (("--kind", "other"), ["7"]),
        (("-n", 1), ["8"]),
    ],
)
def test_it_can_be_asked_for_less(latchkey: Latchkey, words: tuple[object, ...], numbers: list[str]) -> None:
    result = latchkey("history", *words)
    shown = [line.split()[0] for line in result.stdout.splitlines()]
    assert (result.exit_code, shown) == (0, numbers)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--since", "noon"), "“noon” is not a time: write it like"),
        (("--person", "Zoe"), "nobody on the people list is called that"),
        (("--csv", "--json"), "one of the two"),
        (("--kind", "gossip"), "is not one of"),
    ],
)
def test_what_cannot_be_asked_is_told(latchkey: Latchkey, words: tuple[object, ...], said: str) -> None:
    result = latchkey("history", *words)
    assert result.exit_code in (1, 2)
    assert said in result.output
    assert isinstance(result.exception, SystemExit)


@pytest.mark.usefixtures("written")
def test_all_of_it_comes_as_csv_and_as_json(latchkey: Latchkey) -> None:
    rows = list(csv.DictReader(latchkey("history", "--csv", "-n", 1).stdout.splitlines()))
    assert [row["number"] for row in rows] == ["8", "4", "7", "1"]
    assert [one["number"] for one in json.loads(latchkey("history", "--json").stdout)] == [8, 4, 7, 1]


def test_signs_that_a_terminal_obeys_are_written_out(latchkey: Latchkey, path: Path) -> None:
    async def write(storage: Storage) -> None:
        await storage.journal.append(
            "started", at=START, command_id=1, person_id=7, chat_id=7, door="\x1b[2J", action="open", name="\u202eevil"
        )

    with_storage(path, write)
    for words in ((), ("--csv",), ("--json",)):
        said = latchkey("history", *words).stdout
        assert "\x1b" not in said
        assert "\u202e" not in said


def test_where_there_is_no_database_it_says_so(latchkey: Latchkey, path: Path) -> None:
    result = latchkey("history")
    assert (result.exit_code, path.exists()) == (1, False)
    assert "database" in result.output


@pytest.mark.parametrize("words", [("history",), ("journal", "verify"), ("journal", "tail"), ("journal", "receipt", 1)])
def test_a_database_of_an_older_version_is_told_as_such(
    latchkey: Latchkey, written: Path, words: tuple[object, ...]
) -> None:
    with closing(sqlite3.connect(written, isolation_level=None)) as raw:
        raw.execute("DELETE FROM migrations WHERE name >= '0006'")
    result = latchkey(*words)
    assert result.exit_code == 1
    assert "start the bot once" in result.output


async def test_it_works_while_the_bot_runs(bot: House, latchkey: Latchkey) -> None:
    await bot.member.say("/open front")
    result = await asyncio.to_thread(latchkey, "history", "--kind", "moves")
    assert "Max" in result.output


def made_receipt(latchkey: Latchkey, number: int, place: Path, *more: object) -> tuple[Path, str]:
    """The file, and the head that the command names beside it."""
    result = latchkey("journal", "receipt", number, *more)
    file = place / "receipt.json"
    file.write_text(result.stdout)
    return file, result.stderr.split()[-1]


@pytest.mark.usefixtures("written")
def test_a_receipt_is_checked_without_the_database(
    latchkey: Latchkey, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, head = made_receipt(latchkey, 1, tmp_path)
    path.unlink()
    monkeypatch.delenv("DATABASE")
    result = latchkey("journal", "verify", file, "--head", head.upper())
    assert result.exit_code == 0
    assert "kind=outcome" in result.output
    assert "door=front" in result.output
    assert "can leave entries out" in result.output


def test_of_a_receipt_a_terminal_obeys_nothing(latchkey: Latchkey, path: Path, tmp_path: Path) -> None:
    async def write(storage: Storage) -> None:
        await storage.journal.append(
            "started", at=START, command_id=1, person_id=7, chat_id=7, door="\x1b[2J", action="open"
        )
        await storage.seals.seal(at=START)

    with_storage(path, write)
    file, head = made_receipt(latchkey, 1, tmp_path)
    said = latchkey("journal", "verify", file, "--head", head).output
    assert r"door=\x1b[2J" in said
    assert "\x1b" not in said


@pytest.mark.usefixtures("written")
def test_a_receipt_that_was_changed_proves_nothing(latchkey: Latchkey, tmp_path: Path) -> None:
    file, head = made_receipt(latchkey, 1, tmp_path)
    file.write_text(file.read_text().replace('"front"', '"garage"'))
    result = latchkey("journal", "verify", file, "--head", head)
    assert result.exit_code == 1
    assert "proves nothing: its hashes do not fit" in result.output


@pytest.mark.usefixtures("written")
def test_a_receipt_without_a_head_proves_nothing(latchkey: Latchkey, tmp_path: Path) -> None:
    file, _ = made_receipt(latchkey, 1, tmp_path)
    result = latchkey("journal", "verify", file)
    assert result.exit_code == 2
    assert "add --head HASH" in result.output


@pytest.mark.parametrize("content", [b"", b"{}", b"[1", b"\xff\xfe", b'{"latchkey_receipt": 1}'])
def test_a_file_that_is_no_receipt_is_told_as_such(latchkey: Latchkey, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "receipt.json"
    file.write_bytes(content)
    result = latchkey("journal", "verify", file, "--head", "0" * 64)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((8,), "no seal was made since"),
        ((99,), "there is no entry 99"),
        ((1, "--head", "0" * 64), "not the hash of a seal that came after"),
    ],
)
def test_where_there_is_no_receipt_it_says_why(latchkey: Latchkey, words: tuple[object, ...], said: str) -> None:
    result = latchkey("journal", "receipt", *words)
    assert result.exit_code == 1
    assert said in result.output


def test_verify_tells_what_was_dropped(latchkey: Latchkey, written: Path) -> None:
    with_storage(written, lambda storage: storage.journal.drop(up_to=6, at=START))
    result = latchkey("journal", "verify")
    assert result.exit_code == 0
    assert "entries 1 to 6 were dropped, and a later one says so" in result.output
