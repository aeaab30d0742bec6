"""latchkey doctor: what is right and wrong, beside a running bot or without one."""

import asyncio
from collections.abc import Iterator, Sequence

import click
from telegram import Bot

from bot.chat.render import doctor as texts
from bot.chat.render.locale import Locale
from bot.chat.telegram.limits import plain_text
from bot.chat.telegram.own_account import OwnAccount
from bot.chat.telegram.requests import TelegramRequest
from bot.cli.faults import counted, read_settings
from bot.clock import Clock
from bot.doctor import Doctor
from bot.domain.diagnoses import Diagnosis, Grade
from bot.domain.doors import Doors
from bot.domain.people import Rights
from bot.drivers import TEMPLATES
from bot.environment import Environment
from bot.health import Heartbeat
from bot.locks import build_doors, open_drivers
from bot.logs import Redactor, set_up_logging
from bot.settings import ENV_FILE, Settings
from bot.terminal import visible

# -1 is nobody's id, and 0 is the house's own. Whoever can read the settings can do all that an owner can.
WHOEVER_HAS_THE_TOKEN = Rights(-1, None, is_owner=True)


@click.command()
@click.option("--offline", is_flag=True, help="Check the settings only: touch no network and no database.")
def doctor(offline: bool) -> None:
    """Say what is right and what is wrong with Telegram, locks, database and groups, and what to do.

    Beside a running bot it goes by what the bot last read of the locks; otherwise it asks them itself. No door moves.
    Exit code 1 if something does not work. `check` and `doctor` are one command.
    """
    settings = read_settings()
    # What goes wrong becomes a line of the result, and needs no second one in the log.
    set_up_logging("CRITICAL", Redactor(settings.secrets()))
    found = [*_settings(settings), *(_complete(settings) if offline else asyncio.run(_examine(settings)))]
    locale = Locale(settings.timezone, TEMPLATES, Doors([]), Clock().datetime)
    for line in texts.lines(found, locale):
        click.echo(visible(plain_text(line)))
    if any(one.grade is Grade.BAD for one in found):
        raise SystemExit(1)


def _settings(settings: Settings) -> Iterator[Diagnosis]:
    doors = counted(len(settings.doors), "door", "doors")
    owners = counted(len(settings.owner_ids), "owner", "owners")
    yield Diagnosis("settings", parameters={"doors": doors, "owners": owners, "zone": settings.timezone.key})


def _complete(settings: Settings) -> Iterator[Diagnosis]:
    for name, door in settings.door_settings.items():
        yield Diagnosis("settings.door", parameters={"title": door.title, "driver": door.driver}, about=(name,))


async def _examine(settings: Settings) -> Sequence[Diagnosis]:
    clock = Clock()
    # Its requests tell the clock Telegram's time, by which the locks are asked: signed by a host's clock that is ahead,
    # a gateway would take the bot's own signatures for old until that time has come.
    bot = Bot(
        settings.telegram_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url.rstrip('/')}/bot",
        request=TelegramRequest(clock, connect_timeout=5, read_timeout=10),
    )
    async with open_drivers(settings, Environment(clock)) as drivers:
        doctor = Doctor(
            database=settings.database,
            private_files=[ENV_FILE],
            telegram=OwnAccount(bot),
            doors=Doors(build_doors(settings, drivers)),
            drivers=drivers,
            clock=clock,
            pulse=Heartbeat.beside(settings.database).feel,
            interval=lambda _: settings.poll_seconds,
        )
        try:
            return await doctor.examine(WHOEVER_HAS_THE_TOKEN)
        finally:
            await bot.request.shutdown()
