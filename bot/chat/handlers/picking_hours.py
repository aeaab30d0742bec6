"""Weekly hours of a right, picked with buttons: the days, the beginning, the end. All of it is in the buttons."""

import re
from zoneinfo import ZoneInfo

from bot.chat import buttons
from bot.chat.buttons import Row
from bot.chat.context import ChatContext
from bot.chat.handlers import cards
from bot.chat.render import cards as texts
from bot.chat.render import dates, denials, labels
from bot.domain.schedules import DAYS, DaySpan, WeeklyHours

HOURS_A_ROW = 6
_PICKED = re.compile(r"(?P<right>[0-9]{1,16})~(?P<days>[0-9a-f]{1,2})(?P<next>~(?P<start>[0-9]{1,2})?)?")
_HOURS = re.compile(r"(?P<days>[0-9a-f]{1,2})-(?P<start>[0-9]{1,2})-(?P<end>[0-9]{1,2})")


async def show(chat: ChatContext, _: int, argument: str) -> None:
    """`argument`: the right, a bit for each day from Monday on, and then the hour of the beginning."""
    picked = _PICKED.fullmatch(argument)
    grant = await cards.readable_right(chat, picked["right"]) if picked else None
    if picked is None or grant is None:
        await chat.refuse(denials.BUTTON_UNKNOWN if picked is None else texts.RIGHT_GONE)
        return
    right, days = picked["right"], int(picked["days"], 16) & 0x7F  # two digits hold eight days
    if picked["next"] is None or not days:
        text, rows, back = texts.ON_WHICH_DAYS, _days(right, days), (cards.HOURS, right)
    elif picked["start"] is None:
        text, rows, back = texts.FROM_WHICH_HOUR, _starts(right, days), (cards.PICK_HOURS, f"{right}~{days:x}")
    else:
        start = int(picked["start"]) % 24
        text, rows = texts.UNTIL_WHICH_HOUR.format(start=_clock(start)), _ends(right, days, start)
        back = (cards.PICK_HOURS, f"{right}~{days:x}~")
    whose = f"{await cards.whose(chat, grant)}\n{text}"
    await chat.say(whose, buttons.keyboard([*rows, buttons.view_row([(labels.BACK, *back)])]))


def read(picked: str, zone: ZoneInfo) -> WeeklyHours | None:
    """What the last button says; None for anything else."""
    found = _HOURS.fullmatch(picked)
    if found is None:
        return None
    days = tuple(day for day in range(len(DAYS)) if int(found["days"], 16) >> day & 1)
    start, end = int(found["start"]), int(found["end"])
    return WeeklyHours((DaySpan(days, start * 60, end * 60),), zone) if days and start < 24 and 0 < end <= 24 else None


def _days(right: str, days: int) -> list[Row]:
    toggles = [
        (labels.ticked(name, is_on=bool(days >> day & 1)), cards.PICK_HOURS, f"{right}~{days ^ 1 << day:x}")
        for day, name in enumerate(dates.WEEK_DAYS)
    ]
    return [
        buttons.view_row(toggles[:4]),
        buttons.view_row(toggles[4:]),
        buttons.view_row([(labels.NEXT, cards.PICK_HOURS, f"{right}~{days:x}~")]),
    ]


def _starts(right: str, days: int) -> list[Row]:
    return _rows([(_clock(hour), cards.PICK_HOURS, f"{right}~{days:x}~{hour}") for hour in range(24)])


def _ends(right: str, days: int, start: int) -> list[Row]:
    """From the hour after the beginning on, once around the clock."""
    # Hours over midnight end on the next day, so every hour is an end: the last one makes it a whole day.
    hours = [(start + more - 1) % 24 + 1 for more in range(1, 25)]
    return _rows([(_clock(hour), cards.CHANGE, f"{right}~h@{days:x}-{start}-{hour}") for hour in hours])


def _rows(choices: list[tuple[str, str, str]]) -> list[Row]:
    return [buttons.view_row(choices[first : first + HOURS_A_ROW]) for first in range(0, len(choices), HOURS_A_ROW)]


def _clock(hour: int) -> str:
    return f"{hour:02}:00"
