"""R5: the disk is full or broken at any of the first 200 writes and syncs of the database; nothing is sent unrecorded.

strace holds on to the running bot and lets the N-th call on the database's files fail, once or from then on, with
ENOSPC or EIO. People go on asking for doors; every one must be answered, no request may leave without its record, and
once strace has let go, doors open again. Dangerous is a trial in which a call did fail.
"""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.trials import broken
from tests.trials.checker import check
from tests.trials.history import read_history
from tests.trials.kills import born, end, furnish, wait_for
from tests.trials.life import Life
from tests.trials.offsets import class_of
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, World, world

CALLS = "pwrite64,pwritev,write,fsync,fdatasync,ftruncate"
FIRST = 200
ERRORS = ("ENOSPC", "EIO")
MOST_COMMANDS = 40
BATCH = 20
TOLD = ("cannot write to my journal", "cannot read or write my database", "Something went wrong on my side")
PATIENCE_SECONDS = 8.0

Fault = tuple[str, int, str]


def every_fault() -> list[Fault]:
    """Error, number of the call, and whether it is that call alone or every one from there on."""
    return [
        (error, number, "" if (number + place) % 2 else "+")
        for place, error in enumerate(ERRORS)
        for number in range(1, FIRST + 1)
    ]


class Strace:
    """Holds on to a running bot and lets calls on its database fail."""

    def __init__(self, here: World, life: Life, fault: Fault) -> None:
        error, number, on = fault
        self._trace = here.path / "strace.out"
        self._trace.unlink(missing_ok=True)
        files = [word for suffix in ("", "-wal") for word in ("-P", f"{here.database}{suffix}")]
        inject = f"inject={CALLS}:error={error}:when={number}{on}"
        command = ["strace", "-f", "-p", str(life.pid), *files, "-e", f"trace={CALLS}", "-e", inject]
        self._process = subprocess.Popen(
            [*command, "-o", str(self._trace)], stderr=subprocess.PIPE, text=True, cwd=Path("/")
        )
        assert self._process.stderr is not None
        if "attached" not in self._process.stderr.readline():
            raise RuntimeError("strace could not hold on to the bot")

    @property
    def has_struck(self) -> bool:
        return self._trace.exists() and "(INJECTED)" in self._trace.read_text("utf-8", "replace")

    def let_go(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=10)


def run(faults: list[Fault], seed: int, *, control: str | None = None) -> Result:
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    struck = 0
    violations: list[str] = []
    with world() as here:
        furnish(here)
        for fault in faults:
            life = born(here, *build)
            wait_until_heard(here)
            hit, found = one_trial(here, life, fault, generator)
            struck += hit
            violations += found if control is None else []
            end(here, life)
        violations += [f"{found.rule}: {found.what}" for found in check(read_history(here))]
    return Result(
        harness="disk", promises=("R5",), trials=len(faults), dangerous=struck, violations=violations, seed=seed,
        kinds=dict(Counter(f"{error} {'from then on' if on else 'once'}" for error, _, on in faults)), control=control,
    )  # fmt: skip


def one_trial(here: World, life: Life, fault: Fault, generator: random.Random) -> tuple[bool, list[str]]:
    strace = Strace(here, life, fault)
    wrong = []
    for _ in range(MOST_COMMANDS):
        if strace.has_struck:
            break
        wrong += ask(here, generator, fault)
    # One more while it is broken, for what lasts.
    wrong += ask(here, generator, fault)
    hit = strace.has_struck
    strace.let_go()
    time.sleep(0.1)
    if not wait_for(lambda: opens(here), seconds=PATIENCE_SECONDS):
        wrong.append(f"{fault}: no door opens after the disk is well again")
    return hit, wrong


def ask(here: World, generator: random.Random, fault: Fault) -> list[str]:
    person, since = here.next_person(), here.news()
    here.say(person, f"/open {generator.choice((FRONT, FRONT, GARAGE))}")
    text = here.wait_for_text(person, is_answer, since=since, seconds=PATIENCE_SECONDS)
    return [] if text else [f"{fault}: somebody who asked was not answered"]


def is_answer(text: str) -> bool:
    return bool(class_of(text)) or any(words in text for words in TOLD)


def opens(here: World) -> bool:
    person, since = here.next_person(), here.news()
    here.say(person, f"/open {FRONT}")
    text = here.wait_for_text(person, is_answer, since=since, seconds=PATIENCE_SECONDS)
    return text is not None and class_of(text) == "opened"


def wait_until_heard(here: World) -> None:
    person, since = here.next_person(), here.news()
    here.say(person, "/whoami")
    if here.wait_for_text(person, lambda text: str(person) in text, since=since, seconds=10) is None:
        raise RuntimeError(f"the bot does not answer:\n{here.log.read_text('utf-8', 'replace')[-2000:]}")


def campaign(count: int, seed: int) -> Iterator[Result]:
    faults = every_fault()
    random.Random(seed).shuffle(faults)
    for begun in range(0, min(count, len(faults)), BATCH):
        yield run(faults[begun : begun + BATCH][: count - begun], seed)


def controls(seed: int) -> Iterator[Result]:
    yield run([("EIO", number, "+") for number in range(1, 9)], seed, control="storage faults ignored")


def short(seed: int) -> Iterator[Result]:
    yield run([("ENOSPC", 1, "+"), ("EIO", 5, "")], seed)
