"""latchkey gateway, lock and the-keys, against simulators on sockets: sentences and exit codes."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.cli.exchanges import ShowingTransport
from bot.drivers.http import LockHttpClient, Timeouts
from simulators import the_keys
from simulators.control import create_app
from simulators.kas import KasLock, KasSimulator
from simulators.server import serve
from tests.drivers.conftest import API_KEY, FACTORY_NUMBER, IDENTIFIER, SHARE_CODE
from tests.drivers.peer import Answering, closed_port

ACCOUNT = {"THE_KEYS_PHONE": "0600000000", "THE_KEYS_PASSWORD": "canary-cloud-password"}


class Serving:
    """Apps on sockets, in a loop of their own: the commands bring theirs."""

    def __init__(self, *apps: Any) -> None:
        self._apps = apps
        self.urls: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._started, self._stop = Event(), asyncio.Event()
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    def __enter__(self) -> "Serving":
        self._thread.start()
        assert self._started.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(5)
        self._loop.close()

    @property
    def url(self) -> str:
        return self.urls[0]

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            self.urls = [await stack.enter_async_context(serve(app)) for app in self._apps]
            self._started.set()
            await self._stop.wait()


@dataclass
class Simulators:
    """A gateway and its maker's cloud."""

    gateway: the_keys.GatewaySimulator
    cloud: the_keys.KeysCloudSimulator
    host: str
    cloud_url: str


@pytest.fixture
def simulators() -> Iterator[Simulators]:
    gateway = the_keys.GatewaySimulator(the_keys.Smartlock(int(IDENTIFIER), SHARE_CODE))
    gateway.hurry()
    cloud = the_keys.KeysCloudSimulator(gateway, phone="+33600000000", password=ACCOUNT["THE_KEYS_PASSWORD"])
    with Serving(create_app(gateway), create_app(cloud)) as serving:
        at, cloud_url = serving.urls
        yield Simulators(gateway, cloud, at.removeprefix("http://"), cloud_url)


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


KEY = ("-i", IDENTIFIER, "-c", SHARE_CODE)
NINE = "open close status search synchronize update synchronize_locker update_locker calibrate"


