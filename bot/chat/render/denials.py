"""Why Latchkey itself says no. Nothing here says whether a door exists to somebody without a right to it."""

import re
from html import escape, unescape

from bot.chat.render import locale as written
from bot.chat.render.locale import Locale
from bot.chat.render.words import BEING, NOTHING, NOTHING_DONE
from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished
from bot.domain.policy import MANAGERS_MAY

OWNERS_ONLY = "Only an owner can do that."
OWNERS_AND_MANAGERS = "Only owners and managers can do that."
ALREADY_HANDLED = "That message came twice, and the list was not changed again. /people shows it as it is."
NO_DISK = "⛔ The database cannot be read or written (is the disk full?), so nothing was done."
FAILED = "Something went wrong in the bot; its log has the details. Ask /status before you try again."
FORWARDED = "That was not typed by you just now (forwarded, scheduled or sent through a bot), so nothing was done."
ANONYMOUS = "You write as a group or a channel, and the bot must know who asks: nothing was done. Write as yourself."
TOO_FAST = "That is too much at once: the bot skips your messages for a moment. Nothing was done for the skipped ones."
BUTTON_UNKNOWN = "This button is no longer valid. Please ask again."
NOT_YOUR_BUTTON = "This button is for somebody else. Please ask yourself."
ALREADY_PRESSED = "One press is enough: the door is working on it."
CONFIRM_EXPIRED = "Too late: this question has expired, nothing was done. Please ask again."
QUESTION_IS_BELOW = "Please confirm: the question is at the end of the chat."
# Telegram's limit for what pops up.
ALERT_LENGTH = 200

DENIALS = {
    DenialReason.STALE: "⏱ That came {late} late, so {nothing}. Ask again if you still want it.",
    DenialReason.NO_RIGHT: "⛔ You may not do that here: {nothing}. /whoami shows your rights.",
    DenialReason.EXPIRED: "⛔ Your right to that has ended: {nothing}. /whoami shows your rights.",
    DenialReason.OWNERS_ONLY: OWNERS_ONLY,
    DenialReason.NOT_YET: "⏱ Your right to that begins later: {nothing}.{opens}",
    DenialReason.OUTSIDE_HOURS: "⏱ That is outside your hours: {nothing}.{opens}",
    DenialReason.USED_UP: "⛔ Your right to that is used up: {nothing}. Ask whoever gave it to you for another.",
    DenialReason.SUSPENDED: "⛔ Your right to that is suspended: {nothing}. Ask an owner to resume it.",
    DenialReason.NEEDS_APPROVAL: "🙋 Your right to that asks first, and nobody has said yes: {nothing}.",
    DenialReason.NEEDS_SECOND_FACTOR: "🔐 {door} wants a code of your authenticator app: {nothing}.",
    DenialReason.NO_SECOND_FACTOR: (
        "🔐 {door} wants a code of an authenticator app, and you have set up none: {nothing}. Send /2fa to the bot in"
        " private."
    ),
    DenialReason.SECOND_FACTOR_OUTDATED: (
        "🔐 The bot has another token than when you set up your second factor, so its codes do not work any more:"
        " {nothing}. Send /2fa to the bot in private."
    ),
    DenialReason.WRONG_CODE: "❌ That code is wrong, or was used before: {nothing}.{tries}",
    DenialReason.SECOND_FACTOR_LOCKED: "⛔ Too many codes were wrong: {nothing}.{again}",
    DenialReason.OWN_SECOND_FACTOR: (
        "⛔ Nobody resets their own second factor: {nothing}. With a code of it, /2fa sets up another. Without one,"
        " another owner can reset it, or whoever runs the bot, with <code>latchkey second-factor reset</code>."
    ),
    DenialReason.NEEDS_CONFIRMATION: "{door} asks once more before anything is done: {nothing}.",
    DenialReason.COOLING_DOWN: "⏳ You were refused too often just now: {nothing}.{again}",
    DenialReason.TOO_MANY_OPENINGS: "⏳ More openings in an hour are not allowed here: {nothing}.{again}",
    DenialReason.OUT_OF_SCOPE: (
        "⛔ That goes beyond your own rights: {nothing}. You give, change and take what lies inside your own doors,"
        " hours and time, and what you gave yourself. An owner can do more."
    ),
    DenialReason.LAST_OWNER: (
        "⛔ That is the last owner, and a house needs one: {nothing}. Make somebody else an owner first."
    ),
    DenialReason.NOT_APPROVER: "Only owners, and whoever gave that right, can answer this, and nobody for themself.",
    DenialReason.NOT_KEYHOLDER: "Only owners and the keyholders of this glass can answer this.",
    DenialReason.LOCKDOWN: (
        "🚨 This door is locked down{until}, and only owners open it: {nothing}. You will hear when that ends."
    ),
    DenialReason.WITHDRAWN: "⛔ Your right to that ended before anything was sent: {nothing}.",
    DenialReason.NO_SUCH_DOOR: "There is no such door: {nothing}.",
    DenialReason.UNSUPPORTED: "⛔ {door} cannot do that: {nothing}.",
    DenialReason.IN_FLIGHT: "⏳ {door} {being}{by}: {nothing} for you. Wait until that is done.",
    DenialReason.DUPLICATE: "That message came twice: {nothing} a second time.",
    DenialReason.NOT_RECORDED: "⛔ The journal cannot be written (is the disk full?), so {nothing}.",
    DenialReason.ANOTHER_BOT: (
        "⛔ Telegram says that another program asks for this bot's messages, so {nothing}. The owners have been told."
    ),
    DenialReason.LIST_UNCONFIRMED: (
        "⛔ The people list was restored from a backup and no owner has confirmed it yet: {nothing}."
    ),
    DenialReason.CLOSING: "⛔ The bot is stopping: {nothing}. Ask again in a moment.",
    DenialReason.PIN_GONE: "That code has ended or was revoked already.",
    DenialReason.PIN_TOO_LONG: (
        "⛔ Your right to make codes for {door} ends{limit}, before the code would: {nothing}. Ask for a shorter time."
    ),
    DenialReason.CLOCK_DOUBTED: "⛔ Telegram contradicts itself about the time, so {nothing}. Ask again.",
    DenialReason.NOT_IN_OWNER_IDS: (
        "Only an owner who stands in OWNER_IDS confirms it: who else is an owner stands in the list that is in doubt."
    ),
    DenialReason.LIST_CHANGED: "This list is not the one that waits for a confirmation. Ask /people for today's list.",
}


