"""What is wrong with the settings or the database is one line, whichever command was called."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.faults import bad_token, counted
from bot.settings import load_settings
from storage import Storage
from tests.bench import START
from tests.cli.conftest import with_storage
from tests.drivers.peer import closed_port
from tests.test_settings import COMPLETE

WITH_ALL_SETTINGS = [[], ["run"], ["doctor"], ["check", "--offline"]]
LOCK = ["lock", "front", "sync"]
LOOKING_INTO_THE_DATABASE = [
    ["journal", "verify"],
    ["journal", "tail"],
    ["journal", "export"],
    ["backup", "copy.db"],
    ["history"],
]
WITH_THE_DATABASE = [
    *LOOKING_INTO_THE_DATABASE,
    ["health"],
    ["restore", "--yes", "old.db"],
    ["second-factor", "reset", "42"],
]
WITHOUT_SETTINGS = {"demo", "gateway", "the-keys"}
FILES = {
    "utf-16": "is written in UTF-16 or is no text at all: save it as UTF-8",
    "latin-1": "is not written in UTF-8 (line 1): save it as UTF-8",
    "directory": "is a directory, not a file: remove it and put the file there",
    "loop": "cannot be read: Too many levels of symbolic links",
    "forbidden": "may not be read by the user who runs this: change its owner or mode",
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to be in, with something that could be a backup."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DOORS") or name in {*COMPLETE, "DATABASE"}]:
        monkeypatch.delenv(name)
    (tmp_path / "old.db").touch()
    return tmp_path


def run(words: list[str]) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def write(**settings: str | None) -> None:
    lines = [f"{name}={value}\n" for name, value in settings.items() if value is not None]
    Path(".env").write_text("".join(lines), "utf-8")


def spoil(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(".env")
    if kind == "directory":
        file.mkdir()
    elif kind == "loop":
        file.symlink_to(".env")
    elif kind == "forbidden":
        # Nothing is forbidden to root, who may be running this.
        monkeypatch.setattr(Path, "read_bytes", forbid)
    else:
        file.write_text("DOORS__FRONT__TITLE=Entrée\n", kind)


def forbid(file: Path) -> bytes:
    raise PermissionError(13, "Permission denied", str(file))


def a_damaged_database(kind: str) -> None:
    path = Path("latchkey.db")
    if kind == "empty":
        path.touch()
        return

    async def write(storage: Storage) -> None:
        for number in range(200):
            await storage.journal.append("started", at=START, note="x" * 100, number=number)

    with_storage(path, write)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    content = path.read_bytes()
    path.write_bytes(b"no database" * 1000 if kind == "text" else content[: len(content) // 2 // 4096 * 4096])


def test_every_command_is_looked_at() -> None:
    looked_at = {words[0] for words in (*WITH_ALL_SETTINGS, LOCK, *WITH_THE_DATABASE) if words}
    assert looked_at | WITHOUT_SETTINGS == main.commands.keys()


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("words", [*WITH_ALL_SETTINGS, LOCK, *WITH_THE_DATABASE], ids=" ".join)
def test_a_file_that_cannot_be_read_is_one_line_with_its_name_and_the_reason(
    place: Path, words: list[str], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(kind, monkeypatch)
    result = run(words)
    assert (result.exit_code, result.output) == (1, f"Error: {place}/.env: {FILES[kind]}\n")


@pytest.mark.parametrize("words", WITH_ALL_SETTINGS, ids=" ".join)
def test_one_fault_is_one_line(words: list[str]) -> None:
    write(**COMPLETE | {"POLL_SECONDS": "soon"})
    result = run(words)
    assert result.output == "Error: POLL_SECONDS: must be a number from 1 up to 3600, like 30\n"


@pytest.mark.parametrize("words", LOOKING_INTO_THE_DATABASE, ids=" ".join)
def test_tools_that_look_into_the_database_need_no_other_setting(words: list[str]) -> None:
    a_house_at("kept.db")
    write(DATABASE="kept.db", OWNER_IDS='"olga"', DOORS_SHED__DRIVER="kas", GREETING="hello", export="1")
    assert run(words).exit_code == 0


@pytest.mark.parametrize("words", WITH_THE_DATABASE, ids=" ".join)
@pytest.mark.parametrize(
    "line", ["DATABSE=kept.db", "DATABASE='kept.db'", "export DATABASE=kept.db", "DATABASE kept.db"]
)
def test_no_other_database_is_taken_where_its_setting_is_wrong(words: list[str], line: str) -> None:
    a_house_at("kept.db")
    Path(".env").write_text(f"{line}\n")
    result = run(words)
    assert result.exit_code == 1
    assert result.output.startswith(("Error: DATAB", "Error: line 1 of "))


def a_house_at(name: str) -> None:
    async def write(storage: Storage) -> None:
        await storage.journal.append("started", at=START)

    with_storage(Path(name), write)


@pytest.mark.parametrize("words", WITH_THE_DATABASE, ids=" ".join)
def test_without_a_file_the_folder_is_named_where_it_was_looked_for(place: Path, words: list[str]) -> None:
    result = run(words)
    assert result.exit_code == 1
    assert f"Warning: there is no {place}/.env, so the database is {place}/data/latchkey.db\n" in result.output


@pytest.mark.parametrize("kind", ["empty", "cut", "text"])
@pytest.mark.parametrize("words", [["doctor"], ["run"], *LOOKING_INTO_THE_DATABASE], ids=" ".join)
def test_a_damaged_database_is_one_line_that_names_the_way_back(words: list[str], kind: str) -> None:
    a_damaged_database(kind)
    closed = {"TELEGRAM_API_URL": "http://127.0.0.1:1", "DOORS__FRONT__HOST": closed_host()}
    write(**COMPLETE | closed, DATABASE="latchkey.db")
    result = run(words)
    assert result.exit_code == 1
    [line] = [line for line in result.output.splitlines() if "latchkey restore FILE" in line and "🔧" not in line]
    assert "database" in line


def closed_host() -> str:
    return f"127.0.0.1:{closed_port()}"


class TestLock:
    def test_needs_the_settings_of_its_door_only(self) -> None:
        door = {name: value for name, value in COMPLETE.items() if name.startswith("DOORS__FRONT__")}
        write(
            **door | {"DOORS__FRONT__HOST": closed_host()},
            OWNER_IDS='"olga"',
            DOORS__BACK__DRIVER="nuki",
            POLL_SECOND="1",
        )
        result = run(LOCK)
        assert "The gateway cannot be reached" in result.output
        assert "OWNER_IDS" not in result.output

    def test_says_what_is_wrong_with_that_door(self) -> None:
        write(DOORS__FRONT__DRIVER="the_keys", DOORS__FRONT__HOST="192.168.1.20", DOORS__FRONT__IDENTIFIER="x")
        assert run(LOCK).output.splitlines()[1:] == [
            "DOORS__FRONT__IDENTIFIER: must be digits only, like 45961123",
            "DOORS__FRONT__SHARE_CODE: is needed and is not set",
        ]

    def test_finds_the_door_however_its_name_is_typed(self) -> None:
        write(DOORS__BACK_DOOR__DRIVER="the_keys")
        result = run(["lock", "Back-door", "sync"])
        assert "DOORS__BACK_DOOR__HOST: is needed and is not set" in result.output

    def test_names_the_doors_there_are(self) -> None:
        write(DOORS__FRONT__DRIVER="the_keys", DOORS__BACK__DRIVER="kas")
        assert run(["lock", "shed", "sync"]).output == (
            "Error: there is no door shed in the settings; there are: back, front\n"
        )

    def test_names_the_folder_if_there_are_no_settings(self, place: Path) -> None:
        assert run(LOCK).output == (
            f"Error: there is no door front in the settings; there is none at all and no {place}/.env\n"
        )


def test_a_slip_in_the_environment_is_told_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    write(**COMPLETE)
    monkeypatch.setenv("STALE_SECOND", "5")
    result = run(["check", "--offline"])
    assert result.exit_code == 0
    assert result.stderr == ("Warning: STALE_SECOND of the environment: is not a setting: do you mean STALE_SECONDS?\n")


def test_one_is_not_many() -> None:
    write(**COMPLETE | {"OWNER_IDS": "42"})
    assert "1 door, 1 owner, times" in run(["check", "--offline"]).output
    write(**COMPLETE)
    assert "1 door, 2 owners, times" in run(["check", "--offline"]).output
    assert [counted(number, "entry", "entries") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]


@pytest.mark.parametrize(
    ("address", "blamed"),
    [
        ("https://api.telegram.org", "Telegram does not know TELEGRAM_TOKEN"),
        ("http://x.test", "what answers at TELEGRAM_API_URL"),
    ],
)
def test_the_token_is_blamed_alone_only_where_telegram_itself_was_asked(address: str, blamed: str) -> None:
    settings = load_settings(None, environment=COMPLETE | {"TELEGRAM_API_URL": address})
    assert bad_token(settings).startswith(blamed)


@pytest.mark.parametrize("address", ["nonsense", "ftp://x", "http://a:99999", "http://xn--zzzz", "http://a:b@c"])
def test_an_address_on_the_command_line_is_read_as_one_of_the_settings(address: str) -> None:
    result = run(["the-keys", "login", "--url", address, "--phone", "1", "--password", "canary"])
    assert result.exit_code == 2
    assert "web address" in result.output
    assert "canary" not in result.output


@pytest.mark.parametrize(
    "host", ["http://192.168.1.20", "192.168.1.20:0", "192.168.1.20:65536", "xn--zzzz", "a..b", "-a"]
)
def test_a_host_on_the_command_line_is_read_as_one_of_the_settings(host: str) -> None:
    result = run(["gateway", "--", host, "status"])
    assert result.exit_code == 2
    assert "is not a host: write it like 192.168.1.20" in result.output


@pytest.mark.parametrize("words", LOOKING_INTO_THE_DATABASE, ids=" ".join)
def test_a_directory_is_no_database(place: Path, words: list[str]) -> None:
    write(DATABASE=str(place))
    assert run(words).output == f"Error: the database {place} is not a file\n"
