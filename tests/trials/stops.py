"""R3: the machine stands still (SIGSTOP) between the ask and the send; what goes on too late must send nothing.

Every trial stops the bot at a named place of its way out and wakes it after a pause; most are longer than S, which is
5 s, so that many fit into an hour, or 30 s as shipped. Many worlds run side by side, because a trial is mostly waiting.
Half of the asks are messages, half are presses of a button. Dangerous is a trial that stood still before the last look
at the clock until the command was too old. One that woke while it was surely young must open its door after all.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from bot.drivers import http
from tests.trials import broken, patching
from tests.trials.checker import check
from tests.trials.failpoints import Arrangement, after_record, at_trace, before_record
from tests.trials.history import read_history
from tests.trials.kills import born, end, furnish, waiting
from tests.trials.life import Life
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, World, world

STALE_SECONDS = 5.0
AS_SHIPPED_SECONDS = 30.0
AS_SHIPPED_TRIALS = 0.65
"""As part of the others."""
SURELY_YOUNG_SECONDS = 6.0
"""Before S: what the bot may think a command older than it is, and the time from waking to the last look."""
SIDE_BY_SIDE = 16
IGNORED = "deadline ignored"
MESSAGE, PRESS = "message", "press"
TITLES = {FRONT: "Front", GARAGE: "Garage"}
DONE = object()
Pause = Callable[[random.Random], float]


def stand_still() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def before_last_look() -> None:
    """Just before the driver looks at the deadline for the last time, with the connection made."""
    original = http._Progress.__call__

    async def call(self: http._Progress, name: str, info: Mapping[str, object]) -> None:
        if self._deadline is not None and name.endswith("send_request_headers.started"):
            stand_still()
        await original(self, name, info)

    patching.replace(http._Progress, "__call__", call)


PLACES: dict[str, Arrangement] = {
    "before record": lambda: before_record(stand_still),
    "after record": lambda: after_record(stand_still),
    "before connect": at_trace("connect_tcp.started", stand_still),
    "after connect": at_trace("connect_tcp.complete", stand_still),
    "before the last look": before_last_look,
}


def just_too_long(generator: random.Random) -> float:
    return generator.choice((5.5, 5.5, 5.5, 7.0))


def five_seconds_to_two_minutes(generator: random.Random) -> float:
    """Every fifth wakes while its command is young; among the others short ones are more frequent."""
    return generator.uniform(5, 22) if generator.random() < 0.2 else generator.triangular(31, 120, 31)


@dataclass
class Round:
    """What the trials of one run have in common."""

    generator: random.Random
    stale_seconds: float
    pause: Pause
    ways: tuple[str, ...]
    places: tuple[str, ...]
    build: tuple[Arrangement, ...]
    tally: Counter[str] = field(default_factory=Counter)
    dangerous: int = 0
    violations: list[str] = field(default_factory=list)

    def trials(self, here: World, count: int) -> Iterator[None]:
        """In one world, one after the other; what waits hands over to the other worlds."""
        for _ in range(count):
            yield from self._trial(here)

    def _trial(self, here: World) -> Iterator[None]:
        place, way = self.generator.choice(self.places), self.generator.choice(self.ways)
        door, seconds = self.generator.choice((FRONT, GARAGE)), self.pause(self.generator)
        before, opened = ended(here), carried_out(here)
        life = born(here, PLACES[place], *self.build)
        person = here.next_person()
        yield from self._menu(here, person)
        asked_at = time.monotonic()
        if way == PRESS:
            here.press(person, TITLES[door])
        else:
            here.say(person, f"/open {door}")
        yield from until(lambda: is_stopped(life) or ended(here) > before, seconds=15)
        stood = is_stopped(life)
        yield from until(lambda: not stood, seconds=seconds)
        age = time.monotonic() - asked_at
        os.kill(life.pid, signal.SIGCONT)
        yield from until(lambda: ended(here) > before, seconds=15)
        end(here, life)
        self._count(place, way, age if stood else None, opened=carried_out(here) > opened)

    def _menu(self, here: World, person: int) -> Iterator[None]:
        """So the bot is up; and the poll that brought this proves how old a press can be at most."""
        since = here.news()
        here.say(person, "/open")
        yield from until(lambda: is_menu_shown(here, person, since), seconds=20)

    def _count(self, place: str, way: str, age: float | None, *, opened: bool) -> None:
        if age is None:
            self.tally["never stood still"] += 1
            return
        is_long = age > self.stale_seconds
        is_young = age < self.stale_seconds - SURELY_YOUNG_SECONDS
        length = "long" if is_long else "short" if is_young else "at the edge"
        self.tally.update((place, f"by {way}", f"{length} pause", f"{length} pause by {way}"))
        self.dangerous += is_long
        if is_young and not opened:
            self.violations.append(f"a {way} that was {age:.1f} s old after standing still {place} opened nothing")


def run(
    trials: int,
    seed: int,
    *,
    control: str | None = None,
    stale_seconds: float = STALE_SECONDS,
    pause: Pause = just_too_long,
    ways: tuple[str, ...] = (MESSAGE, PRESS),
    places: tuple[str, ...] = tuple(PLACES),
) -> Result:
    build = (broken.BROKEN[control],) if control else ()
    found = Round(random.Random(seed), stale_seconds, pause, ways, places, build)
    with ExitStack() as stack:
        extra = {"STALE_SECONDS": str(stale_seconds)}
        worlds = [stack.enter_context(world(extra=extra)) for _ in range(min(SIDE_BY_SIDE, trials))]
        for here in worlds:
            furnish(here)
        shares = [len(range(number, trials, len(worlds))) for number in range(len(worlds))]
        side_by_side([found.trials(here, share) for here, share in zip(worlds, shares, strict=True)])
        for here in worlds:
            history = read_history(here, stale_seconds=stale_seconds)
            found.violations += [f"{one.rule}: {one.what}" for one in check(history)]
    return Result(
        harness="stops", promises=("R3",), trials=trials, dangerous=found.dangerous, violations=found.violations,
        seed=seed, kinds=dict(found.tally), control=control, note=f"S = {stale_seconds:.0f} s",
    )  # fmt: skip


def side_by_side(jobs: list[Iterator[None]]) -> None:
    while jobs := [job for job in jobs if next(job, DONE) is not DONE]:
        time.sleep(0.01)


def until(true: Callable[[], bool], seconds: float) -> Iterator[None]:
    """Hand over until it is true or the time is over."""
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at and not true():
        yield


def is_menu_shown(here: World, person: int, since: int) -> bool:
    return bool(here.wait_for_text(person, lambda text: "which door" in text, since=since, seconds=0.01))


def ended(here: World) -> int:
    return waiting(here, "commands WHERE outcome IS NOT NULL")


def carried_out(here: World) -> int:
    return waiting(here, "commands WHERE outcome IN ('confirmed', 'accepted')")


def is_stopped(life: Life) -> bool:
    with open(f"/proc/{life.pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - read a hundred times a second
        return file.read().rpartition(")")[2].split()[0] == "T"


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield run(count, seed)
    as_shipped = round(count * AS_SHIPPED_TRIALS)
    yield run(as_shipped, seed, stale_seconds=AS_SHIPPED_SECONDS, pause=five_seconds_to_two_minutes)


def controls(seed: int, trials: int = 8) -> Iterator[Result]:
    for way in (MESSAGE, PRESS):
        for build, places in ((IGNORED, tuple(PLACES)), ("skip freshness", ("before record",))):
            found = run(trials, seed, control=build, ways=(way,), places=places)
            yield replace(found, control=f"{build}, by {way}")


def short(seed: int) -> Iterator[Result]:
    yield run(2, seed)
    yield run(1, seed, control=IGNORED, places=("after record",))
