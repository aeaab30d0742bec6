"""latchkey journal verify|tail|export: look into the record; nothing here can change it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict

import click

from bot.access import record
from bot.cli.faults import counted, database_path, say_faults
from bot.cli.terminal import visible
from bot.domain.journal import JournalEntry
from storage import Storage


@click.group()
def journal() -> None:
    """Look into the record of everything that was asked and done."""


@journal.command()
@click.option("--head", metavar="HASH", help="A head you noted down earlier: finds a journal that was cut off, too.")
def verify(head: str | None) -> None:
    """Check the chain of hashes, and that the people list is what the records say. Exit code 0 or 1."""

    async def walk(storage: Storage) -> None:
        found = await storage.journal.verify(kept_head=head)
        entries = counted(found.entries, "entry", "entries")
        if found.fault:
            raise click.ClickException(f"{found.fault}; {entries} before it, all whole")
        differences = await record.differences(storage)
        if differences:
            raise click.ClickException("\n".join(["the people list is not what the records say:", *differences]))
        click.echo(f"{entries}, all whole; the people list is what they say")
        click.echo(f"head {found.head}")
        click.echo("Note the head down: `--head` checks against it.")

    _read(walk)


@journal.command()
@click.option("-n", "count", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many entries.")
def tail(count: int) -> None:
    """Show the newest entries."""

    async def show(storage: Storage) -> None:
        for entry in await storage.journal.tail(count):
            click.echo(visible(_line(entry)))

    _read(show)


@journal.command()
def export() -> None:
    """Write every entry as a line of JSON."""

    async def write(storage: Storage) -> None:
        async for entry in storage.journal.entries():
            # ASCII only: a terminal obeys nothing of it.
            click.echo(json.dumps(asdict(entry) | {"at": entry.at.isoformat()}, default=dict))

    _read(write)


def _line(entry: JournalEntry) -> str:
    words = [entry.at.isoformat(timespec="seconds"), entry.kind, entry.door, entry.action]
    words += [f"person {entry.person_id}"] if entry.person_id else []
    words += [f"{name}={value}" for name, value in entry.detail.items() if value not in (None, "")]
    return f"{entry.seq:>6}  " + "  ".join(str(word) for word in words if word)


def _read(work: Callable[[Storage], Awaitable[None]]) -> None:
    async def look() -> None:
        storage = await Storage.open_to_read(database_path())
        try:
            await work(storage)
        finally:
            await storage.close()

    with say_faults():
        asyncio.run(look())
