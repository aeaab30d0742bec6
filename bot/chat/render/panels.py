"""The message that always shows the doors, and what is said about it."""

from collections.abc import Iterable, Mapping
from html import escape

from bot.chat.render import locale as written
from bot.chat.render import lockdowns
from bot.chat.render.locale import Locale
from bot.chat.render.statuses import NOT_READABLE, NOT_SEEN_YET
from bot.chat.render.words import BOLT
from bot.domain.actions import Action
from bot.domain.doors import Door
from bot.domain.lockdowns import Lockdown
from bot.domain.panels import MOST_DOORS
from bot.domain.readings import Announced, Reading

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
END_PANEL = "End the panel"


def panel(doors: Iterable[Door], readings: Mapping[str, Reading], alarms: Iterable[Lockdown], locale: Locale) -> str:
    """Nothing in it changes with time alone: ages are counted by the client of whoever looks."""
    shown = list(doors)
    if not shown:
        return NO_DOORS
    lines = [_line(door, readings.get(door.name), locale) for door in shown[:MOST_DOORS]]
    more = [f"and {len(shown) - MOST_DOORS} more: /status"] if len(shown) > MOST_DOORS else []
    return "\n".join([HEAD, *(lockdowns.standing(one, locale) for one in alarms), *lines, *more, FOOT])


def set_up(doors: Iterable[Door] | None) -> str:
    names = EVERY_DOOR if doors is None else ", ".join(escape(door.title) for door in doors)
    return f"{SET_UP}{names}{PINNED}"


def _line(door: Door, reading: Reading | None, locale: Locale) -> str:
    name = written.title(door)
    if not door.can(Action.STATUS):
        return f"{name}: {NOT_READABLE}"
    seen = reading.announced if reading else Announced()
    if reading is None or seen.bolt is None:
        return f"{name}: {NOT_SEEN_YET}"
    if not seen.is_reachable:
        since = f" · {locale.ago(seen.away_since)}" if seen.away_since else ""
        return f"{name}: 📡 cannot be reached{since} · was {BOLT[seen.bolt]}"
    parts = [f"{name}: {BOLT[seen.bolt]}", *([locale.ago(seen.bolt_since)] if seen.bolt_since else [])]
    if reading.battery_percent is not None:
        parts.append(f"{'🪫' if seen.is_battery_low else '🔋'} {reading.battery_percent} %")
    return " · ".join(parts)
