"""One life of the bot: a process forked from one that has imported everything, so that a start costs little.

What runs in it is the shipped code; only the waits are shorter, and a trial may put failpoints or a broken build in.
"""

import asyncio
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import bot.app
from bot.cli.run import stop_on_signals
from bot.clock import Clock
from bot.environment import Environment
from bot.logs import Redactor, set_up_logging
from bot.settings import load_settings
from tests.trials.hurry import HURRY, shorten_waits

Arrangement = Callable[[], None]


@dataclass
class Life:
    pid: int
    status: int | None = None

    def poll(self) -> bool:
        """Whether it is over."""
        if self.status is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.status = status
        return self.status is not None

    def wait(self, seconds: float) -> bool:
        """Whether it ends by itself within so many seconds."""
        until = time.monotonic() + seconds
        while not self.poll():
            if time.monotonic() >= until:
                return False
            time.sleep(0.002)
        return True

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self, seconds: float = 20) -> bool:
        """End it politely; False if it had to be killed."""
        if self.poll():
            return True
        os.kill(self.pid, signal.SIGTERM)
        if self.wait(seconds):
            return True
        self.kill()
        return False

    def _end(self, number: int) -> None:
        if not self.poll():
            os.kill(self.pid, number)
            _, self.status = os.waitpid(self.pid, 0)


def start(settings: Mapping[str, str], log: Path, *arrangements: Arrangement, hurry: float = HURRY) -> Life:
    """Fork the bot. The caller must run no threads and no event loop."""
    pid = os.fork()
    if pid:
        return Life(pid)
    code = 1
    try:
        _live(settings, log, arrangements, hurry)
        code = 0
    except BaseException:  # noqa: BLE001 - the last thing this process does
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _live(settings: Mapping[str, str], log: Path, arrangements: tuple[Arrangement, ...], hurry: float) -> None:
    gc.disable()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    for name in [name for name in os.environ if name.startswith(("DOORS__", "TELEGRAM_"))]:
        del os.environ[name]
    os.environ.update(settings)
    shorten_waits(hurry)
    for arrangement in arrangements:
        arrangement()
    asyncio.run(_run(hurry))


async def _run(hurry: float) -> None:
    settings = load_settings(None)
    set_up_logging(settings.log_level, Redactor(settings.secrets()))

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / hurry)

    # As bot.cli.run does, but for the sleep.
    await bot.app.run(settings, stop=stop_on_signals(), environment=Environment(Clock(), sleep=sleep))
