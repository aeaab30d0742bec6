"""R10: polling stalls, for seconds and for minutes; is it noticed within 60 s, and are doors opened again within 90 s?

Every trial brings the bot up, lets an outage strike it, asks for its health about once a second, and ends the outage;
if the bot ends itself the program plays the supervisor. The witnesses are the ledgers of Telegram and of the lock.
Dangerous is a trial in which no poll was completed for more than 60 s, a bot brought up during an outage, and one
with a second bot. Several worlds run side by side, because a trial is mostly waiting.
"""

import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator
from contextlib import ExitStack

from bot.health import Heartbeat
from tests.trials import broken, outages
from tests.trials.checker import check
from tests.trials.history import read_history
from tests.trials.kills import born, furnish, note_death, pending, tail, waiting
from tests.trials.life import Arrangement, Life
from tests.trials.outages import OUTAGES, Tail
from tests.trials.results import Result
from tests.trials.stalled import AS_SHIPPED, IN_A_HURRY, Pace, Stall, wrongs
from tests.trials.world import FRONT, ROOT, World, world

SIDE_BY_SIDE = 16
BATCH = 3 * SIDE_BY_SIDE
ASK_SECONDS = (15.0, 10.0)
"""Between two asks to open, during the outage and after it: there are 24 people, and each asks once in a trial."""
SUPERVISOR_SECONDS = 5.0
LEFT_OVER_SECONDS = STOP_SECONDS = 30.0

Steps = Generator[None, None, None]


class Trial:
    """One stall of one bot, as a generator that is gone on with about once a second."""

    def __init__(self, here: World, stall: Stall, generator: random.Random, pace: Pace, build: tuple[Arrangement, ...]):
        self.stall = stall
        self.wrongs: list[str] = []
        self._here = here
        self._generator = generator
        self._pace = pace
        self._build = (outages.may_leak(here), *build)
        self._life: Life | None = None
        self._other: Life | None = None
        self._command: tuple[subprocess.Popen[bytes], bool | None] | None = None
        self._asked_at = float("-inf")
        self._telegram, self._lock = Tail(here.ledger("telegram")), Tail(here.ledger(FRONT))

    def steps(self) -> Steps:
        try:
            yield from self._run()
        finally:
            outages.end(self._here, self._other)
            if self._life and not self._life.poll():
                self._life.kill()
                note_death(self._here)

    def _run(self) -> Steps:
        stall, pace = self.stall, self._pace
        for ledger in (self._telegram, self._lock):
            ledger.skip()
        if not stall.outage.at_boot:
            yield from self._bring_up()
            if not stall.moves:
                self.wrongs.append(f"{stall.name}: the bot did not come up")
                return
            yield from self._wait(self._generator.uniform(0, 10) * pace.scale)
        self._strike()
        if stall.outage.at_boot:
            self._start()
        yield from self._wait(stall.seconds, every=ASK_SECONDS[0])
        self._end_outage()
        while not stall.is_over(time.time(), pace):
            yield from self._wait(0, every=ASK_SECONDS[1])
        while self._command:
            yield from self._wait(0)
        self.wrongs += wrongs(stall, pace)
        yield from self._farewell()

    def _bring_up(self) -> Steps:
        self._start()
        self._ask()
        until = time.time() + self._pace.recovery_seconds
        while not self.stall.moves and time.time() < until:
            yield
            self._look()

    def _strike(self) -> None:
        self.stall.struck = time.time()
        self._other = self.stall.outage.strike(self._here, self._generator, self.stall.seconds)

    def _end_outage(self) -> None:
        outages.end(self._here, self._other)
        self.stall.calm = time.time()

    def _wait(self, seconds: float, *, every: float | None = None) -> Steps:
        until = time.time() + seconds
        while True:
            yield
            self._supervise()
            if every is not None and time.time() - self._asked_at >= self._patience(every):
                self._ask()
            self._look()
            if time.time() >= until:
                return

    def _patience(self, every: float) -> float:
        # The moment after the first conflict is the one that counts.
        first = self.stall.outage.doors_shut and time.time() - self.stall.struck < 8 * self._pace.scale
        return 0.0 if first else every * self._pace.scale

    def _ask(self) -> None:
        self._asked_at = time.time()
        self._here.say(self._here.next_person(), f"/open {FRONT}")

    def _start(self) -> None:
        self.stall.starts.append(time.time())
        self._life = born(self._here, *self._build, *self._pace.arrangements)

    def _supervise(self) -> None:
        stall, life = self.stall, self._life
        if life is None or not life.poll():
            return
        if len(stall.exits) < len(stall.starts):
            assert life.status is not None
            stall.exits.append((time.time(), os.waitstatus_to_exitcode(life.status)))
            note_death(self._here)
        if time.time() - stall.exits[-1][0] >= SUPERVISOR_SECONDS * self._pace.scale:
            self._start()

    def _look(self) -> None:
        at = time.time()
        good = health(self._here)
        self.stall.asks.append((at, good))
        self._read()
        self._ask_by_exit_code(good)

    def _ask_by_exit_code(self, good: bool | None) -> None:
        """As Docker does: when the bot is not well, and once more when it is all over."""
        if self._command is None:
            wanted = good is False if not self.stall.codes else self.stall.calm and good and len(self.stall.codes) == 1
            self._command = (latchkey_health(self._here), good) if wanted else None
        elif self._command[0].poll() is not None:
            # Whatever changed meanwhile proves nothing.
            if good is self._command[1]:
                self.stall.codes.append((self._command[0].returncode, good))
            self._command = None

    def _read(self) -> None:
        for record in self._telegram:
            self.stall.read_telegram(record)
        for record in self._lock:
            if record["kind"] == "event" and record["what"] == "unlocking":
                self.stall.moves.append(record["at"])

    def _farewell(self) -> Steps:
        # What is left over would be answered in the middle of the next trial.
        until = time.time() + LEFT_OVER_SECONDS
        while time.time() < until and (pending(self._here) or waiting(self._here, "outbox")):
            yield
        if self._life is None or self._life.poll():
            return
        os.kill(self._life.pid, signal.SIGTERM)
        until = time.time() + STOP_SECONDS
        while not self._life.poll() and time.time() < until:
            yield
        if not self._life.poll():
            self.wrongs.append(f"{self.stall.name}: the bot did not stop when told to")
            self._life.kill()
        note_death(self._here)


