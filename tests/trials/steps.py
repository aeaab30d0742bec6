"""R3: the host's wall clock is wrong by seconds to years; young commands are run and old ones are not, all the same.

Whole bots, not forked ones, under libfaketime (Debian's package faketime), which leaves boot time alone. Each is told
a young /open and one that is older than S; dangerous is every trial, as the wall clock is wrong in all of them.
libfaketime makes threads wake late, by seconds now and then, so S is wide here and the patience long.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from tests.trials.checker import OPENED, check
from tests.trials.history import read_history
from tests.trials.kills import furnish
from tests.trials.results import Result
from tests.trials.world import FRONT, ROOT, World, world

OFFSETS = ("-1s", "+1s", "-1m", "+1m", "-1h", "+1h", "-1d", "+1d", "-1y", "+1y", "-10y", "+10y")
AS_SHIPPED = "from bot.cli import main; main(['run'])"
TRUSTS_THE_HOST = f"import bot.clock; bot.clock.Clock.stamp = lambda *_, **__: None; {AS_SHIPPED}"
OLD_SECONDS = 3600
LATE = re.compile(r"came .* late")
STALE_SECONDS = 120.0
WAIT_SECONDS = 15.0
WAITS = 4
START_SECONDS = 20.0


def run(offsets: tuple[str, ...], seed: int, *, control: str | None = None) -> Result:
    if not shutil.which("faketime"):
        raise SystemExit("this program needs libfaketime: apt-get install faketime")
    violations: list[str] = []
    for offset in offsets:
        with world(extra={"STALE_SECONDS": str(STALE_SECONDS)}) as here:
            furnish(here)
            violations += one_trial(here, offset, TRUSTS_THE_HOST if control else AS_SHIPPED)
            violations += [
                f"{found.rule}: {found.what}" for found in check(read_history(here, stale_seconds=STALE_SECONDS))
            ]
    return Result(
        harness="steps", promises=("R3",), trials=len(offsets), dangerous=len(offsets), violations=violations,
        seed=seed, kinds=dict.fromkeys(offsets, 1), control=control,
    )  # fmt: skip


def one_trial(here: World, offset: str, program: str) -> Iterator[str]:
    """What is wrong with the answers to a young and to an old command."""
    faked = {"FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}
    command = ["faketime", "-f", offset, sys.executable, "-c", program]
    here.note("start")
    with here.log.open("ab") as log:
        bot = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | here.settings | faked, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield from answers(here, offset)
    finally:
        os.killpg(bot.pid, signal.SIGTERM)
        bot.wait(START_SECONDS)
        here.note("death", newest=0)


def answers(here: World, offset: str) -> Iterator[str]:
    for expected, age in ((OPENED, 0), (LATE, OLD_SECONDS)):
        person, since = here.next_person(), here.news()
        here.say(person, f"/open {FRONT}", age_seconds=age)
        waits = (
            here.wait_for_text(person, partial(_holds, expected), since=since, seconds=WAIT_SECONDS)
            for _ in range(WAITS)
        )
        if not any(waits):
            yield f"wall clock {offset}: a command of {age} s did not get its answer"


def _holds(expected: re.Pattern[str], text: str) -> bool:
    return bool(expected.search(text))


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield run(OFFSETS[:count], seed)


def controls(seed: int) -> Iterator[Result]:
    yield run(("+1h",), seed, control="the host's clock is trusted")
