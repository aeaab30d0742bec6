"""The date picker: a day, an hour and where wanted a quarter, for a beginning and an end, chosen with buttons.

It is for one person: the draft says whose it is. What comes of it is somebody else's business: see `Picking`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from telegram import InlineKeyboardMarkup

from bot.chat.context import ChatContext
from bot.chat.date_buttons import DateButton, DateStep
from bot.chat.date_pages import DatePages
from bot.chat.handlers.confirming import confirm_if_late
from bot.chat.render import dates as texts
from bot.chat.render import denials
from bot.domain.calendars import Choosable, Month, Window
from bot.domain.drafts import Draft, DraftFor

# A year, with a day to spare for leap years.
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Picking:
    """What dates are picked for. `about` is said above the calendar, `back` shows the page before it.

    `latest`: until when something can be chosen, where that is less than a year from now.
    """

    done: Callable[[ChatContext, Draft, Window], Awaitable[None]]
    back: Callable[[ChatContext, Draft], Awaitable[None]]
    about: Callable[[ChatContext, Draft], Awaitable[str]]
    asks_start: bool = True
    latest: Callable[[ChatContext, Draft], datetime | None] = lambda chat, draft: None


@dataclass(frozen=True, slots=True)
class _Picker:
    """The picker as one press finds it. `start`: the beginning that is chosen; None while it is asked."""

    chat: ChatContext
    draft: Draft
    picking: Picking
    start: datetime | None

    @property
    def choosable(self) -> Choosable:
        now = self.chat.services.clock.datetime()
        latest = self.picking.latest(self.chat, self.draft)
        return Choosable(
            max(now, self.start or now), min(filter(None, (now + LONGEST, latest))), self.chat.services.zone
        )

    @property
    def pages(self) -> DatePages:
        begins_now = self.picking.asks_start and self.start is None
        return DatePages(self.draft.id, self.choosable, self.chat.locale, self.start, begins_now)

    @property
    def question(self) -> str:
        return texts.FROM if self.picking.asks_start and self.start is None else texts.UNTIL

    async def show_month(self, shown: Month | None = None) -> None:
        """The first one that has a day to choose, if none is named."""
        zone = self.chat.services.zone
        month = shown or Month.of(self.choosable.after.astimezone(zone).date())
        await self._say(self.pages.month(month))

    async def show_hours(self, day: date, *, fine: bool) -> None:
        await self._say(self.pages.hours(day, fine=fine), day)

    async def show_quarters(self, hour: datetime) -> None:
        await self._say(self.pages.quarters(hour), hour.astimezone(self.chat.services.zone).date())

    async def choose(self, moment: datetime) -> None:
        if self.question == texts.FROM:
            await _Picker(self.chat, self.draft, self.picking, moment).show_month()
            return
        # A beginning that passed while the end was chosen is now.
        now = self.chat.services.clock.datetime().replace(second=0, microsecond=0)
        start = max(self.start or now, now)
        work = partial(_done, done=self.picking.done, draft=self.draft, window=Window(start, moment))
        await confirm_if_late(self.chat, work)

    async def _say(self, keyboard: InlineKeyboardMarkup, day: date | None = None) -> None:
        about = await self.picking.about(self.chat, self.draft)
        text = texts.head(about, self.question, self.start, self.chat.locale, day=day)
        await self.chat.say(text, keyboard)


async def _done(
    chat: ChatContext, *, done: Callable[[ChatContext, Draft, Window], Awaitable[None]], draft: Draft, window: Window
) -> None:
    await done(chat, draft, window)


async def begin(chat: ChatContext, picking: Picking, draft: Draft) -> None:
    """Show the calendar in place of what was pressed."""
    await _Picker(chat, draft, picking, None).show_month()


async def press(chat: ChatContext, pressed: DateButton, *, pickings: Mapping[DraftFor, Picking]) -> None:
    if pressed.step is DateStep.NOTHING:
        return
    draft = await chat.services.drafts.get(chat.person_id, pressed.draft)
    if draft is None or chat.replaces is None:
        await chat.refuse(texts.OVER if chat.replaces else denials.NOT_YOUR_BUTTON)
        return
    # What a button offered may be over by now, and a client sends what it likes: each step is held against what can be
    # chosen at this moment.
    picker = _Picker(chat, draft, pickings[draft.purpose], pressed.start)
    match pressed.step, pressed.value:
        case DateStep.MONTH, Month() as month:
            await picker.show_month(month)
        case (DateStep.HOURS | DateStep.FINE) as step, date() as day if picker.choosable.has_day(day):
            await picker.show_hours(day, fine=step is DateStep.FINE)
        case DateStep.QUARTERS, datetime() as hour if picker.choosable.has_hour(hour):
            await picker.show_quarters(hour)
        case DateStep.CHOSEN, datetime() as moment if picker.choosable.has_moment(moment):
            await picker.choose(moment)
        case DateStep.NOW, _ if picker.picking.asks_start and picker.start is None:
            await picker.choose(chat.services.clock.datetime().replace(second=0, microsecond=0))
        case DateStep.BACK, _:
            await picker.picking.back(chat, draft)
        case _:
            await chat.refuse(texts.NOT_POSSIBLE)
