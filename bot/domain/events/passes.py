"""What becomes of a guest's pass."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias

from bot.domain.arrivals import ToMend


@dataclass(frozen=True, slots=True, kw_only=True)
class PassUsed:
    """A guest opened a door for the first time, for their host."""

    name: ClassVar = "pass used"
    label: str
    by: str
    door: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassEnds:
    """For the host, some time before."""

    name: ClassVar = "pass ends"
    number: int
    label: str
    doors: tuple[str, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassExtended:
    """For the guest."""

    name: ClassVar = "pass extended"
    doors: tuple[str, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRevoked:
    """For the guest."""

    name: ClassVar = "pass revoked"
    doors: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalChecked:
    """For the host, before the guest comes: what is to be mended; nothing if all is well.

    `unread`: doors whose locks nobody can ask. `without_code`: doors at which codes can be made, and none was.
    """

    name: ClassVar = "arrival checked"
    number: int
    label: str
    doors: tuple[str, ...]
    starts_at: datetime
    to_mend: tuple[ToMend, ...]
    unread: tuple[str, ...]
    without_code: tuple[str, ...]
    at: datetime


PassEvent: TypeAlias = PassUsed | PassEnds | PassExtended | PassRevoked | ArrivalChecked
