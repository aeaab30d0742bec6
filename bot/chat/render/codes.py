"""Codes: the one message that shows one, the list without digits, and what goes wrong."""

from collections.abc import Iterable
from html import escape

from bot.chat.render import locale as written
from bot.chat.render.locale import Locale
from bot.domain.calendars import Window
from bot.domain.code_wishes import CodeWish
from bot.domain.codes import IssuedPin, Pin, PinState
from bot.domain.doors import Door
from bot.domain.durations import spell_duration
from bot.domain.events import CodesOutlive, PinEnds
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
IS_BELOW = "🔑 See below. /pins shows your codes."
OVER = "That time is over. Please choose another one."
NEAREST = "What this lock can do nearest to that:"
DELETED_AT_END = "The bot deletes this message when the code ends."
ASKING = "⏳ Asking the lock systems which codes they have…"
FOREIGN = "❔ Listed by the lock systems, and not made by this bot:"
NOT_REVOCABLE = "It cannot be revoked from here: remove it in the lock's own app."
MOST_FOREIGN = 10
STATES = {
    PinState.WORKS: "✅ works",
    PinState.SHOULD_WORK: "✅ should work",
    PinState.ENDS_SOON: "⏳ ends soon",
    PinState.BEGINS_LATER: "🕓 begins later",
    PinState.MISSING: "❔ orphan: the lock system does not list it",
    PinState.REVOKING: "⚠️ revoking was asked for and is not confirmed: it may still work",
}


def preparing(door: Door) -> str:
    return f"⏳ {written.title(door)}: making a code…"


def how_long(door: Door, label: str) -> str:
    return f"🔑 A code for {written.title(door)}{_for(label)}. For how long?"


def about(door: Door, label: str) -> str:
    return f"🔑 A code for {written.title(door)}{_for(label)}."


def code(door: Door, pin: Pin, asked: CodeWish, locale: Locale) -> str:
    # Under a spoiler, so that nobody reads it over a shoulder, or in the list of chats.
    head = f"🔑 {written.title(door)}{_for(asked.label)}: <tg-spoiler>{escape(pin.digits)}</tg-spoiler>"
    return "\n".join([head, _asked(asked, locale), *_validity(pin, locale), DELETED_AT_END])


def guest_code(door: Door, pin: Pin, one: GuestPass, locale: Locale) -> str:
    """For the host, who passes it on."""
    until = f"{locale.time(one.starts_at)} – {locale.time(one.ends_at)}"
    head = f"🔑 {written.title(door)}{_for(one.label)}: <tg-spoiler>{escape(pin.digits)}</tg-spoiler>"
    return "\n".join([head, until, *_validity(pin, locale), DELETED_AT_END])


def _validity(pin: Pin, locale: Locale) -> list[str]:
    ends = [f"Valid until {locale.time(pin.ends_at)}, says the lock system."] if pin.ends_at else []
    return [*ends, *([locale.remark(pin.note)] if pin.note else [])]


def _for(label: str) -> str:
    return f" for {escape(label)}" if label else ""


def _asked(asked: CodeWish, locale: Locale) -> str:
    if asked.span is None:
        return f"Asked for: {window(asked.window, locale)}." if asked.window else ""
    until = f"until {locale.time(asked.span.until)}, " if asked.span.until else ""
    return f"Asked for: {until}{spell_duration(asked.span.length)}."


def window(one: Window, locale: Locale) -> str:
    return f"{locale.time(one.starts_at)} – {locale.time(one.ends_at)}"


def listed(pin: IssuedPin, state: PinState, locale: Locale) -> str:
    whom = _for(pin.label) if pin.label != pin.person_name else ""
    made = f"no. {pin.id}{whom}, made by {escape(pin.person_name)} {locale.time(pin.made_at)}"
    begins = f", from {locale.time(pin.starts_at)}" if pin.starts_at and pin.starts_at > pin.made_at else ""
    # Without a handle of the lock's there is nothing by which it could be taken back.
    revocable = "" if pin.handle is not None else ", cannot be revoked"
    what = f"{made}{begins}{_until(pin, locale)}{revocable}"
    return f"• {escape(locale.doors.title(pin.door))}: {what} · {STATES[state]}"


def _until(pin: IssuedPin, locale: Locale) -> str:
    if pin.ends_at:
        return f", until {locale.time(pin.ends_at)}"
    return f", asked until {locale.time(pin.asked_until)}" if pin.asked_until else ""


def foreign(found: Iterable[tuple[str, str]], locale: Locale) -> list[str]:
    """Codes that nobody made here: door and label of each."""
    lines = [f"• {locale.title(door)}: {f'“{escape(label)}”' if label else 'without a name'}" for door, label in found]
    more = [f"… and {len(lines) - MOST_FOREIGN} more"] if len(lines) > MOST_FOREIGN else []
    return [FOREIGN, *lines[:MOST_FOREIGN], *more, "Remove those in the lock's own app."] if lines else []


def silent(doors: Iterable[str], locale: Locale) -> list[str]:
    return [f"📡 {locale.title(door)}: its lock system did not say now which codes it has." for door in doors]


def ends(happened: PinEnds, locale: Locale) -> str:
    which = f"Code no. {happened.number} of {locale.title(happened.door)}{_for(happened.label)}"
    return f"⏳ {which} ends {locale.time(happened.ends_at)}."


def outlive(happened: CodesOutlive, locale: Locale) -> str:
    """What still opens a door although its maker's right is gone, and what can be done about each."""
    # About: the time that was asked for stands where the lock promised no end.
    whose = f"{escape(happened.by)} made codes that work longer than their right."
    if happened.is_of_guests:
        whose = "A guest's right is gone, and codes of their pass still work."
    lines = [f"⚠️ {whose} Revoke them, or leave them:"]
    codes = zip(happened.doors, happened.numbers, happened.labels, happened.ends, strict=True)
    for door, number, label, end in codes:
        whom = _for(label) if label != happened.by else ""
        stays = "" if number in happened.revocable else f" {NOT_REVOCABLE}"
        lines.append(f"• {locale.title(door)}, no. {number}{whom}, until about {locale.time(end)}.{stays}")
    return "\n".join(lines)


def message_over(pin: IssuedPin, locale: Locale) -> str:
    """In place of the digits, where their message is too old to be deleted."""
    over = "was revoked" if pin.until is None or pin.until > locale.now() else "has ended"
    which = f"🔑 Code no. {pin.id} of {locale.title(pin.door)}{_for(pin.label)}"
    return f"{which} {over}. Its digits are gone from this message."


def message_stays(pin: IssuedPin, locale: Locale) -> str:
    return (
        f"🔑 Code no. {pin.id} of {locale.title(pin.door)}{_for(pin.label)} is over, and Telegram lets the bot neither"
        " delete nor change the message that shows it: delete that yourself."
    )
