"""A few seconds of every long proof: nothing is found in the bot, and every broken build is.

The programs run as `make trials` runs them, in processes of their own and side by side.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.trials.results import Result, kept
from tests.trials.world import ROOT

TOGETHER = (
    ("kills",),
    ("offsets", "backlog", "clocks"),
    ("journal", "revokes", "stamps", "strangers", "poison"),
    ("stalls",),
)
HARNESSES = [name for names in TOGETHER for name in names]
PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Run:
    process: subprocess.Popen[bytes]
    results: Path
    output: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    place = tmp_path_factory.mktemp("trials")
    with ExitStack() as stack:
        runs: dict[str, Run] = {}
        for number, names in enumerate(TOGETHER):
            results, output = place / f"{number}.jsonl", place / f"{number}.txt"
            command = [sys.executable, "-m", "tests.trials", *names, "--short", "--no-page", "--results", str(results)]
            with output.open("wb") as file:
                process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file))
            stack.callback(process.terminate)
            runs |= dict.fromkeys(names, Run(process, results, output))
        yield runs


@pytest.mark.parametrize("harness", HARNESSES)
def test_nothing_is_found_in_the_bot_and_every_broken_build_is(harness: str, running: dict[str, Run]) -> None:
    run = running[harness]
    code = run.process.wait(PATIENCE_SECONDS)
    found = [result for result in kept(run.results) if result.harness.split()[0] == harness]
    assert code == 0, run.output.read_text()
    assert [what for result in shipped(found) for what in result.violations] == []
    assert sum(result.dangerous for result in shipped(found)) > 0
    assert {result.control for result in found if result.control and not result.caught} == set()
    assert any(result.control for result in found)


def shipped(found: list[Result]) -> list[Result]:
    return [result for result in found if result.control is None]
