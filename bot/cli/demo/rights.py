"""What the bot allows each person of the demo, read from its database, so that the page speaks of them truly."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bot.domain.actions import MOVES, Action
from bot.domain.people import EVERY_DOOR, Grant
from simulators.demo.house import OLGA, PEOPLE, DemoPerson
from storage import Storage

DOORS = ("front", "garage")
# KAS cannot close, and the garage closes itself.
POSSIBLE = {"front": MOVES, "garage": (Action.OPEN,)}


@asynccontextmanager
async def reading_rights(database: Path) -> AsyncIterator[Callable[[], Awaitable[Sequence[DemoPerson]]]]:
    storage = await Storage.open_to_read(database)

    async def read() -> Sequence[DemoPerson]:
        return [await _described(storage, person) for person in PEOPLE]

    try:
        yield read
    finally:
        await storage.close()


async def _described(storage: Storage, person: DemoPerson) -> DemoPerson:
    if person.id == OLGA.id:
        quick = _quick({door: set(Action) for door in DOORS})
        return replace(person, role="an owner", note="owner, everything", quick=(*quick, "/people", "/help"))
    known, everything = await storage.grants.of_person(person.id)
    if known is None:
        return person
    grants = [grant for grant in everything if not grant.has_ended(datetime.now(UTC))]
    rights = {door: _actions(grants, door) for door in DOORS}
    kind = "guest" if grants and all(grant.ends_at for grant in grants) else "member"
    doors = [door for door in DOORS if rights[door]]
    may = {0: "no door at present", len(DOORS): "both doors"}.get(len(doors), " and ".join(doors))
    return replace(person, role=f"a {kind}", note=f"{kind}, {may}", quick=(*_quick(rights), "/whoami", "/help"))


def _actions(grants: list[Grant], door: str) -> set[Action]:
    return {action for grant in grants if grant.door in (door, EVERY_DOOR) for action in grant.actions}


def _quick(rights: dict[str, set[Action]]) -> tuple[str, ...]:
    # One that is refused stands among them: that is worth seeing as well.
    commands = [f"/{action} {door}" for door in DOORS for action in POSSIBLE[door] if action in rights[door]]
    if any(Action.STATUS in actions for actions in rights.values()):
        commands.append("/status")
    commands += [f"/pin {door} 2h" for door in DOORS if Action.PIN in rights[door]]
    refused = [f"/open {door}" for door in DOORS if Action.OPEN not in rights[door]]
    return (*commands, *refused[:1])
