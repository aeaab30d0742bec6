"""Who may be told of which door, and what is left of an event for somebody who has a right to some of its doors."""

from collections.abc import Collection
from dataclasses import replace

from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.events import Event, LockReachable, LockUnreachable
from bot.domain.people import SET_SIGN, Rights
from bot.domain.policy import Moment, decide

# The right is theirs, whatever else is asked when it is used.
ALMOST = (None, DenialReason.NEEDS_APPROVAL, DenialReason.NEEDS_SECOND_FACTOR)


def may_hear(rights: Rights, door: str, now: Moment) -> bool:
    """Whoever may open the door or see how it is, now."""
    asked = (Action.OPEN, Action.STATUS)
    return any(decide(rights, door=door, action=action, now=now).reason in ALMOST for action in asked)


def may_hear_anything(rights: Rights, now: Moment) -> bool:
    # A set stands for its doors. "*" is asked about as a door of that name, which a right to every door reaches.
    named = {
        door
        for grant in rights.valid_grants
        for door in rights.sets.get(grant.door.removeprefix(SET_SIGN), frozenset({grant.door}))
    }
    return rights.is_owner or any(may_hear(rights, door, now) for door in named)


def doors_of(event: Event) -> tuple[str, ...]:
    """Empty for what is about no door."""
    door = getattr(event, "door", None)
    return (door, *getattr(event, "others", ())) if door else ()


def narrowed(event: Event, doors: Collection[str]) -> Event | None:
    """What the event says of these doors; None: nothing."""
    # Doors behind one gateway are told together, also to somebody who may know of some of them only.
    kept = [door for door in doors_of(event) if door in doors]
    if not kept:
        return None
    if isinstance(event, LockUnreachable):
        return replace(event, door=kept[0], others=tuple(kept[1:]))
    if isinstance(event, LockReachable):
        changed = {door: bolt for door, bolt in zip(event.moved, event.bolts, strict=True) if door in kept}
        return replace(event, door=kept[0], others=tuple(kept[1:]), moved=tuple(changed), bolts=tuple(changed.values()))
    return event
