"""R3: the machine stands still (SIGSTOP) between the record and the send; what goes on too late must send nothing.

Every trial stops the bot at a named place of its way out and wakes it after the deadline; S is 5 s, so that many fit
into an hour. Several worlds run side by side, because a trial is mostly waiting. Dangerous is a trial that stood
still between the record and the last look at the clock until the command was too old.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial

from bot.drivers import http
from tests.trials import broken
from tests.trials.checker import check
from tests.trials.failpoints import Arrangement, after_record, at_trace
from tests.trials.history import read_history
from tests.trials.kills import born, end, furnish, wait_for, waiting
from tests.trials.life import Life
from tests.trials.patching import replace
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, World, world

STALE_SECONDS = 5.0
PAUSES = (5.5, 5.5, 5.5, 7.0)
AS_SHIPPED_SECONDS = 30.0
LONG_PAUSES = (32.0, 45.0, 120.0)
SIDE_BY_SIDE = 8


def stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def before_last_look() -> None:
    """Just before the driver looks at the deadline for the last time, with the connection made."""
    original = http._Progress.__call__

    async def call(self: http._Progress, name: str, info: Mapping[str, object]) -> None:
        if self._deadline is not None and name.endswith("send_request_headers.started"):
            stand_still()
        await original(self, name, info)

    replace(http._Progress, "__call__", call)


PLACES: dict[str, Arrangement] = {
    "after record": lambda: after_record(stand_still),
    "before connect": at_trace("connect_tcp.started", stand_still),
    "after connect": at_trace("connect_tcp.complete", stand_still),
    "before the last look": before_last_look,
}


def run(
    trials: int,
    seed: int,
    *,
    control: str | None = None,
    stale_seconds: float = STALE_SECONDS,
    pauses: tuple[float, ...] = PAUSES,
) -> Result:
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    tally: Counter[str] = Counter()
    stood = 0
    violations: list[str] = []
    with ExitStack() as stack:
        extra = {"STALE_SECONDS": str(stale_seconds)}
        worlds = [stack.enter_context(world(extra=extra)) for _ in range(min(SIDE_BY_SIDE, trials))]
        for here in worlds:
            furnish(here)
        done = 0
        while done < trials:
            at_once = worlds[: trials - done]
            names = [generator.choice(list(PLACES)) for _ in at_once]
            tally.update(names)
            stood += one_round(at_once, names, generator, build, pauses)
            done += len(at_once)
        for here in worlds:
            found = check(read_history(here, stale_seconds=stale_seconds))
            violations += [f"{one.rule}: {one.what}" for one in found]
    return Result(
        harness="stops", promises=("R3",), trials=trials, dangerous=stood, violations=violations, seed=seed,
        kinds=dict(tally), control=control,
    )  # fmt: skip


def one_round(
    worlds: list[World],
    names: list[str],
    generator: random.Random,
    build: tuple[Callable[[], None], ...],
    pauses: tuple[float, ...],
) -> int:
    """How many of the bots stood still until it was too late."""
    lives = [born(here, PLACES[name], *build) for here, name in zip(worlds, names, strict=True)]
    for here in worlds:
        here.say(here.next_person(), f"/open {generator.choice((FRONT, GARAGE))}")
    wait_for(lambda: all(map(is_stopped, lives)), seconds=4)
    stood = [is_stopped(life) for life in lives]
    time.sleep(generator.choice(pauses))
    for life in lives:
        os.kill(life.pid, signal.SIGCONT)
    for here in worlds:
        wait_for(partial(is_done, here), seconds=10)
    for here, life in zip(worlds, lives, strict=True):
        end(here, life)
    return sum(stood)


def is_done(here: World) -> bool:
    return not waiting(here, "commands WHERE outcome IS NULL")


def is_stopped(life: Life) -> bool:
    with open(f"/proc/{life.pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - read a hundred times a second
        return file.read().rpartition(")")[2].split()[0] == "T"


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, 64):
        yield run(min(64, count - begun), seed + begun)

    yield run(SIDE_BY_SIDE * 2, seed, stale_seconds=AS_SHIPPED_SECONDS, pauses=LONG_PAUSES)


def controls(seed: int) -> Iterator[Result]:
    yield run(8, seed, control="deadline ignored")


def short(seed: int) -> Iterator[Result]:
    yield run(2, seed)
    yield run(1, seed, control="deadline ignored")
