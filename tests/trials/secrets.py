"""R12: canaries in every setting and everything going wrong; none may stand in the log, a chat or the database.

The bot runs at DEBUG against lock systems and a Telegram that fail in every way they know. A trial is one thing that
went wrong; all are dangerous, because each is an occasion to write an address or an answer down.
"""

import random
from collections import Counter
from collections.abc import Iterator

from tests.trials import broken
from tests.trials.checker import check, no_secret
from tests.trials.history import read_history
from tests.trials.kills import born, end, furnish, wait_for
from tests.trials.offsets import class_of
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, World, world

SETTINGS = {
    "LOG_LEVEL": "DEBUG",
    "DOORS__FRONT__TIMEOUT_SECONDS": "0.2",
    "DOORS__GARAGE__TIMEOUT_SECONDS": "0.2",
}
LOCK_FAULTS = ("slow", "silent", "silent_after", "reset_before", "reset_after", "truncated", "empty", "not_json",
               "wrong_type", "http_500", "http_502", "http_504", "offline")  # fmt: skip
TELEGRAM_FAULTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("http_502", {}),
    ("reset_after", {}),
    ("code", {"code": 401, "cause": "Unauthorized"}),
    ("code", {"code": 400, "cause": "Bad Request: chat not found"}),
    ("code", {"code": 429, "cause": "Too Many Requests: retry after 1", "retry_after": 1}),
    ("code", {"code": 500, "cause": "Internal Server Error"}),
)
COMMANDS_A_LIFE = 20


def run(trials: int, seed: int, *, control: str | None = None) -> Result:
    generator = random.Random(seed)
    build = (broken.BROKEN[control],) if control else ()
    tally: Counter[str] = Counter()
    with world(extra=SETTINGS) as here:
        furnish(here)
        for begun in range(0, trials, COMMANDS_A_LIFE):
            life = born(here, *build)
            for _ in range(min(COMMANDS_A_LIFE, trials - begun)):
                tally[go_wrong(here, generator)] += 1
            calm(here)
            end(here, life)
        history = read_history(here)
    violations = list(no_secret(history))
    if control is None:
        violations += [f"{found.rule}: {found.what}" for found in check(history) if found.rule == "truthful"]
    return Result(
        harness="secrets", promises=("R12",), trials=trials, dangerous=trials, violations=violations, seed=seed,
        kinds=dict(tally), control=control,
    )  # fmt: skip


def go_wrong(here: World, generator: random.Random) -> str:
    door = generator.choice((FRONT, GARAGE))
    if generator.random() < 0.7:
        name = generator.choice(LOCK_FAULTS)
        hands = here.gateway if door == FRONT else here.cloud
        hands.post("/control/faults", {"fault": name, "seconds": 0.4})
    else:
        name, how = generator.choice(TELEGRAM_FAULTS)
        path = generator.choice(("sendMessage", "getUpdates", "*"))
        here.telegram.post("/control/faults", {"fault": name, "path": path, **how})
    person, since = here.next_person(), here.news()
    here.say(person, f"/open {door}")
    here.wait_for_text(person, lambda text: bool(class_of(text)), since=since, seconds=2)
    return name


def calm(here: World) -> None:
    here.gateway.delete("/control/faults")
    here.cloud.delete("/control/faults")
    here.telegram.delete("/control/faults")
    wait_for(lambda: here.telegram.get("/control/state")["pending_updates"] == 0, seconds=3)


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield run(count, seed)


def controls(seed: int) -> Iterator[Result]:
    yield run(10, seed, control="redactor off")


def short(seed: int) -> Iterator[Result]:
    yield run(15, seed)
    yield from controls(seed)
