"""What people write for a length of time ("2h", "1h30m", "two hours") or for its end ("until 14:00", "fri 18:00")."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum, auto

LONGEST = timedelta(days=366)
SHORTEST = timedelta(minutes=1)

_UNITS = {
    "m": "minutes", "min": "minutes", "mins": "minutes", "minute": "minutes", "minutes": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "hour": "hours", "hours": "hours",
    "d": "days", "day": "days", "days": "days",
    "w": "weeks", "wk": "weeks", "week": "weeks", "weeks": "weeks",
}  # fmt: skip
_ORDER = ("weeks", "days", "hours", "minutes")
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Fault(Enum):
    UNREADABLE = auto()
    TOO_SHORT = auto()
    TOO_LONG = auto()
    PAST = auto()
    """The moment that is named is over."""


class NotADuration(ValueError):
    def __init__(self, fault: Fault, said: str) -> None:
        super().__init__(fault.name, said[:40])
        self.fault = fault
        self.said = said


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time. `until` is set if its end was said, and not its length."""

    length: timedelta
    until: datetime | None = None

    def from_(self, moment: datetime) -> timedelta:
        """The length if it begins only then: an end that was said stays where it is."""
        return self.until - moment if self.until else self.length

    def encode(self) -> str:
        """A few signs for a button: minutes, or the end in seconds since 1970."""
        # Telegram takes 64 bytes for all that a button says.
        return f"@{self.until.timestamp():.0f}" if self.until else str(round(self.length.total_seconds() / 60))


def decode_span(signs: str, *, now: datetime) -> Span | None:
    """What `encode` wrote; None for anything else, and for an end that is over."""
    # A client can send any callback data: longer numbers fit no datetime.
    match = re.fullmatch(r"(@?)([0-9]{1,11})", signs)
    if not match:
        return None
    until = datetime.fromtimestamp(int(match[2]), UTC) if match[1] else None
    length = until - now if until else timedelta(minutes=int(match[2]))
    return Span(length, until) if SHORTEST <= length <= LONGEST else None


def parse_span(text: str, *, now: datetime, zone: tzinfo) -> Span:
    """A length, or the time until the moment that is named. Raises NotADuration."""
    words = " ".join(text.casefold().replace(",", " ").split())
    moment = _moment(words, now.astimezone(zone))
    if moment is None:
        return Span(parse_duration(text))
    if moment <= now:
        raise NotADuration(Fault.PAST, text)
    return Span(_checked(moment - now, text), moment)


def parse_duration(text: str) -> timedelta:
    """Raises NotADuration for nonsense, for nothing at all and for more than a year."""
    words = text.casefold().strip().removeprefix("for ")
    # Six digits always fit a timedelta, also as weeks.
    parts = re.findall(r"\s*([0-9]{1,6}|[a-z]+\s)\s*([a-z]+)", words)
    rest = re.sub(r"\s*(?:[0-9]{1,6}|[a-z]+\s)\s*[a-z]+", "", words)
    units = [_UNITS.get(unit) for _, unit in parts]
    numbers = [int(number) if number.strip().isdecimal() else _NUMBERS.get(number.strip()) for number, _ in parts]
    if not parts or rest.strip() or None in units or None in numbers:
        raise NotADuration(Fault.UNREADABLE, text)
    order = [_ORDER.index(unit) for unit in units if unit]
    # "30m 2h" and "1h 1h" are more likely slips than lengths.
    if order != sorted(set(order)):
        raise NotADuration(Fault.UNREADABLE, text)
    pairs = zip(units, numbers, strict=True)
    return _checked(sum((timedelta(**{unit: number}) for unit, number in pairs if unit and number), timedelta()), text)


def _checked(length: timedelta, text: str) -> timedelta:
    if length < SHORTEST:
        raise NotADuration(Fault.TOO_SHORT, text)
    if length > LONGEST:
        raise NotADuration(Fault.TOO_LONG, text)
    return length


def _moment(words: str, now: datetime) -> datetime | None:
    """The moment that "until fri 18:00" names, by the local clock of `now`; None if it names none."""
    match = re.fullmatch(r"(?:(?:until|till) )?(?:(?!until|till)(\S+) )?(?:at )?" + _CLOCK, words)
    time = match and _time(match["hour"], match["minute"], match["half"])
    day = match and _day(match[1], now)
    if match is None or time is None or day is None:
        return None
    local = _on_the_wall(day, time, now.tzinfo)
    is_weekday = match[1] is not None and day == now.date() and match[1] != "today" and not match[1][0].isdecimal()
    # As timestamps, since Python compares times of one zone by the clock on the wall and forgets `fold` (PEP 495).
    if is_weekday and local.timestamp() <= now.timestamp():
        return _on_the_wall(day + timedelta(days=7), time, now.tzinfo)
    return local


def _on_the_wall(day: date, clock: time, zone: tzinfo | None) -> datetime:
    # When clocks are set back a time comes twice: the later one, so that nothing ends earlier than was asked.
    local = datetime.combine(day, clock, zone).replace(fold=1)
    # When they are set forward 2:30 is skipped: it is 3:30 then, and not 1:30, when nothing shall begin yet.
    is_skipped = local.astimezone(UTC).astimezone(zone).time() != clock
    return local.replace(fold=0) if is_skipped else local


_CLOCK = r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2}))? ?(?P<half>am|pm)?"


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    # A bare number may be an hour, a length or a number of uses. "6pm" and "18:00" can only be times.
    if minute is None and half is None:
        return None
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        # 12 am is midnight, and 12 pm is noon.
        hours = hours % 12 + (12 if half == "pm" else 0)
    try:
        return time(hours, int(minute or 0))
    except ValueError:
        return None


def _day(word: str | None, now: datetime) -> date | None:
    today = now.date()
    if word in (None, "today"):
        return today
    if word == "tomorrow":
        return today + timedelta(days=1)
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", word or ""):
        try:
            return date.fromisoformat(word or "")
        except ValueError:
            return None
    named = [number for number, name in enumerate(WEEKDAYS) if word and len(word) >= 3 and name.startswith(word)]
    return today + timedelta(days=(named[0] - today.weekday()) % 7) if len(named) == 1 else None


def spell_duration(length: timedelta) -> str:
    """As few whole units as will do: "90 minutes", "2 hours", "1 week"."""
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
