"""latchkey demo: the real bot in a simulated house, without hardware or token."""

import asyncio
from pathlib import Path

import click

IN_THE_EXTRA = {"simulators", "starlette", "uvicorn"}


@click.command()
@click.option("--port", default=0, show_default="any free one", help="Where the page is.")
@click.option("--gateway-port", default=0, show_default="any free one", help="Where the The Keys gateway is.")
@click.option("--cloud-port", default=0, show_default="any free one", help="Where the KAS cloud is.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Keep the database in this folder.")
def demo(port: int, gateway_port: int, cloud_port: int, data: Path | None) -> None:
    """Run the real bot in a simulated house on this machine: no token, no hardware."""
    try:
        # Here, so that every other command runs without the extra.
        from bot.cli.demo.running import run_demo
    except ModuleNotFoundError as missing:
        if missing.name not in IN_THE_EXTRA:
            raise
        raise click.ClickException("The demo needs more packages: install latchkey[demo].") from None
    work = run_demo(port=port, gateway_port=gateway_port, cloud_port=cloud_port, data=data, announce=click.echo)
    try:
        asyncio.run(work)
    except OSError as error:
        raise click.ClickException(f"the demo cannot start: {error.strerror or error}; are the ports free?") from None
