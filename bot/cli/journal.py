"""latchkey journal verify|tail|export|receipt: look into the record; nothing here can change it."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import click

from bot.access import record
from bot.cli.faults import counted
from bot.cli.reading import look_into
from bot.domain.journal import JournalEntry
from bot.history.receipt import COLUMNS, Hashed, Receipt, ReceiptWrong, make_receipt
from bot.terminal import visible
from storage import Storage


def _head(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    # Chats are told the first half of a hash. Sixteen signs are 64 bits; a shorter one would prove nothing.
    head = value and value.strip().lower()
    if head is not None and not re.fullmatch(r"[0-9a-f]{16,64}", head):
        raise click.BadParameter("that is no head: it has 16 to 64 digits and letters from a to f")
    return head


@click.group()
def journal() -> None:
    """Look into the record of everything that was asked and done."""


@journal.command()
@click.argument("receipt", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--head",
    metavar="HASH",
    callback=_head,
    help="A head that you were told or noted down: finds a journal that was cut off, too.",
)
def verify(receipt: Path | None, head: str | None) -> None:
    """Check the chain of hashes, and that the people list is what the records say. Exit code 0 or 1.

    With RECEIPT that file is checked instead, against the head that you kept: no database is needed.
    """
    if receipt:
        _verify_receipt(receipt, head)
        return

    async def walk(storage: Storage) -> None:
        # One moment of the journal: the bot may be dropping old entries meanwhile.
        async with storage.transaction():
            found = await storage.journal.verify(kept_head=head)
            # A journal that somebody changed says nothing of the list that can be relied on.
            differences = [] if found.fault else await record.differences(storage)
        entries = counted(found.entries, "entry", "entries")
        if found.fault:
            raise click.ClickException(f"{found.fault}; {entries} before it, all whole")
        if differences:
            raise click.ClickException(
                "\n".join(["the people list is not what the records say:", *map(visible, differences)])
            )
        click.echo(f"{entries}, all whole; the people list is what they say")
        if found.dropped:
            click.echo(
                f"entries 1 to {found.dropped} were dropped, and a later one says so: right with JOURNAL_KEEP_DAYS"
            )
        click.echo(f"head {found.head}")
        click.echo("Note the head down: `--head` checks against it.")

    look_into(walk)


def _verify_receipt(file: Path, head: str | None) -> None:
    if head is None:
        raise click.UsageError("a receipt proves something only against a head that you kept: add --head HASH")
    try:
        receipt = Receipt.decode(file.read_text("utf-8"))
        receipt.check(head)
    except (OSError, UnicodeDecodeError):
        raise click.ClickException(f"{file} cannot be read") from None
    except ReceiptWrong as wrong:
        raise click.ClickException(f"{file} proves nothing: {wrong}") from None
    click.echo("These entries were in the journal when that head was made:")
    for entry in receipt.entries:
        click.echo(visible(_hashed_line(entry)))
    click.echo("A receipt can leave entries out, but it cannot add or change any.")


@journal.command()
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--head", metavar="HASH", callback=_head, help="The head that the reader holds; else the first after the visit."
)
def receipt(number: int, head: str | None) -> None:
    """Write the proof of a visit: NUMBER is what `latchkey history` shows before it. Others check it with `verify`."""

    async def write(storage: Storage) -> None:
        made = await make_receipt(storage, number, head=head)
        if made is None and not await storage.seals.hashed(number):
            raise click.ClickException(f"there is no entry {number}, or it was dropped")
        if made is None and head:
            raise click.ClickException("that is not the hash of a seal that came after the visit")
        if made is None:
            raise click.ClickException("no seal was made since: the bot makes one a day, so ask again tomorrow")
        click.echo(made.encode())
        # On stderr: what is written to a file is the receipt and nothing else.
        click.echo(f"It leads to the head {made.head}", err=True)

    look_into(write)


@journal.command()
@click.option("-n", "count", default=20, show_default=True, type=click.IntRange(1, 100_000), help="How many entries.")
def tail(count: int) -> None:
    """Show the newest entries."""

    async def show(storage: Storage) -> None:
        for entry in await storage.journal.tail(count):
            click.echo(visible(_line(entry)))

    look_into(show)


@journal.command()
def export() -> None:
    """Write every entry as a line of JSON."""

    async def write(storage: Storage) -> None:
        async for entry in storage.journal.entries():
            # ASCII only: a terminal obeys nothing of it.
            click.echo(json.dumps(asdict(entry) | {"at": entry.at.isoformat()}, default=dict))

    look_into(write)


def _line(entry: JournalEntry) -> str:
    words = [entry.at.isoformat(timespec="seconds"), entry.kind, entry.door, entry.action]
    words += [f"person {entry.person_id}"] if entry.person_id else []
    words += [f"{name}={value}" for name, value in entry.detail.items() if value not in (None, "")]
    return f"{entry.seq:>6}  " + "  ".join(str(word) for word in words if word)


def _hashed_line(entry: Hashed) -> str:
    words = [f"{name}={value}" for name, value in zip(COLUMNS[2:], entry.body[2:], strict=True) if value is not None]
    return f"{entry.seq:>6}  {entry.at.isoformat(timespec='seconds')}  " + "  ".join(words)
