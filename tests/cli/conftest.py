"""The command line on a database in a directory of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from storage import Storage
from tests.fresh import open_fresh
from tests.house import House, a_house

T = TypeVar("T")
Latchkey = Callable[..., Result]


@pytest.fixture
def latchkey(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Latchkey:
    """Runs a command as a shell would."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE", str(path))
    return lambda *words, given=None: CliRunner().invoke(main, [str(word) for word in words], input=given)


@pytest.fixture
async def bot(path: Path) -> AsyncIterator[House]:
    """A running bot over the same database."""
    async with a_house(path) as house:
        yield house


def with_storage(path: Path, work: Callable[[Storage], Coroutine[Any, Any, T]]) -> T:
    """Look into or prepare the database while no bot runs."""

    async def do() -> T:
        storage = await open_fresh(path)
        try:
            return await work(storage)
        finally:
            await storage.close()

    return asyncio.run(do())
