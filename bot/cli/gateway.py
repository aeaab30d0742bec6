"""latchkey gateway HOST …: all that a The Keys gateway can do, without Telegram and before any door is set up."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click
from pydantic import ValidationError

from bot.cli.exchanges import ShowingTransport
from bot.cli.faults import say_faults
from bot.control.counters import ProcessCounters
from bot.domain.readings import Bolt, rssi_word
from bot.drivers.base import Deadline, DriverContext
from bot.drivers.http import sockets
from bot.drivers.the_keys import Gateway, LockerInfo, TheKeys, TheKeysSettings, battery_percent, read_host
from bot.terminal import visible

# As long as STALE_SECONDS is unless it is set.
COMMAND_SECONDS = 30.0
BOLT = {Bolt.LOCKED: "closed", Bolt.UNLOCKED: "open", Bolt.JAMMED: "jammed", Bolt.UNKNOWN: "in no known position"}

T = TypeVar("T")
Subcommand = Callable[..., None]


def attempt(work: Coroutine[Any, Any, T]) -> T:
    """Run it; what goes wrong with a lock becomes a sentence and exit code 1."""
    with say_faults():
        return asyncio.run(work)


def plain_context() -> DriverContext:
    # By the host's clock, and by no counter on disk: this works before there is a bot or a database.
    return DriverContext(counters=ProcessCounters(), now=time.time, monotonic=time.monotonic, sleep=asyncio.sleep)


def deadline() -> Deadline:
    return Deadline(time.monotonic() + COMMAND_SECONDS, time.monotonic)


@dataclass(frozen=True)
class Errand:
    """The gateway, and the lock behind it as far as it was named."""

    host: str
    identifier: str | None
    code: str | None
    debug: bool

    def context(self) -> DriverContext:
        if not self.debug:
            return plain_context()

        def say(line: str) -> None:
            click.echo(visible(line), err=True)

        return replace(
            plain_context(), transport=ShowingTransport(sockets(f"http://{self.host}"), say=say, secret=self.code)
        )

    def ask_gateway(self, call: Callable[[Gateway], Awaitable[T]]) -> T:
        async def work() -> T:
            it = Gateway(self.host, self.context())
            try:
                return await call(it)
            finally:
                await it.aclose()

        return attempt(work())

    def ask_lock(self, call: Callable[[TheKeys], Awaitable[T]]) -> T:
        async def work() -> T:
            context = self.context()
            it = TheKeys("", self._settings(), Gateway(self.host, context), context)
            try:
                return await call(it)
            finally:
                await it.aclose()

        return attempt(work())

    def _settings(self) -> TheKeysSettings:
        given = {"driver": "the_keys", "host": self.host, "identifier": self.identifier, "share_code": self.code}
        try:
            return TheKeysSettings.model_validate(given)
        except ValidationError as wrong:
            # Without the input, which is a share code.
            (fault, *_) = wrong.errors(include_url=False, include_context=False, include_input=False)
            option = "-i" if fault["loc"] == ("identifier",) else "-c"
            what = "is the lock's number" if option == "-i" else fault["msg"].removeprefix("Value error, ")
            raise click.ClickException(f"{option} {what}.") from None


@click.group()
@click.argument("host")
@click.pass_context
def gateway(ctx: click.Context, host: str) -> None:
    """Talk to the The Keys gateway at HOST (name or address, with :port if it is not 80)."""
    try:
        ctx.obj = read_host(host)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="HOST") from None


def action(
    name: str, *, lock: bool = False, code: bool = False, asks: str | None = None
) -> Callable[[Subcommand], Subcommand]:
    """A command that gets an `Errand`. As with the vendor's own tool every action takes -i, -c and -d."""

    def decorate(command: Subcommand) -> Subcommand:
        @click.pass_obj
        def run(host: str, identifier: str | None, code: str | None, *, debug: bool, yes: bool = False) -> None:
            if asks and not yes:
                click.confirm(asks, abort=True)
            command(Errand(host, identifier, code, debug))

        run.__doc__ = command.__doc__
        options = [
            click.option("-d", "--debug", is_flag=True, help="Show each request and answer; the hash is hidden."),
            # Also from the environment: an argument stands in the shell's history and in the list of processes.
            click.option("-c", "--code", envvar="THE_KEYS_CODE", **_prompt("Share code", needed=code, hide_input=True)),
            click.option("-i", "--identifier", **_prompt("Lock identifier", needed=lock)),
        ]
        if asks:
            options.append(click.option("--yes", is_flag=True, help="Do not ask."))
        wrapped: Any = run
        for option in options:
            wrapped = option(wrapped)
        gateway.command(name)(wrapped)
        return command

    return decorate


