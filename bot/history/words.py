"""What people write after /history: a door, a person, a time and a kind, each or none, in any order."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum, auto
from itertools import combinations
from typing import TypeVar

from bot.domain.doors import Door, key_of, matches
from bot.domain.history import Question, Topic
from bot.domain.people import Person

T = TypeVar("T")
EXAMPLES = "today, yesterday, 7d, 2026-11-25, 2026-11 or 2026-11-01..2026-11-15"
# Every beginning of them is tried against every door, person and time.
MOST_WORDS = 12
TOPICS = {
    "moves": Topic.MOVES, "opened": Topic.MOVES, "codes": Topic.CODES, "code": Topic.CODES, "pins": Topic.CODES,
    "refused": Topic.REFUSED, "denied": Topic.REFUSED, "other": Topic.OTHER, "rights": Topic.OTHER,
}  # fmt: skip


class Misread(Enum):
    UNKNOWN = auto()
    """Neither a door nor a person, a time or a kind."""
    TWICE = auto()
    """Two doors, two people, two times or two kinds."""
    SEVERAL_PEOPLE = auto()
    """More than one person is called that."""


class NotAQuestion(ValueError):
    def __init__(self, misread: Misread, said: str) -> None:
        super().__init__(misread.name, said[:40])
        self.misread = misread
        self.said = said[:40]


@dataclass(frozen=True, slots=True)
class Known:
    """What the words can mean: the doors and the people that the caller may ask for, and the local time."""

    doors: Sequence[Door]
    people: Sequence[Person]
    now: datetime
    zone: tzinfo


def read_question(text: str, known: Known) -> Question:
    """Raises NotAQuestion."""
    words = text.split()[:MOST_WORDS]
    # In this order: a name that a door and a person share means the door.
    readers: dict[str, Callable[[str], object]] = {
        "door": lambda said: next(iter(matches(said, known.doors)), None),
        "when": lambda said: read_period(said, known.now, known.zone),
        "topic": lambda said: TOPICS.get(said.casefold()),
        "person": lambda said: find_person(said, known.people),
    }
    found: dict[str, object] = {}
    while words:
        kind, value, words = _longest(words, readers)
        if kind in found:
            raise NotAQuestion(Misread.TWICE, text)
        found[kind] = value
    return _question(found)


def read_period(said: str, now: datetime, zone: tzinfo) -> tuple[datetime, datetime | None] | None:
    """From when, and until when if that has an end; None for words that are no time."""
    word, today = said.casefold(), now.astimezone(zone).date()
    if word in ("today", "yesterday"):
        day = today - timedelta(days=word == "yesterday")
        return _days(day, day, zone)
    if ago := re.fullmatch(r"([0-9]{1,4})([hdw])", word):
        unit = {"h": "hours", "d": "days", "w": "weeks"}[ago[2]]
        return now - timedelta(**{unit: int(ago[1])}), None
    first, dots, last = word.partition("..")
    begin, end = _dates(first), _dates(last) if dots else _dates(first)
    return _days(begin[0], end[1], zone) if begin and end and begin[0] <= end[1] else None


def _dates(word: str) -> tuple[date, date] | None:
    """The first and the last day of "2026-11-25", "2026-11" or "2026"."""
    match = re.fullmatch(r"(20[0-9]{2})(?:-([0-9]{2}))?(?:-([0-9]{2}))?", word)
    if not match:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        first = date(year, month, day)
        if match[3]:
            return first, first
        following = date(year + (month == 12 or not match[2]), month % 12 + 1 if match[2] else 1, 1)
    except ValueError:
        return None
    return first, following - timedelta(days=1)


def _days(first: date, last: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """From midnight to midnight by the local clock, whatever clock changes lie between."""
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def _longest(words: Sequence[str], readers: Mapping[str, Callable[[str], object]]) -> tuple[str, object, list[str]]:
    """What the most words at the beginning mean, and the words that are left."""
    for count in range(len(words), 0, -1):
        said = " ".join(words[:count])
        for kind, read in readers.items():
            if value := read(said):
                return kind, value, list(words[count:])
    raise NotAQuestion(Misread.UNKNOWN, words[0])


def find_person(said: str, people: Iterable[Person]) -> int | None:
    """By id, whole name, or part of a name that only one person has; None for nobody. Raises NotAQuestion."""
    # By Telegram's documentation ids have 52 bits at most: 16 digits.
    if said.isascii() and said.isdecimal() and len(said) < 17:
        return int(said)
    wanted, everybody = key_of(said), list(people)
    whole = {one.id for one in everybody if key_of(one.name) == wanted}
    part = {one.id for one in everybody if wanted in _parts(one.name)}
    found = whole or part
    if len(found) > 1:
        raise NotAQuestion(Misread.SEVERAL_PEOPLE, said)
    return next(iter(found), None)


def _parts(name: str) -> set[str]:
    words = key_of(name).split()
    return {" ".join(words[a:b]) for a, b in combinations(range(len(words) + 1), 2)}


def _question(found: Mapping[str, object]) -> Question:
    door, person, when, topic = (found.get(kind) for kind in ("door", "person", "when", "topic"))
    since, until = when if isinstance(when, tuple) else (None, None)
    return Question(
        door=door.name if isinstance(door, Door) else None,
        person_id=person if isinstance(person, int) else None,
        since=since,
        until=until,
        topic=topic if isinstance(topic, Topic) else None,
    )
