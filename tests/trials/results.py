"""What all runs found, added up: one line of JSON per run of a program, and the one table made of them."""

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.trials.world import ROOT

FILE = ROOT / "trials.jsonl"
"""Not kept in the repository: the page is."""
PAGE = ROOT / "docs/trials.md"
BEGIN, END = "<!-- the table: python -m tests.trials --page -->", "<!-- the end of the table -->"


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
    promises: set[str] = field(default_factory=set)
    trials: int = 0
    dangerous: int = 0
    violations: int = 0
    controls: dict[str, bool] = field(default_factory=dict)
    revisions: set[str] = field(default_factory=set)


def rows(results: Iterable[Result]) -> dict[str, Row]:
    """One row a program."""
    found: dict[str, Row] = defaultdict(Row)
    for result in results:
        row = found[result.harness]
        if result.control is not None:
            row.controls[result.control] = row.controls.get(result.control, False) or result.caught
            continue
        row.promises |= set(result.promises)
        row.trials += result.trials
        row.dangerous += result.dangerous
        row.violations += len(result.violations)
        row.revisions.add(result.revision)
    return found


def table(results: Iterable[Result]) -> str:
    lines = [
        "| program | promises | trials | in the dangerous window | violations | broken builds caught | revision |",
        "|---|---|---:|---:|---:|---|---|",
    ]
    for name, row in rows(results).items():
        caught = [control for control, yes in row.controls.items() if yes]
        missed = [control for control, yes in row.controls.items() if not yes]
        controls = ", ".join(caught) + (f"; **not caught: {', '.join(missed)}**" if missed else "")
        promises = ", ".join(sorted(row.promises, key=lambda promise: int(promise[1:])))
        lines.append(
            f"| {name} | {promises} | {row.trials:,} | {row.dangerous:,} | {row.violations:,} | {controls or '–'} |"
            f" {', '.join(sorted(row.revisions))} |"
        )
    return "\n".join(lines)


def write_page(file: Path = FILE, page: Path = PAGE) -> None:
    """Put the table in the place of the one that is there; what stands around it is written by hand."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n\n{table(kept(file))}\n\n{END}{after}", encoding="utf-8")
