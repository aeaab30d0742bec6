"""What a right's people are told about it, as an event."""

from typing import TypeVar

from bot.domain.events import AboutRight
from bot.domain.people import EVERY_DOOR, Grant

E = TypeVar("E", bound=AboutRight)


def about(kind: type[E], grant: Grant, *, of: str | None = None) -> E:
    return kind(
        door=None if grant.door == EVERY_DOOR else grant.door,
        actions=tuple(sorted(grant.actions)),
        ends_at=grant.ends_at,
        starts_at=grant.starts_at,
        hours=str(grant.hours) if grant.hours else None,
        uses_left=grant.uses_left,
        asks_first=grant.asks_first or None,
        needs_second_factor=grant.needs_second_factor or None,
        is_suspended=grant.is_suspended or None,
        of=of,
    )
