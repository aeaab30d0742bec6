"""latchkey gateway, lock and the-keys, against simulators on sockets: sentences and exit codes."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from simulators import the_keys as simulator
from simulators.control import create_app
from simulators.server import serve
from tests.drivers.conftest import IDENTIFIER, SHARE_CODE
from tests.drivers.peer import closed_port

ACCOUNT = {"THE_KEYS_PHONE": "0600000000", "THE_KEYS_PASSWORD": "canary-cloud-password"}


class Simulators:
    """A gateway and its maker's cloud on sockets, in a loop of their own: the commands bring theirs."""

    def __init__(self) -> None:
        self.gateway = simulator.GatewaySimulator(simulator.Smartlock(int(IDENTIFIER), SHARE_CODE))
        self.gateway.hurry()
        self.cloud = simulator.KeysCloudSimulator(
            self.gateway, phone="+33600000000", password=ACCOUNT["THE_KEYS_PASSWORD"]
        )
        self.host = self.cloud_url = ""
        self._loop = asyncio.new_event_loop()
        self._started, self._stop = Event(), asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def __enter__(self) -> "Simulators":
        self._thread.start()
        assert self._started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        self._loop.close()

    async def _serve(self) -> None:
        async with (
            serve(create_app(self.gateway)) as gateway,
            serve(create_app(self.cloud)) as cloud,
        ):
            self.host, self.cloud_url = gateway.removeprefix("http://"), cloud
            self._started.set()
            await self._stop.wait()


@pytest.fixture
def simulators() -> Iterator[Simulators]:
    with Simulators() as simulators:
        yield simulators


@pytest.fixture
def house(simulators: Simulators, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the settings of one door."""
    monkeypatch.chdir(tmp_path)
    lines = {
        "TELEGRAM_TOKEN": "123:abc",
        "OWNER_IDS": "42",
        "DATABASE": str(tmp_path / "latchkey.db"),
        "DOORS__FRONT__DRIVER": "the_keys",
        "DOORS__FRONT__HOST": simulators.host,
        "DOORS__FRONT__IDENTIFIER": IDENTIFIER,
        "DOORS__FRONT__SHARE_CODE": SHARE_CODE,
    }
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in lines.items()), encoding="utf-8")
    return tmp_path


def run(*words: str, given: str | None = None, **environment: str) -> Result:
    return CliRunner().invoke(main, words, input=given, env=environment)


class TestGateway:
    def test_status(self, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "status")
        assert (result.exit_code, result.output) == (0, "firmware 65, Scanning\n")

    def test_locks_come_as_blocks_for_env(self, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "locks")
        assert result.output.splitlines() == [
            "# signal fair, battery 76 %",
            "DOORS__DOOR1__DRIVER=the_keys",
            "DOORS__DOOR1__TITLE=Door 1",
            f"DOORS__DOOR1__HOST={simulators.host}",
            f"DOORS__DOOR1__IDENTIFIER={IDENTIFIER}",
            "DOORS__DOOR1__SHARE_CODE=",
        ]

    def test_no_lock_in_sight(self, simulators: Simulators) -> None:
        simulators.gateway.locks[int(IDENTIFIER)].in_range = False
        result = run("gateway", simulators.host, "locks")
        assert result.exit_code == 1
        assert "sees no lock" in result.output

    def test_sync(self, simulators: Simulators) -> None:
        assert run("gateway", simulators.host, "sync").exit_code == 0
        assert [event.what for event in simulators.gateway.events] == ["synchronised"]

    def test_update_asks_first(self, simulators: Simulators) -> None:
        assert run("gateway", simulators.host, "update", given="n\n").exit_code == 1
        assert simulators.gateway.events == []
        assert run("gateway", simulators.host, "update", given="y\n").exit_code == 0
        assert run("gateway", simulators.host, "update", "--yes").exit_code == 0
        assert [event.what for event in simulators.gateway.events] == ["updated", "updated"]

    def test_firmware_that_cannot_be_downloaded(self, simulators: Simulators) -> None:
        simulators.gateway.server = "bad_firmware"
        result = run("gateway", simulators.host, "update", "--yes")
        assert (result.exit_code, "could not download" in result.output) == (1, True)

    def test_nobody_there(self) -> None:
        result = run("gateway", f"127.0.0.1:{closed_port()}", "status")
        assert (result.exit_code, result.output) == (1, "Error: The gateway cannot be reached.\n")

    def test_not_a_host(self) -> None:
        assert "without http://" in run("gateway", "http://x", "status").output


class TestLock:
    @pytest.mark.usefixtures("house")
    def test_sync_update_and_calibrate(self, simulators: Simulators) -> None:
        for words in (("sync",), ("update", "--yes"), ("calibrate", "--yes")):
            result = run("lock", "front", *words)
            assert result.exit_code == 0, result.output
        assert {"synchronised", "updated", "calibrated"} <= {event.what for event in simulators.gateway.events}

    @pytest.mark.usefixtures("house")
    def test_calibrate_asks_first(self, simulators: Simulators) -> None:
        assert run("lock", "front", "calibrate", given="n\n").exit_code == 1
        assert simulators.gateway.events == []

    @pytest.mark.usefixtures("house")
    def test_a_door_that_is_not_there(self) -> None:
        result = run("lock", "back", "sync")
        assert (result.exit_code, "there are: front" in result.output) == (1, True)


class TestTheKeys:
    def test_login(self, simulators: Simulators) -> None:
        assert run("the-keys", "login", "--url", simulators.cloud_url, **ACCOUNT).output == "The account can be used.\n"

    def test_a_wrong_password_shows_nothing_of_it(self, simulators: Simulators) -> None:
        result = run("the-keys", "login", "--url", simulators.cloud_url, "--password", "canary-wrong", **ACCOUNT)
        assert result.exit_code == 1
        assert "refused the phone number or the password" in result.output
        assert "canary" not in result.output

    def test_locks(self, simulators: Simulators) -> None:
        output = run("the-keys", "locks", "--url", simulators.cloud_url, **ACCOUNT).output
        assert output.splitlines() == [
            f"Door 1: id 3001, IDENTIFIER {IDENTIFIER}",
            "  gateway GW8XK2P7 (Gateway)",
            "  keypad KP3QZ81T (Keypad)",
        ]

    def test_share_prints_the_code_and_uses_it_again(self, simulators: Simulators) -> None:
        first = run("the-keys", "share", "--url", simulators.cloud_url, **ACCOUNT)
        again = run("the-keys", "share", "3001", "GW8XK2P7", "--url", simulators.cloud_url, **ACCOUNT)
        assert first.output == again.output
        assert first.output.strip() in simulators.gateway.lock(int(IDENTIFIER)).codes()
        assert len(simulators.cloud.shares) == 2

    def test_share_with_a_lock_that_is_not_there(self, simulators: Simulators) -> None:
        result = run("the-keys", "share", "999", "--url", simulators.cloud_url, **ACCOUNT)
        assert (result.exit_code, "Name one lock: 3001 (Door 1)." in result.output) == (1, True)
