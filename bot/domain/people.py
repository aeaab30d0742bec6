"""People on the allowlist and their rights."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action
from bot.domain.schedules import WeeklyHours

EVERY_DOOR = "*"
# Not -1, which is whoever runs the command line: they may see the whole history, and the house nothing.
HOUSE_ID = 0
"""The house itself, which closes doors by its timers: people of Telegram have ids above 0."""
HOUSE_NAME = "auto-lock"
SCHEDULE_NAME = "the schedule"
"""The house, where it closes a door at an hour of the day."""
SET_SIGN = "@"
"""Before the name of a set of doors: "@ground"."""


class Role(StrEnum):
    """What a person may do with the rights of others. Owners of the settings are owners whatever is stored."""

    OWNER = "owner"
    MANAGER = "manager"
    """Gives rights inside their own doors, actions and hours."""
    MEMBER = "member"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on the allowlist."""

    # Telegram's numeric user id: a username can change hands, an id cannot.
    id: int
    name: str
    added_by: int
    added_at: datetime
    role: Role = Role.MEMBER
    is_suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right: person × door, set of doors or every door × actions × when. A person may have several for one door.

    Either `person_id` or `chat_id` is set: the right of one person, or of whoever is a member of that Telegram group.
    `uses_left` counts openings. `granted_by` is its sponsor. `pass_id`: the guest pass it belongs to.
    """

    id: int
    person_id: int | None
    door: str
    actions: frozenset[Action]
    ends_at: datetime | None
    granted_by: int
    granted_at: datetime
    chat_id: int | None = None
    starts_at: datetime | None = None
    hours: WeeklyHours | None = None
    uses_left: int | None = None
    asks_first: bool = False
    needs_second_factor: bool = False
    is_suspended: bool = False
    pass_id: int | None = None

    def has_ended(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True, slots=True)
class Rights:
    """A person as a decision sees them, read from the database in the transaction that records the command.

    `grants` are the person's own and those of the groups they are a member of. `sets` are the named sets of doors,
    `second_factors` the doors that want a second factor of everybody, and when.
    """

    person_id: int
    person: Person | None
    is_owner: bool
    grants: tuple[Grant, ...] = ()
    sets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    second_factors: Mapping[str, WeeklyHours] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        # Who has rights by a group alone has no entry of their own.
        return self.is_owner or self.person is not None or any(grant.chat_id is not None for grant in self.grants)

    @property
    def valid_grants(self) -> tuple[Grant, ...]:
        # A right that is left of somebody who was removed, or was put into the database by hand, gives nothing.
        return tuple(grant for grant in self.grants if self.person is not None or grant.chat_id is not None)

    def reaches(self, grant: Grant, door: str) -> bool:
        """Whether the grant is for this door."""
        if grant.door.startswith(SET_SIGN):
            return door in self.sets.get(grant.door.removeprefix(SET_SIGN), frozenset())
        return grant.door in (door, EVERY_DOOR)
