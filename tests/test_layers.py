"""Who may import whom: the table of docs/design.md, read from the source by its imports."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
VENDORS = ("the_keys", "kas")
CONCRETE = tuple(f"bot.drivers.{vendor}" for vendor in VENDORS)
HTTPX_EXCEPTIONS = tuple(
    f"httpx.{name}" for name, value in vars(httpx).items() if isinstance(value, type) and issubclass(value, Exception)
)
COMPOSITION = ("bot.app", "bot.locks", "bot.cli", "bot.__main__")


@dataclass(frozen=True)
class Rule:
    """Code whose module is, or is inside, one of `code` must import nothing of `never`, but for `unless`."""

    code: tuple[str, ...]
    never: tuple[str, ...]
    unless: tuple[str, ...] = ()
    apart_from: tuple[str, ...] = ()
    """Modules that the rule does not hold for."""

    def __str__(self) -> str:
        return f"{'|'.join(self.code)} never {'|'.join(self.never)}"


ROOMS = ("bot.notices", "bot.space", "bot.access", "bot.monitor", "bot.control", "bot.doctor")
"""A room may import those before it."""
OUTSIDE = ("bot.app", "bot.locks", "bot.cli", "bot.__main__", "bot.settings")
LIBRARY = ("telegram", "httpx", "aiosqlite", "pydantic", "pydantic_settings", "click", "starlette", "uvicorn")


def room_rules() -> Iterator[Rule]:
    for number, room in enumerate(ROOMS):
        yield Rule((room,), (*LIBRARY, *OUTSIDE, "bot.chat", *ROOMS[number + 1 :]))
        yield Rule((room,), ("bot.drivers",), unless=("bot.drivers.base", "bot.drivers.errors"))


RULES = (
    Rule(("bot.domain",), ("bot", "storage", "simulators", *LIBRARY), unless=("bot.domain",)),
    Rule(("storage",), ("bot", "telegram", "httpx", "pydantic", "pydantic_settings"), unless=("bot.domain",)),
    Rule(("bot.drivers",), ("telegram", "storage", "bot"), unless=("bot.drivers", "bot.domain")),
    Rule(("bot.drivers.the_keys",), ("bot.drivers.kas",)),
    Rule(("bot.drivers.kas",), ("bot.drivers.the_keys",)),
    *room_rules(),
    Rule(
        ("bot.activity", "bot.clock", "bot.throttle", "bot.timekeeper"),
        ("bot", "storage", *LIBRARY),
        unless=("bot.domain", "bot.activity"),
    ),
    Rule(("bot.chat",), ("aiosqlite", "storage", "bot.drivers", *OUTSIDE)),
    Rule(("bot.chat",), ("httpx",), apart_from=("bot.chat.telegram",)),
    Rule(("bot.chat.telegram",), HTTPX_EXCEPTIONS),
    Rule(("bot.chat.render",), ("telegram", "bot.control", "bot.access", "bot.notices", "bot.monitor")),
    Rule(("simulators",), ("bot", "storage", "telegram", "tests")),
    Rule(("bot", "storage"), ("simulators", "starlette", "uvicorn"), apart_from=("bot.cli.demo",)),
    Rule(("bot", "storage"), COMPOSITION, apart_from=("bot.__main__", "bot.app", "bot.locks", "bot.cli")),
)


def is_in(module: str, places: tuple[str, ...]) -> bool:
    return any(module == place or module.startswith(place + ".") for place in places)


def modules() -> Iterator[tuple[str, Path]]:
    for package in ("bot", "storage", "simulators"):
        for file in sorted((ROOT / package).rglob("*.py")):
            yield ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), file


def imports(source: str, module: str, *, is_package: bool) -> Iterator[str]:
    """Every module that the source imports, and every name as if it were a module: `from bot import app` is one.

    `httpx.ReadTimeout`, written out, counts as well.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                kept = module.split(".")[: -(node.level - is_package) or None]
                base = ".".join([*kept, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "httpx":
            yield f"httpx.{node.attr}"


def breaches(rule: Rule, module: str, imported: Iterator[str]) -> list[str]:
    if not is_in(module, rule.code) or is_in(module, rule.apart_from):
        return []
    return [f"{module} imports {name}" for name in imported if is_in(name, rule.never) and not is_in(name, rule.unless)]


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_nobody_imports_what_the_table_forbids(rule: Rule) -> None:
    found = [
        breach
        for module, file in modules()
        for breach in breaches(rule, module, imports(file.read_text(), module, is_package=file.name == "__init__.py"))
    ]
    assert found == []


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_every_rule_speaks_of_code_that_is_there(rule: Rule) -> None:
    there = [module for module, _ in modules()]
    for place in rule.code:
        assert any(is_in(module, (place,)) for module in there), place


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("storage.people", "import bot.control"),
        ("storage.people", "from httpx import AsyncClient"),
        ("bot.drivers.kas.lock", "from bot.drivers.the_keys import gateway"),
        ("bot.drivers.kas.lock", "from ..the_keys import gateway"),
        ("bot.drivers.http", "from bot.clock import Clock"),
        ("bot.control", "def f():\n    import telegram"),
        ("bot.control", "from bot import settings"),
        ("bot.monitor", "from bot.drivers.the_keys import Gateway"),
        ("bot.chat.doors", "from storage import Storage"),
        ("bot.chat.doors", "import aiosqlite"),
        ("bot.chat.errors", "from httpx import ReadTimeout"),
        ("bot.chat.errors", "import httpx\ntimeout = httpx.ReadTimeout"),
        ("simulators.kas.cloud", "from bot.drivers.base import Bolt"),
        ("simulators.demo.house", "import storage"),
        ("simulators.telegram.people", "from telegram import Message"),
        ("bot.app", "from simulators.telegram import TelegramSimulator"),
        ("bot.domain.people", "import httpx"),
        ("bot.notices", "from bot.access import PeopleList"),
        ("bot.chat.render.outcomes", "from telegram import Message"),
        ("bot.access", "from bot.app import run"),
        ("bot.clock", "from . import cli"),
    ],
)
def test_a_planted_breach_is_found(module: str, line: str) -> None:
    """The negative control of this file."""
    assert any(breaches(rule, module, imports(line, module, is_package=False)) for rule in RULES)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("bot.control", "from bot.drivers.base import Bolt"),
        ("bot.chat.handlers.doors", "from bot.domain.people import Person"),
        ("bot.chat.telegram.connection", "import httpx\nclient = httpx.AsyncClient"),
        ("bot.control", "from bot.monitor import Monitor"),
        ("simulators.kas.cloud", "from simulators.telegram import TelegramSimulator"),
        ("bot.cli.demo.running", "from simulators.demo.house import DemoHouse"),
        ("bot.__main__", "from bot.cli import main"),
    ],
)
def test_what_the_table_allows_is_no_breach(module: str, line: str) -> None:
    assert not any(breaches(rule, module, imports(line, module, is_package=False)) for rule in RULES)


