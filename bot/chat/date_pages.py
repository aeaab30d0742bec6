"""The pages of the date picker, as keyboards: a month, the hours of a day, the quarters of an hour."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.buttons import Row
from bot.chat.date_buttons import DateButton, DateStep
from bot.chat.render import dates, labels
from bot.chat.render.locale import Locale
from bot.domain.calendars import Choosable, Month, hours, quarters

# A whole day is four rows.
HOURS_A_ROW = 6


@dataclass(frozen=True, slots=True)
class DatePages:
    """`start`: the beginning that was chosen, while the end is asked. `begins_now`: whether "now" is offered."""

    draft: int
    choosable: Choosable
    locale: Locale
    start: datetime | None = None
    begins_now: bool = False

    def month(self, shown: Month) -> InlineKeyboardMarkup:
        # A week in which nothing can be chosen would only be scrolled past.
        open_weeks = [week for week in shown.weeks() if any(day and self.choosable.has_day(day) for day in week)]
        weeks = [[self._day(day) for day in week] for week in open_weeks]
        heads = [(head, self._to(DateStep.NOTHING)) for head in dates.WEEK_DAYS]
        now = [(dates.NOW, self._to(DateStep.NOW))] if self.begins_now else []
        back = self._to(DateStep.BACK) if self.start is None else self._first_page()
        return _keyboard([self._months(shown), heads, *weeks, now, [(labels.BACK, back)]])

    def hours(self, day: date, *, fine: bool) -> InlineKeyboardMarkup:
        """`fine`: a press on an hour shows its quarters, instead of choosing it."""
        found = hours(day, self.choosable.zone)
        step, other = (DateStep.QUARTERS, DateStep.HOURS) if fine else (DateStep.CHOSEN, DateStep.FINE)
        fits = self.choosable.has_hour if fine else self.choosable.has_moment
        turn = (dates.FULL_HOURS if fine else dates.MINUTES, self._to(other, day))
        return self._clocks(found, step, [moment for moment in found if fits(moment)], day, turn)

    def quarters(self, hour: datetime) -> InlineKeyboardMarkup:
        found, day = quarters(hour), hour.astimezone(self.choosable.zone).date()
        fitting = [moment for moment in found if self.choosable.has_moment(moment)]
        turn = (dates.FULL_HOURS, self._to(DateStep.HOURS, day))
        return self._clocks(found, DateStep.CHOSEN, fitting, day, turn)

    def _clocks(
        self,
        found: Sequence[datetime],
        step: DateStep,
        fitting: Sequence[datetime],
        day: date,
        turn: tuple[str, DateButton],
    ) -> InlineKeyboardMarkup:
        """`turn`: the button to the other way of choosing."""
        # A hole keeps the others in their columns. Telegram wants data on every button, also on one that does nothing.
        nothing = (dates.EMPTY, self._to(DateStep.NOTHING))
        shown = [
            (label, self._to(step, moment)) if moment in fitting else nothing
            for label, moment in zip(dates.clocks(found, self.locale), found, strict=True)
        ]
        rows = [shown[start : start + HOURS_A_ROW] for start in range(0, len(shown), HOURS_A_ROW)]
        open_rows = [row for row in rows if any(one is not nothing for one in row)]
        return _keyboard([*open_rows, [turn], [(labels.BACK, self._to(DateStep.MONTH, Month.of(day)))]])

    def _months(self, shown: Month) -> list[tuple[str, DateButton]]:
        earlier, later = self._month(labels.EARLIER, shown.previous()), self._month(labels.LATER, shown.next())
        return [earlier, (dates.month(shown), self._to(DateStep.NOTHING)), later]

    def _month(self, label: str, other: Month) -> tuple[str, DateButton]:
        if self.choosable.has_month(other):
            return label, self._to(DateStep.MONTH, other)
        return dates.EMPTY, self._to(DateStep.NOTHING)

    def _day(self, day: date | None) -> tuple[str, DateButton]:
        if day is None or not self.choosable.has_day(day):
            return dates.EMPTY, self._to(DateStep.NOTHING)
        # Full hours first: a quarter costs one press more, and few want one.
        return str(day.day), self._to(DateStep.HOURS, day)

    def _first_page(self) -> DateButton:
        """Where the beginning is asked."""
        start = self.start or self.choosable.after
        return DateButton(self.draft, DateStep.MONTH, Month.of(start.astimezone(self.choosable.zone).date()))

    def _to(self, step: DateStep, value: Month | date | datetime | None = None) -> DateButton:
        return DateButton(self.draft, step, value, self.start)


def _keyboard(rows: Iterable[Sequence[tuple[str, DateButton]]]) -> InlineKeyboardMarkup:
    kept: list[Row] = [buttons.data_row(row) for row in rows if row]
    return InlineKeyboardMarkup(kept)
