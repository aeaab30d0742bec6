"""A campaign of lives inside one process, one after another, each with a database of its own."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tests.trials.results import Result
from tests.trials.world import room


class Trial(Protocol):
    """One life. After `run`: what was wrong, what came about how often, and whether it hit what the harness is for."""

    wrong: list[str]
    kinds: Counter[str]

    async def run(self) -> None: ...

    @property
    def is_dangerous(self) -> bool: ...


async def live(
    begin: Callable[[Path, random.Random], Trial], trials: int, seed: int, *, harness: str, promises: tuple[str, ...]
) -> Result:
    generator, place = random.Random(seed), room()
    found = Result(harness=harness, promises=promises, trials=trials, dangerous=0, seed=seed)
    kinds: Counter[str] = Counter()
    try:
        for number in range(trials):
            trial = begin(place / f"{number}.db", generator)
            await trial.run()
            found.violations += [f"life {number}: {what}" for what in trial.wrong]
            found.dangerous += trial.is_dangerous
            kinds += trial.kinds
            for path in place.glob(f"{number}.db*"):
                path.unlink()
    finally:
        shutil.rmtree(place)
    found.kinds = dict(kinds)
    return found
