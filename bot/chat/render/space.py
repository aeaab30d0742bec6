"""What is said of the space: open or closed, who is left, and what is to be done before everybody leaves."""

from collections.abc import Sequence
from html import escape

from bot.chat.render.labels import ticked
from bot.chat.render.locale import Locale
from bot.domain.events import SpaceAsked, SpaceClosed, SpaceHeld, SpaceOpened
from bot.domain.spaces import LONGEST_ITEM, MOST_ITEMS, ClosingItem, SpaceState

NO_SPACE = "This house is no space that opens and closes: SPACE_NAME in its settings makes it one."
USAGE = (
    "<code>/space</code> shows whether the space is open, <code>/space open</code> and <code>/space closed</code> say"
    " so, and <code>/space here</code> lets owners choose the chat in which it is asked whether anybody is left."
)
ASKED_HERE = "From now on it is asked here whether anybody is left, and told here that the space opens and closes."
OVER = "That question is answered already."
LATE = "That press came late, so nothing was changed. Press again if you still mean it."
STAYS = {"1h": "Yes, 1 h more", "3h": "Yes, 3 h more"}
CLOSING, OPENING = "We are closing", "We are open"
NO_LIST = "There is no closing list."
HOW_TO_LIST = "<code>/closing lights; windows; heater</code> makes one, <code>/closing off</code> removes it."
LIST_OFF = "There is no closing list any more."
TOO_MUCH = f"A closing list has up to {MOST_ITEMS} things of up to {LONGEST_ITEM} letters, with ; between them."
ALL_DONE = "✅ All done. Good night!"


def page(name: str, state: SpaceState, doors: Sequence[str], locale: Locale) -> str:
    since = locale.time(state.changed_at)
    by = f", by {escape(state.by)}" if state.by else ""
    if not state.is_open:
        return f"🔴 <b>{escape(name)}</b> is closed since {since}{by}.{_still_open(doors, locale)}"
    door = f" ({locale.title(state.door)})" if state.door else ""
    lines = [f"🟢 <b>{escape(name)}</b> is open since {since}{by}{door}."]
    if state.held_until:
        lines.append(f"Somebody stays until {locale.time(state.held_until)} at least.")
    return "\n".join(lines)


def opened(event: SpaceOpened, locale: Locale) -> str:
    name = f"🟢 <b>{escape(event.space)}</b> is open · {locale.clock(event.at)}"
    if event.door is None:
        return f"{name}\n{escape(event.by or 'Somebody')} says so."
    return f"{name}\n{escape(event.by or 'Somebody')} opened {locale.title(event.door)}."


def asked(event: SpaceAsked, locale: Locale) -> str:
    return (
        f"🚪 All doors are closed. Is anybody still here? · {locale.clock(event.at)}\n"
        "If nobody answers within 30 minutes, the space is closed."
    )


def held(event: SpaceHeld, locale: Locale) -> str:
    if event.by and event.until:
        return f"🟢 {escape(event.by)} is still here, until {locale.time(event.until)} at least."
    return f"🟢 Somebody is here: a door was opened · {locale.clock(event.at)}"


def closed(event: SpaceClosed, locale: Locale) -> str:
    who = f"{escape(event.by)} says so." if event.by else "All doors are closed, and nobody answered."
    doors = _still_open(event.doors, locale)
    text = f"🔴 <b>{escape(event.space)}</b> is closed · {locale.clock(event.at)}\n{who}{doors}"
    return f"{text}\n\n{closing_list(event.items)}" if event.items else text


def closing_list(items: Sequence[ClosingItem]) -> str:
    lines = [f"{escape(item_label(item))}{f' – {escape(item.done_by)}' if item.done_by else ''}" for item in items]
    is_done = all(item.done_by for item in items)
    return "\n".join(["<b>Before you leave</b>", *lines, *([ALL_DONE] if is_done else [])])


def item_label(item: ClosingItem) -> str:
    return ticked(item.text, is_on=item.done_by is not None)


def _still_open(doors: Sequence[str], locale: Locale) -> str:
    names = ", ".join(locale.title(door) for door in doors)
    return f"\n⚠️ Still open: {names}" if doors else ""
