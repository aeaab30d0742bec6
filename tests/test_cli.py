"""latchkey on the command line: the help, and `doctor` against a Telegram, a gateway and a database."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.clock import boot_time
from bot.domain.readings import Bolt, Reading
from bot.domain.remarks import Remark
from bot.health import Health, Heartbeat
from simulators.control import create_app
from simulators.server import serve
from storage import Storage
from tests.drivers.peer import closed_port
from tests.house import FRONT, SHARE_CODE, TOKEN, House

SECRETS = (TOKEN, SHARE_CODE)


class Shell:
    """A directory with a `.env`, and what is run there."""

    def __init__(self, place: Path, **settings: str) -> None:
        self.place = place
        self.settings = settings
        self.house = House(place / "unused.db")

    async def run(self, *words: str, **settings: str) -> Result:
        """In a thread, because commands bring a loop of their own."""
        lines = [f"{name}={value}\n" for name, value in (self.settings | settings).items() if value]
        (self.place / ".env").write_text("".join(lines), "utf-8")
        result = await asyncio.to_thread(CliRunner().invoke, main, words)
        assert not [secret for secret in SECRETS if secret in result.output]
        assert "Traceback" not in result.output
        return result


@pytest.fixture
async def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shell]:
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path)
    async with AsyncExitStack() as stack:
        telegram = await stack.enter_async_context(serve(create_app(shell.house.telegram)))
        gateway = await stack.enter_async_context(serve(create_app(shell.house.gateway)))
        shell.settings = {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram,
            "OWNER_IDS": "42",
            "DATABASE": str(tmp_path / "data" / "latchkey.db"),
            "DOORS__FRONT__DRIVER": "the_keys",
            "DOORS__FRONT__HOST": gateway.removeprefix("http://"),
            "DOORS__FRONT__IDENTIFIER": str(FRONT),
            "DOORS__FRONT__SHARE_CODE": SHARE_CODE,
        }
        yield shell


@pytest.mark.parametrize("words", [["--help"], ["-h"]])
def test_the_help_names_every_command(words: list[str]) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 0
    assert all(f"  {name} " in result.output for name in main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0
    assert main.commands[name].help


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(main, ["--version"]).output.startswith("latchkey, version ")


def signs(result: Result, sign: str) -> list[str]:
    """What was found that is right, or wrong."""
    return [line.removeprefix(f"{sign} ") for line in result.output.splitlines() if line.startswith(sign)]


def signed(house: House) -> list[int]:
    """The times with which requests to the gateway were signed."""
    return [int(request.fields["ts"]) for request in house.gateway.requests if "ts" in request.fields]


async def test_the_doctor_finds_everything_right(shell: Shell) -> None:
    result = await shell.run("doctor")
    assert (result.exit_code, signs(result, "❌")) == (0, [])
    assert signs(result, "✅")[:2] == ["Settings: 1 door, 1 owner, times in UTC.", "Telegram: this is @door_bot."]
    assert "✅ front: The gateway has firmware 65" in result.output
    assert "✅ front: The lock is in sight, signal fair, battery 76 % (7783 mV), bolt locked." in result.output
    assert "⚠️ The bot is not running" in result.output
    assert shell.house.moves() == []


async def test_the_doctor_signs_by_the_clock_of_telegram(shell: Shell) -> None:
    """The house lives in a time of its own, so the clock of this machine is wrong there."""
    result = await shell.run("doctor")
    assert signed(shell.house) == [pytest.approx(shell.house.now(), abs=5)]
    assert "⚠️ The clock of this machine is" in result.output


async def test_beside_a_running_bot_the_doctor_signs_nothing_and_goes_by_what_that_one_read(shell: Shell) -> None:
    database = Path(shell.settings["DATABASE"])
    storage = await Storage.open(database)
    away = Reading(door="front", bolt=Bolt.LOCKED, failures=7, problem=Remark("the_keys.34"))
    await storage.readings.save(away)
    beat = Heartbeat.beside(database)
    beat.write(Health(True, "well"), boot=boot_time(), wall=time.time(), last_poll=boot_time() - 3)
    result = await shell.run("check")
    await storage.close()
    assert result.exit_code == 1
    assert "✅ The bot runs; Telegram last completed a poll 3 s ago." in result.output
    assert signs(result, "❌") == [
        "front: Not reached for 7 tries. The gateway does not see this lock: is it in range?"
    ]
    assert "✅ The database is whole." in result.output
    assert "✅ Head of the journal: no. 0, " in result.output
    assert signed(shell.house) == []


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        ({"TELEGRAM_TOKEN": "123:another"}, "Telegram: it does not know TELEGRAM_TOKEN."),
        ({"TELEGRAM_API_URL": "http://127.0.0.1:1"}, "Telegram: it cannot be reached."),
        ({"DOORS__FRONT__HOST": f"127.0.0.1:{closed_port()}"}, "front: The gateway cannot be reached."),
        ({"DOORS__FRONT__IDENTIFIER": "4711"}, "front: The gateway does not see this lock: is it in range?"),
        ({"DOORS__FRONT__SHARE_CODE": "anotherSHARECODE"}, "front: The gateway refused the door's share code."),
    ],
)
async def test_the_doctor_says_what_is_wrong_and_what_to_do_and_goes_on(
    shell: Shell, wrong: dict[str, str], finding: str
) -> None:
    result = await shell.run("doctor", **wrong)
    assert (result.exit_code, signs(result, "❌")) == (1, [finding])
    after = result.output.splitlines()[result.output.splitlines().index(f"❌ {finding}") + 1]
    assert after.startswith("      🔧 ")
    assert "MB are free" in result.output


async def test_the_doctor_finds_a_database_that_cannot_be_made(shell: Shell) -> None:
    (shell.place / "data").write_text("not a directory", "utf-8")
    result = await shell.run("doctor")
    assert (result.exit_code, signs(result, "❌")) == (1, ["The disk of the database: Not a directory."])


async def test_the_doctor_finds_a_database_that_is_none(shell: Shell) -> None:
    (shell.place / "data").mkdir()
    (shell.place / "data" / "latchkey.db").write_bytes(b"no database" * 1000)
    result = await shell.run("doctor")
    assert (result.exit_code, len(signs(result, "❌"))) == (1, 1)
    assert "❌ The database is damaged" in result.output


@pytest.mark.parametrize("command", ["doctor", "check"])
async def test_offline_touches_nothing(shell: Shell, command: str) -> None:
    result = await shell.run(command, "--offline", TELEGRAM_API_URL="http://127.0.0.1:1")
    assert result.exit_code == 0
    assert "✅ front: “Front”, driver the_keys; its settings are complete." in result.output
    assert shell.house.requests() == []
    assert not (shell.place / "data").exists()


@pytest.mark.parametrize("command", [["doctor"], ["check", "--offline"], ["run"], []])
async def test_wrong_settings_are_named_one_a_line_and_not_shown(shell: Shell, command: list[str]) -> None:
    wrong = {
        "TELEGRAM_TOKEN": "",
        "OWNER_IDS": "olga",
        "DOORS__FRONT__HOST": "http://canary",
        "DOORS__FRONT__HSOT": "x",
    }
    result = await shell.run(*command, **wrong)
    assert result.exit_code == 1
    faults = [line.split(":")[0] for line in result.output.splitlines()[1:]]
    assert set(faults) >= {"TELEGRAM_TOKEN", "OWNER_IDS"}
    assert "canary" not in result.output


async def test_a_setting_of_a_door_that_is_none_is_named(shell: Shell) -> None:
    result = await shell.run("doctor", "--offline", DOORS__FRONT__HSOT="canary")
    assert result.exit_code == 1
    assert "DOORS__FRONT__HSOT: is not a setting of this kind of door" in result.output
    assert "canary" not in result.output


@pytest.mark.parametrize("option", ["--port", "--gateway-port", "--cloud-port", "--keys-cloud-port"])
@pytest.mark.parametrize("port", ["80000", "-1", "http"])
def test_a_port_that_is_none_is_refused_in_one_line(option: str, port: str) -> None:
    result = CliRunner().invoke(main, ["demo", f"{option}={port}"])
    assert result.exit_code == 1
    assert result.output == f"Error: {option} {port}: a port is a number from 1 to 65535; 0 takes any free one.\n"


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["demo", f"--port={port}"])
    assert result.exit_code == 1
    assert result.output == f"Error: The demo cannot start: port {port} of 127.0.0.1: Address already in use.\n"
