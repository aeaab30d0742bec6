"""What is said under the message that told of a fault: who is on it, and that it is over."""

from html import escape

from bot.chat.render.locale import Locale
from bot.domain.events import AlertAcknowledged, AlertEnded


def acknowledged(happened: AlertAcknowledged, locale: Locale) -> str:
    return f"🙋 {escape(happened.by)} is on it · {locale.clock(happened.at)}"


def ended(happened: AlertEnded, locale: Locale) -> str:
    by = f"🙋 {escape(happened.by)} was on it.\n" if happened.by else ""
    return f"{by}✅ Over · {locale.clock(happened.at)}"
