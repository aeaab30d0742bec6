"""The kill loop: the bot dies by SIGKILL, at named places and at random moments, thousands of times.

R4: no update moves a door twice. R5: no request without an earlier record. R6: what was cut off becomes "unknown" and
is announced. R8: timestamps go on growing. R17: every code is on the list. Dangerous is a death that left a command
recorded and without an outcome.
"""

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.doors import Doors
from bot.domain.notices import Group
from storage import Storage
from tests.trials import broken
from tests.trials.checker import check, redelivered
from tests.trials.failpoints import FAILPOINTS, Arrangement, at_random, slow_confirmation
from tests.trials.history import read_history, records
from tests.trials.life import Life, start
from tests.trials.results import Result
from tests.trials.world import FIRST_PERSON, FRONT, GARAGE, GROUP, OWNER, PEOPLE, World, world

PROMISES = ("R4", "R5", "R6", "R8", "R17")
RANDOM = "random moment"
# Those between record and outcome count most.
WEIGHTS = {"before record": 1, "before notice": 1, "after notice": 1, "in recovery": 1, RANDOM: 5}
LONGEST_LIFE = 4.0
BATCH = 200
AFTER = ("after body", "before outcome")
"""Where a broken build shows soonest: the door has moved, and nothing says so yet."""
CONTROLS = {
    "record after sending": ("R5",),
    "skip dedupe": ("R4",),
    "recovery untold": ("R6",),
    "recovery repeats": ("R4", "R6"),
    "recovery untold in groups": ("R6",),
    "counters forgotten": ("R8",),
    "forgotten too soon": ("R6",),
}
BEFORE = ("before record",)
SETTINGS = {"LOG_LEVEL": "DEBUG"}


@dataclass
class Tally:
    kinds: Counter[str] = field(default_factory=Counter)
    dangerous: int = 0
    not_reached: Counter[str] = field(default_factory=Counter)


def run(trials: int, seed: int, *, control: str | None = None, points: tuple[str, ...] = ()) -> Result:
    """One world and one database for all these trials; the check is at the end."""
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    names = points or (*FAILPOINTS, RANDOM)
    weights = [WEIGHTS.get(name, 2) for name in names]
    tally = Tally()
    with world(extra=SETTINGS) as here:
        furnish(here)
        for _ in range(trials):
            point = generator.choices(names, weights)[0]
            one_trial(here, generator, point, tally, build)
        last_life(here, build)
        history = read_history(here)
        violations = [f"{found.rule}: {found.what}" for found in check(history)]
        violations += [
            f"left undone: {found}" for found in records(here.ledger("harness")) if found["kind"] == "left undone"
        ]
        tally.kinds["redelivered"] = redelivered(history)
        here.is_kept = bool(violations) and control is None
    note = f"{dict(tally.not_reached)} did not reach their place"
    return Result(
        harness="kills", promises=PROMISES, trials=trials, dangerous=tally.dangerous, violations=violations, seed=seed,
        kinds=dict(tally.kinds), control=control, note=note,
    )  # fmt: skip


def furnish(here: World) -> None:
    """Let everybody in, and let the group be told, with the bot's own services."""
    asyncio.run(_furnish(here.database))


async def _furnish(path: Path) -> None:
    storage = await Storage.open(path)
    people = PeopleList(storage, frozenset({OWNER}), Doors([]), Clock())
    await people.begin()
    for person in range(FIRST_PERSON, FIRST_PERSON + PEOPLE):
        actions = (Action.OPEN, Action.CLOSE, Action.STATUS, Action.PIN)
        await people.allow(caller=OWNER, person_id=person, name=f"P{person}", door="*", actions=actions, length=None)
    group = Group(chat_id=GROUP, thread_id=None, title="House", added_by=OWNER, added_at=datetime.now(UTC))
    await storage.groups.save(group)
    await storage.close()


def one_trial(here: World, generator: random.Random, point: str, tally: Tally, build: tuple[Arrangement, ...]) -> None:
    tally.kinds[point] += 1
    place = at_random(generator, 0.4) if point == RANDOM else FAILPOINTS[point]
    slow = (slow_confirmation,) if point not in BEFORE and generator.random() < 0.7 else ()
    life = born(here, place, *slow, *build)
    door = generator.choice((FRONT, FRONT, GARAGE))
    for _ in range(1 + (generator.random() < 0.2)):
        here.say(here.next_person(), f"/open {door}")
    if door == FRONT and generator.random() < 0.2:
        here.say(here.next_person(), f"/close {door}")
    if generator.random() < 0.2:
        here.say(here.next_person(), f"/pin {GARAGE} 2h")
    if not life.wait(LONGEST_LIFE if point != "in recovery" else 0.4):
        tally.not_reached[point] += 1
        life.kill()
    note_death(here)
    if waiting(here, "commands WHERE outcome IS NULL"):
        tally.dangerous += 1


def last_life(here: World, build: tuple[Arrangement, ...]) -> None:
    """Long enough for everything that waits."""
    life = born(here, *build)
    wait_for(lambda: pending(here) == 0, seconds=10)
    wait_for(lambda: not waiting(here, "commands WHERE outcome IS NULL"), seconds=20)
    time.sleep(0.3)
    wait_for(lambda: waiting(here, "outbox") == 0, seconds=30)
    end(here, life)


def born(here: World, *arrangements: Arrangement) -> Life:
    here.note("start")
    return start(here.settings, here.log, *arrangements)


def end(here: World, life: Life) -> None:
    if life.poll():
        raise RuntimeError(f"the bot ended by itself:\n{tail(here)}")
    polite = life.stop()
    note_death(here)
    if waiting(here, "commands WHERE outcome IS NULL"):
        here.note("left undone", polite=polite, status=life.status, log=tail(here))


def tail(here: World) -> str:
    return here.log.read_text("utf-8", "replace")[-6000:]


def note_death(here: World) -> None:
    here.note("death", newest=newest(here))


def pending(here: World) -> int:
    return int(here.telegram.get("/control/state")["pending_updates"])


def newest(here: World) -> int:
    """The number of the newest command on record."""
    return ask(here, "SELECT coalesce(max(id), 0) FROM commands")


def waiting(here: World, what: str) -> int:
    """How many rows there are of something in the bot's database."""
    return ask(here, f"SELECT count(*) FROM {what}")


def ask(here: World, sql: str) -> int:
    if not here.database.exists():
        return 0
    database = sqlite3.connect(f"file:{here.database}?mode=ro", uri=True)
    try:
        (number,) = database.execute(sql).fetchone()
        return int(number)
    except sqlite3.Error:
        return 0
    finally:
        database.close()


def wait_for(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, BATCH):
        yield run(min(BATCH, count - begun), seed + begun)


def controls(seed: int, trials: int = 30) -> Iterator[Result]:
    for name, promises in CONTROLS.items():
        points = BEFORE if name == "forgotten too soon" else AFTER
        yield replace(run(trials, seed, control=name, points=points), promises=promises)


def short(seed: int) -> Iterator[Result]:
    yield run(8, seed)
    for name in ("record after sending", "recovery untold"):
        yield replace(run(4, seed, control=name, points=AFTER), promises=CONTROLS[name])