def denied(finished: Finished, locale: Locale) -> str:
    other = finished.other
    return denial(
        finished.reason,
        nothing=NOTHING.get(finished.action, NOTHING_DONE),
        late=written.seconds(finished.age),
        door=written.title(finished.door) if finished.door else "this door",
        # Whoever has to wait cannot see for what, as the other command was asked elsewhere.
        being=BEING.get(other.action, "is busy") if other else "is busy",
        by=f" by {escape(other.person_name)}" if other else "",
        opens=f" It opens to you from {locale.time(finished.opens_at)}." if finished.opens_at else "",
        until=f" until {locale.time(finished.opens_at)}" if finished.opens_at else "",
        limit=f" {locale.time(finished.limit)}" if finished.limit else "",
        again=f" You can try again from {locale.time(finished.opens_at)}." if finished.opens_at else "",
        tries=_tries(finished.tries_left),
    )


def denial(reason: DenialReason | None, **parameters: str) -> str:
    """The sentence for a reason, for requests that name no door too."""
    # Each sentence takes what it needs of these, so all of them are there.
    known = {
        "nothing": NOTHING_DONE,
        "late": "too",
        "door": "this door",
        "being": "is busy",
        "by": "",
        "limit": "",
        "opens": "",
        "until": "",
        "again": "",
        "tries": "",
    } | parameters
    return _begin_with_capital(DENIALS.get(reason or DenialReason.NO_RIGHT, DENIALS_ELSE).format(**known))


def _tries(left: int | None) -> str:
    if left is None:
        return ""
    return " One try is left." if left == 1 else f" {left} tries are left."


DENIALS_ELSE = "⛔ That is not possible at the moment: {nothing}."


def _begin_with_capital(text: str) -> str:
    """Also behind a sign."""
    is_sign = not (text[:1].isalnum() or text.startswith("<"))
    start = text.find(" ") + 1 if is_sign else 0
    return text[:start] + text[start : start + 1].upper() + text[start + 1 :]


def alert(text: str) -> str:
    # Telegram shows the marks of what pops up as they are written.
    plain = unescape(re.sub(r"<[^>]+>", "", text))
    return plain if len(plain) <= ALERT_LENGTH else f"{plain[: ALERT_LENGTH - 1]}…"


def stranger(person_id: int) -> str:
    return f"You are not on the list here. Your id is <code>{person_id}</code>: give it to the owner, who can add you."


def only_for(action: Action | None) -> str:
    """Whose business it is, where it is not that of everybody with a right to a door."""
    return OWNERS_AND_MANAGERS if action in MANAGERS_MAY else OWNERS_ONLY
