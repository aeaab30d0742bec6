"""The names that settings have, and which of them somebody meant who wrote another."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from bot.drivers import DOOR_SETTINGS
from bot.settings.fields import DOOR_NAME, Settings

OF_THE_HOUSE = tuple(name.upper() for name in Settings.model_fields if name != "doors")
OF_DOORS = tuple(sorted({name.upper() for kind in DOOR_SETTINGS.values() for name in kind.model_fields}))
WRITE_A_DOOR = "a door's settings are written like DOORS__FRONT__DRIVER=the_keys"


def door_and_field(name: str) -> tuple[str, str] | None:
    """`DOORS__FRONT__HOST` → front, host; None if it is not written like the setting of a door."""
    parts = name.split("__")
    if len(parts) != 3 or parts[0] != "DOORS" or not name.isupper():
        return None
    _, door, field = (part.lower() for part in parts)
    return (door, field) if re.fullmatch(DOOR_NAME, door) and field else None


def is_setting(name: str) -> bool:
    return name in OF_THE_HOUSE or door_and_field(name) is not None


def closest(word: str, words: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """Which of the words is nearest to a misspelt one."""
    return next(iter(get_close_matches(word, words, n=1, cutoff=cutoff)), None)


def meant(name: str) -> str | None:
    """The setting that somebody meant who wrote this name; None if it looks like none."""
    plain = re.sub(r"[^A-Z0-9_]", "_", name.upper())
    return _meant_for_a_door(plain) or closest(plain, OF_THE_HOUSE)


def _meant_for_a_door(plain: str) -> str | None:
    prefix = _prefix(plain)
    words = plain.removeprefix(prefix)
    # HOST alone lacks its door, for which FRONT stands; TIMEZONE alone is the house's own.
    if words in OF_DOORS:
        return f"DOORS__FRONT__{words}" if words not in OF_THE_HOUSE else None
    if not prefix and "__" not in words:
        return None
    door, field = _split(words)
    name = f"DOORS__{door}__{field}"
    return name if field and is_setting(name) else None


def _prefix(plain: str) -> str:
    """`DOORS__`, also misspelt."""
    first = re.match(r"([A-Z]+)_+", plain)
    return first[0] if first and closest(first[1], ["DOORS"], cutoff=0.8) else ""


def _split(words: str) -> tuple[str, str | None]:
    """`FRONT_DOOR_SHARE_CODE`, however many underscores: the door and the setting."""
    single = re.sub(r"_+", "_", words)
    for field in sorted(OF_DOORS, key=len, reverse=True):
        if single.endswith(f"_{field}"):
            return single.removesuffix(f"_{field}").strip("_"), field
    door, _, last = words.rpartition("__" if "__" in words else "_")
    return re.sub(r"_+", "_", door).strip("_"), closest(last, OF_DOORS)


def seems_ours(name: str) -> bool:
    """Whether a name in the environment is most likely meant for Latchkey."""
    # The environment holds everybody's names, so one has to be nearer here than in our own file.
    return bool(_prefix(name.upper())) or closest(name.upper(), OF_THE_HOUSE, cutoff=0.85) is not None


def is_not_a_setting(name: str) -> str:
    """The sentence about an unknown name."""
    right = meant(name)
    if right:
        return f"is not a setting: do you mean {right}?"
    if name.upper().startswith("DOOR"):
        return f"is not a setting: {WRITE_A_DOOR}, with up to 24 letters, digits and single _ for the door's name"
    return "is not a setting: .env.example names all there are"
