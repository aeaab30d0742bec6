"""Second factors: setting one up, the codes a door wants, and what people and owners are told."""

from datetime import datetime
from html import escape

from bot.chat.render import locale as written
from bot.chat.render.denials import denied
from bot.chat.render.locale import Locale
from bot.domain.commands import Finished
from bot.domain.doors import Doors
from bot.domain.events import RefusedTooOften, SecondFactorLocked, SecondFactorReset, SecondFactorSetUp
from bot.domain.schedules import WeeklyHours

ASKED_PRIVATELY = "🔐 That needs a code: the bot asked you for it privately."
CANNOT_ASK_PRIVATELY = (
    "🔐 That needs a code, and the bot cannot ask you for it privately: nothing was done. Open a private chat with it,"
    " press Start, and ask again."
)
ONLY_PRIVATELY = "🔐 That is for you alone: ask for it in a private chat with the bot."
NOT_HERE = "🔐 Codes are typed in the private chat with the bot, where nobody else reads them: nothing was done."
NO_DIGITS = "Type the six digits that your authenticator app shows, like <code>/code 123456</code>."
NOTHING_WAITS = (
    "Nothing waits for a code from you, or it took longer than two minutes. Ask first, for example with /open."
)
WRONG_FIRST_CODE = (
    # A phone whose clock is wrong by more than a minute shows codes of another time, and nobody suspects the clock.
    "❌ That is not the code for this key. Type the six digits that your app shows now. If they are refused again,"
    " look whether your phone sets its clock by itself."
)
KEY_LOST = "Telegram did not take the message with the key. Ask for another one with /2fa."
NEW_KEY_NEEDS_CODE = "🔐 For a new key, type the code that your app shows now: the old key works until then."
NONE_THERE = "There is no second factor to reset."
RESET = "✅ Done. The person was told, and can set up another with /2fa."
USAGE = "Write /2fa for yourself, or <code>/2fa Anna</code> to reset somebody else's second factor."
OUTDATED = "🔐 The bot has another token than when you set up your second factor: its codes do not work any more."


def wanted(finished: Finished) -> str:
    door = written.title(finished.door) if finished.door else "This door"
    return f"🔐 {door} wants a code of your authenticator app. Type its six digits here within 2 minutes."


def wrong(finished: Finished, locale: Locale) -> str:
    return f"{denied(finished, locale)} Type the next one that your app shows."


def new_key(secret: str, expires_at: datetime, locale: Locale) -> str:
    # In fours, as it may have to be typed. Authenticator apps pass over the blanks.
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return (
        "🔐 <b>Your second factor</b>\nScan this picture with an authenticator app, or copy the key into it:\n"
        f"<code>{groups}</code>\nThen type here the six digits that the app shows. The key is shown this once: the"
        f" message is deleted when they are right, or at {locale.time(expires_at)}."
    )


def set_up_now(doors: Doors) -> str:
    return f"✅ Your second factor is set up. The message with the key is deleted.\n{_doors(doors)}"


def is_set_up(doors: Doors) -> str:
    return (
        f"🔐 Your second factor is set up.\n{_doors(doors)}\n"
        "For a new phone, set it up anew with a code of the old one. If that is lost, an owner can reset it."
    )


def has_none(name: str) -> str:
    return f"🔐 {escape(name)} has no second factor. Everybody sets up their own, with /2fa."


def sure_to_reset(name: str) -> str:
    return (
        f"🔐 Reset the second factor of {escape(name)}? Their codes end at once, and whoever has their Telegram account"
        " can set up another: be sure that it is they who ask you."
    )


def _doors(doors: Doors) -> str:
    asking = [f"{written.title(door)} ({hours(door.second_factor)})" for door in doors if door.second_factor]
    asked = f"It is asked for at: {', '.join(asking)}." if asking else "No door of itself asks for it."
    return f"{asked} Rights can ask for it anywhere."


def hours(wanted: WeeklyHours) -> str:
    said = str(wanted).removeprefix("mon-sun ")
    return "always" if said == "00:00-24:00" else said


def set_up(happened: SecondFactorSetUp, locale: Locale) -> str:
    again = " anew" if happened.is_again else ""
    return f"🔐 {escape(happened.by)} set up a second factor{again} · {locale.clock(happened.at)}"


def was_reset(happened: SecondFactorReset, locale: Locale) -> str:
    whose = f"The second factor of {escape(happened.of)}" if happened.of else "Your second factor"
    by = f"by {escape(happened.by)}" if happened.by else "on the machine where the bot runs"
    again = "" if happened.of else "\nIts codes do not work any more: /2fa sets up another."
    return f"🔐 {whose} was reset {by} · {locale.clock(happened.at)}{again}"


def locked(happened: SecondFactorLocked, locale: Locale) -> str:
    return (
        f"⚠️ {escape(happened.of)} typed 5 wrong codes · {locale.clock(happened.at)}\n"
        f"No code of theirs counts until {locale.time(happened.until)}. If that is not they, suspend them in /people."
    )


def refused_too_often(happened: RefusedTooOften, locale: Locale) -> str:
    return (
        f"⚠️ {escape(happened.of)} was refused 5 times within 5 minutes · {locale.clock(happened.at)}\n"
        f"They have to wait until {locale.time(happened.until)}. /history refused shows what they tried."
    )
