"""What a manager may give: rights inside their own doors, actions, time and hours."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.doors import Door
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant, Rights

LATEST = datetime.max.replace(tzinfo=UTC)


def may_give(giver: Rights, grant: Grant, doors: Iterable[Door]) -> bool:
    """Owners give everything; a manager what one grant of their own covers, for every door that it is about."""
    if giver.is_owner:
        return True
    # One grant must cover all of it: pieced together from several it could give what none of them gives.
    return all(any(_covers(giver, own, grant, door) for own in giver.grants) for door in _doors_of(giver, grant, doors))


def within_own(giver: Rights, grant: Grant) -> Grant:
    """As much of the grant as one right of a manager's own covers; owners give all of it.

    For buttons, which offer more than a manager may have: `may_give` is what decides.
    """
    if giver.is_owner:
        return grant
    own = [one for one in giver.grants if _may_be_passed_on(one) and giver.reaches(one, grant.door)]
    best = max(own, key=lambda one: (len(one.actions & grant.actions), one.ends_at or LATEST), default=None)
    if best is None:
        return grant
    return replace(
        grant,
        actions=grant.actions & best.actions,
        starts_at=max(filter(None, (grant.starts_at, best.starts_at)), default=None),
        ends_at=min(filter(None, (grant.ends_at, best.ends_at)), default=None),
        hours=grant.hours or best.hours,
        asks_first=grant.asks_first or best.asks_first,
        needs_second_factor=grant.needs_second_factor or best.needs_second_factor,
    )


def _doors_of(giver: Rights, grant: Grant, doors: Iterable[Door]) -> Iterable[str]:
    if grant.door == EVERY_DOOR:
        # Also "*" itself: a door that is added later would be given, too.
        return [EVERY_DOOR, *(door.name for door in doors)]
    if grant.door.startswith(SET_SIGN):
        # A set without doors may get any, so only who may give every door gives it.
        return giver.sets.get(grant.door.removeprefix(SET_SIGN)) or {EVERY_DOOR}
    return [grant.door]


def _may_be_passed_on(own: Grant) -> bool:
    # Membership is a group's to give, and each copy of a counted right would have the uses again.
    return own.chat_id is None and not own.is_suspended and own.uses_left is None


def _covers(giver: Rights, own: Grant, grant: Grant, door: str) -> bool:
    if not _may_be_passed_on(own):
        return False
    is_in_time = (own.ends_at is None or (grant.ends_at is not None and grant.ends_at <= own.ends_at)) and (
        own.starts_at is None or (grant.starts_at is not None and grant.starts_at >= own.starts_at)
    )
    is_in_hours = own.hours is None or (grant.hours is not None and own.hours.covers(grant.hours))
    asks_enough = (grant.asks_first or not own.asks_first) and (
        grant.needs_second_factor or not own.needs_second_factor
    )
    return giver.reaches(own, door) and grant.actions <= own.actions and is_in_time and is_in_hours and asks_enough
