"""latchkey health: what a supervisor hears, by exit code."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.cli import main
from bot.outcomes import Reason
from tests.cli.conftest import Latchkey
from tests.house import House


async def test_a_bot_that_polls_is_well(bot: House, latchkey: Latchkey) -> None:
    await bot.poll_once()
    result = await asyncio.to_thread(latchkey, "health")
    assert (result.exit_code, result.output) == (0, "the last poll was completed 0 s ago\n")


async def test_a_bot_that_has_completed_no_poll_for_a_minute_is_not(bot: House, latchkey: Latchkey) -> None:
    bot.hands.turn(61)
    result = await asyncio.to_thread(latchkey, "health")
    assert result.exit_code == 1
    assert "Telegram has completed no poll for 6" in result.output


async def test_a_bot_that_is_not_alone_is_not(bot: House, latchkey: Latchkey) -> None:
    bot.inside.control.holds.add(Reason.ANOTHER_BOT)
    result = await asyncio.to_thread(latchkey, "health")
    assert result.exit_code == 1
    assert "a second bot uses the same token" in result.output


def test_no_bot_is_not(latchkey: Latchkey) -> None:
    result = latchkey("health")
    assert (result.exit_code, result.output) == (1, "Error: no running bot answers\n")


def test_asking_makes_no_database(latchkey: Latchkey, path: Path) -> None:
    latchkey("health")
    assert not path.exists()


def test_every_command_explains_itself(latchkey: Callable[..., object]) -> None:
    for name, command in main.commands.items():
        assert command.get_short_help_str(), name
        assert getattr(latchkey(name, "--help"), "exit_code", None) == 0
