"""The date picker: what stands above its buttons, and on them."""

from collections.abc import Sequence
from datetime import date, datetime

from bot.chat.render.locale import Locale
from bot.domain.calendars import Month

WEEK_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
EMPTY = "·"
NOW, MINUTES, FULL_HOURS = "From now on", "To the quarter hour", "Full hours only"
OVER = "That choice is over, or it is somebody else's. Please begin again."
NOT_POSSIBLE = "That time is over, or it is not possible here. Please choose another one."
FROM, UNTIL = "From when?", "Until when?"


def head(about: str, question: str, start: datetime | None, locale: Locale, *, day: date | None = None) -> str:
    """`about`: what the date is for."""
    # The zone is named: whoever plans a visit may be in another one than the house.
    chosen = [f"From {locale.time(start)}."] if start else []
    where = f"{day:%A} {day.day} {day:%B}: at which hour?" if day else "Choose a day."
    return "\n".join([about, *chosen, f"{question} {where}", f"Times are those of the house ({locale.zone_name})."])


def month(shown: Month) -> str:
    return f"{shown.first:%B %Y}"


def clocks(moments: Sequence[datetime], locale: Locale) -> list[str]:
    """As a clock shows them; with the zone where two look the same, in the night that has an hour twice."""
    local = [moment.astimezone(locale.zone) for moment in moments]
    plain = [f"{moment:%H:%M}" for moment in local]
    return [
        f"{clock} {moment.tzname()}" if plain.count(clock) > 1 else clock
        for clock, moment in zip(plain, local, strict=True)
    ]