class TestGateway:
    def what_happened(self, simulators: Simulators) -> list[str]:
        return [event.what for event in simulators.gateway.events]

    @pytest.mark.parametrize("action", NINE.split())
    def test_every_action_of_the_vendor_s_own_tool_works_without_any_settings(
        self, action: str, simulators: Simulators, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        asks = ("--yes",) if action in ("update", "update_locker", "calibrate") else ()
        result = run("gateway", simulators.host, action, *KEY, *asks)
        assert result.exit_code == 0, result.output

    @pytest.mark.parametrize(
        ("action", "bolt", "said"),
        [("open", "unlocked", "that the lock is open"), ("close", "locked", "that the lock is closed")],
    )
    def test_open_and_close(self, action: str, bolt: str, said: str, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, action, *KEY)
        assert (result.exit_code, said in result.output) == (0, True)
        assert simulators.gateway.lock(int(IDENTIFIER)).bolt == bolt

    @pytest.mark.parametrize("action", ["open", "search", "update"])
    def test_debug_shows_each_request_and_answer_and_no_secret(self, action: str, simulators: Simulators) -> None:
        asks = ("--yes",) if action == "update" else ()
        result = run("gateway", simulators.host, action, "-d", *KEY, *asks)
        assert result.exit_code == 0
        lines = result.stderr.splitlines()
        assert len(lines) == 2 * len(simulators.gateway.requests)
        assert lines[0].startswith(("→ POST /open identifier=", "→ GET /lockers", "→ GET /update"))
        assert lines[1].startswith('← 200 {"status":"ok"') or lines[1].startswith('← 200 {"status": "ok"')
        assert SHARE_CODE not in result.output
        for request in simulators.gateway.requests:
            assert str(request.fields.get("hash", "no hash")) not in result.output
        assert ("hash=(hidden)" in result.stderr) == (action == "open")

    def test_debug_shows_a_gateway_that_is_not_there(self) -> None:
        result = run("gateway", f"127.0.0.1:{closed_port()}", "status", "-d")
        assert result.stderr.splitlines()[1] == "← nothing (ConnectError)"

    def test_the_code_may_come_from_the_environment_or_a_prompt(self, simulators: Simulators) -> None:
        assert run("gateway", simulators.host, "open", "-i", IDENTIFIER, THE_KEYS_CODE=SHARE_CODE).exit_code == 0
        asked = run("gateway", simulators.host, "close", "-i", IDENTIFIER, given=f"{SHARE_CODE}\n")
        assert (asked.exit_code, SHARE_CODE in asked.output) == (0, False)

    def test_a_wrong_code_is_named_and_not_shown(self, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "open", "-i", IDENTIFIER, "-c", "canarywrongcode1")
        assert result.exit_code == 1
        assert "refused the door's share code" in result.output
        assert "canary" not in result.output

    @pytest.mark.parametrize(("key", "said"), [(("-i", "front", "-c", "x"), "-i is the lock's number")])
    def test_what_is_no_lock_or_no_code_is_named(self, key: tuple[str, ...], said: str, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "open", *key)
        assert (result.exit_code, said in result.output) == (1, True)

    def test_status_with_a_key_shows_the_lock_as_well(self, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "status", *KEY)
        assert result.output.splitlines() == [
            "firmware 65, Scanning",
            "the lock is closed, signal fair, battery 76 % (7783 mV)",
        ]

    def test_status(self, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "status")
        assert (result.exit_code, result.output) == (0, "firmware 65, Scanning\n")

    def test_locks_come_as_blocks_for_env(self, simulators: Simulators) -> None:
        result = run("gateway", simulators.host, "search")
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
        result = run("gateway", simulators.host, "search")
        assert result.exit_code == 1
        assert "sees no lock" in result.output

    def test_synchronising(self, simulators: Simulators) -> None:
        assert run("gateway", simulators.host, "synchronize").exit_code == 0
        assert self.what_happened(simulators) == ["synchronised"]

    @pytest.mark.parametrize("action", ["update", "update_locker", "calibrate"])
    def test_what_shuts_or_moves_a_door_asks_first(self, action: str, simulators: Simulators) -> None:
        assert run("gateway", simulators.host, action, *KEY, given="n\n").exit_code == 1
        assert self.what_happened(simulators) == []
        assert run("gateway", simulators.host, action, *KEY, given="y\n").exit_code == 0
        assert self.what_happened(simulators) != []

    def test_firmware_that_cannot_be_downloaded(self, simulators: Simulators) -> None:
        simulators.gateway.server = "bad_firmware"
        result = run("gateway", simulators.host, "update", "--yes")
        assert (result.exit_code, "could not download" in result.output) == (1, True)

    def test_nobody_there(self) -> None:
        result = run("gateway", f"127.0.0.1:{closed_port()}", "status")
        assert (result.exit_code, result.output) == (1, "Error: The gateway cannot be reached.\n")

    def test_not_a_host(self) -> None:
        assert "without http://" in run("gateway", "http://x", "status").output


async def test_a_secret_that_a_gateway_sends_back_is_hidden_as_well() -> None:
    said: list[str] = []
    echo = Answering(lambda _: httpx.Response(200, content=f"not {SHARE_CODE}".encode()))
    shown = ShowingTransport(echo, say=said.append, secret=SHARE_CODE)
    await LockHttpClient("http://gateway.test", peer="gw", transport=shown).query("GET", "/x", timeouts=Timeouts())
    assert said == ["→ GET /x", "← 200 not (hidden)"]


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


class TestKasLock:
    @pytest.fixture
    def cloud(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KasSimulator]:
        """Settings of one door on the ADVANCED plan, and nothing else."""
        monkeypatch.chdir(tmp_path)
        cloud = KasSimulator(KasLock(FACTORY_NUMBER), key=API_KEY)
        with Serving(create_app(cloud)) as serving:
            lines = {"DRIVER": "kas", "FACTORY_NUMBER": FACTORY_NUMBER, "API_KEY": API_KEY, "ADVANCED": "true"}
            written = [f"DOORS__GARAGE__{name}={value}" for name, value in {**lines, "BASE_URL": serving.url}.items()]
            (tmp_path / ".env").write_text("\n".join(written), encoding="utf-8")
            yield cloud

    def test_the_page_s_own_numbers_can_be_sent(self, cloud: KasSimulator) -> None:
        start = int(time.time()) + 7000
        result = run("lock", "garage", "code", "--mode", "1", "--duration", "0", "--start", str(start))
        assert result.exit_code == 0, result.output
        body = json.loads(cloud.requests[-1].raw)
        assert (body["mode"], body["duration"], body["startTime"]) == (1, 0, start)
        assert result.stdout.strip() == cloud.lock(FACTORY_NUMBER).pins[0].digits
        assert API_KEY not in result.output

    @pytest.mark.parametrize("words", [("--mode", "2"), ("--duration", "62"), ("--start", "-1")])
    def test_what_the_page_does_not_allow_is_not_sent(self, words: tuple[str, str], cloud: KasSimulator) -> None:
        result = run("lock", "garage", "code", "--mode", "0", "--duration", "1", *words)
        assert result.exit_code == 2
        assert cloud.requests == []


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
