"""What concerns the whole house: lockdowns, and doubts about Telegram, the time or the records."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownBegan:
    """Nobody but owners opens this door; `door` None: every door. `ends_at` None: until an owner ends it."""

    name: ClassVar = "lockdown began"
    door: str | None
    by: str
    at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownEnded:
    """`by` None: its time was over."""

    name: ClassVar = "lockdown ended"
    door: str | None
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnotherBot:
    """Telegram says that somebody else asks for this bot's updates; `is_over`: not any more."""

    name: ClassVar = "another bot"
    is_over: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockDoubted:
    """Telegram's time contradicts itself; `is_over`: not any more."""

    name: ClassVar = "clock doubted"
    is_over: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordsDoubted:
    """Why no door moves until an owner looks at the people list: `loss`, or `differences` between list and journal."""

    name: ClassVar = "records doubted"
    loss: str | None
    differences: tuple[str, ...]
    at: datetime


HouseEvent: TypeAlias = LockdownBegan | LockdownEnded | AnotherBot | ClockDoubted | RecordsDoubted
