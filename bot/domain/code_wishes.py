"""A code as somebody types it, after the door: "2h", "until 18:00", "fri 15:00 - sun 11:00 Dupont", "for Dupont"."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from bot.domain.calendars import Window
from bot.domain.durations import LONGEST, Fault, NotADuration, Span, parse_span
from bot.domain.visits import LONGEST_LABEL, SEPARATORS, NotAVisit, VisitLack, is_of_time, parse_stay

FOR = "for"


@dataclass(frozen=True, slots=True)
class CodeWish:
    """Either `span`, from when it is made, or `window`, or neither where nothing was said. `label`: for whom."""

    span: Span | None = None
    window: Window | None = None
    label: str = ""

    @property
    def says_when(self) -> bool:
        return self.span is not None or self.window is not None

    def window_from(self, now: datetime) -> Window:
        """A length counts from `now`."""
        if self.window or self.span is None:
            return self.window or Window(now, now)
        return Window(now, now + self.span.from_(now))


def parse_code(text: str, *, now: datetime, zone: tzinfo) -> CodeWish:
    """Raises NotADuration. What follows the time is whom the code is for; without a time "for" stands before it."""
    # "15:00-18:00" is three words. The dashes of a date such as "2026-03-01" stay.
    words = re.sub(r"(?<=\d)([-–—])(?=\d{1,2}:\d)", r" \1 ", text).split()
    for count in range(len(words), 0, -1):
        label = _label(words[count:])
        if label is not None and (found := _when(words[:count], now, zone)):
            return CodeWish(*found, label)
    named = _label(words[1:]) if words and words[0].casefold() == FOR else None
    if named or not words:
        return CodeWish(label=named or "")
    # It is no time: this raises, and says why.
    return CodeWish(parse_span(text, now=now, zone=zone))


def _when(words: list[str], now: datetime, zone: tzinfo) -> tuple[Span | None, Window | None] | None:
    said = words[1:] if words[0].casefold() == "from" else words
    if any(word.casefold() in SEPARATORS for word in said[1:-1]):
        window = _window(said, now, zone)
        return (None, window) if window else None
    try:
        return parse_span(" ".join(words), now=now, zone=zone), None
    except NotADuration as error:
        # A time that is over, or too long, is still a time, and no part of a name.
        if error.fault is not Fault.UNREADABLE:
            raise
        return None


def _window(words: list[str], now: datetime, zone: tzinfo) -> Window | None:
    try:
        starts_at, ends_at = parse_stay(words, now=now, zone=zone)
        window = Window(starts_at.astimezone(UTC), ends_at.astimezone(UTC))
    except NotAVisit as error:
        if error.lack in (VisitLack.PAST, VisitLack.ORDER):
            raise NotADuration(Fault.PAST, error.said) from None
        return None
    if window.ends_at - now > LONGEST:
        raise NotADuration(Fault.TOO_LONG, " ".join(words))
    return window


def _label(words: list[str]) -> str | None:
    """None for words that rather are a time."""
    named = words[1:] if words and words[0].casefold() == FOR else words
    # A mistyped time that passed for a name would make a code that begins or ends elsewhere than its maker meant.
    if any(map(is_of_time, named)) or (named and named[0][0].isdecimal()):
        return None
    return " ".join(named).strip(" ,:")[:LONGEST_LABEL]
