"""Tries that the bot said no to, for those who want to hear of them."""

from html import escape

from bot.chat.render.history import HOW, REASONS
from bot.chat.render.locale import Locale
from bot.chat.render.words import ASKED_TO
from bot.domain.commands import How
from bot.domain.events import StrangersTurnedAway, TryRefused


def refused(happened: TryRefused, locale: Locale) -> str:
    who, at = escape(happened.by), locale.clock(happened.at)
    why = REASONS.get(happened.reason, happened.reason)
    asked = f"{who} {ASKED_TO[happened.action]} and was refused · {at}{how(happened.how)}"
    return f"⛔ {locale.title(happened.door)}: {asked}\n({why})"


def strangers(happened: StrangersTurnedAway, locale: Locale) -> str:
    tries = "1 try" if happened.count == 1 else f"{happened.count} tries"
    return f"🚷 {tries} by people who are not on the list, since {locale.clock(happened.since)}. All were turned away."


def how(asked: How | None) -> str:
    """Behind a time; a timer has its own name."""
    return f" ({HOW[asked]})" if asked and asked is not How.TIMER else ""