def arrows(sources: Mapping[str, tuple[str, bool]]) -> dict[str, set[str]]:
    """Who imports whom while being imported; what stands in a function comes later and is no arrow."""
    found: dict[str, set[str]] = {}
    for module, (source, is_package) in sources.items():
        tree = ast.parse(source)
        tree.body = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
        named = imports(ast.unparse(tree), module, is_package=is_package)
        found[module] = {target for name in named if (target := _module_of(name, sources)) and target != module}
    return found


def _module_of(name: str, sources: Mapping[str, object]) -> str | None:
    """`from a import b` is an arrow to a.b where that is a module, else to a."""
    return name if name in sources else (parent if (parent := name.rpartition(".")[0]) in sources else None)


def circle(graph: Mapping[str, set[str]]) -> tuple[str, ...] | None:
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        return tuple(error.args[1])
    return None


def test_no_module_imports_itself_by_way_of_others() -> None:
    sources = {module: (file.read_text(), file.name == "__init__.py") for module, file in modules()}
    assert circle(arrows(sources)) is None


def test_a_planted_circle_is_found() -> None:
    """The negative control of the test above."""
    sources = {"a": ("from b import x", False), "b": ("import c", False), "c": ("from a import y", False)}
    assert circle(arrows(sources)) is not None


def test_nobody_calls_a_class_lock() -> None:
    """`asyncio.Lock` is in the same files."""
    named = [
        f"{module}.{node.name}"
        for module, file in modules()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef) and node.name == "Lock"
    ]
    assert named == []
