"""What the buttons of the date picker ask for. All that was chosen so far is in them, so they outlive a restart."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from bot.domain.calendars import Month

_MINUTE = 60
_NUMBER = re.compile(r"[0-9]{1,12}")


class DateStep(StrEnum):
    """What a button does, and what its value is then."""

    MONTH = "m"
    """Shows a month."""
    HOURS = "h"
    """Shows the hours of a day: a press on one chooses the full hour."""
    FINE = "f"
    """The same, and a press on an hour shows its quarters."""
    QUARTERS = "q"
    """Shows the quarters of an hour, the value being its first moment."""
    CHOSEN = "c"
    """A moment is chosen."""
    NOW = "n"
    """It begins now. No value."""
    BACK = "b"
    """To where the picker was opened from. No value."""
    NOTHING = "x"
    """A heading, or a day that is over. No value."""


OF_DAYS = (DateStep.HOURS, DateStep.FINE)
OF_MOMENTS = (DateStep.QUARTERS, DateStep.CHOSEN)


@dataclass(frozen=True, slots=True)
class DateButton:
    """`draft`: what the date is for. `start`: what was chosen as the beginning; None while that is asked."""

    draft: int
    step: DateStep
    value: Month | date | datetime | None = None
    start: datetime | None = None

    def encode(self) -> str:
        return f"when:{self.draft}:{self.step}:{_write(self.value)}:{_write(self.start)}"

    @classmethod
    def decode(cls, data: str) -> "DateButton | None":
        match data.split(":"):
            case ["when", draft, step, value, start] if _NUMBER.fullmatch(draft) and step in set(DateStep):
                try:
                    # Any number fits the pattern, also that of a year which datetime does not know.
                    read = _read(DateStep(step), value)
                    return cls(int(draft), DateStep(step), read, _moment(start) if start else None)
                except (ValueError, OverflowError):
                    return None
        return None


def _write(value: Month | date | datetime | None) -> str:
    match value:
        # Before date(), since a datetime is a date, too.
        case datetime():
            return str(int(value.timestamp()) // _MINUTE)
        case date():
            return value.isoformat()
        case Month():
            return value.first.isoformat()
    return ""


def _read(step: DateStep, value: str) -> Month | date | datetime | None:
    if step is DateStep.MONTH:
        return Month.of(date.fromisoformat(value))
    if step in OF_DAYS:
        return date.fromisoformat(value)
    if step in OF_MOMENTS:
        return _moment(value)
    if value:
        raise ValueError(value)
    return None


def _moment(value: str) -> datetime:
    if not _NUMBER.fullmatch(value):
        raise ValueError(value)
    return datetime.fromtimestamp(int(value) * _MINUTE, UTC)
