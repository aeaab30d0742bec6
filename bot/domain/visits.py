"""A guest's stay as a host types it: "Dupont fri 15:00 - sun 11:00 front x6"."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import Enum, auto

from bot.domain.doors import Door, NoSuchDoor, TwoReadings, find, matches
from bot.domain.durations import WEEKDAYS, Fault, NotADuration, parse_duration, parse_span
from bot.domain.zones import zone_called

SEPARATORS = ("-", "–", "—", "to", "until", "till")
ARRIVAL, DEPARTURE = "15:00", "11:00"
"""Where only a day is said."""
MOST_USES = 1000
LONGEST_LABEL = 40
LONGEST_MOMENT = 3
"""Words: "tomorrow at 15:00"."""
DELIVERY = timedelta(hours=1)
DELIVERY_WORD = "delivery"


class VisitLack(Enum):
    """Why the words are no stay."""

    LABEL = auto()
    TIME = auto()
    PAST = auto()
    ORDER = auto()
    """It ends before it begins."""
    DOOR = auto()
    USES = auto()


class NotAVisit(ValueError):
    def __init__(self, lack: VisitLack, said: str) -> None:
        super().__init__(lack.name, said[:60])
        self.lack = lack
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """`starts_at` and `ends_at` are None, and `doors` empty, where nothing was said of them."""

    label: str
    doors: tuple[Door, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uses: int | None = None
    zone: str | None = None
    """That of the guest, where it is not the house's: times are told in both."""
    is_delivery: bool = False


def parse_visit(text: str, doors: Sequence[Door], *, now: datetime, zone: tzinfo) -> Visit:
    """Raises NotAVisit."""
    # "15:00-18:00" is three words. The dashes of a date such as "2026-03-01" stay.
    uses, words = _read_uses(re.sub(r"(?<=\d)([-–—])(?=\d{1,2}:\d)", r" \1 ", text).split())
    guests_zone, words = _read_zone(words)
    return replace(_parse(words, doors, uses, now, zone), zone=guests_zone)


def _parse(words: list[str], doors: Sequence[Door], uses: int | None, now: datetime, zone: tzinfo) -> Visit:
    for place, word in enumerate(words):
        if word.casefold() in SEPARATORS and place + 1 < len(words):
            return _from_to(words[:place], words[place + 1 :], doors, uses, now, zone)
    # Two words before one, or "2h 30m" would be two hours at a door called 30m.
    for place in range(len(words)):
        for count in (2, 1):
            length = _length(words[place : place + count])
            if length and place + count <= len(words):
                label, named = _label(words[:place]), _doors(words[place + count :], doors)
                return Visit(label=label, doors=named, starts_at=now, ends_at=now + length, uses=uses)
    if any(word.casefold() == DELIVERY_WORD for word in words):
        return _delivery([word for word in words if word.casefold() != DELIVERY_WORD], doors, now)
    label, named = _label_and_doors(words, doors)
    return Visit(label=label, doors=named, uses=uses)


def _delivery(words: list[str], doors: Sequence[Door], now: datetime) -> Visit:
    # Nobody knows beforehand who brings it, so no name has to be said.
    # "delivery front" names a door and nobody; the word itself is then whom it is for.
    is_door = len(matches(" ".join(words), doors)) == 1
    named = [DELIVERY_WORD.capitalize(), *words] if is_door or not words else words
    label, found = _label_and_doors(named, doors)
    return Visit(label=label, doors=found, starts_at=now, ends_at=now + DELIVERY, uses=1, is_delivery=True)


def _read_zone(words: list[str]) -> tuple[str | None, list[str]]:
    """ "… in Tokyo": the last words, if they name a city's time zone."""
    for place in range(len(words) - 1, 0, -1):
        if words[place - 1].casefold() == "in" and (found := zone_called(" ".join(words[place:]))):
            return found.key, words[: place - 1]
    return None, words


