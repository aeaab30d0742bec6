"""python -m tests.trials.mutants: what became of the small faults mutmut put into the bot, as a page.

`make mutants` runs mutmut and then this. A fault that no test notices must be explained in `mutants.toml`, one line for
each; the page is written either way. It ends with 1 if one is not explained or an explanation fits none any more.
"""

import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from tests.trials.results import revision
from tests.trials.world import ROOT

REASONS = ROOT / "tests/trials/mutants.toml"
PAGE = ROOT / "docs/mutation.md"
MUTMUT = Path(sys.executable).with_name("mutmut")
ALIVE = ("survived", "no tests")
_RESULT = re.compile(r"\s*(?P<name>\S+)__mutmut_(?P<number>\d+): (?P<end>.+)")


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant changed, without line numbers: the function, and the lines taken out and put in."""

    where: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, where: str, diff: str) -> "Change":
        """From a unified diff or from as much of one as somebody kept."""
        changed = [line for line in diff.splitlines() if line[:1] in ("-", "+") and line[:3] not in ("---", "+++")]
        return cls(where, tuple(f"{line[0]} {line[1:].strip()}" for line in changed))

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    end: str
    change: Change | None = None
    """Looked up only for those that were not killed."""

    @property
    def module(self) -> str:
        return self.name.rpartition(".")[0]


@dataclass
class Verdict:
    mutants: list[Mutant]
    reasons: dict[Change, str]
    unexplained: list[Mutant] = field(init=False)
    idle: list[Change] = field(init=False)
    """Explanations that fit no mutant."""

    def __post_init__(self) -> None:
        self.unexplained = [
            mutant for mutant in self.mutants if mutant.end not in ("killed", "timeout") and not self.why(mutant)
        ]
        self.idle = [change for change in self.reasons if change not in {mutant.change for mutant in self.alive}]

    @property
    def alive(self) -> list[Mutant]:
        return [mutant for mutant in self.mutants if mutant.end in ALIVE]

    @property
    def good(self) -> bool:
        return bool(self.mutants) and not self.unexplained and not self.idle

    def why(self, mutant: Mutant) -> str:
        """Only what tests let live can be explained; what was not tried cannot."""
        return self.reasons.get(mutant.change, "") if mutant.change and mutant.end in ALIVE else ""


def where(name: str) -> str:
    """`bot.clock.xǁClockǁnow` and `bot.clock.x_boot_time` as one would write them."""
    module, _, function = name.rpartition(".")
    return f"{module}.{function.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"


def read_results(listed: str) -> Iterator[Mutant]:
    for line in listed.splitlines():
        if found := _RESULT.fullmatch(line):
            yield Mutant(f"{found['name']}__mutmut_{found['number']}", found["end"])


def read_reasons(text: str) -> dict[Change, str]:
    entries = tomllib.loads(text).get("alive", [])
    return {Change.of(entry["where"], entry["diff"]): entry["why"].strip() for entry in entries}


def page(verdict: Verdict, about: str) -> str:
    return "\n".join([INTRODUCTION, about, "", *_table(verdict), *_lists(verdict), LIMITS])


def _table(verdict: Verdict) -> Iterator[str]:
    yield "| module | mutants | killed | timed out | justified | unexplained |"
    yield "|---|---:|---:|---:|---:|---:|"
    modules = sorted({mutant.module for mutant in verdict.mutants})
    for module in modules:
        yield _row(f"`{module}`", verdict, [mutant for mutant in verdict.mutants if mutant.module == module])
    yield _row("all", verdict, verdict.mutants)


def _row(title: str, verdict: Verdict, mutants: list[Mutant]) -> str:
    ends = Counter("justified" if verdict.why(mutant) else mutant.end for mutant in mutants)
    killed, late, justified = ends.pop("killed", 0), ends.pop("timeout", 0), ends.pop("justified", 0)
    return f"| {title} | {len(mutants):,} | {killed:,} | {late} | {justified} | {ends.total()} |"


def _lists(verdict: Verdict) -> Iterator[str]:
    yield from _list("Unexplained", [(mutant, mutant.end) for mutant in verdict.unexplained])
    yield from _list("Justified", [(mutant, verdict.why(mutant)) for mutant in verdict.mutants if verdict.why(mutant)])
    late = [(mutant, "") for mutant in verdict.mutants if mutant.end == "timeout"]
    yield from _list("Timed out: with these the tests never end, which is as good as failing", late)


def _list(title: str, told: list[tuple[Mutant, str]]) -> Iterator[str]:
    if told:
        yield f"\n## {title}\n"
    for (place, why), mutants in _by_place(told).items():
        yield f"- `{place}`{': ' if why else ''}{why}\n\n  ```diff"
        yield from ("  " + line for mutant in mutants if mutant.change for line in mutant.change.lines)
        yield "  ```"


def _by_place(told: Iterable[tuple[Mutant, str]]) -> dict[tuple[str, str], list[Mutant]]:
    places: dict[tuple[str, str], list[Mutant]] = {}
    for mutant, why in told:
        place = mutant.change.where if mutant.change else mutant.name
        places.setdefault((place, why), []).append(mutant)
    return places


def to_explain(verdict: Verdict) -> Iterator[str]:
    """What has to be done, in the form of `mutants.toml`."""
    for mutant in verdict.unexplained:
        place = mutant.change.where if mutant.change else mutant.name
        yield f"# {mutant.name}: {mutant.end}\n[[alive]]\nwhere = {place!r}"
        yield f"diff = '''\n{mutant.change}\n'''\nwhy = ''\n"
    for change in verdict.idle:
        yield f"# explained, but killed or gone: {change.where}\n{change}\n"


INTRODUCTION = """# Mutation testing

mutmut changes the modules that decide whether a door opens in one small place at a time and runs their tests.
`make mutants` does it from a clean clone and makes this page; the modules and the tests that judge them stand in
`pyproject.toml`, the reasons for what may live in `tests/trials/mutants.toml`.
"""

LIMITS = """
## What mutmut does not change

Constants and tables of a module (`DRIFT`, `_NEVER_CONNECTED`), the members and fields of a class, types, docstrings,
calls of `len` and `isinstance`, and functions with a decorator other than `staticmethod` and `classmethod`: properties
(`Rights.known`) and context managers (`before_command`, `GatewayTransport._counted`). Statements are not left out,
and an `except` is neither widened nor narrowed.
"""


def _ask(*arguments: str) -> str:
    return subprocess.run([MUTMUT, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def _with_change(mutant: Mutant) -> Mutant:
    if mutant.end == "killed":
        return mutant
    diff = _ask("show", mutant.name)
    return Mutant(mutant.name, mutant.end, Change.of(where(mutant.name.rpartition("__mutmut_")[0]), diff))


def main() -> None:
    mutants = [_with_change(mutant) for mutant in read_results(_ask("results", "--all", "true"))]
    verdict = Verdict(mutants, read_reasons(REASONS.read_text("utf-8")))
    about = f"mutmut {version('mutmut')} on {datetime.now(UTC):%Y-%m-%d}, at revision {revision()}."
    PAGE.write_text(page(verdict, about), encoding="utf-8")
    sys.stdout.write("\n".join([*_table(verdict), "", *to_explain(verdict)]) + "\n")
    sys.exit(0 if verdict.good else 1)


if __name__ == "__main__":
    main()
