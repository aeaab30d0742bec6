"""How long questions to a long journal take: `python -m tests.trials.big_journal [ENTRIES] [FILE]`.

The database is generated: two years of a house with six doors and forty people.
"""

import asyncio
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from bot.access.record import differences
from bot.clock import Clock
from bot.domain.chain import GENESIS, digest
from bot.domain.history import Question, Topic
from bot.domain.people import Rights
from bot.domain.times import to_ms
from bot.history import History
from bot.history.receipt import make_receipt
from bot.history.statistics import Statistics
from storage import Storage

END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 730
DOORS = ("front", "garage", "shed", "cellar", "office", "attic")
PEOPLE = tuple(range(100, 140))
COLUMNS = "seq, at, kind, command_id, person_id, chat_id, door, action, detail, hash"
REPEATS = 5


async def generate(path: Path, entries: int) -> None:
    await (await Storage.open(path)).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA synchronous = OFF")
        raw.executemany(f"INSERT INTO journal ({COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?)", _chained(_bodies(entries)))
        raw.executemany(
            "INSERT INTO commands (id, update_key, person_id, person_name, chat_id, door, action, asked_at, started_at,"
            " ended_at, outcome) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            _commands(raw.execute("SELECT command_id, person_id, door, action, at, kind FROM journal")),
        )
        raw.commit()


def _bodies(entries: int) -> Iterator[tuple[Any, ...]]:
    """Started, outcome and now and then evidence; some denials, a few strangers."""
    luck, command = random.Random(1), 0
    begin, step = to_ms(END - timedelta(days=DAYS)), DAYS * 86_400_000 / entries
    made = 0
    while made < entries:
        command += 1
        at, who = begin + round(made * step), luck.choice(PEOPLE)
        about = {"update": str(command), "name": f"Person {who}", "asked": at // 1000, "how": "command"}
        where = (who, who, luck.choice(DOORS), luck.choice(("open", "open", "close", "close", "pin", "status")))
        chance = luck.random()
        if chance < 0.02:
            steps: list[tuple[str, dict[str, Any]]] = [("denied", {**about, "why": "no right"})]
        else:
            steps = [("started", about), ("outcome", {"result": "confirmed", "seconds": 1.2})]
            if chance < 0.5:
                steps.append(("evidence", {"bolt": "locked", "seconds": 4.0}))
        for number, (kind, detail) in enumerate(steps[: entries - made]):
            yield (at + number * 1500, kind, command, *where, json.dumps(detail, sort_keys=True))
        made += len(steps)


def _chained(bodies: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    hash_ = GENESIS
    for seq, body in enumerate(bodies, 1):
        hash_ = digest(hash_, (seq, *body))
        yield (seq, *body, hash_)


def _commands(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    for command, person, door, action, at, kind in rows:
        if kind in ("started", "denied"):
            outcome = "confirmed" if kind == "started" else "denied"
            yield command, str(command), person, f"Person {person}", person, door, action, at, at, at + 1500, outcome


async def measure(path: Path) -> None:
    storage = await Storage.open(path)
    month_ago = END - timedelta(days=30)
    long_ago = END - timedelta(days=600)
    questions = {
        "first page, everybody": Question(),
        "first page of one door": Question(door="front"),
        "first page of one person": Question(person_id=117),
        "one person at one door": Question(person_id=117, door="shed"),
        "a day 600 days ago": Question(since=long_ago, until=long_ago + timedelta(days=1)),
        "a person on a day 600 days ago": Question(person_id=117, since=long_ago, until=long_ago + timedelta(days=1)),
        "refused only": Question(topic=Topic.REFUSED),
        "codes only": Question(topic=Topic.CODES),
        "people and rights only (there are none)": Question(topic=Topic.OTHER),
        "refused, somebody who never was": Question(person_id=1, topic=Topic.REFUSED),
        "refused of one person": Question(person_id=117, topic=Topic.REFUSED),
    }
    try:
        for name, question in questions.items():
            await _time(name, lambda question=question: storage.history.page(question, count=20))  # type: ignore[misc]
        middle = (await storage.journal.head())[0] // 2
        await _time("a page in the middle", lambda: storage.history.page(Question(), count=20, before=middle))
        for name, since in (("30 days", month_ago), ("a year", END - timedelta(days=365))):
            await _time(f"openings, {name}", lambda since=since: storage.history.openings(since=since, until=END))  # type: ignore[misc]
        await _time("everybody's statistics of 30 days", lambda: _statistics(storage, 30))
        await _time("everybody's statistics of a year", lambda: _statistics(storage, 365))
        await _time("the people list held against the journal", lambda: differences(storage))
        await _time("one entry more", lambda: storage.journal.append("restored", at=END))
        began = time.perf_counter()
        fault = (await storage.journal.verify()).fault
        click.echo(f"verify: {time.perf_counter() - began:.1f} s, fault {fault}")
        began = time.perf_counter()
        await storage.seals.seal(at=END)
        click.echo(f"the first seal: {time.perf_counter() - began:.1f} s")
        await _time("a receipt under the first seal", lambda: make_receipt(storage, middle, head=None))
        await _time("a seal, later", lambda: storage.seals.seal(at=END))
        began = time.perf_counter()
        dropped = await storage.journal.drop(up_to=5000, at=END)
        click.echo(f"drop {dropped} entries: {time.perf_counter() - began:.2f} s")
    finally:
        await storage.close()


async def _statistics(storage: Storage, days: int) -> Statistics:
    owner = Rights(1, None, is_owner=True)
    clock = Clock(wall=END.timestamp)
    return await History(storage, clock).statistics(owner, door=None, length=timedelta(days=days), zone=UTC)


async def _time(name: str, ask: Callable[[], Awaitable[object]]) -> None:
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        await ask()
        times.append((time.perf_counter() - began) * 1000)
    click.echo(f"{name}: first {times[0]:.1f} ms, then {min(times):.1f} ms")


async def main() -> None:
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "big.db"
        if not path.exists():
            await generate(path, entries)
        click.echo(f"{entries} entries, {path.stat().st_size / 1e6:.0f} MB")
        await measure(path)


if __name__ == "__main__":
    asyncio.run(main())
