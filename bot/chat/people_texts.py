"""Every sentence about who may do what."""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from html import escape

from bot.access import Rights, is_live
from bot.chat.texts import spell_time
from bot.durations import EXAMPLES
from bot.people import Entry
from storage.records import EVERY_DOOR, Grant

WHAT_ALLOW_TAKES = (
    "Write it like this:\n<code>/allow 123456789 front open,close 3d</code>\n"
    "or answer somebody's message with <code>/allow front open</code>.\n"
    "Doors: a name, or * for all. Actions: open, close, status, pin, or all. "
    f"The time may be left out for a right without end; otherwise {EXAMPLES}."
)
WHAT_DENY_TAKES = (
    "Write it like this:\n<code>/deny 123456789 front</code> for one door, "
    "or <code>/deny 123456789</code> for the person."
)
LIST_CONFIRMED = "✅ The people list is confirmed. Doors can be opened again."
NOT_A_PERSON = "That is not a person I can let in: it is a bot, a channel or an anonymous admin."
NOBODY_ELSE = "Nobody but the owners is on the list. /allow adds somebody."
CHANGED_BEFORE = "I had that message before and did not change the list again. /people shows it as it is."
CODES_LEFT = "They made codes that still work: /pins revokes them."


def whoami(person_id: int, name: str, rights: Rights, titles: Mapping[str, str], now: datetime, zone: tzinfo) -> str:
    head = f"You are <b>{escape(name)}</b>, id <code>{person_id}</code>."
    if rights.is_owner:
        return f"{head}\nYou are an owner: every right on every door."
    live = [grant for grant in rights.grants if is_live(grant, now)]
    if not live:
        return f"{head}\nYou have no rights at the moment."
    return "\n".join([head, *(f"• {_grant(grant, titles, zone)}" for grant in live)])


def people(entries: Iterable[Entry], titles: Mapping[str, str], now: datetime, zone: tzinfo) -> list[str]:
    """One block a person."""
    blocks = []
    for entry in entries:
        rights = [f"  • {_grant(g, titles, zone)}{'' if is_live(g, now) else ' (ended)'}" for g in entry.grants]
        head = _who(entry.person.name, entry.person.id)
        blocks.append("\n".join([head, *(rights or ["  • no rights"])]))
    return blocks


def allowed(name: str, person_id: int, grant: Grant, titles: Mapping[str, str], now: datetime, zone: tzinfo) -> str:
    sign, ended = ("✅", "") if is_live(grant, now) else ("⏱", ", which is over: your message came late")
    return f"{sign} {_who(name, person_id)}: {_grant(grant, titles, zone)}{ended}."


def _who(name: str, person_id: int) -> str:
    """Until somebody has spoken their id is all there is."""
    number = f"<code>{person_id}</code>"
    return number if name == str(person_id) else f"<b>{escape(name)}</b> ({number})"


def denied_person(person_id: int, title: str | None) -> str:
    if title is None:
        return f"✅ <code>{person_id}</code> is off the list and has no rights any more."
    return f"✅ <code>{person_id}</code> has no rights at <b>{escape(title)}</b> any more."


def nothing_to_deny(person_id: int) -> str:
    return f"<code>{person_id}</code> had no such right. /people shows who has which."


def owners_keep(person_id: int) -> str:
    return f"<code>{person_id}</code> is an owner by the setting OWNER_IDS and always has every right."


def _grant(grant: Grant, titles: Mapping[str, str], zone: tzinfo) -> str:
    door = "every door" if grant.door == EVERY_DOOR else titles.get(grant.door, grant.door)
    until = f", until {spell_time(grant.ends_at, zone)}" if grant.ends_at else ""
    return f"{escape(door)}: {', '.join(sorted(grant.actions))}{until}"
