"""The connection to Telegram over real sockets: waited for at boot, given up when it hangs, ended when told so."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from bot import app
from bot.chat.telegram import connection, requests, watchdog
from bot.chat.telegram.watchdog import BadToken, Stalled
from bot.control import counters
from bot.domain.commands import DenialReason
from bot.environment import Environment
from simulators.control import create_app
from simulators.server import serve
from simulators.telegram import TelegramSimulator
from storage import Storage
from tests.chat.telegram.wire import refuse
from tests.drivers.peer import closed_port
from tests.house import OLGA, SOON_SECONDS, TOKEN, House

DOOR = {"driver": "the_keys", "host": "127.0.0.1:9", "identifier": "45961123", "share_code": "Zmo1sps2OVyCFtl1"}
ROOT = Path(__file__).parents[3]
YEAR = 365.25 * 86_400
OPENED = "🔓 Front door opened"


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "CHECK_SECONDS", 0.005)
    # The bot may be stopped at any time; in the midst of connecting, anyio leaves a coroutine behind.
    monkeypatch.setattr(connection, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(connection, "STOP_SECONDS", 0.05)


@dataclass
class Wired(House):
    """A house whose Telegram is at the end of a socket."""

    port: int = field(default_factory=closed_port)

    def _environment(self) -> Environment:
        return replace(super()._environment(), telegram=None)


@asynccontextmanager
async def telegram_on(telegram: TelegramSimulator, port: int) -> AsyncIterator[None]:
    async with serve(create_app(telegram), port):
        yield


@asynccontextmanager
async def wired(path: Path) -> AsyncIterator[Wired]:
    """Telegram and the bot are running."""
    house = Wired(path)
    house.settings = {"telegram_api_url": f"http://127.0.0.1:{house.port}"}
    async with telegram_on(house.telegram, house.port):
        try:
            await house.start()
            yield house
        finally:
            house.telegram.faults.clear()
            await house.stop()
            house.hands.turn(1e6)
            await asyncio.sleep(0)


def stamps(house: House) -> list[int]:
    return [int(request.fields["ts"]) for request in house.gateway.requests if "ts" in request.fields]


def called(house: House, method: str) -> bool:
    return any(call.method == method for call in house.telegram.calls)


async def hangs(house: Wired, times: int | None = None) -> None:
    """The next polls hang, and the first of them has done so for a minute."""
    house.telegram.faults.arrange("getUpdates", "silent", times=times)
    house.telegram.push_raw({"poll": {}})
    await asyncio.sleep(0.02)
    house.hands.turn(61)


async def time_passes_until(house: Wired, so: Callable[[], bool], *, polls: bool = False) -> None:
    """`polls`: they are answered meanwhile, as in truth they are every ten seconds."""
    async with asyncio.timeout(20):
        while not so():
            if polls:
                house.telegram.push_raw({"poll": {}})
            house.hands.turn(5)
            await asyncio.sleep(0.02)


class TestHanging:
    async def test_polling_that_hangs_although_telegram_answers_ends_the_bot(self, path: Path) -> None:
        async with running(path) as (house, bot):
            await house.until(lambda: called(house, "setMyCommands"))
            await hangs(house)
            await time_passes_until(house, bot.done)
            with pytest.raises(Stalled, match="Telegram answers, but polling hangs"):
                await bot

    async def test_what_was_asked_meanwhile_is_answered_late_and_opens_nothing(self, path: Path) -> None:
        async with running(path) as (house, bot):
            await house.until(lambda: called(house, "setMyCommands"))
            await hangs(house)
            house.owner.write("/open front")
            await time_passes_until(house, bot.done)
            house.telegram.faults.clear()
            await house.start()
            assert "nothing was opened" in await house.owner.hears("late")
            assert house.commands_sent() == []
            await house.stop()

    async def test_telegram_being_down_is_waited_out(self, path: Path) -> None:
        async with running(path) as (house, bot):
            await house.until(lambda: called(house, "setMyCommands"))
            house.telegram.faults.arrange("*", "http_502", times=None)
            house.telegram.push_raw({"poll": {}})
            for _ in range(100):
                house.hands.turn(6)
                await asyncio.sleep(0.002)
            assert not bot.done()

    async def test_a_probe_that_gets_no_whole_answer_ends(
        self, path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with wired(path) as house:
            monkeypatch.setattr(requests, "CALL_SECONDS", 0.05)
            monkeypatch.setattr(watchdog, "CHECK_SECONDS", 0.2)
            house.telegram.faults.arrange("*", "silent", times=None)
            house.telegram.push_raw({"poll": {}})
            await asyncio.sleep(0.02)
            house.hands.turn(61)
            async with asyncio.timeout(2):
                await house.until(lambda: "cannot be reached (Timed out)" in caplog.text)

    async def test_a_token_that_is_rejected_once_is_no_end(self, path: Path) -> None:
        async with wired(path) as house:
            refuse(house.telegram, "getUpdates", 401, "Unauthorized")
            house.telegram.push_raw({"poll": {}})
            assert OPENED in await house.owner.say("/open front")

    async def test_a_token_that_is_rejected_for_a_minute_ends_the_bot(self, path: Path) -> None:
        async with running(path) as (house, bot):
            await house.until(lambda: called(house, "setMyCommands"))
            refuse(house.telegram, "*", 401, "Unauthorized", times=None)
            house.telegram.push_raw({"poll": {}})
            await time_passes_until(house, bot.done)
            with pytest.raises(BadToken):
                await bot

    async def test_what_is_in_flight_is_finished_although_polling_hangs(self, path: Path) -> None:
        async with running(path) as (house, bot):
            await house.until(lambda: called(house, "setMyCommands"))
            house.gateway.faults.arrange("/open", "slow", seconds=200)
            house.owner.write("/open front")
            await house.reaches_the_lock("/open")
            await hangs(house)
            await time_passes_until(house, bot.done)
            await asyncio.gather(bot, return_exceptions=True)
        async with a_journal(path) as kinds:
            assert kinds.count("outcome") == 1


class TestSecondBot:
    async def test_a_single_conflict_shuts_the_doors_until_a_poll_shows_that_nobody_else_asks(self, path: Path) -> None:
        async with wired(path) as house:
            refuse(house.telegram, "getUpdates", 409, "Conflict: terminated by other getUpdates request", times=1)
            house.telegram.push_raw({"poll": {}})
            control = house.inside.control
            await house.until(lambda: DenialReason.ANOTHER_BOT in control.lockouts)
            await house.owner.say("/open front")
            assert house.commands_sent() == []
            house.hands.turn(13)
            await house.poll_once()
            await house.until(lambda: not control.lockouts)
            assert OPENED in await house.owner.say("/open front")


class TestBoot:
    async def test_without_network_it_waits_with_a_line_a_minute(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        def has_said(times: int) -> bool:
            return sum("cannot be reached, trying on" in record.message for record in caplog.records) == times

        async with running(path, telegram=False) as (house, bot):
            for times in (1, 2, 3):
                await house.until(partial(has_said, times))
                house.hands.turn(59)
                await asyncio.sleep(0.05)
                assert has_said(times)
                house.hands.turn(1)
            assert not bot.done()

    async def test_a_pause_that_telegram_asks_for_is_kept(self, path: Path) -> None:
        async with running(path) as (house, _):
            refuse(house.telegram, "getMe", 429, "Too Many Requests: retry after 30", retry_after=30, times=None)
            await house.until(lambda: called(house, "getMe"))
            await asyncio.sleep(0.1)
            assert len(house.telegram.calls) == 1

    async def test_it_begins_when_the_network_is_there(self, path: Path) -> None:
        async with running(path, telegram=False) as (house, bot):
            await asyncio.sleep(0.05)
            async with telegram_on(house.telegram, house.port):
                await house.until(lambda: called(house, "setMyCommands"))
                assert not bot.done()
                bot.cancel()
                await asyncio.gather(bot, return_exceptions=True)

    @pytest.mark.parametrize("years", [10, -10])
    async def test_a_wrong_clock_of_the_host_gets_into_no_timestamp(self, path: Path, years: int) -> None:
        """Gateways are settled before Telegram has told the time; ten years ahead would stay in the book for ten."""
        async with wired(path) as before:
            await before.until(lambda: bool(stamps(before)))
        async with running(path, telegram=False) as (house, _):
            house.hands.turn(60)
            house.hands.host_is_off_by = years * YEAR
            await house.until(lambda: bool(stamps(house)))
            assert stamps(house) == [stamps(before)[-1] + 1]
            async with telegram_on(house.telegram, house.port):
                await house.until(lambda: called(house, "setMyCommands"))
                house.hands.turn(61)
                house.owner.write("/status front")
                await house.owner.hears("just now")
            assert stamps(house)[-1] == pytest.approx(house.now(), abs=30)
            assert all(stamp == pytest.approx(house.now(), abs=3600) for stamp in stamps(house))

    async def test_a_gateway_that_was_never_asked_gets_no_time_before_telegram_told_it(self, path: Path) -> None:
        async with running(path, telegram=False) as (house, _):
            house.hands.host_is_off_by = 10 * YEAR
            await asyncio.sleep(0.1)
            assert stamps(house) == []
            async with telegram_on(house.telegram, house.port):
                await time_passes_until(house, lambda: bool(stamps(house)), polls=True)
            assert stamps(house)[0] == pytest.approx(house.now(), abs=10)

    async def test_nothing_is_watched_before_telegram_told_the_time(self, path: Path) -> None:
        async with running(path, telegram=False) as (house, _):
            await asyncio.sleep(0.1)
            assert "/lockers" not in house.requests()
            async with telegram_on(house.telegram, house.port):
                await time_passes_until(house, lambda: "/lockers" in house.requests(), polls=True)

    async def test_a_stop_while_it_waits_ends_it_at_once(self, path: Path) -> None:
        stop = asyncio.Event()
        async with running(path, telegram=False, stop=stop) as (_, bot):
            await asyncio.sleep(0.05)
            stop.set()
            async with asyncio.timeout(1):
                await bot

    async def test_a_token_that_telegram_does_not_know_ends_it(self, path: Path) -> None:
        async with running(path, telegram_token="77000042:another-canary-token") as (_, bot):
            with pytest.raises(BadToken) as refused:
                await bot
            assert "canary" not in repr(refused.value)


class TestProcess:
    """`latchkey run` itself."""

    def test_sigterm_while_telegram_cannot_be_reached_ends_it_at_once_with_0(self, tmp_path: Path) -> None:
        with latchkey_run(tmp_path, TELEGRAM_API_URL=f"http://127.0.0.1:{closed_port()}") as process:
            assert process.stderr
            line = process.stderr.readline()
            while "cannot be reached, trying on" not in line:
                assert line
                line = process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            asked = time.monotonic()
            _, errors = process.communicate(timeout=20)
        assert process.returncode == 0
        # The gateway is away as well, and its warning may come at any time.
        assert [line for line in errors.splitlines() if " WARNING " not in line] == []
        assert time.monotonic() - asked < 5

    def test_sigterm_while_telegram_takes_the_connection_and_says_nothing(self, tmp_path: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            url = f"http://127.0.0.1:{mute.getsockname()[1]}"
            mute.settimeout(20)
            with latchkey_run(tmp_path, TELEGRAM_API_URL=url) as process:
                connection, _ = mute.accept()
                process.send_signal(signal.SIGTERM)
                _, errors = process.communicate(timeout=20)
            connection.close()
        assert (process.returncode, "Traceback" in errors) == (0, False)


@asynccontextmanager
async def running(
    path: Path, *, telegram: bool = True, stop: asyncio.Event | None = None, **settings: object
) -> AsyncIterator[tuple[Wired, "asyncio.Task[None]"]]:
    """What `latchkey run` runs, as a task; its Telegram is there or not."""
    house = Wired(path)
    house.settings = {"telegram_api_url": f"http://127.0.0.1:{house.port}", **settings}
    async with AsyncExitStack() as stack:
        if telegram:
            await stack.enter_async_context(telegram_on(house.telegram, house.port))
        else:
            # A short sleep takes no time here but turns the clock, so one in a loop would make it race.
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(counters, "CHECK_SECONDS", SOON_SECONDS + 1)
        stop = stop or asyncio.Event()
        bot = asyncio.ensure_future(app.run(house._settings(), stop=stop, environment=house._environment()))
        try:
            yield house, bot
        finally:
            house.telegram.faults.clear()
            stop.set()
            await asyncio.gather(bot, return_exceptions=True)
            house.hands.turn(1e6)
            await asyncio.sleep(0)


@contextmanager
def latchkey_run(place: Path, **settings: str) -> "Iterator[subprocess.Popen[str]]":
    doors = {f"DOORS__FRONT__{name.upper()}": value for name, value in DOOR.items()}
    given = {"TELEGRAM_TOKEN": TOKEN, "OWNER_IDS": str(OLGA), "DATABASE": str(place / "latchkey.db"), **doors}
    environment = {"PATH": os.environ["PATH"], **given, **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "run"], cwd=place, env=environment | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


@asynccontextmanager
async def a_journal(path: Path) -> AsyncIterator[list[str]]:
    storage = await Storage.open_to_read(path)
    yield [entry.kind for entry in await storage.journal.tail(100)]
    await storage.close()
