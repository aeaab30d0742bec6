"""python -m tests.trials: runs the programs, adds their numbers to trials.jsonl, and prints one table.

python -m tests.trials                     everything, at the size of one campaign
python -m tests.trials kills journal       only these programs
python -m tests.trials --size 0.1 kills    a tenth of it
python -m tests.trials --page              nothing but the table, into docs/trials.md
"""

import argparse
import importlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tests.trials import results

HARNESSES: dict[str, int] = {
    "kills": 10_000,
    "power": 300,
    "offsets": 2_964,
    "journal": 10_000,
    "revokes": 10_000,
    "denied": 1_000,
    "codes": 2_000,
    "given_up": 1_000,
    "counters": 2_000,
    "backlog": 1_000,
    "strangers": 100_000,
    "poison": 10_000,
    "dates": 1_000,
    "clocks": 2_000,
    "disk": 400,
    "outbox": 1_000,
    "storms": 10_000,
    "hanging": 400,
    "secrets": 300,
    "stops": 320,
    "stalls": 240,
}
"""How many trials of each make a campaign."""
SHORT = 0


def main() -> None:
    asked = _parser().parse_args()
    started = time.monotonic()
    for name in () if asked.page else asked.harness or HARNESSES:
        harness = importlib.import_module(f"tests.trials.{name}")
        count = SHORT if asked.short else max(1, round(HARNESSES[name] * asked.size))
        for found in _run(harness, count, asked.seed, skip_controls=asked.no_controls):
            results.keep([found], asked.results)
            _say(found, time.monotonic() - started)
    sys.stdout.write(results.table(results.kept(asked.results)) + "\n")
    if asked.page:
        results.write_page(asked.results)


def _run(harness: ModuleType, count: int, seed: int, *, skip_controls: bool) -> Iterator[results.Result]:
    if count == SHORT:
        yield from harness.short(seed)
        return
    if not skip_controls:
        yield from harness.controls(seed)
    yield from harness.campaign(count, seed)


def _say(found: results.Result, seconds: float) -> None:
    name = f"{found.harness} against a build with “{found.control}”" if found.control else found.harness
    verdict = ("caught" if found.caught else "NOT CAUGHT") if found.control else f"{len(found.violations)} violations"
    sys.stdout.write(f"{seconds:6.0f} s  {name}: {found.dangerous} of {found.trials} dangerous, {verdict}\n")
    for what in [] if found.control else found.violations[:5]:
        sys.stdout.write(f"          {what}\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.trials", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("harness", nargs="*", choices=[*HARNESSES, []], help="all if none is named")
    parser.add_argument("--size", type=float, default=1.0, help="part of a campaign")
    parser.add_argument("--short", action="store_true", help="a few seconds of each, as `make test` runs it")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed makes the same choices")
    parser.add_argument("--results", type=Path, default=results.FILE)
    parser.add_argument("--no-controls", action="store_true", help="leave the broken builds out")
    parser.add_argument("--page", action="store_true", help="write the table of what was found so far")
    return parser


if __name__ == "__main__":
    main()
