"""Neighbours: who is called when somebody does not get in."""

from collections.abc import Sequence
from html import escape

from bot.chat.render.locale import Locale
from bot.domain.doors import Door

USAGE = (
    "Write <code>/neighbours front Anna</code>: when somebody can't get in there and no host answers, the bot calls"
    " Anna, who may open the door herself."
)
NONE = "🏘 No door has a neighbour yet."


def listed(found: Sequence[tuple[str, int, str]], locale: Locale) -> str:
    """`found`: door, id and name, in the order in which they are called."""
    names: dict[str, list[str]] = {}
    for door, _, name in found:
        names.setdefault(door, []).append(escape(name))
    lines = [f"🏘 {locale.title(door)}: {', then '.join(those)}" for door, those in names.items()]
    return "\n".join([*(lines or [NONE]), USAGE])


def has_no_right(name: str, door: Door) -> str:
    return (
        f"{escape(name)} has no right of their own to open {escape(door.title)}, so they could not help. Give one"
        f" first: <code>/grant {escape(name)} {door.name} open</code>"
    )
