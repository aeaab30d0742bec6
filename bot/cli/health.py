"""latchkey health: what the running bot last said of itself; for supervisors, by exit code."""

import click

from bot.cli.faults import database_path
from bot.health import Heartbeat


@click.command()
def health() -> None:
    """Is the running bot well? Exit code 0 or 1."""
    health = Heartbeat.beside(database_path()).read()
    click.echo(health.sentence)
    if not health.good:
        raise SystemExit(1)
