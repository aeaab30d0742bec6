"""latchkey lock DOOR …: look after the lock of a door that is set up."""

from collections.abc import Awaitable, Callable

import click

from bot.cli.faults import read_lock
from bot.cli.gateway import attempt, deadline
from bot.drivers import say
from bot.drivers.base import LockDriver
from bot.drivers.errors import Unsupported
from bot.drivers.kas import Kas
from bot.drivers.the_keys import TheKeys
from bot.locks import open_drivers


@click.group()
@click.argument("door")
@click.pass_context
def lock(ctx: click.Context, door: str) -> None:
    """Look after the lock of DOOR, a door named in the settings. Other settings may be missing or wrong."""
    ctx.obj = door


@lock.command()
@click.pass_obj
def sync(door: str) -> None:
    """Bring the lock in step with its gateway and cloud."""
    _with_driver(door, lambda driver: driver.synchronise())
    click.echo("Synchronising; the gateway may be busy with it for some minutes.")


@lock.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def update(door: str, *, yes: bool) -> None:
    """Install the lock's firmware."""
    if not yes:
        click.confirm("The door cannot be opened from here meanwhile. Update the lock?", abort=True)
    _with_driver(door, lambda driver: _the_keys(driver).update(deadline()))
    click.echo("The lock is updating; give it some minutes.")


@lock.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def calibrate(door: str, *, yes: bool) -> None:
    """Let the lock learn where its bolt ends. The bolt moves."""
    if not yes:
        click.confirm("The bolt will move in and out: hold the door open. Calibrate?", abort=True)
    _with_driver(door, lambda driver: _the_keys(driver).calibrate(deadline()))
    click.echo("The lock is calibrating.")


@lock.command()
@click.option("--mode", type=click.IntRange(0, 1), required=True, help="As KAS's page: 0 or 1.")
@click.option("--duration", type=click.IntRange(0, 61), required=True, help="As KAS's page: 0 to 61.")
@click.option("--start", type=click.IntRange(min=0), help="startTime, sent as it is; this hour if not given.")
@click.pass_obj
def code(door: str, *, mode: int, duration: int, start: int | None) -> None:
    """Have KAS make an auto-generated code from the very numbers of its page, also on an ADVANCED account."""

    async def make(driver: LockDriver) -> None:
        kas = _kas(driver)
        pin = await kas.create_offline_code(mode, duration, kas.this_hour() if start is None else start, deadline())
        # On stdout alone, for whoever puts them into another program. They are kept nowhere.
        click.echo(pin.digits)
        click.echo(say(pin.note) if pin.note else "", err=True)

    _with_driver(door, make)


def _kas(driver: LockDriver) -> Kas:
    if not isinstance(driver, Kas):
        raise Unsupported("kas.only")
    return driver


def _the_keys(driver: LockDriver) -> TheKeys:
    if not isinstance(driver, TheKeys):
        raise Unsupported("the_keys.only")
    return driver


def _with_driver(door: str, call: Callable[[LockDriver], Awaitable[object]]) -> None:
    settings = read_lock(door)

    async def work() -> None:
        # Signed by the host's clock, outside the counters on disk: where it is ahead, the gateway then refuses what a
        # running bot signs by Telegram's.
        async with open_drivers(settings) as drivers:
            (driver,) = drivers.values()
            await call(driver)

    attempt(work())
