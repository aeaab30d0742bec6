"""A person's card, what a change would do, and what it did."""

from collections.abc import Iterable, Sequence
from html import escape

from bot.chat.render import people as texts
from bot.chat.render.locale import Locale
from bot.domain.commands import DenialReason
from bot.domain.durations import spell_age
from bot.domain.history import Use
from bot.domain.people import Grant, Person, Role
from bot.domain.policy import Verdict
from bot.domain.register import Entry, RegisterPage

# Of one person in a list, where a page has up to twenty people; the card has all.
MOST_RIGHTS = 6
MOST_REFUSED = 3
YOU = "you"
GONE = "There is nobody of that number on the list any more, or nobody whom you may see. /people shows who there is."
RIGHT_GONE = "That right is not there any more. /people shows what there is."
CHANGED_MEANWHILE = "Somebody changed that meanwhile, so nothing was done. Look at it again."
UNDONE = "↩ Undone: everything is as it was before."
TOO_LATE_TO_UNDO = (
    "That cannot be undone any more: ten minutes have passed, the bot was restarted, or it was not your change."
)
CANNOT_UNDO = "That was changed again since, so undoing it would undo the newer change, too. Nothing was done."
FOR_HOW_LONG = "For how long?"
AT_WHICH_HOURS = "At which hours?"
ON_WHICH_DAYS, FROM_WHICH_HOUR = "On which days?", "From which hour on?"
UNTIL_WHICH_HOUR = "From {start} until when? An end at or before the beginning is on the next day."
WHICH_ROLE = "What shall they be?"
NO_REFUSALS = "No opening of the last 30 days would have been refused."
NOT_ON_THE_LIST = "They are not on the list: give a right first, with /grant."
OWNER_BY_SETTINGS = "They are an owner by the setting OWNER_IDS: that is changed there, and nowhere else."
ROLE = {Role.OWNER: "owner", Role.MANAGER: "manager", Role.MEMBER: "", Role.GUEST: "guest"}
WHY = {
    DenialReason.STRANGER: "off the list",
    DenialReason.NO_RIGHT: "no right",
    DenialReason.EXPIRED: "ended",
    DenialReason.NOT_YET: "not begun",
    DenialReason.OUTSIDE_HOURS: "outside the hours",
    DenialReason.USED_UP: "used up",
    DenialReason.SUSPENDED: "suspended",
    DenialReason.NEEDS_APPROVAL: "asked first",
    DenialReason.NEEDS_SECOND_FACTOR: "second factor",
}


def head(page: RegisterPage, search: str) -> str:
    if page.total:
        people = "1 person" if page.total == 1 else f"{page.total} people"
        return f"{people} with “{escape(search)}”:" if search else ""
    return f"Nobody on the list is called “{escape(search)}”." if search else texts.NOBODY_ELSE


def line(entry: Entry, locale: Locale) -> str:
    """One person in the list: the name and the first rights."""
    lines = texts.entry(entry.person, entry.grants[:MOST_RIGHTS], locale)
    more = len(entry.grants) - MOST_RIGHTS
    lines[0] += standing(entry.person)
    return "\n".join([*lines, *([f"  … and {more} more"] if more > 0 else [])])


def standing(person: Person) -> str:
    words = [ROLE[person.role], "suspended" if person.is_suspended else ""]
    return "".join(f" · {word}" for word in words if word)


def card(entry: Entry, sponsors: dict[int, str], locale: Locale) -> str:
    """All that is known of a person, but for the rights."""
    person = entry.person
    added = f"On the list since {locale.time(person.added_at)}, by {_name(person.added_by, sponsors)}."
    return "\n".join([f"{texts.who(person.name, person.id)}{standing(person)}", added, last_use(entry.last, locale)])


def last_use(use: Use | None, locale: Locale) -> str:
    if use is None:
        return "Not used yet."
    age = spell_age(locale.now() - use.at)
    return f"Last used: {locale.title(use.door)}, {age}."


def right_line(grant: Grant, sponsors: dict[int, str], locale: Locale) -> str:
    ended = " (ended)" if grant.has_ended(locale.now()) else ""
    return f"• {texts.right(grant, locale)}{ended} — from {_name(grant.granted_by, sponsors)}"


def right_card(whose: str, grant: Grant, sponsors: dict[int, str], locale: Locale) -> str:
    return f"{whose}\n{right_line(grant, sponsors, locale)}"


def whose(person: Person | None, group: str = "") -> str:
    return texts.who(person.name, person.id) if person else f"Members of <b>{escape(group)}</b>"


def change(whose: str, before: Grant, after: Grant | None, locale: Locale) -> str:
    now = "no such right any more" if after is None else texts.right(after, locale)
    return f"{whose}\nNow: {texts.right(before, locale)}\nThen: {now}"


def rehearsed(refused: Sequence[tuple[Use, Verdict]], locale: Locale) -> str:
    """What the last 30 days would have been like."""
    if not refused:
        return NO_REFUSALS
    count = f"{len(refused)} opening{'' if len(refused) == 1 else 's'}"
    lines = [
        f"• {locale.title(use.door)}, {locale.time(use.at)}: {WHY.get(verdict.reason or DenialReason.NO_RIGHT, 'no')}"
        for use, verdict in refused[-MOST_REFUSED:]
    ]
    more = [f"… and {len(refused) - MOST_REFUSED} more"] if len(refused) > MOST_REFUSED else []
    return "\n".join([f"⚠️ With this, {count} of the last 30 days would have been refused:", *lines, *more])


def changed(whose: str, after: Grant | None, before: Grant, locale: Locale) -> str:
    if after is None:
        return f"✅ {whose} has this right no more: {texts.right(before, locale)}."
    return f"✅ {whose}: {texts.right(after, locale)}."


REMOVE = "off the list, with every right"
SUSPEND, RESUME = "suspended: no right works, none is lost", "resumed: the rights work again"


def person_change(person: Person, what: str) -> str:
    return f"{texts.who(person.name, person.id)}{standing(person)}\nThen: {what}"


def person_changed(person: Person, what: str) -> str:
    return f"✅ {texts.who(person.name, person.id)}: {what}."


def role(role: Role) -> str:
    return {
        Role.OWNER: "owner: may do everything, also take your rights",
        Role.MANAGER: "manager: gives rights inside their own doors, hours and time",
        Role.MEMBER: "member",
        Role.GUEST: "guest",
    }[role]


def wrong_way(person: Person, role: Role, command: str) -> str:
    """`command`: the one that does it; empty where they have the role."""
    who = texts.who(person.name, person.id)
    if not command:
        return f"{who} is {role.value} already."
    return f"To make {who} {role.value} write <code>/{command} {person.id} {role.value}</code>."


def heritage(given: Sequence[Grant]) -> str:
    people = len({grant.person_id or grant.chat_id for grant in given})
    rights = f"{len(given)} right{'' if len(given) == 1 else 's'}"
    return f"They gave {rights} to {people} other{'' if people == 1 else 's'}. What becomes of those?"


def group_rights(grants: Iterable[tuple[str, Grant]], locale: Locale) -> list[str]:
    return [f"Members of <b>{escape(title)}</b>: {texts.right(grant, locale)}" for title, grant in grants]


def _name(person_id: int, names: dict[int, str]) -> str:
    return escape(names.get(person_id) or str(person_id))
