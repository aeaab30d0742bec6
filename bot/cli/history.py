"""latchkey history: who asked for what, and what came of it; on the terminal, as CSV or as JSON."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import click

from bot.cli.reading import look_into
from bot.clock import Clock
from bot.domain.history import HistoryEntry, Question, Topic
from bot.domain.people import Rights
from bot.history import History
from bot.history.export import csv_lines, json_lines
from bot.history.words import EXAMPLES, NotAQuestion, find_person, read_period
from bot.terminal import visible
from storage import Storage

# -1 is nobody's id, and 0 is the house's own. Whoever can read the file can see all of it.
WHOEVER_HAS_THE_FILE = Rights(-1, None, is_owner=True)
NEWEST = 50


@click.command()
@click.option("--door", metavar="NAME", help="Only this door, by its name in the settings.")
@click.option("--person", metavar="ID|NAME", help="Only what this person asked for.")
@click.option("--kind", type=click.Choice([topic.value for topic in Topic]), help="Only this kind.")
@click.option("--since", metavar="WHEN", help=f"Only what is not older: {EXAMPLES}. Times are UTC.")
@click.option("--until", metavar="WHEN", help="Only what is not newer: to the end of that day.")
@click.option(
    "-n", "count", default=NEWEST, show_default=True, type=click.IntRange(1), help="How many, on the terminal."
)
@click.option("--csv", "as_csv", is_flag=True, help="All of it, for a spreadsheet.")
@click.option("--json", "as_json", is_flag=True, help="All of it, as JSON.")
def history(
    *,
    door: str | None,
    person: str | None,
    kind: str | None,
    since: str | None,
    until: str | None,
    count: int,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Who asked for what, how, and what came of it; the newest first. Nothing here changes anything."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json: one of the two")

    async def show(storage: Storage) -> None:
        question = Question(
            door=door,
            person_id=await _person(storage, person),
            since=_begin(since),
            until=_end(until),
            topic=Topic(kind) if kind else None,
        )
        asked = History(storage, Clock())
        if as_csv or as_json:
            write = csv_lines if as_csv else json_lines
            async for line in write(asked.entries(WHOEVER_HAS_THE_FILE, question)):
                # A line ends as its format wants, which is not always as the terminal does.
                sys.stdout.write(line)
        else:
            page = await asked.page(WHOEVER_HAS_THE_FILE, question, count=count)
            for entry in page.entries:
                click.echo(visible(_line(entry, page.names)))
            # On stderr, so that a program that reads the entries gets nothing else.
            if not page.entries:
                click.echo("No entry fits that.", err=True)
            if page.older:
                click.echo("… and older ones: -n shows more, --csv and --json show all.", err=True)

    look_into(show)


async def _person(storage: Storage, said: str | None) -> int | None:
    if said is None:
        return None
    try:
        found = find_person(said, await storage.people.all())
    except NotAQuestion:
        raise click.ClickException("more than one person is called that: write the id") from None
    if found is None:
        raise click.ClickException("nobody on the people list is called that: write the id")
    return found


def _begin(said: str | None) -> datetime | None:
    return _period(said)[0] if said else None


def _end(said: str | None) -> datetime | None:
    return _period(said)[1] if said else None


def _period(said: str) -> tuple[datetime, datetime | None]:
    period = read_period(said, datetime.now(UTC), UTC)
    if period is None:
        raise click.ClickException(f"“{said}” is not a time: write it like {EXAMPLES}")
    return period


def _line(entry: HistoryEntry, names: Mapping[int, str]) -> str:
    who = entry.name or names.get(entry.person_id or 0)
    where = {True: "in private", False: "in a group", None: None}[entry.is_private]
    words = [
        entry.at.isoformat(timespec="seconds"),
        who,
        f"({entry.person_id})" if entry.person_id else None,
        entry.kind if entry.command_id is None else entry.action,
        entry.door,
        f"by {entry.how}" if entry.how else None,
        where,
        _result(entry),
    ]
    words += [f"{name}={value}" for name, value in entry.detail.items() if name != "name" and value not in (None, "")]
    return f"{entry.seq:>7}  " + "  ".join(word for word in words if word)


def _result(entry: HistoryEntry) -> str | None:
    if entry.command_id is None:
        return None
    result = "unfinished" if entry.is_unfinished else entry.result or "?"
    why = entry.why or (entry.problem.code if entry.problem else None)
    seen = f", seen {entry.seen} afterwards" if entry.seen else ""
    return f"{result}{f' ({why})' if why else ''}{seen}"
