"""python -m tests.trials.cost: what `/open front` costs beside a bare python-telegram-bot handler (`make bench`).

The bot as shipped and a handler that posts to the gateway and answers run side by side, each with a Telegram and a
gateway of its own, and are asked in turns. Statements of SQL are counted in a bot of their own, one ask at a time.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from storage.database import Database
from tests.trials.checker import OPENED
from tests.trials.history import records
from tests.trials.kills import born, furnish
from tests.trials.patching import replace
from tests.trials.world import FRONT, LOCK, OWNER, ROOT, SHARE_CODE, TOKEN, World, world

BARE = Path(__file__).with_name("bare.py")
ASKS = 12
APART_SECONDS = 7.0
"""Between two asks of the same bot: the lock has moved and was looked at."""
COUNTED = 5
IDLE_SECONDS = 2.0


@dataclass
class Cost:
    """Seconds from the message on, medians of all asks; memory at its highest."""

    to_lock: list[float] = field(default_factory=list)
    to_answer: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    kilobytes: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.trials.cost", description=__doc__)
    parser.add_argument("--asks", type=int, default=ASKS)
    bot, bare = compare(parser.parse_args().asks)
    before, all_ = statements(COUNTED)
    sys.stdout.write(table(bot, bare, before, all_) + "\n")


def table(bot: Cost, bare: Cost, before: float, all_: float) -> str:
    def row(name: str, ours: float, theirs: float, unit: str) -> str:
        return f"| {name} | {ours:,.1f}{unit} | {theirs:,.1f}{unit} | {ours / theirs:.2f} |"

    median = statistics.median
    return "\n".join(
        [
            f"| `/open front`, medians of {len(bot.to_lock)} | Latchkey | bare handler | ratio |",
            "|---|---:|---:|---:|",
            row("until the request reaches the lock", 1e3 * median(bot.to_lock), 1e3 * median(bare.to_lock), " ms"),
            row("until the answer reaches Telegram", 1e3 * median(bot.to_answer), 1e3 * median(bare.to_answer), " ms"),
            row("memory at its highest", bot.kilobytes / 1024, bare.kilobytes / 1024, " MB"),
            row("calls to Telegram", median(bot.calls), median(bare.calls), ""),
            f"| SQL statements before the first byte | {before:.0f} | 0 | |",
            f"| SQL statements in all | {all_:.0f} | 0 | |",
        ]
    )


def compare(asks: int) -> tuple[Cost, Cost]:
    with world(through_proxy=False) as here, world(through_proxy=False) as there:
        furnish(here)
        settings = os.environ | here.settings
        bot = subprocess.Popen([sys.executable, "-m", "bot", "run"], cwd=ROOT, env=settings, stderr=here.log.open("ab"))
        address = there.settings["TELEGRAM_API_URL"], there.settings["DOORS__FRONT__HOST"]
        words = TOKEN, *address, str(LOCK), SHARE_CODE
        bare = subprocess.Popen([sys.executable, str(BARE), *words], cwd=ROOT, stderr=there.log.open("ab"))
        costs = Cost(), Cost()
        try:
            time.sleep(6)
            for number in range(asks + 1):
                for place, cost in ((here, costs[0]), (there, costs[1])):
                    measured = ask(place)
                    time.sleep(APART_SECONDS / 2)
                    if number:  # the first one imports what is missing
                        add(cost, place, *measured)
            for process, cost in zip((bot, bare), costs, strict=True):
                cost.kilobytes = peak(process.pid)
        finally:
            for process in (bot, bare):
                process.send_signal(signal.SIGTERM)
                process.wait(30)
        return costs


def ask(place: World) -> tuple[float, float]:
    """When it was asked, and when the answer was there."""
    since, asked_at = place.news(), time.time()
    place.say(OWNER, f"/open {FRONT}")
    text = place.wait_for_text(OWNER, lambda text: bool(OPENED.search(text)), since=since, seconds=10)
    if text is None:
        raise RuntimeError(f"no answer:\n{place.log.read_text()[-2000:]}")
    return asked_at, time.time()


def add(cost: Cost, place: World, asked_at: float, answered_at: float) -> None:
    at = [one["at"] for one in requests(place, FRONT, asked_at) if one["path"] == "/open"]
    sent = [one for one in requests(place, "telegram", asked_at) if one["path"] != "getUpdates"]
    cost.to_lock.append(at[0] - asked_at)
    cost.to_answer.append(answered_at - asked_at)
    cost.calls.append(len(sent))


def requests(place: World, ledger: str, since: float) -> Iterator[dict[str, Any]]:
    return (one for one in records(place.ledger(ledger)) if one["kind"] == "request" and one["at"] >= since)


def peak(pid: int) -> int:
    """Kilobytes of memory at its highest."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def statements(asks: int) -> tuple[float, float]:
    """How many statements stand before the first byte to the lock, and how many there are in all.

    What the bot does by itself, as often as before the ask, is none of the command's.
    """
    with world(through_proxy=False) as here, tempfile.NamedTemporaryFile() as file:
        furnish(here)
        life = born(here, lambda: count_into(Path(file.name)))
        before, all_ = [], []
        for _ in range(asks + 1):
            time.sleep(IDLE_SECONDS)
            asked_at, _ = ask(here)
            time.sleep(IDLE_SECONDS)
            times = [float(line) for line in Path(file.name).read_text().split()]
            sent_at = next(one["at"] for one in requests(here, FRONT, asked_at) if one["path"] == "/open")
            before.append(sum(asked_at <= at < sent_at for at in times))
            idle = sum(asked_at - IDLE_SECONDS <= at < asked_at for at in times)
            all_.append(sum(asked_at <= at < asked_at + IDLE_SECONDS for at in times) - idle)
        life.stop()
    return statistics.median(before[1:]), statistics.median(all_[1:])


def count_into(file: Path) -> None:
    original = Database._run

    async def run(self: Database, *args: Any) -> Any:
        # What health writes and reads back every ten seconds belongs to no command.
        if "health" not in str(args) and not args[0].startswith("SELECT name, value FROM counters"):
            with file.open("a") as out:
                out.write(f"{time.time()}\n")
        return await original(self, *args)

    replace(Database, "_run", run)


if __name__ == "__main__":
    main()
