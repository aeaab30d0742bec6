"""Is the bot alive? The verdict, and what a supervisor hears of it over a real datagram socket."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.health import Health, judge, tell_systemd

WELL = Health(True, "well")


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


async def beats(count: int, health: Health = WELL) -> list[float]:
    """Let the heart beat so often; how long it slept between the beats."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == count:
            raise Ended

    with suppress(Ended):
        await tell_systemd(lambda: health, sleep)
    return slept


def test_a_young_poll_is_good() -> None:
    health = judge(silent_seconds=60, has_polled=True, another_bot=False)
    assert health == Health(True, "the last poll was completed 60 s ago")


def test_a_young_bot_is_good_and_claims_no_poll() -> None:
    health = judge(silent_seconds=60, has_polled=False, another_bot=False)
    assert health == Health(True, "started 60 s ago; Telegram has completed no poll yet")


def test_silence_of_more_than_a_minute_is_not() -> None:
    health = judge(silent_seconds=60.1, has_polled=True, another_bot=False)
    assert health == Health(False, "Telegram has completed no poll for 60 s")


def test_a_second_bot_is_not_however_young_the_poll() -> None:
    assert not judge(silent_seconds=0, has_polled=True, another_bot=True).good


async def test_the_supervisor_hears_ready_once_and_then_heartbeats(supervisor: Supervisor) -> None:
    slept = await beats(3)
    assert supervisor.heard() == ["READY=1", *["WATCHDOG=1\nSTATUS=well"] * 3]
    assert slept == [10, 10, 10]


async def test_telegram_being_away_does_not_stop_the_heartbeat(supervisor: Supervisor) -> None:
    await beats(1, Health(False, "Telegram has completed no poll for 600 s"))
    assert supervisor.heard()[-1] == "WATCHDOG=1\nSTATUS=Telegram has completed no poll for 600 s"


async def test_an_abstract_address_is_understood(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = f"latchkey-{tmp_path.name}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    supervisor = Supervisor(f"\0{name}")
    await beats(1)
    assert supervisor.heard()[0] == "READY=1"
    supervisor.close()


async def test_without_a_supervisor_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert len(await beats(2)) == 2


async def test_a_supervisor_that_has_gone_does_not_stop_the_bot(supervisor: Supervisor) -> None:
    supervisor.close()
    assert len(await beats(2)) == 2


async def test_a_supervisor_that_never_reads_does_not_hold_the_bot_up(supervisor: Supervisor) -> None:
    async with asyncio.timeout(5):
        assert len(await beats(1000)) == 1000
    assert supervisor.heard()[0] == "READY=1"
