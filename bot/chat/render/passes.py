"""Passes of guests: how one is made, what it holds, and what hosts and guests are told."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from bot.chat.render.locale import Locale
from bot.domain.codes import IssuedPin, Pin
from bot.domain.doors import Capability, Door
from bot.domain.events import PassEnds, PassExtended, PassRevoked, PassUsed
from bot.domain.passes import GuestPass
from bot.domain.visits import NotAVisit, VisitLack

EXAMPLE = "<code>/guest Dupont fri 15:00 - sun 11:00 front x6</code>"
USAGE = (
    f"Write for example {EXAMPLE}, <code>/guest Parcel delivery front</code>, or <code>/guest Dupont</code> and choose."
)
LACKS = {
    VisitLack.LABEL: "Who comes?",
    VisitLack.TIME: "“{said}” is no time.",
    VisitLack.PAST: "“{said}” is over already.",
    VisitLack.ORDER: "“{said}” is before the beginning.",
    VisitLack.DOOR: "“{said}” names no door to which you can let anybody in.",
    VisitLack.USES: "“{said}” is no number of openings: 1 to 1000 are possible.",
}
WHICH_DOOR = "🧳 A pass for <b>{label}</b>. Which door?"
HOW_LONG = "🧳 A pass for <b>{label}</b>. From when until when?"
NO_DOOR = "There is no door to which you can let a guest in at the moment."
GUESTS = "🧳 Guests:"
NO_GUESTS = "There is no guest pass at the moment."
GONE = "This pass is over, revoked, or not yours. /guests shows those there are."
LINK_LOST = "A pass was made, but Telegram did not take its link: revoke it in /guests and make another one."
TELL_BELOW = "🧳 The pass is below. Send its link to your guest. /guests shows, extends and revokes it."
LINK_BELOW = "🧳 The new link is below, and the old one lets nobody in any more."
NO_LINK = "The link of this pass was opened already, or the pass is over. /guests shows those there are."
SHORTER_CODE = "Shall it be a code for one of these times? They are inside the pass."
CODE_LOST = "A code was made, but Telegram did not take the message, and no code is kept: revoke it in /pins."


def lack(error: NotAVisit) -> str:
    return f"{LACKS[error.lack].format(said=escape(error.said))} {USAGE}"


def made(one: GuestPass, link: str, others: Iterable[GuestPass], locale: Locale) -> str:
    """Under the picture of the link."""
    lines = [
        f"🧳 <b>Pass no. {one.id}: {escape(one.label)}</b>",
        _what(one, locale),
        *(_overlap(other, locale) for other in others),
        f"Send this link to your guest. It works once, for whoever opens it first:\n{escape(link)}",
    ]
    return "\n".join(lines)


def to_pass_on(one: GuestPass, locale: Locale) -> str:
    """Goes to the guest together with the link, without marks."""
    # It names no door: whoever it is sent to by mistake learns nothing of the house.
    starts, ends = _for_guest(one.starts_at, one, locale), _for_guest(one.ends_at, one, locale)
    return (
        f"Welcome, {one.label}! This link lets you in from {starts} until {ends}: open it and press Start, and the"
        " doors have a button each. It works once, so keep it to yourself."
    )


def listed(
    one: GuestPass, guests: Sequence[int], codes: Sequence[IssuedPin], others: Iterable[GuestPass], locale: Locale,
    *, with_host: bool,
) -> str:  # fmt: skip
    by = f", by {escape(one.host_name)}" if with_host else ""
    came = "not opened yet" if not guests else "in use" if one.first_used_at else "accepted, not used yet"
    lines = [f"<b>no. {one.id} {escape(one.label)}</b>{by}: {came}", _what(one, locale)]
    lines += [f"🔑 code no. {code.id} of {locale.title(code.door)}{_until(code, locale)}" for code in codes]
    return "\n".join([*lines, *(_overlap(other, locale) for other in others)])


def _what(one: GuestPass, locale: Locale) -> str:
    uses = f", {one.uses} {'opening' if one.uses == 1 else 'openings'}" if one.uses else ""
    each = " of each" if uses and len(one.doors) > 1 else ""
    return f"{doors(one.doors, locale)}: {locale.time(one.starts_at)} – {locale.time(one.ends_at)}{uses}{each}"


def for_whom(label: str, door: str, locale: Locale) -> str:
    return f"🧳 A pass for <b>{escape(label)}</b>: {locale.title(door)}."


def doors(names: Sequence[str], locale: Locale) -> str:
    return ", ".join(map(locale.title, names))


def _overlap(other: GuestPass, locale: Locale) -> str:
    return (
        f"⚠️ At the same time: {escape(other.label)}, {doors(other.doors, locale)},"
        f" {locale.time(other.starts_at)} – {locale.time(other.ends_at)}"
    )


def _until(code: IssuedPin, locale: Locale) -> str:
    return f", until {locale.time(code.until)}" if code.until else ""


def sure_of_code(door: Door, one: GuestPass, locale: Locale) -> str:
    # What cannot be taken back is said before it is made.
    if Capability.REVOKE_PINS in door.capabilities:
        back = "It can be revoked, and goes with the pass."
    else:
        back = f"⚠️ It <b>cannot be revoked</b>: it works until {locale.time(one.ends_at)} even if you revoke the pass."
    return (
        f"🔑 A code of {locale.title(door.name)} for {escape(one.label)}, from {locale.time(one.starts_at)} until"
        f" {locale.time(one.ends_at)}? A code is not counted.\n{back}"
    )


def code_to_pass_on(door: Door, pin: Pin, one: GuestPass, locale: Locale) -> str:
    """For the guest, without marks."""
    how = locale.plain_remark(pin.note) if pin.note else "Type it at the keypad."
    span = f"{_for_guest(one.starts_at, one, locale)} – {_for_guest(one.ends_at, one, locale)}"
    return f"{door.title}: code {pin.digits}, {span}. {how}"


def _for_guest(moment: datetime, one: GuestPass, locale: Locale) -> str:
    """In the house's zone, and in the guest's own where the host said it."""
    if one.zone is None:
        return locale.time(moment)
    return f"{locale.time(moment)} ({locale.time(moment, ZoneInfo(one.zone))})"


def sure_to_revoke(one: GuestPass, codes: Sequence[IssuedPin], locale: Locale) -> str:
    going = ["the link and the rights", *(f"code no. {code.id}" for code in codes if code.handle)]
    lines = [f"Revoke pass no. {one.id} of {escape(one.label)}? That takes back {' and '.join(going)}."]
    lines += [_stays(code, locale) for code in codes if not code.handle]
    return "\n".join(lines)


def _stays(code: IssuedPin, locale: Locale) -> str:
    return (
        f"⚠️ Code no. {code.id} of {locale.title(code.door)} cannot be revoked: it works on"
        f"{_until(code, locale).removeprefix(',')}."
    )


def revoked(
    one: GuestPass, gone: Sequence[IssuedPin], failed: Sequence[IssuedPin], stays: Sequence[IssuedPin], locale: Locale
) -> str:
    codes = "".join(f", code no. {code.id} of {locale.title(code.door)}" for code in gone)
    lines = [f"✅ Pass no. {one.id} of {escape(one.label)} is revoked: link, rights{codes}."]
    lines += [
        f"⚠️ Code no. {code.id} of {locale.title(code.door)} may still work: revoke it in /pins." for code in failed
    ]
    return "\n".join([*lines, *(_stays(code, locale) for code in stays)])


def extended_before(one: GuestPass, locale: Locale) -> str:
    """A button that knows another end, as after the same press before."""
    until = locale.time(one.ends_at)
    return f"🧳 Pass no. {one.id} lasts until {until} by now: this press changed nothing. /guests extends it further."


def extended(one: GuestPass, codes: Sequence[IssuedPin], others: Iterable[GuestPass], locale: Locale) -> str:
    lines = [f"✅ Pass no. {one.id} of {escape(one.label)} lasts until {locale.time(one.ends_at)}."]
    lines += [
        f"⚠️ Code no. {code.id} of {locale.title(code.door)} is not longer{_until(code, locale)}: make a new one."
        for code in codes
    ]
    return "\n".join([*lines, *(_overlap(other, locale) for other in others)])


def used(happened: PassUsed, locale: Locale) -> str:
    by = f" ({escape(happened.by)})" if happened.by != happened.label else ""
    who = f"{escape(happened.label)}{by}"
    return f"🧳 {who} has come: {locale.title(happened.door)} opened for the first time · {locale.clock(happened.at)}"


def ends(happened: PassEnds, locale: Locale) -> str:
    which = f"Pass no. {happened.number} of {escape(happened.label)} at {doors(happened.doors, locale)}"
    return f"⏳ {which} ends {locale.time(happened.ends_at)}."


def told_extended(happened: PassExtended, locale: Locale) -> str:
    return f"🧳 You may use {doors(happened.doors, locale)} longer: until {locale.time(happened.ends_at)}."


def told_revoked(happened: PassRevoked, locale: Locale) -> str:
    return f"🧳 Your pass for {doors(happened.doors, locale)} was taken back · {locale.clock(happened.at)}"