def health(here: World) -> bool | None:
    """What a supervisor is told; None: there is no bot."""
    heartbeat = Heartbeat.beside(here.database)
    return heartbeat.read().good if heartbeat.path.exists() else None


def latchkey_health(here: World) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bot", "health"]
    environment = os.environ | {"DATABASE": str(here.database)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def together(lines: list[Steps], look_seconds: float) -> None:
    """Go on with each of them about once every so many seconds until all have come to their end."""
    try:
        while lines:
            begun = time.monotonic()
            lines = [line for line in lines if goes_on(line)]
            time.sleep(max(0.0, look_seconds - (time.monotonic() - begun)))
    finally:
        for line in lines:
            line.close()


def goes_on(line: Steps) -> bool:
    try:
        next(line)
    except StopIteration:
        return False
    return True


def run(
    stalls: list[Stall],
    seed: int,
    *,
    control: str | None = None,
    pace: Pace = AS_SHIPPED,
) -> Result:
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    left, done = deque(stalls), list[Trial]()

    def one_after_the_other(here: World) -> Steps:
        while left:
            trial = Trial(here, left.popleft(), random.Random(generator.random()), pace, build)
            done.append(trial)
            yield from trial.steps()
            if trial.wrongs:
                here.note("wrong", what=trial.wrongs)
                sys.stderr.write(f"{trial.wrongs}\n{tail(here)}\n")

    with ExitStack() as stack:
        places = [stack.enter_context(world(extra=pace.settings)) for _ in range(min(SIDE_BY_SIDE, len(stalls)))]
        for here in places:
            furnish(here)
        together([one_after_the_other(here) for here in places], pace.look_seconds)
        histories = [read_history(here, stale_seconds=pace.stale_seconds) for here in places]
    violations = [what for trial in done for what in trial.wrongs]
    violations += [f"{one.rule}: {one.what}" for history in histories for one in check(history)]
    return Result(
        harness="stalls", promises=("R10",), trials=len(done), dangerous=sum(t.stall.is_dangerous(pace) for t in done),
        violations=violations, seed=seed, kinds=dict(Counter(trial.stall.name for trial in done)), control=control,
        note=measured([trial.stall for trial in done]),
    )  # fmt: skip


def measured(stalls: list[Stall]) -> str:
    noticed = [seconds for stall in stalls if (seconds := stall.noticed_after()) is not None]
    recovered = [seconds for stall in stalls if (seconds := stall.recovered_after()) is not None]
    exits = sum(len(stall.exits) for stall in stalls)
    return f"unhealthy after {spread(noticed)}; opened again after {spread(recovered)}; {exits} exits"


def spread(seconds: list[float]) -> str:
    if not seconds:
        return "no time"
    return f"{statistics.median(seconds):.1f} s, at most {max(seconds):.1f} s ({len(seconds)})"


def choose(count: int, seed: int) -> list[Stall]:
    generator = random.Random(seed)
    names = [name for _ in range(count // len(OUTAGES) + 1) for name in generator.sample(list(OUTAGES), len(OUTAGES))]
    return [Stall(name, lasting(name, generator)) for name in names[:count]]


def lasting(name: str, generator: random.Random) -> float:
    outage = OUTAGES[name]
    ranges = [(2.0, 55.0), (61.0, 100.0), (61.0, 100.0), (135.0, 175.0) if outage.hangs else (61.0, 130.0)]
    return generator.uniform(*(outage.lasts or generator.choice(ranges)))


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, BATCH):
        yield run(choose(min(BATCH, count - begun), seed + begun), seed + begun)


CONTROLS = {
    "watchdog asleep": (("pool exhausted", 40.0), ("polls in a black hole", 155.0)),
    "always healthy": (("polls in a black hole", 75.0), ("network gone", 75.0)),
    "no network is fatal": (("no network at boot", 15.0), ("Telegram down at boot", 15.0)),
    "second bot ignored": (("second bot", 20.0), ("second bot", 20.0)),
    "pauses without end": (("told to wait for ever", 30.0), ("told to wait for ever", 60.0)),
}


def controls(seed: int) -> Iterator[Result]:
    for name, kinds in CONTROLS.items():
        yield run([Stall(*kind) for kind in kinds], seed, control=name)


def short(seed: int) -> Iterator[Result]:
    """With all the waits of the watchdog shortened in the forked process: the minute is 5 s, the 90 s are 20.

    That much, because the other tests of `make test` take the machine meanwhile.
    """
    kinds = (("pool exhausted", 9.0), ("second bot", 8.0), ("refused at boot", 5.0))
    yield run([Stall(*kind) for kind in kinds], seed, pace=IN_A_HURRY)
    yield run([Stall("network gone", 6.0)], seed, control="always healthy", pace=IN_A_HURRY)
