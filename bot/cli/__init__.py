"""The command line: latchkey run, demo, doctor, health, history, journal, backup, restore, second-factor, gateway, lock
and the-keys.
"""

from importlib.metadata import version

import click

from bot.cli.backup import backup, restore
from bot.cli.demo import demo
from bot.cli.doctor import doctor
from bot.cli.gateway import gateway
from bot.cli.health import health
from bot.cli.history import history
from bot.cli.journal import journal
from bot.cli.lock import lock
from bot.cli.run import run
from bot.cli.second_factor import second_factor
from bot.cli.the_keys import the_keys


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("latchkey"), prog_name="latchkey")
@click.pass_context
def main(context: click.Context) -> None:
    """Latchkey: a Telegram bot that opens real doors. Without a command it runs the bot."""
    if context.invoked_subcommand is None:
        context.invoke(run)


for command in (run, demo, doctor, health, history, journal, backup, restore, second_factor, gateway, lock, the_keys):
    main.add_command(command)
# Its name before it was one with /doctor, which scripts may still call.
main.add_command(doctor, "check")
