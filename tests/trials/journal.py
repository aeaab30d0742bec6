"""R13: somebody with the file changes, removes, adds, swaps or cuts off entries; every change must be found.

Every trial makes one random edit behind the bot's back, with the triggers gone, and asks the bot's own `verify` with
the head that somebody kept. All trials are dangerous: each leaves a file that differs.
"""

import hashlib
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from storage import Storage
from tests.trials.apart import apart
from tests.trials.results import Result
from tests.trials.world import room

ENTRIES = 40
COLUMNS = ("seq", "at", "kind", "command_id", "person_id", "chat_id", "door", "action", "detail", "hash")
START = datetime(2026, 3, 1, tzinfo=UTC)
Row = tuple[Any, ...]
Edit = Callable[[list[Row], random.Random], list[Row]]


async def run(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    place = room()
    tally: Counter[str] = Counter()
    missed = []
    try:
        storage = await Storage.open(place / "journal.db")
        head = await _fill(storage, generator)
        rows = await _prepare(storage)
        for number in range(trials):
            name, edit = generator.choice(list(EDITS.items()))
            tally[name] += 1
            if await _survives(storage, edit(list(rows), generator), head):
                missed.append(f"trial {number}: {name} was not found")
        await storage.close()
    finally:
        shutil.rmtree(place)
    return Result(
        harness="journal",
        promises=("R13",),
        trials=trials,
        dangerous=trials,
        violations=missed,
        seed=seed,
        kinds=dict(tally),
    )


async def _fill(storage: Storage, generator: random.Random) -> str:
    for number in range(ENTRIES):
        await storage.journal.append(
            generator.choice(("started", "outcome", "denied", "allowed")), at=START, command_id=number, person_id=7,
            chat_id=-100, door="front", action="open", update=str(number), name=f"Anna {number}",
        )  # fmt: skip
    _, head = await storage.journal.head()
    return head


async def _prepare(storage: Storage) -> list[Row]:
    for trigger in ("journal_is_append_only_1", "journal_is_append_only_2"):
        await storage.database.rows(f"DROP TRIGGER {trigger}")
    return [tuple(row) for row in await storage.database.rows(f"SELECT {', '.join(COLUMNS)} FROM journal ORDER BY seq")]


async def _survives(storage: Storage, rows: list[Row], head: str) -> bool:
    """Whether the journal with these rows in it passes; it is put back afterwards."""
    database = storage.database
    await database.rows("BEGIN")
    await database.rows("DELETE FROM journal")
    values = ", ".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
    if rows:
        await database.rows(f"INSERT INTO journal ({', '.join(COLUMNS)}) VALUES {values}")
    found = await storage.journal.verify(kept_head=head)
    await database.rows("ROLLBACK")
    return found.fault is None


def _literal(value: Any) -> str:
    return "NULL" if value is None else str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def change_field(rows: list[Row], generator: random.Random) -> list[Row]:
    place, column = generator.randrange(len(rows)), generator.randrange(1, len(COLUMNS))
    row = list(rows[place])
    value = row[column]
    row[column] = value + generator.choice((-1, 1)) if isinstance(value, int) else _respelt(value, generator)
    rows[place] = tuple(row)
    return rows


def _respelt(text: str | None, generator: random.Random) -> str:
    if not text:
        return "x"
    place = generator.randrange(len(text))
    return text[:place] + chr((ord(text[place]) + 1) % 127 or 33) + text[place + 1 :]


def clear_field(rows: list[Row], generator: random.Random) -> list[Row]:
    place, column = generator.randrange(len(rows)), generator.choice((3, 4, 5, 6, 7))
    row = list(rows[place])
    row[column] = None
    rows[place] = tuple(row)
    return rows


def remove(rows: list[Row], generator: random.Random) -> list[Row]:
    del rows[generator.randrange(len(rows))]
    return rows


def remove_and_renumber(rows: list[Row], generator: random.Random) -> list[Row]:
    return _renumbered(remove(rows, generator))


def remove_and_forge(rows: list[Row], generator: random.Random) -> list[Row]:
    """Everything after it is numbered and hashed anew: only a head that somebody kept tells."""
    return _forged(remove_and_renumber(rows, generator))


def swap(rows: list[Row], generator: random.Random) -> list[Row]:
    first, second = generator.sample(range(len(rows)), 2)
    rows[first], rows[second] = rows[second], rows[first]
    return _renumbered(rows)


def add(rows: list[Row], generator: random.Random) -> list[Row]:
    rows.insert(generator.randrange(len(rows)), rows[generator.randrange(len(rows))])
    return _renumbered(rows)


def cut_off(rows: list[Row], generator: random.Random) -> list[Row]:
    return rows[: generator.randrange(len(rows))]


def _renumbered(rows: list[Row]) -> list[Row]:
    return [(number, *row[1:]) for number, row in enumerate(rows, 1)]


def _forged(rows: list[Row]) -> list[Row]:
    previous, forged = "0" * 64, []
    for row in rows:
        body = row[:-1]
        previous = hashlib.sha256(json.dumps([previous, *body]).encode()).hexdigest()
        forged.append((*body, previous))
    return forged


EDITS: dict[str, Edit] = {
    "change a field": change_field,
    "clear a field": clear_field,
    "remove": remove,
    "remove and renumber": remove_and_renumber,
    "remove and forge the rest": remove_and_forge,
    "swap": swap,
    "add": add,
    "cut off the end": cut_off,
}


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    for name in ("digest without detail", "head not compared"):
        yield apart(partial(run, 1000, seed), control=name)


def short(seed: int) -> Iterator[Result]:
    yield from campaign(400, seed)
    yield from controls(seed)
