"""What goes wrong on the command line becomes a sentence on stderr and exit code 1, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.chat.connection import UnknownToken
from bot.drivers.errors import LockError
from bot.settings import DatabasePath, Settings, SettingsWrong, load_settings
from storage import StorageFailed

NOT_KNOWN = "TELEGRAM_TOKEN: Telegram does not know this token: copy it again from BotFather"


@contextmanager
def say_faults() -> Iterator[None]:
    try:
        yield
    except UnknownToken:
        raise click.ClickException(NOT_KNOWN) from None
    except SettingsWrong as wrong:
        raise click.ClickException("\n".join(["these settings need a look:", *wrong.faults])) from None
    except StorageFailed as failure:
        raise click.ClickException(f"the database: {failure}") from None
    except LockError as error:
        raise click.ClickException(" ".join(filter(None, [str(error), error.fix]))) from None


def database_path() -> Path:
    """The database alone: looking after it needs no other setting to be right."""
    return DatabasePath().database


def read_settings() -> Settings:
    with say_faults():
        return load_settings()
