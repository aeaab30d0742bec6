"""latchkey health: ask the running bot whether it is well; for supervisors, by exit code."""

import asyncio

import click

from bot.cli.faults import database_path
from bot.console import NoBot, ask_bot


@click.command()
def health() -> None:
    """Is the running bot well? Exit code 0 or 1."""
    try:
        reply = asyncio.run(ask_bot(database_path(), "health", seconds=5))
    except NoBot:
        raise click.ClickException("no running bot answers") from None
    click.echo(reply.get("sentence") or reply.get("error"))
    if not reply.get("good"):
        raise SystemExit(1)
