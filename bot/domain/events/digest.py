"""What there is to say of a day, and the journal's head: a chat that keeps it is a witness outside this machine."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from bot.domain.actions import Action
from bot.domain.faults import FaultyTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Who opened which door, and how often."""

    by: str
    person: int
    door: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """`door` and `why` None: a stranger, who is not told that there are doors."""

    by: str
    door: str | None
    why: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A command without a clear answer."""

    by: str
    door: str
    action: Action
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryAhead:
    """A battery that is low, or will be at `low_at`."""

    door: str
    percent: int
    is_low: bool
    low_at: datetime | None


class Ending(StrEnum):
    RIGHT = "right"
    STAY = "guest pass"
    CODE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndsSoon:
    what: Ending
    whose: str
    doors: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalHead:
    """A seal of the journal: its number and its hash, which stands for every entry before it."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    name: ClassVar = "digest"
    since: datetime
    at: datetime
    came: tuple[Came, ...] = ()
    turned_away: tuple[TurnedAway, ...] = ()
    unclear: tuple[Unclear, ...] = ()
    faults: tuple[FaultyTime, ...] = ()
    batteries: tuple[BatteryAhead, ...] = ()
    ending: tuple[EndsSoon, ...] = ()
    head: JournalHead | None = None

    @property
    def says_nothing(self) -> bool:
        return not (
            self.came or self.turned_away or self.unclear or self.faults or self.batteries or self.ending
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadTold:
    """Told now and then to whoever hears anything."""

    name: ClassVar = "journal head"
    head: JournalHead
    at: datetime


DigestEvent: TypeAlias = Digest | HeadTold
