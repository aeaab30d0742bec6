"""The power fails: what was not synced to the disk is lost. A SIGKILL alone loses nothing of what the kernel holds.

The database is on a file system of its own behind a loop device. At the death of the bot the image of the device is
copied as it is, mounted in the place of the old one, and the next life begins from that.

R5: a door that moved has its record on the disk that is left. R4: no update moves a door twice, though Telegram
delivers it again. R6: what was cut off becomes "unknown". R8: timestamps go on growing. Dangerous is a cut after a door
moved.
"""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.trials import broken
from tests.trials.blocks import Disk, is_possible
from tests.trials.checker import announced, chain_holds, finished, journal_agrees, permitted
from tests.trials.failpoints import FAILPOINTS, Arrangement, at_random
from tests.trials.history import read_history, records
from tests.trials.kills import RANDOM, ask, born, furnish, last_life, note_death
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, World, world

POINTS = (
    "after body",
    "after answer",
    "before outcome",
    "after outcome",
    "after record",
    "in recovery",
    RANDOM,
    RANDOM,
)
BATCH = 100
LONGEST_LIFE = 2.0
MOVES = {FRONT: "unlocking", GARAGE: "unlocked"}


def run(trials: int, seed: int, *, control: str | None = None) -> Result:
    if not is_possible():
        note = "needs root, mount and mkfs.ext4"
        return Result(harness="power", promises=("R5",), trials=0, dangerous=0, seed=seed, note=note, control=control)
    place = Path(tempfile.mkdtemp(prefix="latchkey-power-"))
    disk = Disk(place)
    try:
        with world(through_proxy=False, disk=disk.folder) as here:
            return _run(here, disk, trials, random.Random(seed), seed, control)
    finally:
        disk.close()
        shutil.rmtree(place)


def _run(here: World, disk: Disk, trials: int, generator: random.Random, seed: int, control: str | None) -> Result:
    build = (broken.BROKEN[control],) if control else ()
    tally: Counter[str] = Counter()
    violations: list[str] = []
    dangerous = 0
    furnish(here)
    born(here, *build).stop()
    for _ in range(trials):
        point = generator.choice(POINTS)
        tally[point] += 1
        moved, lost = one_cut(here, disk, generator, point, build)
        dangerous += moved
        violations += lost
    last_life(here, build)
    history = read_history(here)
    for rule in (permitted, finished, announced, chain_holds, journal_agrees):
        violations += [f"{rule.__name__}: {what}" for what in rule(history)]
    violations += [*twice(here), *timestamps_again(here)]
    return Result(
        harness="power", promises=("R4", "R5", "R6", "R8"), trials=trials, dangerous=dangerous, violations=violations,
        seed=seed, kinds=dict(tally), control=control,
    )  # fmt: skip


def one_cut(
    here: World, disk: Disk, generator: random.Random, point: str, build: tuple[Arrangement, ...]
) -> tuple[bool, list[str]]:
    """Whether a door moved in this life, and what is missing on the disk that is left."""
    door = generator.choice((FRONT, GARAGE))
    before = len(moves(here, door))
    place = at_random(generator, 0.4) if point == RANDOM else FAILPOINTS[point]
    life = born(here, place, *build)
    here.say(here.next_person(), f"/open {door}")
    if not life.wait(LONGEST_LIFE if point != "in recovery" else 0.4):
        life.kill()
    disk.cut()
    note_death(here)
    moved, kept = len(moves(here, door)), records_of(here, door)
    return moved > before, [f"{door} moved {moved} times, {kept} records are left"] if moved > kept else []


def moves(here: World, door: str) -> list[float]:
    return [
        record["at"]
        for record in records(here.ledger(door))
        if record["kind"] == "event" and record["what"] == MOVES[door] and record["request"] is not None
    ]


def records_of(here: World, door: str) -> int:
    return ask(here, f"SELECT count(*) FROM commands WHERE door = '{door}' AND outcome IS NOT 'denied'")


def twice(here: World) -> Iterator[str]:
    for door in MOVES:
        asked = sum(
            1 for record in records(here.ledger("telegram"))
            if record["kind"] == "created" and record["update"].get("message", {}).get("text") == f"/open {door}"
        )  # fmt: skip
        if len(moves(here, door)) > asked:
            yield f"{door} moved {len(moves(here, door))} times, and was asked for {asked} times"


def timestamps_again(here: World) -> Iterator[str]:
    highest = -1
    for record in records(here.ledger(FRONT)):
        if record["kind"] == "request" and record["fields"].get("ts"):
            timestamp = int(record["fields"]["ts"])
            if timestamp <= highest:
                yield f"timestamp {timestamp} after {highest}"
            highest = max(highest, timestamp)


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, BATCH):
        yield run(min(BATCH, count - begun), seed + begun)


def controls(seed: int) -> Iterator[Result]:
    yield run(20, seed, control="synchronous off")


def short(seed: int) -> Iterator[Result]:
    yield run(5, seed)
    yield run(5, seed, control="synchronous off")
