"""The message that always shows the doors, and what is said about it."""

from collections.abc import Iterable
from html import escape

from bot.chat.render import locale as written
from bot.chat.render import lockdowns
from bot.chat.render.locale import Locale
from bot.chat.render.statuses import NOT_READABLE, NOT_SEEN_YET, UNCLEAR
from bot.chat.render.words import BOLT
from bot.domain.actions import Action
from bot.domain.doors import Door
from bot.domain.lockdowns import Lockdown
from bot.domain.panels import MOST_DOORS, DoorsSeen
from bot.domain.readings import Announced

HEAD = "🚪 <b>Doors</b>"
FOOT = "The times say since when each is seen so."
NO_DOORS = "The doors that this panel showed are no more."
OVER = "🚪 This panel is over. /panel makes a new one."
SET_UP = "📌 This chat has a panel: the message that always shows "
EVERY_DOOR = "every door"
PINNED = ". It is pinned, and changes by itself. Tick the doors that it is to show; <code>/panel off</code> ends it."
NONE_HERE = "There is no panel in this chat. <code>/panel</code> makes one."
ENDED = "🚪 The panel of this chat is over."
ONE_AT_LEAST = "A panel shows one door at least. “End the panel” takes it away."
NOT_PINNED = (
    "📌 I may not pin the panel here, so it scrolls away like any message. Make me an administrator who may pin"
    " messages, and I pin it."
)
AWAY = "📡 cannot be reached"
END_PANEL = "End the panel"


def panel(doors: Iterable[Door], seen: DoorsSeen, alarms: Iterable[Lockdown], locale: Locale) -> str:
    # Nothing in it may change with time alone, as each change is an edit, and Telegram limits those. Ages are counted
    # by the client of whoever looks.
    shown = list(doors)
    if not shown:
        return NO_DOORS
    lines = [_line(door, seen, locale) for door in shown[:MOST_DOORS]]
    more = [f"and {len(shown) - MOST_DOORS} more: /status"] if len(shown) > MOST_DOORS else []
    return "\n".join([HEAD, *(lockdowns.standing(one, locale) for one in alarms), *lines, *more, FOOT])


def set_up(doors: Iterable[Door] | None) -> str:
    names = EVERY_DOOR if doors is None else ", ".join(escape(door.title) for door in doors)
    return f"{SET_UP}{names}{PINNED}"


def _line(door: Door, seen: DoorsSeen, locale: Locale) -> str:
    name, reading = written.title(door), seen.readings.get(door.name)
    last = reading.announced if reading else Announced()
    if not door.can(Action.STATUS):
        return f"{name}: {NOT_READABLE}"
    if reading is None or last.bolt is None:
        return f"{name}: {NOT_SEEN_YET}"
    # What was seen before is only what it was: shown as it is now, it would say of an open door that it is closed.
    parts = [UNCLEAR] if door.name in seen.unclear else []
    if not last.is_reachable:
        parts += [AWAY, *([locale.ago(last.away_since)] if last.away_since else [])]
    if parts:
        return " · ".join([f"{name}: {parts[0]}", *parts[1:], f"was {BOLT[last.bolt]}"])
    parts = [f"{name}: {BOLT[last.bolt]}", *([locale.ago(last.bolt_since)] if last.bolt_since else [])]
    if reading.battery_percent is not None:
        parts.append(f"{'🪫' if last.is_battery_low else '🔋'} {reading.battery_percent} %")
    return " · ".join(parts)
