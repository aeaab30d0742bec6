"""R3: a thousand messages waited while the bot was away, up to a day; none older than S may move a door.

Each late one must be answered with its lateness and be in the journal. Dangerous is a message older than S that a bot
without a sense of time would have obeyed.
"""

import random
from collections.abc import Iterator
from functools import partial

from tests.trials import broken
from tests.trials.causes import answers
from tests.trials.checker import check
from tests.trials.history import History, Update, read_history
from tests.trials.kills import born, end, furnish, newest, wait_for
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, GROUP, World, world

STALE_SECONDS = 30.0
ROUND = 200
"""More at once would run into the limit of messages of one person that may wait."""


def run(trials: int, seed: int, *, control: str | None = None) -> Result:
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    with world() as here:
        furnish(here)
        asked = []
        for begun in range(0, trials, ROUND):
            asked += [write_late(here, generator) for _ in range(min(ROUND, trials - begun))]
            life = born(here, *build)
            wait_for(partial(are_on_record, here, len(asked)), seconds=60)
            end(here, life)
        history = read_history(here, stale_seconds=STALE_SECONDS)
    late = [history.updates[n] for n in asked if age_at_delivery(history, history.updates[n]) > STALE_SECONDS]
    violations = [f"{found.rule}: {found.what}" for found in check(history)]
    if control is None:
        violations += unanswered(history, late)
    return Result(
        harness="backlog", promises=("R3",), trials=trials, dangerous=len(late), violations=violations, seed=seed,
        kinds={"opened": len(history.moves)}, control=control,
    )  # fmt: skip


def are_on_record(here: World, count: int) -> bool:
    return newest(here) >= count


def write_late(here: World, generator: random.Random) -> int:
    """Half of them close to the edge, where an error of a second shows."""
    seconds = generator.choice((generator.uniform(0, 86_300), generator.uniform(0, 60)))
    text = f"/open {generator.choice((FRONT, GARAGE))}"
    # In the group, where every answer quotes what it answers.
    return here.say(here.next_person(), text, chat=GROUP, age_seconds=seconds)


def age_at_delivery(history: History, update: Update) -> float:
    return min(history.delivered.get(update.id, [0.0])) - (update.date or 0.0)


def unanswered(history: History, late: list[Update]) -> Iterator[str]:
    """What is missing of the answers and the records of messages that came too late."""
    why = {entry.detail.get("update"): entry.detail.get("why") for entry in history.journal if entry.kind == "denied"}
    told = {update.id for update, said in answers(history) if "late, so nothing was" in said.text}
    for update in late:
        if why.get(str(update.id)) != "stale":
            yield f"update {update.id} came too late, and the journal says {why.get(str(update.id))}"
        if update.id not in told:
            yield f"update {update.id} came too late, and nobody was told"


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield run(count, seed)


def controls(seed: int) -> Iterator[Result]:
    yield run(40, seed, control="skip freshness")


def short(seed: int) -> Iterator[Result]:
    yield run(30, seed)
    yield from controls(seed)
