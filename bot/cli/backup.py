"""latchkey backup FILE and latchkey restore FILE."""

import asyncio
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.cli.faults import database_path, say_faults
from bot.domain.commands import DenialReason
from bot.domain.failures import StorageFailed
from storage import Storage, marker
from storage.backup import back_up, claim, lay_out, put_in_place
from storage.marker import Marker
from storage.process_lock import only_process_on


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a consistent copy of the database to FILE, also while the bot runs."""
    # A link counts as there, also one that leads nowhere: what is behind it is not written to.
    if file.is_symlink() or file.exists():
        raise click.ClickException(f"{file} is already there: name a new file")
    with say_faults():
        asyncio.run(back_up(database_path(), file.absolute()))
    click.echo(f"Written to {file.absolute()}. It names people and what they did: keep it as safe as the database.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Put the database back from FILE. No door opens until an owner has confirmed the people list."""
    database = database_path()
    if not yes:
        beside = " The one there now is kept beside it." if database.exists() else ""
        click.confirm(f"Put {file} in the place of {database}?{beside}", abort=True)
    with say_faults():
        kept = asyncio.run(_restore(database, file))
    click.echo(f"Restored.{f' The former database is {kept}.' if kept else ''}")
    click.echo("People removed since that backup would be back on the list:")
    click.echo("no door opens until an owner sends /people to the bot and confirms it.")


async def _restore(database: Path, file: Path) -> Path | None:
    with only_process_on(database):
        # Made ready before it takes the place of the other: cut off anywhere, no restored list counts unconfirmed.
        fresh = lay_out(database, file)
        try:
            claim(database)
            known_by = await _make_ready(fresh, counters=await _counters(database), name=file.name)
            kept = put_in_place(database, fresh, stamp=time.strftime("%Y%m%d-%H%M%S"))
            marker.write(database, known_by)
            return kept
        finally:
            fresh.unlink(missing_ok=True)


async def _make_ready(fresh: Path, *, counters: Mapping[str, int], name: str) -> Marker:
    """By what the database is known again once it is in its place."""
    storage = await Storage.open(fresh)
    try:
        now = datetime.now(UTC)
        async with storage.transaction():
            await storage.lockouts.put(DenialReason.LIST_UNCONFIRMED, at=now)
            # What waited then was told long ago, or is true no more.
            await storage.outbox.empty()
            await storage.invitations.revoke_all(at=now)
            await storage.counters.raise_to(counters)
            await storage.journal.append("restored", at=now, file=name)
        return await storage.marker(is_open=False)
    finally:
        await storage.close()


async def _counters(database: Path) -> dict[str, int]:
    try:
        storage = await Storage.open_to_read(database)
        try:
            return await storage.counters.all()
        finally:
            await storage.close()
    except StorageFailed:
        return {}  # there is none, or it is damaged, which may be why another is put back
