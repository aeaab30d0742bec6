"""What people are told of their rights, and the sentences of /grant."""

from collections.abc import Iterable
from html import escape

from bot.chat.render import people as texts
from bot.chat.render.locale import Locale
from bot.chat.render.questions import LENGTHS
from bot.chat.render.words import actions
from bot.domain.actions import Action
from bot.domain.events import AboutRight, RightBegins, RightChanged, RightEnded, RightEnds, RightTaken, StandingChanged
from bot.domain.people import Grant, Role
from bot.domain.schedules import EXAMPLE
from bot.domain.wishes import MOST_USES, NotAWish, WishLack

RESTORED = "↩ A change of your rights was undone: they are as they were before. /whoami shows them."
GOOD_USES = "x6"
GOOD = f"open until fri 18:00 mon-fri 8-18 {GOOD_USES}"
USAGE_GRANT = (
    f"Write it like this:\n<code>/grant Anna front {GOOD}</code>\n"
    "Who: a name, an id, or answer their message; <b>members</b>, said in a group, is everybody in it.\n"
    "Where: a door, * for every door, or @set. What: open, close, status, pin, or all.\n"
    f"When: from and until a time ({LENGTHS}), and weekly hours ({EXAMPLE}, several with commas).\n"
    "How often: x6. <b>asks</b>: somebody says yes first. <b>2fa</b>: with a second factor."
)
WHICH_GROUP = "The members of which group? Choose it below, or say the same in the group. The bot must be in it."
NO_GROUP = "Nothing waits for a group: say first what its members get, with /grant members front open."
THIS_GROUP = "this group"
NOT_ADMIN = (
    "⚠️ The bot is no administrator of this group, so Telegram may not tell it who is a member, and nobody would be let"
    " in. Make it one; it needs no special right."
)
BEST_AS_MEMBER = "Whoever comes into the group has this right at once; whoever leaves it has it no more."


def told(happened: AboutRight, locale: Locale) -> str:
    door = locale.title(happened.door) if happened.door else "every door"
    what = f"{door}: {', '.join([actions(happened.actions), *texts.conditions(happened, locale)])}"
    whose = f"{escape(happened.of)}’s right" if happened.of else "Your right"
    match happened:
        case RightChanged():
            return f"✏️ A right of yours was changed. Now: {what}."
        case RightTaken():
            return f"👋 You do not have this right any more: {what}. /whoami shows what you have."
        case RightBegins():
            return f"⏱ {whose} begins soon: {what}."
        case RightEnds():
            extend = "/people extends it." if happened.of else "Ask whoever gave it to you if you need it for longer."
            return f"⏱ {whose} ends soon: {what}. {extend}"
        case RightEnded():
            return f"⏱ {whose} has ended: {what}."
    return f"👋 You have new rights at {what}. /help shows what you can do."


ROLES = {
    Role.OWNER: "an owner now: you may do everything, on the people list, too",
    Role.MANAGER: "a manager now: you may give others rights inside your own, with /grant",
    Role.MEMBER: "a member now",
    Role.GUEST: "a guest now",
}


def standing(happened: StandingChanged) -> str:
    if happened.is_removed:
        return "👋 You are off the list here and have no rights any more."
    if happened.is_suspended is not None:
        held = "⏸ Your rights are suspended: none works until an owner resumes them."
        return held if happened.is_suspended else "▶️ Your rights work again. /whoami shows them."
    return f"👤 You are {ROLES[Role(happened.role or Role.MEMBER)]}."


def granted(name: str, grant: Grant, others: Iterable[Grant], locale: Locale) -> str:
    """The right read back, and which others there are for the same door."""
    lines = [texts.allowed(name, grant, (), locale)]
    lines += [f"Besides: {texts.right(other, locale)}." for other in others]
    return "\n".join(lines)


def for_members(group: str, grant: Grant, locale: Locale) -> str:
    return f"Everybody in {escape(group)} gets: {texts.right(grant, locale)}.\n{BEST_AS_MEMBER}"


def given_to_members(group: str, grant: Grant, locale: Locale) -> str:
    return f"✅ Everybody in {escape(group)}: {texts.right(grant, locale)}."


def not_a_wish(error: NotAWish, example: str) -> str:
    """`example`: the person's own words with a right that is understood."""
    said = escape(error.said)
    fault = {
        WishLack.NO_ACTION: "What may they do there? " + ("" if not said else f"“{said}” names no action. "),
        WishLack.NOT_UNDERSTOOD: f"“{said}” was not understood. ",
        WishLack.ENDS_BEFORE_IT_BEGINS: f"“{said}” ends before it begins. ",
        WishLack.USES: f"{said} is no number of uses: x1 to x{MOST_USES}. ",
        WishLack.CODES_ARE_NOT_COUNTED: (
            "A right with a number of uses cannot include codes: a code opens the door without the bot, which cannot"
            f" count that. Leave out {Action.PIN} or the number. "
        ),
        WishLack.CODES_ASK_NOBODY: (
            "A right that asks first cannot include codes: a code opens the door without the bot, which then asks"
            f" nobody. Leave out {Action.PIN} or asks. "
        ),
    }[error.lack]
    return f"{fault}Write for example {example}."


def not_hours(said: str, example: str) -> str:
    return f"“{escape(said)}” are no weekly hours. Write for example {example}. Hours are {EXAMPLE}, sat 10-14."
