"""What many tests stand on: a real database in a file of its own, and a clock turned by hand."""

import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from bot.clock import Clock
from storage import Storage
from tests.bench import Hands
from tests.fresh import open_fresh

pytest_plugins = ["tests.leaks"]
settings.register_profile("latchkey", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("mutation", settings.get_profile("latchkey"), derandomize=True, database=None)
settings.load_profile("latchkey")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The trials wait for minutes of real time: begun last, they would keep one worker busy alone."""
    items.sort(key=lambda item: "test_trials_short" not in item.nodeid)


@pytest.fixture(autouse=True)
def _logging_stays_as_it_was() -> Iterator[None]:
    """Commands set up logging for their process, which is not theirs here."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], sys.excepthook = handlers, hook
    root.setLevel(level)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "latchkey.db"


@pytest.fixture
async def storage(path: Path) -> AsyncIterator[Storage]:
    storage = await open_fresh(path)
    yield storage
    await storage.close()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> Clock:
    return hands.clock()
