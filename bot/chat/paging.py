"""Long lists in pages that Telegram takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.buttons import Row

# UTF-16 units, marks included; Telegram takes 4096 without them. Fifty codes in one message were refused for good.
UNITS_A_PAGE = 3500
ROWS_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list, or a button, or both. `heading` is repeated where a page begins with this line."""

    text: str = ""
    row: Row | None = None
    heading: str = ""


@dataclass(slots=True)
class Page:
    lines: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    units: int = 0

    def has_room_for(self, item: Item) -> bool:
        """A page takes one item at least."""
        # Otherwise a line that fits on no page would make empty pages for ever.
        if not self.lines and not self.rows:
            return True
        fits = self.units + _units(item.text) <= UNITS_A_PAGE
        return fits and (item.row is None or len(self.rows) < ROWS_A_PAGE)

    def add(self, item: Item) -> None:
        lines = [item.text] if self.lines or not item.heading else [item.heading, item.text]
        kept = [line for line in lines if line]
        self.lines += kept
        self.units += sum(map(_units, kept))
        if item.row:
            self.rows.append(item.row)


def split(items: Iterable[Item]) -> list[Page]:
    pages = [Page()]
    for item in items:
        if not pages[-1].has_room_for(item):
            pages.append(Page())
        pages[-1].add(item)
    return pages


def show(
    head: str, items: Sequence[Item], *, view: str, page: int = 0, argument: str = "", last_row: Row | None = None
) -> tuple[str, InlineKeyboardMarkup | None]:
    """One page of a list, with the buttons to the others. `last_row` stands under the last one only."""
    pages = split(items)
    # A list may have become shorter since the button was made.
    number = min(page, len(pages) - 1)
    chosen = pages[number]
    turning = [buttons.page_row(view, number, len(pages), argument)] if len(pages) > 1 else []
    last = [last_row] if last_row and number == len(pages) - 1 else []
    return "\n".join(filter(None, [head, *chosen.lines])), buttons.keyboard([*chosen.rows, *last, *turning])


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2 + 1  # and the end of the line
