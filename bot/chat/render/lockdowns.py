"""Lockdowns: what whoever begins or ends one is told, and everybody else."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from bot.chat.render.locale import Locale
from bot.domain.events import LockdownBegan, LockdownEnded
from bot.domain.lockdowns import Lockdown
from bot.domain.people import EVERY_DOOR

USAGE = (
    "Write <code>/lockdown</code> for every door, <code>/lockdown front 2h</code> for one door and some time, or"
    " <code>/lockdown off</code> to end it."
)
NONE = "There is no lockdown."
MAY_BE_OLD = "That may be an old message or press. End the lockdown now?"
CODES_WORK = "Codes at keypads, keys and other apps still work: /pins shows the codes."


def begun(lockdown: Lockdown, locale: Locale) -> str:
    return (
        f"🚨 {_which(lockdown.door, locale)} is locked down{_until(lockdown.ends_at, locale)}: only owners open it, and"
        f" what was waiting is withdrawn. Everybody who may open it is told.\n{CODES_WORK}"
    )


def ended_now(ended: Sequence[Lockdown], others: Sequence[Lockdown], locale: Locale) -> str:
    lines = [f"✅ The lockdown of {_which(one.door, locale, inside=True)} is over." for one in ended] or [NONE]
    return "\n".join(lines + [standing(one, locale) for one in others])


def began(happened: LockdownBegan, locale: Locale) -> str:
    which, until = _which(happened.door or EVERY_DOOR, locale), _until(happened.ends_at, locale)
    return (
        f"🚨 {which} is locked down by {escape(happened.by)}{until} · {locale.clock(happened.at)}\n"
        "Only owners open it. You will hear when that ends."
    )


def ended(happened: LockdownEnded, locale: Locale) -> str:
    by = f", ended by {escape(happened.by)}" if happened.by else ""
    which = _which(happened.door or EVERY_DOOR, locale, inside=True)
    return f"✅ The lockdown of {which} is over{by} · {locale.clock(happened.at)}\nRights are as before."


def standing(lockdown: Lockdown, locale: Locale) -> str:
    until = _until(lockdown.ends_at, locale)
    return f"🚨 {_which(lockdown.door, locale)} is locked down by {escape(lockdown.by_name)}{until}."


def _which(door: str, locale: Locale, *, inside: bool = False) -> str:
    if door == EVERY_DOOR:
        return "every door" if inside else "Every door"
    return locale.title(door)


def _until(ends_at: datetime | None, locale: Locale) -> str:
    return f" until {locale.time(ends_at)}" if ends_at else ""
