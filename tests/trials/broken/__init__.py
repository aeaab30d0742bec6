"""Deliberately broken builds: each breaks one promise, and a program that misses it proves nothing.

Each function breaks the process it is called in; the names, with spaces, are those of the programs' negative controls.
"""

from collections.abc import Callable, Mapping
from types import ModuleType

from tests.trials.broken import commands, messages, records, times, wires

Build = Callable[[], None]


def _builds(module: ModuleType) -> dict[str, Build]:
    return {
        name.replace("_", " "): build
        for name, build in vars(module).items()
        if getattr(build, "__module__", "") == module.__name__ and not name.startswith("_")
    }


BROKEN: Mapping[str, Build] = {
    name: build for module in (commands, wires, times, messages, records) for name, build in _builds(module).items()
}
