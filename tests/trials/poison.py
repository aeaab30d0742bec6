"""R14: broken updates, forged buttons and garbled answers of locks; the bot must go on answering.

Updates are true ones with parts torn out, swapped for other types, or blown up; answers are bytes of every kind, of
locks and of Telegram. After each batch an owner asks `/whoami` and must be answered. An error nobody caught counts as a
violation, and so does a yes that no clear answer stands behind (R7), judged by each vendor's own rules.
"""

from collections.abc import Iterator
from functools import partial

from tests.trials.apart import apart
from tests.trials.poisoned_locks import vendors
from tests.trials.poisoned_telegram import sends
from tests.trials.poisoned_updates import updates
from tests.trials.results import Result


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, 10_000):
        yield apart(partial(updates, min(10_000, count - begun), seed + begun))
        yield apart(partial(vendors, min(10_000, count - begun), seed + begun))
    yield apart(partial(sends, count // 10, seed))


def controls(seed: int, trials: int = 300) -> Iterator[Result]:
    yield apart(partial(updates, trials, seed), control="updates unread")
    for name in ("unknown is opened", "any answer is a yes"):
        yield apart(partial(vendors, trials, seed), control=name)
    yield apart(partial(sends, trials, seed), control="answers unread")


def short(seed: int) -> Iterator[Result]:
    yield apart(partial(updates, 500, seed))
    yield apart(partial(vendors, 150, seed))
    yield apart(partial(sends, 60, seed))
    yield apart(partial(vendors, 30, seed), control="unknown is opened")
