"""A wire to Telegram for every test here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chat.telegram.wire import Wire, a_wire


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    async with a_wire(tmp_path / "latchkey.db") as wire:
        yield wire


@pytest.fixture
async def strict_wire(tmp_path: Path) -> AsyncIterator[Wire]:
    """Telegram refuses whoever sends more than its limits allow."""
    async with a_wire(tmp_path / "latchkey.db", flood_limits=True) as wire:
        yield wire
