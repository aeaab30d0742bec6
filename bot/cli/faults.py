"""What goes wrong on the command line becomes a sentence on stderr and exit code 1, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bot.chat.telegram.watchdog import BadToken
from bot.domain.failures import StorageFailed
from bot.drivers import fix_of, say
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown
from bot.settings import LockSettings, Settings, SettingsWrong, load_database_path, load_lock, load_settings


@contextmanager
def say_faults() -> Iterator[None]:
    try:
        yield
    except SettingsWrong as wrong:
        head = ["these settings need a look:"] if len(wrong.faults) > 1 else []
        raise click.ClickException("\n".join([*head, *wrong.faults])) from None
    except StorageFailed as failure:
        # Some sentences of the storage name the file, and others are SQLite's alone.
        text = str(failure)
        raise click.ClickException(text if "database" in text else f"the database: {text}") from None
    except LockError as error:
        raise click.ClickException(spell_error(error)) from None


@contextmanager
def say_bad_token(settings: Settings) -> Iterator[None]:
    try:
        yield
    except BadToken:
        raise click.ClickException(bad_token(settings)) from None


def bad_token(settings: Settings) -> str:
    # A server that is no Bot API server says "not found", which is what a Bot API server says to a wrong token.
    if settings.telegram_api_url == Settings.model_fields["telegram_api_url"].default:
        return "Telegram does not know TELEGRAM_TOKEN: copy it again from BotFather"
    return (
        "what answers at TELEGRAM_API_URL does not know TELEGRAM_TOKEN:"
        " see whether a Bot API server is there, and copy the token again from BotFather"
    )


def spell_error(error: LockError) -> str:
    """What happened, what that means for the command, and what an owner can do about it."""
    meaning = None
    if isinstance(error, NotSent):
        meaning = "Nothing was sent."
    elif isinstance(error, OutcomeUnknown):
        meaning = "It may have happened all the same."
    return " ".join(filter(None, [say(error), meaning, fix_of(error)]))


def counted(number: int, one: str, more: str) -> str:
    """`1 door`, `2 doors`."""
    return f"{number} {one if number == 1 else more}"


def database_path() -> Path:
    # The database alone: looking after it needs no other setting to be right.
    with say_faults():
        return load_database_path(warn=warn)


def read_lock(door: str) -> LockSettings:
    with say_faults():
        return load_lock(door, warn=warn)


def read_settings() -> Settings:
    with say_faults():
        return load_settings(warn=warn)


def warn(line: str) -> None:
    click.echo(f"Warning: {line}", err=True)
