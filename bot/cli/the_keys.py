"""latchkey the-keys …: the maker's cloud, to share a lock with its gateway instead of doing it by hand."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from bot.cli.gateway import attempt, deadline, plain_context
from bot.drivers.the_keys import Cloud, CloudLock
from bot.drivers.values import read_web_address

T = TypeVar("T")


@click.group("the-keys")
def the_keys() -> None:
    """Look at a The Keys account and make shares. The password is asked for and kept nowhere."""


def read_url(context: click.Context, option: click.Parameter, value: str) -> str:
    try:
        return read_web_address(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def account(command: Callable[..., None]) -> Callable[..., None]:
    """The options every command here has."""
    for option in (
        click.option(
            "--url", default="https://api.the-keys.fr", show_default=True, envvar="THE_KEYS_URL", callback=read_url
        ),
        click.option(
            "--password", prompt=True, hide_input=True, envvar="THE_KEYS_PASSWORD", help="The app's password."
        ),
        click.option("--phone", prompt=True, envvar="THE_KEYS_PHONE", help="The account's number, like +33612345678."),
    ):
        command = option(command)
    return command


@the_keys.command()
@account
def login(phone: str, password: str, url: str) -> None:
    """Try phone number and password."""
    _with_cloud(phone, password, url, lambda cloud: cloud.log_in())
    click.echo("The account can be used.")


@the_keys.command()
@account
def locks(phone: str, password: str, url: str) -> None:
    """List the account's locks with their gateways, keypads and remotes."""
    found = _with_cloud(phone, password, url, lambda cloud: cloud.locks())
    if not found:
        raise click.ClickException("The account has no lock.")
    click.echo("\n".join(line for lock in found for line in _lines(lock)))


@the_keys.command()
@click.argument("lock", required=False)
@click.argument("gateway", required=False)
@click.option("--name", default="Latchkey", show_default=True, help="What the share is called in the app.")
@account
def share(lock: str | None, gateway: str | None, name: str, phone: str, password: str, url: str) -> None:
    """Share LOCK (its id or serial) with GATEWAY (its word) and print the code for SHARE_CODE.

    Both may be left out where there is only one. A share of the same name is used again.
    """

    async def work(cloud: Cloud) -> str:
        chosen = _choose_lock(await cloud.locks(), lock)
        accessory = _choose_gateway(chosen, gateway)
        # A share of that name is used again: a client in the field made one more at every start.
        for old in await cloud.shares(str(chosen.id)):
            if (old.accessory, old.name) == (accessory, name) and old.code:
                return old.code
        form = {"nom": name, "description": "", "actif": "1"}
        return (await cloud.create_share(str(chosen.id), accessory, form, deadline())).code

    code = _with_cloud(phone, password, url, work)
    if not code:
        raise click.ClickException("The share was made but came without a code: look at it in the app.")
    click.echo(code)


def _lines(lock: CloudLock) -> list[str]:
    head = f"{lock.name}: id {lock.id}, IDENTIFIER {lock.serial}"
    return [head, *(f"  {it.kind} {it.identifier} ({it.name})" for it in lock.accessories)]


def _choose_lock(locks: list[CloudLock], wanted: str | None) -> CloudLock:
    fitting = [lock for lock in locks if wanted in (None, str(lock.id), lock.serial)]
    if len(fitting) != 1:
        names = ", ".join(f"{lock.id} ({lock.name})" for lock in locks)
        raise click.ClickException(f"Name one lock: {names or 'the account has none'}.")
    return fitting[0]


def _choose_gateway(lock: CloudLock, wanted: str | None) -> str:
    gateways = [it.identifier for it in lock.accessories if it.kind == "gateway"]
    fitting = [name for name in gateways if wanted in (None, name)]
    # The account does not list a gateway before its first share with this lock: its word is on the box.
    if wanted and not fitting:
        return wanted
    if len(fitting) != 1:
        raise click.ClickException(f"Name one gateway: {', '.join(gateways) or 'its word is printed on the box'}.")
    return fitting[0]


def _with_cloud(phone: str, password: str, url: str, call: Callable[[Cloud], Awaitable[T]]) -> T:
    async def work() -> T:
        cloud = Cloud(url, phone, password, plain_context())
        try:
            return await call(cloud)
        finally:
            await cloud.aclose()

    return attempt(work())
