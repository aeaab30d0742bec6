"""latchkey backup FILE and latchkey restore FILE."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.faults import database_path, say_faults
from bot.console import NoBot, ask_bot
from bot.outcomes import Reason
from storage import Storage, StorageFailed
from storage.alone import alone_with
from storage.backup import back_up, claim, lay_out, put_in_place


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of the database to FILE, also while the bot runs."""
    if file.exists():
        raise click.ClickException(f"{file} is already there: name a new file")
    file = file.resolve()
    with say_faults():
        asyncio.run(_back_up(database_path(), file))
        if not file.exists():
            # A unit with PrivateTmp has a /tmp of its own, a container all its folders.
            raise StorageFailed(f"the bot wrote {file} where only it can see it: name one beside {database_path()}")
    click.echo(f"Written to {file}. It names people and what they did: keep it as safe as the database.")


async def _back_up(database: Path, file: Path) -> None:
    try:
        reply = await ask_bot(database, "backup", seconds=300, file=str(file))
    except NoBot:
        await back_up(database, file)
        return
    if "error" in reply:
        raise StorageFailed(str(reply["error"]))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Put the database back from FILE. No door opens until an owner has confirmed the people list."""
    database = database_path()
    if not yes:
        click.confirm(f"Replace {database} by {file}? The one there now is kept beside it.", abort=True)
    with say_faults():
        kept = asyncio.run(_restore(database, file))
    click.echo(f"Restored.{f' The former database is {kept}.' if kept else ''}")
    click.echo("People removed since that backup would be back on the list:")
    click.echo("no door opens until an owner sends /people to the bot and confirms it.")


async def _restore(database: Path, file: Path) -> Path | None:
    try:
        await ask_bot(database, "health", seconds=5)
    except NoBot:
        pass
    else:
        raise StorageFailed("the bot is running: stop it first")
    with alone_with(database):
        # Made ready before it takes the place of the other: cut off anywhere, no restored list counts unconfirmed.
        fresh = lay_out(database, file)
        try:
            claim(database)
            await _make_ready(fresh, stamps=await _stamps(database), name=file.name)
            return put_in_place(database, fresh, stamp=time.strftime("%Y%m%d-%H%M%S"))
        finally:
            fresh.unlink(missing_ok=True)


async def _make_ready(fresh: Path, *, stamps: Mapping[str, int], name: str) -> None:
    storage = await Storage.open(fresh)
    try:
        now = datetime.now(UTC)
        async with storage.transaction():
            await storage.holds.put(Reason.LIST_UNCONFIRMED, at=now)
            await storage.outbox.empty()
            await storage.stamps.at_least(stamps)
            await storage.journal.append("restored", at=now, file=name)
    finally:
        await storage.close()


async def _stamps(database: Path) -> dict[str, int]:
    try:
        storage = await Storage.open_to_read(database)
        try:
            return await storage.stamps.everyone()
        finally:
            await storage.close()
    except StorageFailed:
        return {}  # there is none, or it is damaged, which may be why another is put back
