"""A few seconds of every long proof: nothing is found in the bot, and every broken build is.

The programs run as `make trials` runs them, in processes of their own. One test is one process, however the tests are
spread over workers.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.trials.results import Result, kept
from tests.trials.world import ROOT

TOGETHER = (
    ("kills",),
    ("stalls",),
    ("offsets", "backlog", "storms"),
    ("journal", "revokes", "denied", "codes", "counters", "dates", "strangers", "poison"),
)
PATIENCE_SECONDS = 240


@pytest.mark.parametrize("names", TOGETHER, ids=" ".join)
def test_nothing_is_found_in_the_bot_and_every_broken_build_is(names: tuple[str, ...], tmp_path: Path) -> None:
    results = tmp_path / "results.jsonl"
    command = [sys.executable, "-m", "tests.trials", *names, "--short", "--results", str(results)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    for name in names:
        found = [result for result in kept(results) if result.harness.split()[0] == name]
        assert [what for result in shipped(found) for what in result.violations] == []
        assert sum(result.dangerous for result in shipped(found)) > 0
        assert {result.control for result in found if result.control and not result.caught} == set()
        assert any(result.control for result in found)


def shipped(found: list[Result]) -> list[Result]:
    return [result for result in found if result.control is None]
