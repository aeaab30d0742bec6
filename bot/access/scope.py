"""What a manager may give: rights inside their own doors, actions, time and hours."""

from collections.abc import Iterable

from bot.domain.doors import Door
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant, Rights


def may_give(giver: Rights, grant: Grant, doors: Iterable[Door]) -> bool:
    """Owners give everything; a manager what one grant of their own covers, for every door that it is about."""
    if giver.is_owner:
        return True
    return all(any(_covers(giver, own, grant, door) for own in giver.grants) for door in _doors_of(giver, grant, doors))


def _doors_of(giver: Rights, grant: Grant, doors: Iterable[Door]) -> Iterable[str]:
    if grant.door == EVERY_DOOR:
        return [EVERY_DOOR, *(door.name for door in doors)]
    if grant.door.startswith(SET_SIGN):
        return giver.sets.get(grant.door.removeprefix(SET_SIGN)) or {EVERY_DOOR}
    return [grant.door]


def _covers(giver: Rights, own: Grant, grant: Grant, door: str) -> bool:
    if own.chat_id is not None or own.is_suspended or own.uses_left is not None:
        return False
    is_in_time = (own.ends_at is None or (grant.ends_at is not None and grant.ends_at <= own.ends_at)) and (
        own.starts_at is None or (grant.starts_at is not None and grant.starts_at >= own.starts_at)
    )
    is_in_hours = own.hours is None or (grant.hours is not None and own.hours.covers(grant.hours))
    asks_enough = (grant.asks_first or not own.asks_first) and (
        grant.needs_second_factor or not own.needs_second_factor
    )
    return giver.reaches(own, door) and grant.actions <= own.actions and is_in_time and is_in_hours and asks_enough
