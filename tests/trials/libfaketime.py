"""Runs the whole bot, as `latchkey run` does, under libfaketime: a wall clock that is off, and can be stepped."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.trials.world import ROOT, World

PLACES = ("/usr/lib", "/usr/local/lib", "/opt/homebrew/lib")
NAME = "libfaketimeMT.so.1"
STOP_SECONDS = 20.0
AS_SHIPPED = ("-m", "bot", "run")
BROKEN = "from tests.trials.broken import BROKEN; BROKEN[{!r}](); from bot.cli import main; main(['run'])"
# Without the last one it waits for conditions of the monotonic clock by the wall clock: threads of Python that want the
# interpreter's lock wake seconds late then, because this is how they wait for it.
FAKED = {"FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1", "FAKETIME_FORCE_MONOTONIC_FIX": "0"}


def library() -> Path | None:
    """Where Debian's package libfaketime and others put it."""
    return next((found for place in PLACES for found in sorted(Path(place).glob(f"**/faketime/{NAME}"))), None)


class FakedClock:
    """`off`: by how many seconds the clock of the bot is wrong now."""

    def __init__(self, here: World) -> None:
        self._file = here.path / "clock"
        self.step(0)

    def step(self, off: int) -> None:
        self.off = off
        new = self._file.with_suffix(".new")
        new.write_text(f"{off:+d}\n")
        new.replace(self._file)

    def start(self, here: World, control: str | None) -> "subprocess.Popen[bytes]":
        program = ("-c", BROKEN.format(control)) if control else AS_SHIPPED
        faked = FAKED | {"LD_PRELOAD": str(library()), "FAKETIME_TIMESTAMP_FILE": str(self._file)}
        with here.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *program], cwd=ROOT, env=os.environ | here.settings | faked, stdout=log, stderr=log
            )


def stop(bot: "subprocess.Popen[bytes]", *, politely: bool) -> None:
    bot.send_signal(signal.SIGTERM if politely else signal.SIGKILL)
    try:
        bot.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        bot.kill()
        bot.wait()