def _prompt(words: str, *, needed: bool, **more: Any) -> dict[str, Any]:
    # Scripts made for the vendor's own tool pass -i and -c everywhere; where they are not needed they change nothing.
    return {"prompt": words, "help": f"{words}.", **more} if needed else {"hidden": True}


@action("status")
def status(asked: Errand) -> None:
    """Show the gateway's firmware and what it is doing; with -i and -c the lock's state as well."""
    found = asked.ask_gateway(lambda it: it.status())
    click.echo(visible(f"firmware {found.version}, {found.doing or 'idle'}"))
    if asked.identifier and asked.code:
        lock = asked.ask_lock(lambda it: it.status())
        battery = "unknown" if lock.battery_percent is None else f"{lock.battery_percent} % ({lock.battery_mv} mV)"
        click.echo(f"the lock is {BOLT[lock.bolt]}, signal {rssi_word(lock.rssi_dbm)}, battery {battery}")


@action("search")
def search(asked: Errand) -> None:
    """List the locks in sight, each as a block for .env."""
    seen = asked.ask_gateway(lambda it: it.lockers())
    if not seen:
        raise click.ClickException("The gateway sees no lock: is one in range, and shared with it?")
    blocks = (env_block(number, lock, asked.host) for number, lock in enumerate(seen.values(), start=1))
    click.echo("\n\n".join(blocks))


@action("open", lock=True, code=True)
def open_(asked: Errand) -> None:
    """Open the lock."""
    # The gateway's word for it: only `status` asks the lock where its bolt is.
    asked.ask_lock(lambda it: it.unlock(deadline()))
    click.echo("The gateway says that the lock is open.")


@action("close", lock=True, code=True)
def close(asked: Errand) -> None:
    """Close the lock."""
    asked.ask_lock(lambda it: it.lock(deadline()))
    click.echo("The gateway says that the lock is closed.")


@action("calibrate", lock=True, code=True, asks="The bolt will move in and out: hold the door open. Calibrate?")
def calibrate(asked: Errand) -> None:
    """Let the lock learn where its bolt ends. The bolt moves."""
    asked.ask_lock(lambda it: it.calibrate(deadline()))
    click.echo("The lock is calibrating.")


@action("synchronize")
def synchronize(asked: Errand) -> None:
    """Bring the gateway and its maker's cloud in step; this also sets its clock."""
    asked.ask_gateway(lambda it: it.synchronise())
    click.echo("The gateway is synchronising; that usually takes one to four minutes.")


@action("synchronize_locker", lock=True)
def synchronize_locker(asked: Errand) -> None:
    """Bring the lock in step with the gateway."""
    asked.ask_gateway(lambda it: it.synchronise_lock(str(asked.identifier), door=""))
    click.echo("The lock is synchronising; the gateway may be busy with it for some minutes.")


@action("update", asks="No door behind this gateway can be opened meanwhile. Update it?")
def update(asked: Errand) -> None:
    """Install the gateway's firmware again, even if it is up to date."""
    asked.ask_gateway(lambda it: it.update(deadline()))
    click.echo("The gateway is updating; give it some minutes.")


@action("update_locker", lock=True, asks="The door cannot be opened from here meanwhile. Update the lock?")
def update_locker(asked: Errand) -> None:
    """Install the lock's firmware."""
    asked.ask_gateway(lambda it: it.update_lock(str(asked.identifier), deadline(), door=""))
    click.echo("The lock is updating; give it some minutes.")


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
    battery = "unknown" if percent is None else f"{percent} %"
    comment = f"# signal {rssi_word(lock.rssi_dbm)}, battery {battery}"
    return "\n".join([comment, *(f"DOORS__DOOR{number}__{name}={value}" for name, value in settings.items())])
