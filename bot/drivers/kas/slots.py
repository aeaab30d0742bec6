"""The code slots of a lock on the ADVANCED plan: which are free, and what stands in the used ones."""

from collections.abc import Collection, Mapping

from bot.drivers.errors import Refused
from bot.drivers.http import Unreadable

# KAS keeps 101-200 for codes; people who make some by hand begin at 101, so the bot begins at 120.
ORDER: tuple[int, ...] = (*range(120, 201), *range(101, 120))


def read_slots(answer: object) -> Mapping[int, str]:
    """Slot to digits ("" if not told) from a `GET remotePassword`. `Unreadable` rather than overlook a used slot."""
    return {_slot(entry): _text(entry, "password", "s_password") for entry in _entries(answer)}


def read_labels(answer: object) -> Mapping[int, str]:
    """Slot to the name of the code ("" if not told)."""
    return {_slot(entry): _text(entry, "password_name", "s_password_name") for entry in _entries(answer)}


def free_slot(used: Collection[int]) -> int:
    """The first free slot; Refused when all hundred are in use."""
    for slot in ORDER:
        if slot not in used:
            return slot
    raise Refused("kas.slots_full")


def _entries(answer: object) -> list[dict[object, object]]:
    passwords: object = answer.get("l_passwords") if isinstance(answer, dict) else None
    if not isinstance(passwords, list):
        raise Unreadable("no list of codes")
    if not all(isinstance(entry, dict) for entry in passwords):
        raise Unreadable("a code that is none")
    return passwords


def _text(entry: dict[object, object], *names: str) -> str:
    found = next((entry[name] for name in names if entry.get(name)), "")
    return found if isinstance(found, str) else ""


def _slot(entry: Mapping[object, object]) -> int:
    for name in ("password_id", "i_password_id", "id"):
        value = entry.get(name)
        if type(value) is int:
            return value
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 6:
            return int(value)
    raise Unreadable("a code without a slot")
