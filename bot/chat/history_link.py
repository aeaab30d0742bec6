"""What a list of the history is asked with, in the few signs that a button has room for."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.domain.history import Question, Topic

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
TOPIC_LETTERS = {"m": Topic.MOVES, "c": Topic.CODES, "r": Topic.REFUSED, "o": Topic.OTHER}
# int() reads numbers of any length, and SQLite's end below 2**63. A person's id has 52 bits: eleven signs.
LARGEST = 36**11


@dataclass(frozen=True, slots=True)
class HistoryLink:
    """`before`: only entries older than the one of this number."""

    question: Question
    before: int | None = None

    def encode(self) -> str:
        """Times are kept to the minute. 57 signs at most: a door has 24, a person 11, a time 5."""
        asked = self.question
        # A button has 64 bytes for all of it, so numbers are spelt in base 36 and a topic is a letter.
        letter = next((letter for letter, topic in TOPIC_LETTERS.items() if topic is asked.topic), "")
        numbers = (asked.person_id, _minutes(asked.since), _minutes(asked.until), self.before)
        return ".".join([asked.door or "", *map(_spell, numbers), letter])

    @classmethod
    def decode(cls, signs: str) -> "HistoryLink":
        """Never fails: what makes no sense asks for nothing in particular."""
        # It comes from the client. The rights decide what is shown, so the widest question is no danger.
        door, *numbers, letter = signs.split(".") if signs.count(".") == 5 else [""] * 6
        person, since, until, before = map(_read, numbers)
        question = Question(
            door=door or None,
            person_id=person,
            since=_moment(since),
            until=_moment(until),
            topic=TOPIC_LETTERS.get(letter),
        )
        return cls(question, before)

    def newest(self) -> "HistoryLink":
        return replace(self, before=None)

    def older_than(self, seq: int) -> "HistoryLink":
        return replace(self, before=seq)

    def about(self, topic: Topic | None) -> "HistoryLink":
        return HistoryLink(replace(self.question, topic=topic))


def _minutes(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp()) // 60


def _moment(minutes: int | None) -> datetime | None:
    try:
        return None if minutes is None else datetime.fromtimestamp(minutes * 60, UTC)
    except (OverflowError, ValueError, OSError):  # which of them depends on the platform's C library
        return None


def _spell(number: int | None) -> str:
    if number is None:
        return ""
    signs, sign = "", "-" if number < 0 else ""
    number = abs(number)
    while number or not signs:
        number, digit = divmod(number, 36)
        signs = DIGITS[digit] + signs
    return sign + signs


def _read(signs: str) -> int | None:
    try:
        number = int(signs, 36)
    except ValueError:
        return None
    return number if abs(number) < LARGEST else None
