"""Is the bot alive? The verdict, the heartbeat file, and what a supervisor hears over a real datagram socket."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot import health as module
from bot.domain.failures import StorageFailed
from bot.health import Health, Heartbeat, judge, tell_supervisors

WELL = Health(True, "well")
NOW = {"boot": lambda: 1000.0, "wall": lambda: 5000.0}


class Ended(Exception):
    """Ends what would go on for ever."""


class Supervisor:
    """The far end of NOTIFY_SOCKET."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(address)

    def heard(self) -> list[str]:
        heard = []
        with suppress(BlockingIOError):
            while True:
                heard.append(self._socket.recv(4096).decode())
        return heard

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def supervisor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    supervisor = Supervisor(str(tmp_path / "notify"))
    yield supervisor
    supervisor.close()


@pytest.fixture
def heartbeat(tmp_path: Path) -> Heartbeat:
    return Heartbeat.beside(tmp_path / "latchkey.db")


async def storage_is_well() -> None:
    """Nothing is wrong."""


async def beats(
    heartbeat: Heartbeat,
    count: int,
    health: Health = WELL,
    check: Callable[[], Awaitable[None]] = storage_is_well,
) -> Health:
    """Let the heart beat so often; what `latchkey health` says at the last beat."""
    slept: list[float] = []
    read = Health(False, "never read")

    async def sleep(seconds: float) -> None:
        nonlocal read
        slept.append(seconds)
        if len(slept) == count:
            read = heartbeat.read()
            raise Ended

    with suppress(Ended):
        await tell_supervisors(
            heartbeat,
            lambda: health,
            storage_check=check,
            last_poll=lambda: None,
            sleep=sleep,
        )
    assert slept == [10] * count
    return read


class TestVerdict:
    def test_a_young_poll_is_good(self) -> None:
        health = judge(silent_seconds=60, has_polled=True, another_bot=False)
        assert health == Health(True, "the last poll was completed 60 s ago")

    def test_a_young_bot_is_good_and_claims_no_poll(self) -> None:
        health = judge(silent_seconds=60, has_polled=False, another_bot=False)
        assert health == Health(True, "started 60 s ago; Telegram has completed no poll yet")

    def test_silence_of_more_than_a_minute_is_not(self) -> None:
        health = judge(silent_seconds=60.1, has_polled=True, another_bot=False)
        assert health == Health(False, "Telegram has completed no poll for 60 s")

    def test_another_bot_is_not_however_young_the_poll(self) -> None:
        assert not judge(silent_seconds=0, has_polled=True, another_bot=True).good


class TestHeartbeatFile:
    def test_a_young_heartbeat_says_what_the_bot_said(self, heartbeat: Heartbeat) -> None:
        heartbeat.write(Health(False, "ill"), boot=980, wall=4980, last_poll=None)
        assert heartbeat.read(**NOW) == Health(False, "ill")
        heartbeat.write(WELL, boot=980, wall=4980, last_poll=970)
        assert heartbeat.read(**NOW) == WELL

    @pytest.mark.parametrize(
        ("boot", "wall"),
        [(960, 4960), (1000, 4960), (960, 5000), (5000, 5000), (1000, 9000)],
        ids=["old", "of another boot", "of another time", "before the machine started", "from the future"],
    )
    def test_an_old_one_is_no_health(self, heartbeat: Heartbeat, boot: float, wall: float) -> None:
        heartbeat.write(WELL, boot=boot, wall=wall, last_poll=None)
        health = heartbeat.read(**NOW)
        assert not health.good
        assert "hangs or is not running" in health.sentence

    def test_a_poll_that_is_missing_counts_from_now_and_not_from_the_last_heartbeat(self, heartbeat: Heartbeat) -> None:
        heartbeat.write(WELL, boot=995, wall=4995, last_poll=939)
        assert heartbeat.read(**NOW) == Health(False, "Telegram has completed no poll for 61 s")

    def test_no_heartbeat_is_no_bot(self, heartbeat: Heartbeat) -> None:
        assert heartbeat.read() == Health(False, "the bot is not running: it has left no heartbeat beside its database")

    @pytest.mark.parametrize("content", ["", "{}", "[]", "5", '{"boot": "x", "time": 1}', "\x00", "NaN"])
    def test_a_broken_one_is_no_health(self, heartbeat: Heartbeat, content: str) -> None:
        heartbeat.path.write_text(content)
        assert "cannot be read" in heartbeat.read().sentence

    async def test_it_is_there_while_the_bot_runs_and_gone_afterwards(self, heartbeat: Heartbeat) -> None:
        assert await beats(heartbeat, 2) == WELL
        assert list(heartbeat.path.parent.iterdir()) == []

    async def test_a_disk_that_takes_nothing_lets_it_grow_old(
        self, heartbeat: Heartbeat, caplog: pytest.LogCaptureFixture
    ) -> None:
        heartbeat.path.with_name(f"{heartbeat.path.name}.new").mkdir()
        assert not (await beats(heartbeat, 2)).good
        assert "the heartbeat could not be written" in caplog.text


class TestStorage:
    async def test_a_database_that_cannot_be_written_is_no_health(self, heartbeat: Heartbeat) -> None:
        async def full() -> None:
            raise StorageFailed("the disk is full")

        health = await beats(heartbeat, 1, check=full)
        assert health == Health(
            False, "the database cannot be written and read back (the disk is full); no door is opened"
        )

    async def test_a_database_that_hangs_is_none_and_holds_nobody_up(
        self, heartbeat: Heartbeat, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hangs() -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(module, "STORAGE_SECONDS", 0.01)
        assert "no answer in time" in (await beats(heartbeat, 1, check=hangs)).sentence


class TestSystemd:
    async def test_it_hears_ready_once_and_then_heartbeats(self, supervisor: Supervisor, heartbeat: Heartbeat) -> None:
        await beats(heartbeat, 3)
        assert supervisor.heard() == ["READY=1", *["WATCHDOG=1\nSTATUS=well"] * 3]

    async def test_telegram_being_away_does_not_stop_the_heartbeat(
        self, supervisor: Supervisor, heartbeat: Heartbeat
    ) -> None:
        await beats(heartbeat, 1, Health(False, "Telegram has completed no poll for 600 s"))
        assert supervisor.heard()[-1] == "WATCHDOG=1\nSTATUS=Telegram has completed no poll for 600 s"

    async def test_an_abstract_address_is_understood(
        self, monkeypatch: pytest.MonkeyPatch, heartbeat: Heartbeat, tmp_path: Path
    ) -> None:
        name = f"latchkey-{tmp_path.name}"
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        supervisor = Supervisor(f"\0{name}")
        await beats(heartbeat, 1)
        assert supervisor.heard()[0] == "READY=1"
        supervisor.close()

    async def test_without_a_supervisor_nobody_is_told(
        self, monkeypatch: pytest.MonkeyPatch, heartbeat: Heartbeat
    ) -> None:
        monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
        await beats(heartbeat, 2)

    async def test_one_that_has_gone_does_not_stop_the_bot(self, supervisor: Supervisor, heartbeat: Heartbeat) -> None:
        supervisor.close()
        await beats(heartbeat, 2)

    async def test_one_that_never_reads_does_not_hold_the_bot_up(
        self, supervisor: Supervisor, heartbeat: Heartbeat
    ) -> None:
        async with asyncio.timeout(10):
            await beats(heartbeat, 500)
        assert supervisor.heard()[0] == "READY=1"
