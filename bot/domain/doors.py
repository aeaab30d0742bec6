"""The doors: what people name, and how a name that somebody writes finds its door."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from enum import Flag, StrEnum, auto
from typing import TypeVar

from bot.domain.actions import Action
from bot.domain.batteries import LOW_PERCENT
from bot.domain.daily import DailyTime
from bot.domain.schedules import WeeklyHours

T = TypeVar("T")


class Capability(Flag):
    UNLOCK = auto()
    LOCK = auto()
    STATUS = auto()
    PINS = auto()
    REVOKE_PINS = auto()
    SYNC = auto()


class ConfirmWhen(StrEnum):
    """When a door asks once more whether it is really meant."""

    NEVER = "never"
    BUTTONS = "buttons"
    """At every press of a button, and where nobody named the door."""
    ALWAYS = "always"


NEEDED = {
    Action.OPEN: Capability.UNLOCK,
    Action.CLOSE: Capability.LOCK,
    Action.STATUS: Capability.STATUS,
    Action.PIN: Capability.PINS,
    Action.REVOKE: Capability.REVOKE_PINS,
    Action.SYNCHRONISE: Capability.SYNC,
}


@dataclass(frozen=True, slots=True)
class Door:
    """`name` is the short one of the settings, `title` what people read. `second_factor`: when the door wants one, from
    owners, too.

    `travel_seconds`: how long after a confirmed command the bolt is at rest and worth reading. `open_reminder`: after
    how long it is told that it stands open; `auto_lock`: after how long the house closes it, in some hours of the week.
    `close_at`: when on each day the house closes it; `ask_at`: when it is asked whether it may stay open.
    `is_of_space`: while it is open, the space is.
    `battery_low_percent`: below that the lock's battery is low.
    """

    name: str
    title: str
    capabilities: Capability
    confirm: ConfirmWhen = ConfirmWhen.NEVER
    second_factor: WeeklyHours | None = None
    # The motor of The Keys runs for about 5 s: read earlier, the bolt is seen on its way.
    travel_seconds: float = 0.0
    open_reminder: timedelta | None = None
    auto_lock: timedelta | None = None
    auto_lock_hours: WeeklyHours | None = None
    close_at: DailyTime | None = None
    ask_at: DailyTime | None = None
    is_of_space: bool = False
    battery_low_percent: int = LOW_PERCENT

    @property
    def confirms_presses(self) -> bool:
        return self.confirm is not ConfirmWhen.NEVER

    @property
    def has_timers(self) -> bool:
        """Whether it matters since when it is open."""
        timers = (self.open_reminder, self.auto_lock, self.close_at, self.ask_at)
        return self.is_of_space or any(timer is not None for timer in timers)

    def can(self, action: Action) -> bool:
        """Whether its lock is able to do this at all."""
        return NEEDED[action] in self.capabilities


class Doors:
    def __init__(self, doors: Iterable[Door]) -> None:
        self._doors = {door.name: door for door in doors}

    def __iter__(self) -> Iterator[Door]:
        return iter(self._doors.values())

    @property
    def second_factors(self) -> Mapping[str, WeeklyHours]:
        """The doors that want a second factor, and when."""
        return {door.name: door.second_factor for door in self if door.second_factor}

    def get(self, name: str) -> Door | None:
        return self._doors.get(name)

    @property
    def have_timers(self) -> bool:
        return any(door.has_timers for door in self)

    def title(self, name: str) -> str:
        """What people read; of a door that is no longer in the settings its name."""
        door = self.get(name)
        return door.title if door else name

    def battery_low_percent(self, name: str) -> int:
        """Also of a door that is no longer in the settings."""
        door = self.get(name)
        return door.battery_low_percent if door else LOW_PERCENT


class NoSuchDoor(Exception):
    """`said` stands where a door should be, and `rest` after it; `said` is empty where no door is named at all."""

    def __init__(self, said: str, rest: str = "") -> None:
        super().__init__(said)
        self.said = said
        self.rest = rest


class TwoReadings(Exception):
    """The words can be meant in two ways, each a door and what is said about it."""

    def __init__(self, readings: Sequence[tuple[Door, str]]) -> None:
        super().__init__([(door.name, rest) for door, rest in readings])
        self.readings = readings


def matches(text: str, doors: Iterable[Door]) -> list[Door]:
    """The doors of this name or title, however it is typed: more than one if a title is another door's name."""
    wanted = key_of(text)
    # A text of dashes has an empty key. Without `wanted` it would name a door whose title has none either.
    return [door for door in doors if wanted and wanted in (key_of(door.name), key_of(door.title))]


def find(text: str, doors: Iterable[Door]) -> Door:
    """The one door that the whole text names. Raises NoSuchDoor and TwoReadings."""
    found = matches(text, doors)
    if not found:
        raise NoSuchDoor(text)
    return _only(found, "")


def read_door(text: str, doors: Iterable[Door], read: Callable[[str], T]) -> tuple[Door, T]:
    """The door at the beginning of the text, and what `read` makes of the words after it.

    The longest name or title wins. If only a shorter one leaves words that make sense, the text has two readings.
    `read` raises ValueError for what it does not understand. Raises that, NoSuchDoor and TwoReadings.
    """
    words, known = text.split(), list(doors)
    splits = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(len(words), 0, -1)]
    named = [(found, rest) for head, rest in splits if (found := matches(head, known))]
    if not named:
        raise NoSuchDoor(*_words_and_rest(splits, read))
    found, rest = named[0]
    try:
        return _only(found, rest), read(rest)
    except ValueError:
        for shorter, more in named[1:]:
            # "Mill Close" may be a door, or "close" at Mill: to guess could move the wrong door.
            if _is_read(read, more):
                raise TwoReadings([(found[0], rest), (shorter[0], more)]) from None
        raise


def nearest(text: str, doors: Iterable[Door]) -> Door | None:
    """The door whose name or title comes closest to a misspelt one."""
    names = {key: door for door in doors for key in (key_of(door.title), key_of(door.name))}
    close = get_close_matches(key_of(text), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def key_of(text: str) -> str:
    """What of a name counts when somebody writes it: the same word however it is typed."""
    words = " ".join(text.translate(_TYPED_ALIKE).split())
    # Keyboards write é as one sign or as two (NFC, NFD). casefold() makes two of the Turkish İ: an i and a dot.
    folded = unicodedata.normalize("NFC", words).casefold().replace("i\u0307", "i")
    return unicodedata.normalize("NFC", folded)


# Phones turn quotes and dashes as one types, and what is copied may hold spaces of no width.
_TYPED_ALIKE = str.maketrans("_-–—’‘ʼ“”", "    '''\"\"", "\u200b\u200c\u200d\u2060\ufeff")


def _only(found: Sequence[Door], rest: str) -> Door:
    if len(found) > 1:
        raise TwoReadings([(door, rest) for door in found])
    return found[0]


def _words_and_rest(splits: Sequence[tuple[str, str]], read: Callable[[str], object]) -> tuple[str, str]:
    """Of words that name no door, those that were probably meant to, and the others."""
    whole = splits[0][0] if splits else ""
    if _is_read(read, whole):
        return "", whole
    fitting = [split for split in reversed(splits) if split[1] and _is_read(read, split[1])]
    return fitting[0] if fitting else (whole, "")


def _is_read(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
