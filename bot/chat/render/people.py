"""Who may do what, and what comes of giving and taking rights."""

from collections.abc import Iterable
from html import escape

from bot.chat.render.locale import Locale
from bot.chat.render.questions import LENGTHS
from bot.chat.render.words import actions
from bot.domain.events import AboutRight
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant, Person, Rights

USAGE_ALLOW = (
    "Write it like this:\n<code>/allow 123456789 front open,close 3d</code>\n"
    "or answer somebody's message with <code>/allow front open</code>.\n"
    "Doors: a name, or * for all. Actions: open, close, status, pin, or all. "
    f"Without a time the right has no end. Times are {LENGTHS}."
)
USAGE_DENY = (
    "Write it like this:\n<code>/deny 123456789 front</code> for one door, "
    "or <code>/deny 123456789</code> for the person."
)
WHO = "For whom? Choose somebody below, or share a contact here."
LIST_CONFIRMED = "✅ The people list is confirmed. Doors can be opened again."
CONFIRM_LIST = "That may be old. Is the list right that /people shows now?"
NOBODY_ELSE = "Nobody but the owners is on the list. /allow adds somebody."


def whoami(person_id: int, name: str) -> str:
    return f"You are <b>{escape(name)}</b>, id <code>{person_id}</code>."


def own_rights(rights: Rights, locale: Locale) -> list[str]:
    """One line a right."""
    if rights.is_owner:
        return ["You are an owner: every right on every door."]
    live = [grant for grant in rights.grants if not grant.has_ended(locale.now())]
    return [f"• {right(grant, locale)}" for grant in live] or ["You have no rights at the moment."]


def entry(person: Person, grants: Iterable[Grant], locale: Locale) -> list[str]:
    """One person of the list: the name, and a line a right."""
    now = locale.now()
    rights = [f"  • {right(g, locale)}{' (ended)' if g.has_ended(now) else ''}" for g in grants]
    return [who(person.name, person.id), *(rights or ["  • no rights"])]


def who(name: str, person_id: int) -> str:
    # Somebody who was let in by number alone has no name until they speak: it stands for one.
    number = f"<code>{person_id}</code>"
    return number if not name or name == str(person_id) else f"<b>{escape(name)}</b> ({number})"


def allowed(name: str, grant: Grant, before: Iterable[Grant], locale: Locale) -> str:
    has_ended = grant.has_ended(locale.now())
    sign, ended = ("⏱", ", which is over: your message came late") if has_ended else ("✅", "")
    line = f"{sign} {who(name, grant.person_id or 0)}: {right(grant, locale)}{ended}."
    earlier = [f"Before: {right(old, locale)}." for old in before if _differs(old, grant)]
    return "\n".join([line, *earlier])


def _differs(old: Grant, new: Grant) -> bool:
    return (old.actions, old.ends_at) != (new.actions, new.ends_at)


def allow_unmet(person_id: int, *, seconds: float) -> str:
    return (
        f"Telegram knows nobody with the id <code>{person_id}</code> who has written to this bot. Is the id right?"
        f" You have {seconds:.0f} s to confirm."
    )


def not_told(link: str) -> str:
    return (
        "⚠️ They could not be told: somebody who never pressed Start cannot be written to."
        f" Send them this link: {escape(link)}"
    )


def denied_person(who: str) -> str:
    return f"✅ {who} is off the list and has no rights any more."


def denied_door(who: str, door: str, locale: Locale) -> str:
    return f"✅ {who} has no rights at {locale.title(door)} any more."


def nothing_to_deny(who: str) -> str:
    return f"{who} had no such right. /people shows who has which."


def still_by_groups(grants: Iterable[Grant], locale: Locale) -> str:
    rights = "; ".join(right(grant, locale) for grant in grants)
    return (
        f"⚠️ As a member of a Telegram group they still have: {rights}. Take them out of that group as well; or keep"
        " them on the list and suspend them, which holds for groups, too."
    )


def owner_stays(who: str) -> str:
    return f"{who} is an owner by the setting OWNER_IDS and has every right as long as it says so."


def promoted_stays(who: str, person_id: int) -> str:
    demote = f"<code>/demote {person_id} member</code>"
    return f"{who} is an owner and has every right as long as that is so: {demote} ends it."


def right(grant: Grant, locale: Locale) -> str:
    """A right in words: "Front door: open, until Fri 18:00"."""
    door = "every door" if grant.door == EVERY_DOOR else escape(locale.doors.title(grant.door))
    gone = " (no longer in the settings)" if _is_gone(grant, locale) else ""
    return ", ".join([f"{door}{gone}: {actions(grant.actions)}", *conditions(grant, locale)])


def conditions(grant: Grant | AboutRight, locale: Locale) -> list[str]:
    """When and how often the right holds, and what it asks for."""
    said = [f"from {locale.time(grant.starts_at)}"] if grant.starts_at else []
    said += [f"until {locale.time(grant.ends_at)}"] if grant.ends_at else []
    said += [str(grant.hours)] if grant.hours else []
    said += [f"{grant.uses_left} use{'' if grant.uses_left == 1 else 's'} left"] if grant.uses_left is not None else []
    said += ["asks first"] if grant.asks_first else []
    said += ["with a second factor"] if grant.needs_second_factor else []
    return said + (["suspended"] if grant.is_suspended else [])


def _is_gone(grant: Grant, locale: Locale) -> bool:
    is_door = grant.door != EVERY_DOOR and not grant.door.startswith(SET_SIGN)
    return is_door and locale.doors.get(grant.door) is None
