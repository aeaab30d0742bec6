"""latchkey demo: the real bot in a simulated house, without hardware or token."""

import asyncio
from pathlib import Path

import click

IN_THE_EXTRA = {"simulators", "starlette", "uvicorn"}
# Tried first, so that the address stays the same from one start to the next.
PAGE, GATEWAY, KAS, KEYS_CLOUD = 8080, 8081, 8082, 8083


def as_port(_: click.Context, option: click.Parameter, text: str | None) -> int | None:
    if text is None or (text.isascii() and text.isdecimal() and int(text) <= 65535):
        return None if text is None else int(text)
    raise click.ClickException(f"{option.opts[0]} {text}: a port is a number from 1 to 65535; 0 takes any free one.")


@click.command()
@click.option("--port", metavar="PORT", callback=as_port, help=f"Of the page; {PAGE} if free.")
@click.option(
    "--gateway-port",
    metavar="PORT",
    callback=as_port,
    help=f"Of the The Keys gateway; {GATEWAY} if free.",
)
@click.option("--cloud-port", metavar="PORT", callback=as_port, help=f"Of the KAS cloud; {KAS} if free.")
@click.option(
    "--keys-cloud-port",
    metavar="PORT",
    callback=as_port,
    help=f"Of the The Keys cloud; {KEYS_CLOUD} if free.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Which address is listened on; 0.0.0.0 is all.")
@click.option("--show-credentials", is_flag=True, help="Print what other clients of the locks need, too.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the database in this folder.")
def demo(
    port: int | None,
    gateway_port: int | None,
    cloud_port: int | None,
    keys_cloud_port: int | None,
    host: str,
    show_credentials: bool,
    data: Path | None,
) -> None:
    """Run the real bot in a simulated house on this machine: no token, no hardware."""
    try:
        # Here, so that every other command runs without the extra.
        from bot.cli.demo.running import run_demo
        from simulators.demo.house import DemoPorts
    except ModuleNotFoundError as missing:
        if missing.name not in IN_THE_EXTRA:
            raise
        raise click.ClickException("The demo needs more packages: install latchkey[demo].") from None
    ports = DemoPorts(
        page=_ports(port, PAGE),
        gateway=_ports(gateway_port, GATEWAY),
        kas=_ports(cloud_port, KAS),
        keys_cloud=_ports(keys_cloud_port, KEYS_CLOUD),
    )
    try:
        asyncio.run(run_demo(ports, host=host, data=data, show_credentials=show_credentials, announce=click.echo))
    except OSError as error:
        raise click.ClickException(f"The demo cannot start: {error.strerror or error}.") from None


def _ports(asked: int | None, usual: int) -> tuple[int, ...]:
    return (usual, 0) if asked is None else (asked,)
