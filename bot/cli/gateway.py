"""latchkey gateway HOST …: look at a The Keys gateway and keep it up to date, before any door is set up."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

import click

from bot.cli.faults import say_faults
from bot.domain.readings import rssi_word
from bot.drivers.base import Deadline, DriverContext
from bot.drivers.the_keys import Gateway, LockerInfo, battery_percent, read_host

COMMAND_SECONDS = 30.0

T = TypeVar("T")


class NoCounters:
    """For calls that are not signed."""

    async def next(self, name: str, now: int) -> int:
        raise RuntimeError("only a running bot signs requests")


def attempt(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what goes wrong with a lock becomes a sentence and exit code 1."""
    with say_faults():
        return asyncio.run(work)


def plain_context() -> DriverContext:
    return DriverContext(counters=NoCounters(), now=time.time, monotonic=time.monotonic, sleep=asyncio.sleep)


def deadline() -> Deadline:
    return Deadline(at=time.monotonic() + COMMAND_SECONDS, clock=time.monotonic)


@click.group()
@click.argument("host")
@click.pass_context
def gateway(ctx: click.Context, host: str) -> None:
    """Talk to the The Keys gateway at HOST (name or address, with :port if it is not 80)."""
    try:
        ctx.obj = read_host(host)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="HOST") from None


@gateway.command()
@click.pass_obj
def status(host: str) -> None:
    """Show the gateway's firmware and what it is doing."""
    found = _with_gateway(host, lambda it: it.status())
    click.echo(f"firmware {found.version}, {found.doing or 'idle'}")


@gateway.command()
@click.pass_obj
def locks(host: str) -> None:
    """List the locks in sight, each as a block for .env."""
    seen = _with_gateway(host, lambda it: it.lockers())
    if not seen:
        raise click.ClickException("The gateway sees no lock: is one in range, and shared with it?")
    click.echo("\n\n".join(env_block(number, lock, host) for number, lock in enumerate(seen.values(), start=1)))


@gateway.command()
@click.pass_obj
def sync(host: str) -> None:
    """Bring the gateway and its maker's cloud in step; this also sets its clock."""
    _with_gateway(host, lambda it: it.synchronise())
    click.echo("The gateway is synchronising; that usually takes one to four minutes.")


@gateway.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def update(host: str, *, yes: bool) -> None:
    """Install the gateway's firmware again, even if it is up to date."""
    if not yes:
        click.confirm("No door behind this gateway can be opened meanwhile. Update it?", abort=True)
    _with_gateway(host, lambda it: it.update(deadline()))
    click.echo("The gateway is updating; give it some minutes.")


def env_block(number: int, lock: LockerInfo, host: str) -> str:
    """The settings of one lock, ready but for the name of the door and the share code."""
    percent = battery_percent(lock.battery_mv)
    settings: Mapping[str, str] = {
        "DRIVER": "the_keys",
        "TITLE": f"Door {number}",
        "HOST": host,
        "IDENTIFIER": lock.identifier,
        "SHARE_CODE": "",
    }
    battery = "not read yet" if percent is None else f"{percent} %"
    comment = f"# signal {rssi_word(lock.rssi_dbm)}, battery {battery}"
    return "\n".join([comment, *(f"DOORS__DOOR{number}__{name}={value}" for name, value in settings.items())])


def _with_gateway(host: str, call: Callable[[Gateway], Awaitable[T]]) -> T:
    async def work() -> T:
        it = Gateway(host, plain_context())
        try:
            return await call(it)
        finally:
            await it.aclose()

    return attempt(work())
