"""The doors: what people name, and how a name that somebody writes finds its door."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Flag, auto

from bot.domain.actions import Action


class Capability(Flag):
    UNLOCK = auto()
    LOCK = auto()
    STATUS = auto()
    PINS = auto()
    REVOKE_PINS = auto()
    SYNC = auto()


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
    """`name` is the short one of the settings, `title` what people read. `confirm`: every press asks once more.

    `travel_seconds`: how long after a confirmed command the bolt is at rest and worth reading.
    """

    name: str
    title: str
    capabilities: Capability
    confirm: bool = False
    travel_seconds: float = 0.0

    def can(self, action: Action) -> bool:
        """Whether its lock is able to do this at all."""
        return NEEDED[action] in self.capabilities


class Doors:
    def __init__(self, doors: Iterable[Door]) -> None:
        self._doors = {door.name: door for door in doors}

    def __iter__(self) -> Iterator[Door]:
        return iter(self._doors.values())

    def get(self, name: str) -> Door | None:
        return self._doors.get(name)

    def title(self, name: str) -> str:
        """What people read; of a door that is no longer in the settings its name."""
        door = self.get(name)
        return door.title if door else name


def find(text: str, doors: Iterable[Door]) -> Door | None:
    """The door that a person means by a name or a title, whatever the case; None if there is none such."""
    wanted = key_of(text)
    return next((door for door in doors if wanted in (key_of(door.name), key_of(door.title))), None)


def nearest(text: str, doors: Iterable[Door]) -> Door | None:
    """The door whose name or title comes closest to a misspelt one."""
    names = {key: door for door in doors for key in (key_of(door.title), key_of(door.name))}
    close = get_close_matches(key_of(text), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def key_of(text: str) -> str:
    """What of a name counts when somebody writes it: the same word however it is typed.

    Keyboards write é as one sign or as two (NFC, NFD), and casefold turns the Turkish İ into two.
    """
    words = " ".join(text.replace("_", " ").replace("-", " ").split())
    folded = unicodedata.normalize("NFC", words).casefold().replace("i̇", "i")
    return unicodedata.normalize("NFC", folded)
