"""latchkey second-factor reset ID: for the last owner who lost theirs, and has nobody to reset it."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from bot.access.second_factors import RESET
from bot.cli.faults import database_path, say_faults
from bot.domain.commands import DenialReason
from bot.domain.events import SecondFactorReset
from storage import Storage
from storage.database import no_database
from storage.process_lock import only_process_on


@click.group("second-factor")
def second_factor() -> None:
    """See to the second factors of people."""


class _PersonId(click.IntRange):
    name = "numeric id, which /whoami shows"


@second_factor.command()
# "At most 52 significant bits", says the Bot API of such an id.
@click.argument("person", metavar="ID", type=_PersonId(1, 2**52))
def reset(person: int) -> None:
    """Let the person of this numeric id set up another with /2fa. The bot must be stopped meanwhile."""
    database = database_path()
    with say_faults():
        if not database.exists():
            raise no_database(database)
        is_reset = asyncio.run(_reset(database, person))
    if not is_reset:
        raise click.ClickException(f"{person} has no second factor")
    click.echo(f"Done: {person} is told at the next start, and sets up another with /2fa.")


async def _reset(database: Path, person: int) -> bool:
    # A bot that runs remembers parts of the database, which would then be old.
    with only_process_on(database):
        storage, loss = await Storage.open_to_run(database)
        try:
            async with storage.transaction():
                if loss:
                    # The next start would not find it any more.
                    await storage.lockouts.put(DenialReason.LIST_UNCONFIRMED, at=datetime.now(UTC))
                return await _reset_and_tell(storage, person)
        finally:
            await storage.close_after_run(database)


async def _reset_and_tell(storage: Storage, person: int) -> bool:
    now = datetime.now(UTC)
    if not await storage.second_factors.remove(person):
        return False
    await storage.journal.append(RESET, at=now, person_id=person, where="command line")
    await storage.outbox.put(person, None, SecondFactorReset(of=None, by=None, at=now))
    known = await storage.people.get(person)
    event = SecondFactorReset(of=known.name if known else str(person), by=None, at=now)
    # Those of OWNER_IDS are not known here: this needs no setting but DATABASE, and no setting to be right.
    for owner in sorted(await storage.people.promoted() - {person}):
        await storage.outbox.put(owner, None, event)
    return True
