"""What people write for a length of time: "30m", "2h", "3d", "1w"."""

import re
from collections.abc import Sequence
from datetime import timedelta

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=366)
EXAMPLES = "30m, 2h, 3d or 1w"


class NotADuration(ValueError):
    """The message tells the person what to write instead."""


def parse_duration(text: str) -> timedelta:
    """Raises NotADuration for nonsense, for nothing at all and for more than a year."""
    match = re.fullmatch(r"([0-9]{1,6})\s*([mhdw])", text.strip().lower())
    if not match:
        raise NotADuration(f"“{text[:20]}” is not a length of time. Write {EXAMPLES}.")
    length = timedelta(**{UNITS[match[2]]: int(match[1])})
    if not timedelta(0) < length <= LONGEST:
        raise NotADuration(f"{text[:20]} is not possible: from one minute up to a year. Write {EXAMPLES}.")
    return length


def join_length(words: Sequence[str]) -> list[str]:
    """The words with a length at their end in one piece: "2 h" is "2h"."""
    if len(words) >= 2 and words[-2].isdecimal() and words[-1].lower() in UNITS:
        return [*words[:-2], words[-2] + words[-1]]
    return list(words)


def spell_duration(length: timedelta) -> str:
    """The largest whole unit: "90 minutes", "2 hours", "1 week"."""
    minutes = round(length.total_seconds() / 60)
    for size, unit in ((7 * 24 * 60, "week"), (24 * 60, "day"), (60, "hour")):
        if minutes and minutes % size == 0:
            return _count(minutes // size, unit)
    return _count(minutes, "minute")


def spell_age(length: timedelta) -> str:
    """How long ago, in one rounded unit: "just now", "40 s", "5 min", "3 h", "2 days"."""
    seconds = length.total_seconds()
    if seconds < 2:
        return "just now"
    if seconds < 90:
        return f"{seconds:.0f} s ago"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min ago"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f} h ago"
    return f"{seconds / 86400:.0f} days ago"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
