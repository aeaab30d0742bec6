"""A right as somebody types it: "open,close from fri 15:00 until sun 11:00 mon-fri 8-18 x6 asks 2fa"."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

from bot.domain.actions import GRANTABLE, Action
from bot.domain.durations import NotADuration, parse_span
from bot.domain.schedules import DAYS, NotHours, WeeklyHours, parse_hours

MOST_USES = 1000
ASKS = ("asks", "ask")
SECOND_FACTOR = ("2fa", "totp")
_DAY = f"(?:{'|'.join(DAYS)})[a-z]*"
_CLOCK = r"\d{1,2}(?::\d\d)?"
# Not inside a date: "2026-03-01" holds no hours from 3 to 1.
_HOURS = re.compile(rf"(?<![\w:-])(?P<days>{_DAY}(?:-{_DAY})?\s+)?(?P<hours>{_CLOCK}-{_CLOCK})(?![\w:-])")

_DAYS = re.compile(rf"(?<![\w:-]){_DAY}-{_DAY}(?![\w:-])")


class WishLack(Enum):
    """Why the words are no right."""

    NO_ACTION = auto()
    NOT_UNDERSTOOD = auto()
    ENDS_BEFORE_IT_BEGINS = auto()
    USES = auto()
    """No number of uses that is possible."""
    CODES_ARE_NOT_COUNTED = auto()
    """A code opens without the bot, which cannot count it."""
    CODES_ASK_NOBODY = auto()


class NotAWish(ValueError):
    def __init__(self, lack: WishLack, said: str) -> None:
        super().__init__(lack.name, said[:60])
        self.lack = lack
        self.said = said


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted of a grant; for whom and at which door is said elsewhere."""

    actions: frozenset[Action]
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    hours: WeeklyHours | None = None
    uses: int | None = None
    asks_first: bool = False
    needs_second_factor: bool = False


def parse_wish(text: str, *, now: datetime, zone: ZoneInfo) -> Wish:
    """Raises NotAWish, NotHours and NotADuration. A length counts from the start, or from `now`."""
    actions, words = _read_actions(text.casefold().split())
    if not actions:
        raise NotAWish(WishLack.NO_ACTION, text)
    uses, words = _read_uses(words)
    if uses and Action.PIN in actions:
        raise NotAWish(WishLack.CODES_ARE_NOT_COUNTED, text)
    asks_first = any(word in ASKS for word in words)
    if asks_first and Action.PIN in actions:
        raise NotAWish(WishLack.CODES_ASK_NOBODY, text)
    kept = [word for word in words if word not in (*ASKS, *SECOND_FACTOR)]
    hours, rest = _read_hours(" ".join(kept), zone)
    starts_at, ends_at = _read_time(rest.split(), now, zone)
    return Wish(
        actions=frozenset(actions),
        starts_at=starts_at,
        ends_at=ends_at,
        hours=hours,
        uses=uses,
        asks_first=asks_first,
        needs_second_factor=any(word in SECOND_FACTOR for word in words),
    )


def actions_of(word: str) -> set[Action]:
    """The actions that a word names, all of them or none."""
    # None where one is mistyped: what is left would be another right than the one that was meant.
    named = [part for part in word.casefold().split(",") if part]
    if named == ["all"]:
        return set(GRANTABLE)
    return {Action(part) for part in named} if all(part in GRANTABLE for part in named) else set()


def _read_actions(words: list[str]) -> tuple[set[Action], list[str]]:
    actions = set[Action]()
    while words and (named := actions_of(words[0])):
        actions |= named
        words = words[1:]
    return actions, words


def _read_uses(words: list[str]) -> tuple[int | None, list[str]]:
    found = [word for word in words if re.fullmatch(r"[x×][0-9]+", word)]
    if not found:
        return None, words
    number = int(found[0][1:])
    if len(found) > 1 or not 1 <= number <= MOST_USES:
        raise NotAWish(WishLack.USES, found[-1])
    return number, [word for word in words if word not in found]


def _read_hours(text: str, zone: ZoneInfo) -> tuple[WeeklyHours | None, str]:
    spans = [f"{match['days'] or ''}{match['hours']}" for match in _HOURS.finditer(text)]
    rest = _HOURS.sub("", text).replace(",", " ").strip()
    # "mon-fri" alone lacks its hours. Read on as a time it would be called a wrong one.
    if days := _DAYS.search(rest):
        raise NotHours(days[0])
    return parse_hours(", ".join(spans), zone) if spans else None, rest


def _read_time(words: list[str], now: datetime, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    if not words:
        return None, None
    if words[0] != "from":
        return None, _end(words, now, zone)
    starts_at, rest = _start(words[1:], now, zone)
    # "from fri 15:00 until sun 11:00": the Sunday after that Friday.
    ends_at = _end(rest, starts_at, zone) if rest else None
    if ends_at and ends_at <= starts_at:
        raise NotAWish(WishLack.ENDS_BEFORE_IT_BEGINS, " ".join(words))
    return starts_at, ends_at


def _start(words: list[str], now: datetime, zone: ZoneInfo) -> tuple[datetime, list[str]]:
    """As many words as make a moment; a day alone begins at midnight."""
    for count in range(len(words), 0, -1):
        said = " ".join(words[:count])
        for moment in (said, f"{said} 00:00"):
            try:
                span = parse_span(f"until {moment}", now=now, zone=zone)
            except NotADuration:
                continue
            if span.until:
                return span.until, words[count:]
    raise NotAWish(WishLack.NOT_UNDERSTOOD, " ".join(["from", *words]))


def _end(words: list[str], now: datetime, zone: ZoneInfo) -> datetime:
    span = parse_span(" ".join(words), now=now, zone=zone)
    return span.until or now + span.length


def extended(ends_at: datetime | None, now: datetime, length: timedelta) -> datetime:
    """The new end of a right that goes on for so long: after its end, or from now on if that is over."""
    return max(ends_at or now, now) + length


__all__ = ["NotAWish", "NotHours", "Wish", "WishLack", "actions_of", "extended", "parse_wish"]
