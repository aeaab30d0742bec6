"""Codes: the one message that shows one, the list without digits, and what goes wrong."""

from html import escape

from bot.chat.render import locale as written
from bot.chat.render.locale import Locale
from bot.domain.codes import IssuedPin, Pin
from bot.domain.doors import Door
from bot.domain.durations import Span, spell_duration
from bot.domain.passes import GuestPass

NO_PINS = "There is no code that still works."
CODES = "🔑 Codes that may still work:"
SENT_PRIVATELY = "📬 Sent to you privately."
NOT_SENT_PRIVATELY = (
    "The bot could not write to you privately, and that is for you alone. Open a private chat with it, press Start, and"
    " ask there."
)
CANNOT_WRITE_PRIVATELY = (
    "The bot cannot write to you privately, so no code was made. Open a private chat with it, press Start, and ask"
    " again."
)
ASKED_BACK = "🔑 The bot asked you something first."
CODE_LOST = "A code was made, but Telegram did not take the message, and no code is kept: ask for another one."


def preparing(door: Door) -> str:
    return f"⏳ {written.title(door)}: making a code…"


def code(door: Door, pin: Pin, span: Span, locale: Locale) -> str:
    lines = [f"🔑 {written.title(door)}: <tg-spoiler>{escape(pin.digits)}</tg-spoiler>", _asked(span, locale)]
    if pin.ends_at:
        lines.append(f"Valid until {locale.time(pin.ends_at)}, says the lock system.")
    if pin.note:
        lines.append(locale.remark(pin.note))
    return "\n".join(lines)


def guest_code(door: Door, pin: Pin, one: GuestPass, locale: Locale) -> str:
    """For the host, who passes it on."""
    until = f"{locale.time(one.starts_at)} – {locale.time(one.ends_at)}"
    lines = [f"🔑 {written.title(door)} for {escape(one.label)}: <tg-spoiler>{escape(pin.digits)}</tg-spoiler>", until]
    if pin.ends_at:
        lines.append(f"Valid until {locale.time(pin.ends_at)}, says the lock system.")
    if pin.note:
        lines.append(locale.remark(pin.note))
    return "\n".join(lines)


def _asked(span: Span, locale: Locale) -> str:
    until = f"until {locale.time(span.until)}, " if span.until else ""
    return f"Asked for: {until}{spell_duration(span.length)}."


def listed(pin: IssuedPin, locale: Locale) -> str:
    made = f"no. {pin.id}, made by {escape(pin.person_name)} {locale.time(pin.made_at)}"
    revocable = "" if pin.handle is not None else ", cannot be revoked"
    return f"• {escape(locale.doors.title(pin.door))}: {made}{_until(pin, locale)}{revocable}"


def _until(pin: IssuedPin, locale: Locale) -> str:
    if pin.ends_at:
        return f", until {locale.time(pin.ends_at)}"
    return f", asked until {locale.time(pin.asked_until)}" if pin.asked_until else ""
