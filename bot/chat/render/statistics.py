"""Statistics in words: those in the picture, those under it, and all of them where there is no picture."""

from collections.abc import Iterable
from datetime import datetime
from html import escape

from bot.chat.render import batteries
from bot.chat.render.locale import Locale
from bot.history.picture import Labels
from bot.history.statistics import Battery, Statistics

USAGE = "Write it like this: <code>/stats</code>, <code>/stats front</code> or <code>/stats front 30d</code>."
SENT_PRIVATELY = "Sent to you in private."
NO_PICTURE = (
    "For a picture of this the owner installs the extra <code>stats</code>: <code>pip install latchkey[stats]</code>."
)
ALL_DOORS = "All doors"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OTHERS = "others"
BUSIEST = 3
# In a caption, where Telegram takes 1024 letters instead of 4096.
MOST_BATTERIES = 6


def labels(statistics: Statistics, locale: Locale) -> Labels:
    return Labels(
        title=_title(statistics, locale),
        period=f"{_period(statistics, locale)} · {_opened(statistics)}",
        by_hour="When",
        by_person="Who",
        batteries="Batteries",
        weekdays=WEEKDAYS,
        others=OTHERS,
        rank=lambda rank: f"no. {rank}",
        battery=lambda battery: _battery(battery, locale),
        day=lambda moment: _day(moment, locale),
    )


def caption(statistics: Statistics, locale: Locale) -> str:
    """The numbers of the picture for those who cannot see it, and the names that it cannot draw."""
    return "\n".join(
        [
            f"<b>{escape(_title(statistics, locale))}</b>, {_period(statistics, locale)}: {_opened(statistics)}",
            *_busiest(statistics),
            *_people(statistics),
            *(escape(f"🔋 {_battery(battery, locale)}") for battery in statistics.batteries[:MOST_BATTERIES]),
        ]
    )


def as_text(statistics: Statistics, locale: Locale, *, can_draw: bool) -> str:
    """Everything that the picture shows."""
    days = [f"{WEEKDAYS[number]}: {sum(day)}{_hours(day)}" for number, day in enumerate(statistics.by_hour) if sum(day)]
    return "\n".join(
        [
            f"<b>{escape(_title(statistics, locale))}</b>, {_period(statistics, locale)}: {_opened(statistics)}",
            *days,
            *_people(statistics),
            *(escape(f"🔋 {_battery(battery, locale)}") for battery in statistics.batteries),
            *([] if can_draw else ["", NO_PICTURE]),
        ]
    )


def _hours(day: Iterable[int]) -> str:
    """Each hour with openings."""
    return ", at " + ", ".join(f"{hour}–{hour + 1} h ({count})" for hour, count in enumerate(day) if count)


def _title(statistics: Statistics, locale: Locale) -> str:
    return locale.doors.title(statistics.door) if statistics.door else ALL_DOORS


def _period(statistics: Statistics, locale: Locale) -> str:
    return f"{_day(statistics.since, locale)} – {_day(statistics.until, locale)}"


def _day(moment: datetime, locale: Locale) -> str:
    local = moment.astimezone(locale.zone)
    year = "" if local.year == locale.now().astimezone(locale.zone).year else f" {local.year}"
    return f"{local.day} {local:%b}{year}"


def _opened(statistics: Statistics) -> str:
    if not statistics.total:
        return "not opened"
    return "opened once" if statistics.total == 1 else f"opened {statistics.total} times"


def _busiest(statistics: Statistics) -> list[str]:
    hours = [
        (count, day, hour)
        for day, counts in enumerate(statistics.by_hour)
        for hour, count in enumerate(counts)
        if count
    ]
    most = sorted(hours, key=lambda one: (-one[0], one[1], one[2]))[:BUSIEST]
    named = ", ".join(f"{WEEKDAYS[day]} {hour}–{hour + 1} h ({count})" for count, day, hour in most)
    return [f"Most often {named}"] if named else []


def _people(statistics: Statistics) -> list[str]:
    # Of one person the total says it already.
    if len(statistics.by_person) < 2:
        return []
    # By rank: a name that the picture's font cannot write is this number in the picture.
    rows = [f"{rank}. {escape(name[:40])}: {count}" for rank, (name, count) in enumerate(statistics.by_person, 1)]
    return [*rows, *([f"{OTHERS}: {statistics.others}"] if statistics.others else [])]


def _battery(battery: Battery, locale: Locale) -> str:
    left = f"{locale.doors.title(battery.door)}: {battery.days[-1].percent} %"
    if battery.forecast is None:
        return left
    return f"{left}, {batteries.left(battery.forecast, locale.now())}"
