"""Statistics as a picture for a phone: a dark card, which reads as well in a light chat as in a dark one.

Pillow draws it, and it is an extra: without it there is no picture, and the numbers are told in words.
"""

import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from bot.history.statistics import Battery, Statistics

if TYPE_CHECKING:
    from PIL import ImageDraw, ImageFont

WIDTH, MARGIN = 1080, 56
INNER = WIDTH - 2 * MARGIN
# Pixels. A phone shows the picture at about a third of its size.
TITLE, HEADING, TEXT, SMALL = 52, 38, 32, 27
CARD, INK, FAINT, GRID = "#17212b", "#f2f5f8", "#9fb0c0", "#2f3d4b"
HEAT = ("#22303d", "#1d5f7a", "#2a9d8f", "#a7d129", "#ffe66d")
LOW = "#ff7b72"
# Told apart by people who do not see every colour; each line has its name beside it, too.
LINES = ("#56b4e9", "#e69f00", "#2bd4a0", "#f0e442", "#e58fc0", "#ff7f50")
LABEL_WIDTH = 96
CELL = (INNER - LABEL_WIDTH) // 24
BAR = 46
CHART_HEIGHT = 330
SECTION_GAP = 58
# Unicode keeps this one free for ever: no font has it.
NO_SIGN = "\U0010fffe"
PLAINER = {"–": "-", "…": "...", "’": "'"}
# Looked for on the system, as they know more alphabets than the font that Pillow brings.
FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf")


@dataclass(frozen=True, slots=True)
class Labels:
    """Every word in the picture. `weekdays`: Monday first. `battery` names a door's line."""

    title: str
    period: str
    by_hour: str
    by_person: str
    batteries: str
    weekdays: Sequence[str]
    others: str
    rank: Callable[[int], str]
    """In place of a name in letters that the font does not have."""
    battery: Callable[[Battery], str]
    day: Callable[[datetime], str]


def is_available() -> bool:
    """Whether the extra is installed."""
    try:
        import PIL  # noqa: F401
    except ImportError:
        return False
    return True


def draw(statistics: Statistics, labels: Labels) -> bytes:
    """A PNG. Takes some hundredths of a second, so it belongs into a thread."""
    # Pillow is one package of 6 MB, with wheels for a Raspberry Pi. Matplotlib brings eight packages, and takes
    # four times the memory.
    from PIL import Image, ImageDraw

    # Drawn on a sheet that is long enough, then cut.
    image = Image.new("RGB", (WIDTH, 4000), CARD)
    sheet = _Sheet(ImageDraw.Draw(image))
    sheet.text(MARGIN, labels.title, TITLE)
    sheet.y += TITLE + 18
    sheet.text(MARGIN, labels.period, TEXT, FAINT)
    sheet.y += TEXT + SECTION_GAP
    _heat_map(sheet, statistics, labels)
    if len(statistics.by_person) > 1:
        _people(sheet, statistics, labels)
    if statistics.batteries:
        _batteries(sheet, statistics, labels)
    out = io.BytesIO()
    image.crop((0, 0, WIDTH, sheet.y + MARGIN - SECTION_GAP)).save(out, "PNG", optimize=True)
    return out.getvalue()


@dataclass
class _Sheet:
    """Where to draw next: `y` is the upper edge of what comes."""

    pen: "ImageDraw.ImageDraw"
    y: int = MARGIN

    def text(
        self,
        x: float,
        text: str,
        size: int,
        colour: str = INK,
        *,
        dy: float = 0,
        anchor: str = "lt",
        width: float = INNER,
    ) -> None:
        shown = self.shortened(self.writable(text), size, width)
        self.pen.text((x, self.y + dy), shown, colour, _font(size), anchor=anchor)

    def writable(self, text: str) -> str:
        """As the font can write it: "ü" as "u" if need be, and nothing for what it does not know at all."""
        return " ".join("".join(filter(None, map(_written, text))).split())

    def is_writable(self, text: str) -> bool:
        return bool(text) and None not in map(_written, text)

    def shortened(self, text: str, size: int, width: float) -> str:
        if self.pen.textlength(text, _font(size)) <= width:
            return text
        more = _written("…") or ""
        while text and self.pen.textlength(text + more, _font(size)) > width:
            text = text[:-1]
        return text + more

    def heading(self, text: str) -> None:
        self.text(MARGIN, text, HEADING)
        self.y += HEADING + 26


