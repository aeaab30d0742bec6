"""latchkey run: the bot itself."""

import asyncio
import signal

import click

from bot.app import run as run_bot
from bot.chat.telegram.watchdog import Stalled
from bot.cli.faults import read_settings, say_bad_token, say_faults
from bot.logs import Redactor, set_up_logging


@click.command()
def run() -> None:
    """Run the bot against Telegram, as the environment and .env say."""
    settings = read_settings()
    set_up_logging(settings.log_level, Redactor(settings.secrets()))

    async def until_stopped() -> None:
        await run_bot(settings, stop=stop_on_signals())

    try:
        with say_faults(), say_bad_token(settings):
            asyncio.run(until_stopped())
    # Not cured from within: a new process begins without whatever hung.
    except Stalled as stalled:
        raise click.ClickException(f"{stalled}: ending, so that whoever supervises me starts me anew") from None


def stop_on_signals() -> asyncio.Event:
    """An event that SIGINT and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop
