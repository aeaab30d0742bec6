"""R11: the bot is killed around the delivery of notices; none may be lost, and none may overtake another.

The group is told of every door that opens. At the end each of those notices must be in the group, at least once and
in the order of the outcomes. Dangerous are messages that lay in the outbox at a death.

Answers in private quote nothing, and after many deaths several asks of one person wait: whose answer is whose cannot
be told here, so what the answers say is left to the programs of R7.
"""

import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator

from bot.notices import MOST_LINES
from tests.trials import broken
from tests.trials.checker import check
from tests.trials.failpoints import FAILPOINTS, at_random
from tests.trials.history import History, read_history
from tests.trials.kills import ask, born, furnish, last_life, note_death
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, GROUP, World, world

POINTS = ("before notice", "after notice", "after outcome", "random moment")
BATCH = 250
TOLD = ("confirmed", "accepted", "unknown")


def run(trials: int, seed: int, *, control: str | None = None) -> Result:
    """`trials` counts messages; as many lives are lived as it takes."""
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    messages: set[int] = set()
    tally: Counter[str] = Counter()
    with world() as here:
        furnish(here)
        while len(messages) < trials and tally.total() < 10 * trials:
            tally[one_life(here, generator, build)] += 1
            messages |= waiting_messages(here)
        last_life(here, build)
        written = ask(here, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")
        history = read_history(here)
        violations = [f"{found.rule}: {found.what}" for found in check(history) if found.rule != "truthful"]
        violations += [*lost(history), *overtaken(history)]
        here.is_kept = bool(violations) and control is None
    return Result(
        harness="outbox", promises=("R11",), trials=written, dangerous=len(messages), violations=violations, seed=seed,
        kinds=dict(tally), control=control,
    )  # fmt: skip


def one_life(here: World, generator: random.Random, build: tuple[broken.Build, ...]) -> str:
    point = generator.choice(POINTS)
    place = at_random(generator, 0.5) if point == "random moment" else FAILPOINTS[point]
    life = born(here, place, *build)
    for _ in range(generator.randrange(1, 4)):
        here.say(here.next_person(), f"/open {generator.choice((FRONT, GARAGE))}")
        time.sleep(generator.uniform(0, 0.05))
    if not life.wait(3):
        life.kill()
    note_death(here)
    return point


def waiting_messages(here: World) -> set[int]:
    database = sqlite3.connect(f"file:{here.database}?mode=ro", uri=True)
    try:
        return {number for (number,) in database.execute("SELECT id FROM outbox")}
    except sqlite3.Error:
        return set()
    finally:
        database.close()


def due(history: History) -> list[str]:
    """Whose command each notice to the group is about, in the order of the outcomes."""
    names = {command.id: command.name for command in history.commands}
    outcomes = (e for e in history.journal if e.kind == "outcome" and e.detail.get("result") in TOLD)
    return [names[entry.command or 0] for entry in outcomes]


def told(history: History) -> list[str]:
    people = re.compile(r"\b(P\d{4})\b")
    texts = (said.text for said in history.said if said.chat == GROUP and said.answers is None)
    # Lines that waited together are one message.
    return [name for text in texts for name in people.findall(text)]


def lost(history: History) -> Iterator[str]:
    missing = Counter(due(history)) - Counter(told(history))
    for name, count in missing.items():
        yield f"lost: {count} notices about {name} never reached the group"


def overtaken(history: History) -> Iterator[str]:
    """What was told must be what was due, in order; a message that is sent again says all its lines again."""
    wanted, heard = due(history), told(history)
    place = 0
    for name in heard:
        if place < len(wanted) and name == wanted[place]:
            place += 1
        elif name in (again := wanted[max(0, place - MOST_LINES) : place]):
            place -= again[::-1].index(name)
        else:
            yield f"overtaken: notice {place + 1} is about {name}, due is {wanted[place : place + 1]}"
            return


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, BATCH):
        yield run(min(BATCH, count - begun), seed + begun)


def controls(seed: int) -> Iterator[Result]:
    yield run(15, seed, control="messages dropped first")


def short(seed: int) -> Iterator[Result]:
    yield run(10, seed)
    yield from controls(seed)
