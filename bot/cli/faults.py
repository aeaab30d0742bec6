"""What goes wrong on the command line becomes a sentence on stderr and exit code 1, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.chat.telegram.watchdog import BadToken
from bot.drivers import fix_of, say
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown
from bot.settings import DatabasePath, Settings, SettingsWrong, load_settings
from bot.domain.failures import StorageFailed

NOT_KNOWN = "TELEGRAM_TOKEN: Telegram does not know this token: copy it again from BotFather"


@contextmanager
def say_faults() -> Iterator[None]:
    try:
        yield
    except BadToken:
        raise click.ClickException(NOT_KNOWN) from None
    except SettingsWrong as wrong:
        raise click.ClickException("\n".join(["these settings need a look:", *wrong.faults])) from None
    except StorageFailed as failure:
        raise click.ClickException(f"the database: {failure}") from None
    except LockError as error:
        raise click.ClickException(spell_error(error)) from None


def spell_error(error: LockError) -> str:
    """What happened, what that means for the command, and what an owner can do about it."""
    meaning = None
    if isinstance(error, NotSent):
        meaning = "Nothing was sent."
    elif isinstance(error, OutcomeUnknown):
        meaning = "It may have happened all the same."
    return " ".join(filter(None, [say(error), meaning, fix_of(error)]))


def database_path() -> Path:
    """The database alone: looking after it needs no other setting to be right."""
    return DatabasePath().database


def read_settings() -> Settings:
    with say_faults():
        return load_settings()