def parse_stay(words: list[str], *, now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """All of the words are "fri 15:00 - sun 11:00". Raises NotAVisit."""
    places = [place for place, word in enumerate(words[:-1]) if place and word.casefold() in SEPARATORS]
    if not places:
        raise NotAVisit(VisitLack.TIME, " ".join(words))
    before, after = words[: places[0]], words[places[0] + 1 :]
    starts_at = _moment(before, ARRIVAL, now, zone, if_past=VisitLack.PAST)
    if starts_at is None:
        raise NotAVisit(VisitLack.TIME, " ".join(before))
    base = now if after[0].casefold() in ("today", "tomorrow") else starts_at
    ends_at = _moment(after, DEPARTURE, base, zone, if_past=VisitLack.ORDER)
    if ends_at is None:
        raise NotAVisit(VisitLack.TIME, " ".join(after))
    if ends_at <= starts_at:
        raise NotAVisit(VisitLack.ORDER, " ".join(after))
    return starts_at, ends_at


def weekend(now: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """From Friday's arrival to Sunday's departure: the next one, or what is left of this one."""
    end = parse_span(f"until sun {DEPARTURE}", now=now, zone=zone).until or now
    start = end.astimezone(zone) - timedelta(days=2)
    hour, minute = map(int, ARRIVAL.split(":"))
    return max(now, start.replace(hour=hour, minute=minute).astimezone(now.tzinfo)), end


def _from_to(
    before: list[str], after: list[str], doors: Sequence[Door], uses: int | None, now: datetime, zone: tzinfo
) -> Visit:
    label_words, starts_at = before, now
    for count in range(min(LONGEST_MOMENT, len(before)), 0, -1):
        if found := _moment(before[-count:], ARRIVAL, now, zone, if_past=VisitLack.PAST):
            label_words, starts_at = before[:-count], found
            break
    for count in range(min(LONGEST_MOMENT, len(after)), 0, -1):
        # "fri - sun" is the Sunday after that Friday, but tomorrow is tomorrow.
        base = now if after[0].casefold() in ("today", "tomorrow") else starts_at
        if ends_at := _moment(after[:count], DEPARTURE, base, zone, if_past=VisitLack.ORDER):
            if ends_at <= starts_at:
                raise NotAVisit(VisitLack.ORDER, " ".join(after[:count]))
            named = _doors(after[count:], doors)
            return Visit(label=_label(label_words), doors=named, starts_at=starts_at, ends_at=ends_at, uses=uses)
    raise NotAVisit(VisitLack.TIME, " ".join(_before_a_door(after, doors)))


def _before_a_door(words: list[str], doors: Sequence[Door]) -> list[str]:
    return next((words[:place] for place in range(1, len(words)) if matches(" ".join(words[place:]), doors)), words)


def _moment(words: list[str], clock: str, now: datetime, zone: tzinfo, *, if_past: VisitLack) -> datetime | None:
    """A moment after `now`; a day alone means this time of it."""
    said = " ".join(words)
    for text in (said, f"{said} {clock}"):
        try:
            return parse_span(f"until {text}", now=now, zone=zone).until
        except NotADuration as error:
            if error.fault is Fault.PAST:
                raise NotAVisit(if_past, said) from None
    return None


def _length(words: list[str]) -> timedelta | None:
    try:
        return parse_duration(" ".join(words))
    except NotADuration:
        return None


def _read_uses(words: list[str]) -> tuple[int | None, list[str]]:
    found = [word for word in words if re.fullmatch(r"[x×X][0-9]+", word)]
    if not found:
        return None, words
    number = int(found[0][1:5])
    if len(found) > 1 or len(found[0]) > 5 or not 1 <= number <= MOST_USES:
        raise NotAVisit(VisitLack.USES, found[-1])
    return number, [word for word in words if word not in found]


def is_of_time(word: str) -> bool:
    """Whether it rather belongs to a time than to a name."""
    plain = word.casefold().strip(",.")
    if plain in (*SEPARATORS, "at", "from", "today", "tomorrow", "now", "am", "pm"):
        return True
    if _is_clock_or_date(plain) or re.fullmatch(r"-?\d+[a-z]+", plain):
        return True
    if len(plain) >= 3 and any(day.startswith(plain) for day in WEEKDAYS):
        return True
    # "days" alone belongs to a length, too.
    return _is_length(f"1 {plain}") or _is_length(plain)


def _is_clock_or_date(word: str) -> bool:
    return re.fullmatch(r"\d{1,2}:\d\d.*|\d{1,4}([.-]\d{1,4})+\.?", word) is not None


def _is_length(text: str) -> bool:
    try:
        return parse_duration(text) > timedelta(0)
    except NotADuration as error:
        return error.fault is not Fault.UNREADABLE


def _label(words: list[str]) -> str:
    # A beginning that is mistyped must not become part of the name: the stay would begin at once.
    if words and _is_clock_or_date(words[-1]):
        raise NotAVisit(VisitLack.TIME, words[-1])
    label = " ".join(words).strip(" ,:")[:LONGEST_LABEL]
    if not label:
        raise NotAVisit(VisitLack.LABEL, "")
    return label


def _doors(words: list[str], doors: Sequence[Door]) -> tuple[Door, ...]:
    """Separated by commas, or by "and"."""
    parts = [part.strip() for part in re.split(r",|\+|\band\b", " ".join(words)) if part.strip()]
    try:
        return tuple(dict.fromkeys(find(part, doors) for part in parts))
    except (NoSuchDoor, TwoReadings):
        raise NotAVisit(VisitLack.DOOR, " ".join(words)) from None


def _label_and_doors(words: list[str], doors: Iterable[Door]) -> tuple[str, tuple[Door, ...]]:
    """The last words are a door if they name one."""
    known = list(doors)
    for place in range(1, len(words)):
        if len(named := matches(" ".join(words[place:]), known)) == 1:
            return _label(words[:place]), tuple(named)
    return _label(words), ()
