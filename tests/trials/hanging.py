"""R9: one gateway hangs; how fast are the answers at the other doors?

Doors are opened in turns, with the gateway of `front` well and as a black hole, in one and the same life; the 99th
percentile of the time to the last word about `side`, behind a gateway of its own, may be at most 1.2 times as long.
Dangerous is an answer about `side` while a command to `front` hangs.
"""

import statistics
import time
from collections.abc import Iterator

from tests.trials import broken
from tests.trials.checker import OPENED
from tests.trials.kills import born, furnish
from tests.trials.results import Result
from tests.trials.world import FRONT, LOCK, SHARE_CODE, World, world

BLOCK = 50
LIMIT = 1.2
SIDE = {
    "DOORS__SIDE__DRIVER": "the_keys",
    "DOORS__SIDE__IDENTIFIER": str(LOCK),
    "DOORS__SIDE__SHARE_CODE": SHARE_CODE,
    "DOORS__FRONT__TIMEOUT_SECONDS": "60",
}


def run(trials: int, seed: int, *, control: str | None = None) -> Result:
    build = (broken.BROKEN[control],) if control else ()
    well: list[float] = []
    hanging: list[float] = []
    with world(extra=SIDE) as here:
        here.settings["DOORS__SIDE__HOST"] = here.run(
            "side",
            "simulators.the_keys",
            "--hurry",
            "--lock",
            f"{LOCK}:{SHARE_CODE}",
            "--log",
            str(here.ledger("side")),
        )["the_keys"]
        furnish(here)
        life = born(here, *build)
        answer_seconds(here)
        while len(hanging) < trials:
            well += [answer_seconds(here) for _ in range(BLOCK)]
            hang(here)
            hanging += [answer_seconds(here) for _ in range(BLOCK)]
            here.calm()
            life.kill()
            life = born(here, *build)
            answer_seconds(here)
        life.kill()
    ratio = percentile(hanging) / percentile(well)
    violations = [f"p99 grew {ratio:.2f} times while a gateway hung"] if ratio > LIMIT else []
    note = (
        f"p99 {1000 * percentile(well):.0f} ms, with a hanging gateway {1000 * percentile(hanging):.0f} ms: {ratio:.2f}"
    )
    return Result(
        harness="hanging", promises=("R9",), trials=len(hanging) + len(well), dangerous=len(hanging),
        violations=violations, seed=seed, control=control, note=note,
    )  # fmt: skip


def hang(here: World) -> None:
    """Let a command to `front` disappear in a black hole and wait there."""
    here.plan(route=FRONT, kind="drop", times=1_000_000)
    here.say(here.next_person(), f"/open {FRONT}")
    time.sleep(0.3)


def answer_seconds(here: World) -> float:
    """From the asking to "opened"; 10 if it never comes."""
    person, since = here.next_person(), here.news()
    begun = time.monotonic()
    here.say(person, "/open side")
    text = here.wait_for_text(person, lambda text: bool(OPENED.search(text)), since=since, seconds=10)
    return time.monotonic() - begun if text else 10.0


def percentile(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98]


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield run(count, seed)


def controls(seed: int) -> Iterator[Result]:
    yield run(BLOCK, seed, control="one line for all")


def short(seed: int) -> Iterator[Result]:
    yield run(BLOCK, seed)
