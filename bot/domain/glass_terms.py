"""Who may break a glass, as an owner types it: "2 of Anna, Max, Greta", or "Anna after 12h"."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from bot.domain.durations import NotADuration, parse_duration
from bot.domain.glass import LEAST_SILENCE, MOST_KEYHOLDERS, MOST_SILENCE

NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}


class TermsLack(Enum):
    """Why the words are no terms."""

    NOT_UNDERSTOOD = auto()
    ONE_ALONE = auto()
    """One of several, or one person and no silence: that would be a right like any other."""
    TOO_FEW_NAMED = auto()
    TOO_MANY_NAMED = auto()
    SILENCE_IS_FOR_ONE = auto()
    SILENCE_LENGTH = auto()


class NotTerms(ValueError):
    def __init__(self, lack: TermsLack, said: str) -> None:
        super().__init__(lack.name, said[:60])
        self.lack = lack
        self.said = said[:60]


@dataclass(frozen=True, slots=True)
class Terms:
    names: tuple[str, ...]
    votes_needed: int
    silence: timedelta | None = None


def parse_terms(text: str) -> Terms:
    """Raises NotTerms."""
    # The last "after", since the name before it may hold one.
    who, after, length = text.strip().rpartition(" after ")
    if after:
        return _for_one(who.strip(), length)
    several = re.fullmatch(r"(?P<count>\d{1,2}|[a-z]+) of (?P<names>.+)", text.strip(), re.IGNORECASE)
    if not several:
        lack = TermsLack.ONE_ALONE if text.strip() and "," not in text else TermsLack.NOT_UNDERSTOOD
        raise NotTerms(lack, text)
    return _for_several(several["count"].casefold(), several["names"])


def _for_one(who: str, length: str) -> Terms:
    if len(_names(who)) > 1 or re.match(r"\S+ of ", who):
        raise NotTerms(TermsLack.SILENCE_IS_FOR_ONE, who)
    try:
        silence = parse_duration(length)
    except NotADuration:
        raise NotTerms(TermsLack.SILENCE_LENGTH, length) from None
    if not who or not LEAST_SILENCE <= silence <= MOST_SILENCE:
        raise NotTerms(TermsLack.SILENCE_LENGTH if who else TermsLack.NOT_UNDERSTOOD, length)
    return Terms((who,), 1, silence)


def _for_several(count: str, said: str) -> Terms:
    names, needed = _names(said), int(count) if count.isdecimal() else NUMBERS.get(count, 0)
    if len(names) > MOST_KEYHOLDERS:
        raise NotTerms(TermsLack.TOO_MANY_NAMED, said)
    if needed == 1 or count == "one":
        raise NotTerms(TermsLack.ONE_ALONE, said)
    if needed < 1:
        raise NotTerms(TermsLack.NOT_UNDERSTOOD, count)
    # "2 of Anna, anna" would let one person break it alone.
    if len({name.casefold() for name in names}) < max(needed, 2):
        raise NotTerms(TermsLack.TOO_FEW_NAMED, said)
    return Terms(names, needed)


def _names(said: str) -> tuple[str, ...]:
    """With commas between them, and perhaps "and" before the last."""
    return tuple(name for part in re.split(r",|\band\b|&", said) if (name := part.strip()))
