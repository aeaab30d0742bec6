"""Broken updates through the whole bot: nothing unhandled, and after every hundred an owner is answered."""

import logging
import os

import pytest

from tests.fuzz import COUNT, SEED
from tests.trials import poison
from tests.trials.inside import SETTINGS


@pytest.fixture(autouse=True)
def _environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*SETTINGS, "DATABASE"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    logging.getLogger("latchkey.polling").setLevel(logging.ERROR)


async def test_broken_updates_stop_nobody_and_open_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, "latchkey.polling")
    found = await poison.updates(COUNT, SEED)
    assert (found.trials, found.violations) == (COUNT, [])
