"""The home screen and the help page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

from bot.chat.render.locale import Locale
from bot.domain.doors import Door

DOORS_ON_THE_PAGE = 40
LATER_ON_THE_PAGE = 5


def greeting(name: str, *, has_doors: bool) -> str:
    doors = "" if has_doors else " There is no door for you at the moment."
    return f"👋 Hello <b>{escape(name)}</b>.{doors}"


def opens_later(doors: Sequence[tuple[Door, datetime]], locale: Locale) -> str:
    """`doors`: with the moment from which each opens to the person."""
    lines = [f"⏱ {escape(door.title)} opens to you from {locale.time(at)}." for door, at in doors[:LATER_ON_THE_PAGE]]
    more = len(doors) - LATER_ON_THE_PAGE
    return "\n".join([*lines, *([f"/whoami shows {more} more."] if more > 0 else [])])


def in_group(name: str) -> str:
    return f"👋 Hello <b>{escape(name)}</b>. /open opens a door, /status shows them. The rest is in your private chat."


def help_page(lines: Iterable[tuple[str, str]], doors: Iterable[Door]) -> str:
    """`lines`: how each command is written, and what it does."""
    commands = "\n".join(f"/{escape(usage)} – {escape(what)}" for usage, what in lines)
    known = [escape(door.title) for door in doors]
    more = f" and {len(known) - DOORS_ON_THE_PAGE} more" if len(known) > DOORS_ON_THE_PAGE else ""
    titles = ", ".join(known[:DOORS_ON_THE_PAGE])
    return f"{commands}\n\n{f'Your doors: {titles}{more}.' if known else 'There is no door for you at the moment.'}"