@cache
def _font(size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    from PIL import ImageFont

    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


@cache
def _written(sign: str) -> str | None:
    """The sign, or a plainer one in its place; None if the font has neither."""
    plainer = PLAINER.get(sign) or unicodedata.normalize("NFD", sign)[:1]
    return next((one for one in (sign, plainer) if one.isspace() or all(map(_has_font, one))), None)


def _has_font(sign: str) -> bool:
    # What a font does not have it draws as a box, always the same.
    return bytes(_font(TEXT).getmask(sign)) != bytes(_font(TEXT).getmask(NO_SIGN))


def _heat_map(sheet: _Sheet, statistics: Statistics, labels: Labels) -> None:
    most = max(max(day) for day in statistics.by_hour)
    _scale(sheet, most)
    sheet.heading(labels.by_hour)
    left = MARGIN + LABEL_WIDTH
    for day, hours in enumerate(statistics.by_hour):
        middle = day * CELL + CELL / 2
        sheet.text(MARGIN, labels.weekdays[day], SMALL, FAINT, dy=middle, anchor="lm", width=LABEL_WIDTH - 8)
        for hour, count in enumerate(hours):
            x, y = left + hour * CELL, sheet.y + day * CELL
            sheet.pen.rounded_rectangle((x + 1, y + 1, x + CELL - 3, y + CELL - 3), 6, _heat(count, most))
    sheet.y += 7 * CELL + 10
    for hour in range(0, 24, 6):
        sheet.text(left + hour * CELL, f"{hour:02}:00", SMALL, FAINT)
    sheet.y += SMALL + SECTION_GAP


def _scale(sheet: _Sheet, most: int) -> None:
    """What the colours stand for, at the right of the heading."""
    right, middle = MARGIN + INNER, HEADING / 2
    sheet.text(right, f"{most}", SMALL, FAINT, dy=middle, anchor="rm")
    start = right - sheet.pen.textlength(f"{most}", _font(SMALL)) - 12 - len(HEAT) * 28
    for number, colour in enumerate(HEAT):
        left, top = start + number * 28, sheet.y + middle - 12
        sheet.pen.rounded_rectangle((left, top, left + 24, top + 24), 5, colour)
    sheet.text(start - 10, "0", SMALL, FAINT, dy=middle, anchor="rm")


def _heat(count: int, most: int) -> str:
    # Nothing has a colour of its own. By the power of 0.6 one opening is still seen beside a hundred.
    return HEAT[0] if not count else HEAT[1 + min(3, round(3 * (count / most) ** 0.6))]


def _people(sheet: _Sheet, statistics: Statistics, labels: Labels) -> None:
    sheet.heading(labels.by_person)
    rows = [
        (sheet.writable(name) if sheet.is_writable(name) else labels.rank(rank), count)
        for rank, (name, count) in enumerate(statistics.by_person, 1)
    ]
    rows += [(labels.others, statistics.others)] if statistics.others else []
    most = max(count for _, count in rows)
    names = min(max(sheet.pen.textlength(name, _font(TEXT)) for name, _ in rows), INNER * 0.38)
    left, room = MARGIN + names + 20, INNER - names - 20 - 110
    for name, count in rows:
        middle = BAR / 2
        sheet.text(MARGIN, name, TEXT, dy=middle, anchor="lm", width=names)
        end = left + max(6, room * count / most)
        sheet.pen.rounded_rectangle((left, sheet.y + 7, end, sheet.y + BAR - 7), 7, HEAT[2])
        sheet.text(end + 14, str(count), TEXT, FAINT, dy=middle, anchor="lm")
        sheet.y += BAR
    sheet.y += SECTION_GAP


def _batteries(sheet: _Sheet, statistics: Statistics, labels: Labels) -> None:
    sheet.heading(labels.batteries)
    for number, battery in enumerate(statistics.batteries):
        colour = LINES[number % len(LINES)]
        sheet.pen.rounded_rectangle((MARGIN, sheet.y + 4, MARGIN + 22, sheet.y + 26), 5, colour)
        sheet.text(MARGIN + 36, labels.battery(battery), TEXT, width=INNER - 36)
        sheet.y += TEXT + 14
    sheet.y += 14
    chart = _Chart(sheet, statistics)
    chart.grid({battery.low_percent for battery in statistics.batteries}, labels)
    for number, battery in enumerate(statistics.batteries):
        chart.line(battery, LINES[number % len(LINES)])
    sheet.y += CHART_HEIGHT + SMALL + 14 + SECTION_GAP


class _Chart:
    """Percent over days, with what is to be expected: as many days again as are known."""

    def __init__(self, sheet: _Sheet, statistics: Statistics) -> None:
        self._sheet = sheet
        self._left, self._right = MARGIN + LABEL_WIDTH, MARGIN + INNER
        self.begin = min(battery.days[0].at for battery in statistics.batteries)
        self.now = statistics.until
        self.end = self.now + max(self.now - self.begin, timedelta(days=14))

    def x(self, moment: datetime) -> float:
        return self._left + (self._right - self._left) * ((moment - self.begin) / (self.end - self.begin))

    def y(self, percent: float) -> float:
        return self._sheet.y + CHART_HEIGHT * (1 - percent / 100)

    def grid(self, low_percents: Iterable[int], labels: Labels) -> None:
        sheet = self._sheet
        for percent in (0, 50, 100):
            sheet.pen.line((self._left, self.y(percent), self._right, self.y(percent)), GRID, 2)
            sheet.text(MARGIN, f"{percent} %", SMALL, FAINT, dy=self.y(percent) - sheet.y, anchor="lm")
        for low in low_percents:
            self._dashes((self.begin, low), (self.end, low), LOW, 3)
            if 8 < low < 42:  # elsewhere its number would lie on another
                sheet.text(MARGIN, f"{low} %", SMALL, LOW, dy=self.y(low) - sheet.y, anchor="lm")
        sheet.pen.line((self.x(self.now), self.y(100), self.x(self.now), self.y(0)), GRID, 2)
        for moment, anchor in ((self.begin, "lt"), (self.now, "mt"), (self.end, "rt")):
            sheet.text(self.x(moment), labels.day(moment), SMALL, FAINT, dy=CHART_HEIGHT + 14, anchor=anchor)

    def line(self, battery: Battery, colour: str) -> None:
        points = [(self.x(day.at), self.y(day.percent)) for day in battery.days]
        if len(points) > 1:
            self._sheet.pen.line(points, colour, 6, joint="curve")
        x, y = points[-1]
        self._sheet.pen.ellipse((x - 8, y - 8, x + 8, y + 8), colour)
        last = battery.days[-1]
        if battery.forecast:
            empty_in = timedelta(days=last.percent / battery.forecast.percent_a_day)
            end = min(self.end, last.at + empty_in)
            left = last.percent * (1 - (end - last.at) / empty_in) if empty_in else 0
            self._dashes((last.at, last.percent), (end, left), colour, 5)

    def _dashes(self, start: tuple[datetime, float], end: tuple[datetime, float], colour: str, width: int) -> None:
        (x1, y1), (x2, y2) = ((self.x(at), self.y(percent)) for at, percent in (start, end))
        count = max(1, round(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 / 28))
        for number in range(count):
            ends = [
                (x1 + (x2 - x1) * share, y1 + (y2 - y1) * share) for share in (number / count, (number + 0.55) / count)
            ]
            self._sheet.pen.line(ends, colour, width)
