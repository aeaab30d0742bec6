"""What owners hear of people who cannot prove who they are, or are refused again and again."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorSetUp:
    """`is_again`: in place of an earlier one."""

    name: ClassVar = "second factor set up"
    by: str
    is_again: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorReset:
    """For the person and for owners. `of` None: it is the reader's own. `by` None: on the machine itself."""

    name: ClassVar = "second factor reset"
    of: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorLocked:
    """Somebody typed too many wrong one-time codes."""

    name: ClassVar = "second factor locked"
    of: str
    until: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedTooOften:
    """Somebody tried again and again what they may not, and has to wait."""

    name: ClassVar = "refused too often"
    of: str
    until: datetime
    at: datetime


SafetyEvent: TypeAlias = SecondFactorSetUp | SecondFactorReset | SecondFactorLocked | RefusedTooOften
