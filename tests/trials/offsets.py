"""The line breaks at every byte of request and answer: one request at most, and the truth about it.

R4: never a second request for the same command. R7: the answer to the person fits what the proxy let through. A trial
is one command over one broken line; all of them are dangerous. Held requests also show what `settle` is for: released
after the bot asked for the state, they must not move the bolt any more.
"""

import random
import time
from collections.abc import Iterator
from dataclasses import replace

from tests.trials import broken
from tests.trials.causes import is_yes
from tests.trials.checker import ACCEPTED, NOTHING, OPENED, check
from tests.trials.history import History, Request, read_history
from tests.trials.kills import born, end, furnish
from tests.trials.life import Life
from tests.trials.results import Result
from tests.trials.world import FRONT, GARAGE, World, world

PROMISES = ("R4", "R7")
CALLS = {FRONT: "/open", GARAGE: "/remoteUnlock"}
LONGEST = {(FRONT, "request"): 290, (FRONT, "answer"): 125, (GARAGE, "request"): 195, (GARAGE, "answer"): 127}
QUICK = ("reset", "truncate")
SLOW = ("drop", "hold")
PATIENCE = 0.15
COMMANDS_A_LIFE = 25
MAYBE = "MAY be open"
BATCH = 400
CONTROLS = {"retry unanswered": ("R4",), "unknown is failed": ("R7",), "unknown is opened": ("R7",)}

Offset = tuple[str, str, str, int]


def every_offset(kinds: tuple[str, ...] = QUICK + SLOW) -> list[Offset]:
    """door, side, kind and byte: a little further than the longest message, so that nothing is left out."""
    return [
        (door, side, kind, at)
        for (door, side), longest in LONGEST.items()
        for kind in kinds
        for at in range(longest + 1)
    ]


def run(offsets: list[Offset], seed: int, *, control: str | None = None) -> Result:
    build = (broken.BROKEN[control],) if control else ()
    settings = {f"DOORS__{door.upper()}__TIMEOUT_SECONDS": str(PATIENCE) for door in CALLS}
    with world(extra=settings) as here:
        furnish(here)
        for begun in range(0, len(offsets), COMMANDS_A_LIFE):
            life = born(here, *build)
            for offset in offsets[begun : begun + COMMANDS_A_LIFE]:
                one_trial(here, offset)
            finish(here, life)
        history = read_history(here)
        violations = [f"{found.rule}: {found.what}" for found in check(history)]
        violations += [*untrue(history), *unanswered(history)]
        here.is_kept = bool(violations) and control is None
    kinds = {f"{door} {side} {kind}": 0 for door, side, kind, _ in offsets}
    for door, side, kind, _ in offsets:
        kinds[f"{door} {side} {kind}"] += 1
    return Result(
        harness="offsets", promises=PROMISES, trials=len(offsets), dangerous=broken_lines(history),
        violations=violations, seed=seed, kinds=kinds, control=control,
    )  # fmt: skip


def one_trial(here: World, offset: Offset) -> None:
    door, side, kind, at = offset
    here.calm()
    here.plan(route=door, kind=kind, match=CALLS[door], side=side, at=at, seconds=4 * PATIENCE if kind == "hold" else 0)
    person = here.next_person()
    seen = here.news()
    here.say(person, f"/open {door}")
    here.wait_for_text(person, lambda text: bool(class_of(text)), since=seen, seconds=5)


def finish(here: World, life: Life) -> None:
    here.calm()
    time.sleep(5 * PATIENCE)
    end(here, life)


def class_of(text: str) -> str | None:
    """What a text says of a command; None if it is not the last word."""
    for name, found in (("opened", OPENED.search(text)), ("accepted", ACCEPTED.search(text)), ("maybe", MAYBE in text)):
        if found:
            return name
    return "nothing" if NOTHING.search(text) else None


def truth(request: Request | None) -> set[str]:
    """What may be said of this request."""
    if request is None:
        return {"nothing"}
    if is_yes(request):
        return {"opened"}
    if request.door == GARAGE and request.whole and request.status == 200:
        return {"accepted"}
    return {"maybe"}


def untrue(history: History) -> Iterator[str]:
    """Commands whose last word does not fit what the proxy let through."""
    requests = {r.command["update_key"]: r for r in history.requests if r.command is not None}
    for command in history.commands:
        words = last_words(history, command.update_key)
        true = truth(requests.get(command.update_key))
        if words and command.outcome != "denied" and words[-1] not in true:
            yield f"untrue: update {command.update_key} was told “{words[-1]}”, and the truth is {true}"


def unanswered(history: History) -> Iterator[str]:
    for command in history.commands:
        if not last_words(history, command.update_key):
            yield f"unanswered: update {command.update_key} got no last word"


def last_words(history: History, update_key: str) -> list[str]:
    update = history.updates[int(update_key)]
    later = [u.at for u in history.updates.values() if u.chat == update.chat and u.at > update.at]
    until = min(later, default=float("inf"))
    said = [s.text for s in history.said if s.chat == update.chat and update.at <= s.at < until]
    return [word for text in said if (word := class_of(text))]


def broken_lines(history: History) -> int:
    """Commands of which a byte left and whose answer did not come whole."""
    return sum(not request.whole for request in history.requests)


def campaign(count: int, seed: int) -> Iterator[Result]:
    offsets = every_offset()
    random.Random(seed).shuffle(offsets)
    for begun in range(0, min(count, len(offsets)), BATCH):
        yield run(offsets[begun : begun + BATCH][: count - begun], seed)


def controls(seed: int, trials: int = 40) -> Iterator[Result]:
    some = every_offset()
    random.Random(seed).shuffle(some)
    for name, promises in CONTROLS.items():
        yield replace(run(some[:trials], seed, control=name), promises=promises)


def short(seed: int) -> Iterator[Result]:
    some = every_offset()
    random.Random(seed).shuffle(some)
    yield run(some[:20], seed)
    yield run(some[:8], seed, control="unknown is failed")
