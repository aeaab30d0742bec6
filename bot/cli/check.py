"""latchkey check: is everything set up, and does the other side answer?"""

import asyncio
from collections.abc import AsyncIterator

import click
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.chat.telegram.requests import TelegramRequest
from bot.cli.faults import bad_token, counted, read_settings, spell_error
from bot.clock import Clock
from bot.domain.failures import StorageFailed
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError
from bot.environment import Environment
from bot.locks import open_drivers
from bot.logs import Redactor, set_up_logging
from bot.settings import Settings
from storage import Storage


@click.command()
@click.option("--offline", is_flag=True, help="Check the settings only: touch no network and no database.")
def check(offline: bool) -> None:
    """Say per door what is right or wrong; try Telegram, the locks and the database. Exit code 0 or 1."""
    settings = read_settings()
    set_up_logging("ERROR", Redactor(settings.secrets()))
    doors = counted(len(settings.doors), "door", "doors")
    owners = counted(len(settings.owner_ids), "owner", "owners")
    click.echo(f"✓ settings: {doors}, {owners}, times in {settings.timezone}")
    if offline:
        for name, door in settings.door_settings.items():
            click.echo(f"✓ {name}: “{door.title}”, driver {door.driver}; its settings are complete")
        return
    if not asyncio.run(_try_everything(settings)):
        raise SystemExit(1)


async def _try_everything(settings: Settings) -> bool:
    right = True
    async for good, line in _findings(settings):
        right &= good
        click.echo(f"{'✓' if good else '✗'} {line}")
    return right


async def _findings(settings: Settings) -> AsyncIterator[tuple[bool, str]]:
    # Telegram first: gateways remember the newest timestamp, so none is signed by a host's clock that is ahead.
    clock = Clock()
    yield await _telegram(settings, clock)
    yield await _database(settings)
    async with open_drivers(settings, Environment(clock)) as drivers:
        for name, driver in drivers.items():
            yield await _door(name, driver)


async def _telegram(settings: Settings, clock: Clock) -> tuple[bool, str]:
    bot = Bot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url.rstrip('/')}/bot",
        request=TelegramRequest(clock, connect_timeout=5, read_timeout=10),
    )
    try:
        async with bot:
            me = await bot.get_me()
    except InvalidToken:
        return False, f"Telegram: {bad_token(settings)}"
    except TelegramError as error:
        return False, f"Telegram: cannot be reached at TELEGRAM_API_URL ({error})"
    return True, f"Telegram: this is @{me.username}"


async def _database(settings: Settings) -> tuple[bool, str]:
    """A running bot keeps the only writing connection, so an existing file is only read."""
    try:
        if not settings.database.exists():
            await (await Storage.open(settings.database)).close()
            return True, f"database: {settings.database} is made"
        storage = await Storage.open_to_read(settings.database)
        try:
            people = await storage.people.all()
        finally:
            await storage.close()
    except StorageFailed as failure:
        return False, f"database: {failure}"
    return True, f"database: {settings.database}, {counted(len(people), 'person', 'people')} on the list"


async def _door(name: str, driver: LockDriver) -> tuple[bool, str]:
    try:
        return True, f"{name}: {await driver.check()}"
    except LockError as error:
        return False, f"{name}: {spell_error(error)}"
