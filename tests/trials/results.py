"""What all runs found, added up: one line of JSON per run of a harness, and the table made of them."""

import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from tests.trials.world import ROOT

FILE = ROOT / "tests/trials/results.jsonl"
PAGE = ROOT / "docs/trials.md"


@dataclass(kw_only=True)
class Result:
    """One run: `trials` made, `dangerous` of them hit the moment they were meant for; of what, `kinds` counts."""

    harness: str
    promises: tuple[str, ...]
    trials: int
    dangerous: int
    violations: list[str] = field(default_factory=list)
    seed: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    control: str | None = None
    """The broken build this ran against; its violations are then what is wanted."""
    note: str = ""
    date: str = ""
    revision: str = ""

    @property
    def caught(self) -> bool:
        return self.control is not None and bool(self.violations)


def revision() -> str:
    """The commit, with a + if files differ from it; a snapshot carries its commit in a file."""
    kept = ROOT / ".revision"
    if kept.exists():
        return kept.read_text().strip()
    head = _git("rev-parse", "--short=10", "HEAD")
    return head + ("+" if _git("status", "--porcelain", "--", "bot", "storage") else "")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def keep(results: Iterable[Result], file: Path = FILE) -> None:
    with file.open("a", encoding="utf-8") as out:
        for result in results:
            result.date = result.date or datetime.now(UTC).isoformat(timespec="seconds")
            result.revision = result.revision or revision()
            shown = asdict(result) | {"violations": result.violations[:20], "violated": len(result.violations)}
            out.write(json.dumps(shown, ensure_ascii=False) + "\n")


def kept(file: Path = FILE) -> Iterator[Result]:
    if file.exists():
        for line in file.read_text("utf-8").splitlines():
            fields = json.loads(line)
            violated = fields.pop("violated")
            found = Result(**fields | {"promises": tuple(fields["promises"])})
            found.violations += ["…"] * (violated - len(found.violations))
            yield found


@dataclass
class Row:
    trials: int = 0
    dangerous: int = 0
    violations: int = 0
    controls: dict[str, bool] = field(default_factory=dict)
    harnesses: Counter[str] = field(default_factory=Counter)


def rows(results: Iterable[Result]) -> dict[str, Row]:
    found: dict[str, Row] = defaultdict(Row)
    for result in results:
        for promise in result.promises:
            row = found[promise]
            if result.control is not None:
                row.controls[result.control] = row.controls.get(result.control, False) or result.caught
                continue
            row.trials += result.trials
            row.dangerous += result.dangerous
            row.violations += len(result.violations)
            row.harnesses[result.harness] += result.dangerous
    return dict(sorted(found.items(), key=lambda pair: int(pair[0][1:])))


def table(results: Iterable[Result]) -> str:
    lines = [
        "| promise | trials | in the dangerous window | violations | negative controls caught |",
        "|---|---:|---:|---:|---|",
    ]
    for promise, row in rows(results).items():
        caught = [name for name, yes in row.controls.items() if yes]
        missed = [name for name, yes in row.controls.items() if not yes]
        controls = ", ".join(caught) + (f"; **not caught: {', '.join(missed)}**" if missed else "")
        lines.append(
            f"| {promise} | {row.trials:,} | {row.dangerous:,} | {row.violations:,} | {controls or 'none yet'} |"
        )
    return "\n".join(lines)


INTRODUCTION = """# Trials

What the programs in `tests/trials` have found so far, added up over all their runs; `make trials` makes this page.
A row counts only what is in `tests/trials/results.jsonl`, where every run stands with its seed, date and revision.

- *In the dangerous window*: trials that hit the very moment they were meant for, such as a death between the record
  and the outcome. Zero violations in N of them bound the rate below 3/N.
- *Negative controls*: deliberately broken builds that the same program must find fault with.
"""


NOT_REACHED = """
## Not reached yet

- R10: a network that is gone takes the connection and says nothing, or resets it; that no connection is made at all was
  not tried. The supervisor is the program itself, which waits the 5 s of the shipped unit; systemd was not tried.
- The two violations of R10 (seed 20261236) are the program's: it took Telegram's ledger for the last word where a held
  up answer reached the bot only when the outage was over, and a conflict between two polls of the bot's own for none.
  Such a conflict, with a poll that the network kept back, does shut the doors for a minute: Telegram says the same of
  a second bot.
- R3: a process stands still (SIGSTOP), no machine is suspended: boot time and the monotonic clock never part here. Most
  pauses are just over `STALE_SECONDS=5`; those of 5 to 120 s are in the runs noted "S = 30 s".
- R3, R8: the clock that `clocks` makes wrong is Python's; only a few whole bots run under libfaketime, where SQLite and
  OpenSSL are wrong about the time as well. Nothing here speaks TLS: a clock that is years off finds every certificate
  ended and keeps Telegram out of reach, which is tried as a Telegram that refuses connections at first.
- R8: `latchkey check` and `latchkey lock calibrate` sign outside the book, the latter by the host's clock; no program
  tries them.
- The violation of R4, R5, R6 and R8 with seed 112500800 (one, of `recorded_first`) is very probably the program's: with
  a load of 28 the proxy looked into the database only after the next life had made the recorded command "unknown".
  With the proxy stopped between the two the same violation came three times out of three, and the checker knows it
  now. The ledgers were not kept, so it stays counted.
- The three violations of `offsets` of 2026-11-24 ("moved a door 2 times") are very probably the program's: no second
  request left (`at_most_one_request` found none), and both moves of a held request and the one that passed it, to the
  lock without timestamps, were counted to the held one. The checker tells them apart now, but the ledgers were not
  kept, so they stay counted.
- R9 is measured on whatever the machine does meanwhile, over as many answers as the table says.
- R12 counts things that went wrong; the output of the whole test run is scanned by `tests/leaks.py`, which counts none.
- The one violation of R6 (seed 77000000: a command without an outcome at the end of a run) is probably the program's:
  on a busy machine the last life could be stopped before it had begun to recover, and SIGTERM then ends it at once.
  The program waits for the recovery now and has not met it again; that log was not kept, so it stays counted.
- Up to revision ea3db1e the kill loop did not see most updates that a dying bot lost; since e8ee74f135 each is a
  violation.
- `stalls`, `stops` and `clocks` ran on branches; what is 500043e89b there is 490bbd9 here, fb1f7709f2 is 3d770db,
  3aa10fae00 is 6f63842, 3fb72a20b4 is 173ffd0, and 079d474c25 is c5c4dbf.
"""


def write_page(file: Path = FILE, page: Path = PAGE) -> None:
    found = list(kept(file))
    page.write_text("\n".join([INTRODUCTION, table(found), "", *_by_harness(found), NOT_REACHED]), encoding="utf-8")


def _by_harness(found: list[Result]) -> Iterator[str]:
    yield "## By program\n"
    yield "| program | runs | trials | dangerous | violations | revisions | last run |"
    yield "|---|---:|---:|---:|---:|---|---|"
    runs: dict[str, list[Result]] = defaultdict(list)
    for result in found:
        if result.control is None:
            runs[result.harness].append(result)
    for name, results in runs.items():
        trials, dangerous = sum(r.trials for r in results), sum(r.dangerous for r in results)
        violations = sum(len(r.violations) for r in results)
        revisions = ", ".join(sorted({r.revision for r in results}))
        last = max(r.date for r in results)[:10]
        yield f"| {name} | {len(results)} | {trials:,} | {dangerous:,} | {violations:,} | {revisions} | {last} |"
