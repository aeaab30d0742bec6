"""latchkey health: what a supervisor hears, by exit code."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.cli import main
from tests.cli.conftest import Latchkey
from tests.house import House


async def test_a_bot_that_polls_is_well(bot: House, latchkey: Latchkey) -> None:
    result = await asyncio.to_thread(latchkey, "health")
    assert result.exit_code == 0, result.output
    assert "poll" in result.output


def test_no_bot_is_not(latchkey: Latchkey) -> None:
    result = latchkey("health")
    assert result.exit_code == 1
    assert "the bot is not running" in result.output


def test_asking_makes_no_database(latchkey: Latchkey, path: Path) -> None:
    latchkey("health")
    assert not path.exists()


def test_every_command_explains_itself(latchkey: Callable[..., object]) -> None:
    for name, command in main.commands.items():
        assert command.get_short_help_str(), name
        assert getattr(latchkey(name, "--help"), "exit_code", None) == 0
