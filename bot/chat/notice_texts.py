"""Every sentence the bot says unasked, to groups, owners and callers: made from a notice when it is delivered."""

from collections.abc import Callable, Mapping
from datetime import tzinfo
from html import escape

from bot.access import Action
from bot.chat.texts import BOLT, DOING, DONE, MAYBE, SIGN, spell_time
from bot.drivers.base import Bolt
from bot.outcomes import Result
from storage.records import Json, from_ms

Fields = Mapping[str, Json]


def say(notice: Fields, zone: tzinfo) -> str:
    """The sentence for a notice; one that this version does not know, or not so, is still said."""
    sentence = SENTENCES.get(str(notice.get("event")), _unknown)
    title, at = f"<b>{_text(notice, 'title')}</b>", _clock(notice, "at", zone)
    try:
        return sentence(notice, title, at, zone)
    except (KeyError, TypeError, ValueError):
        return _unknown(notice, title, at, zone)


def _answer(notice: Fields, title: str, at: str, zone: tzinfo) -> str:
    """What was seen "just now" was so when this was written, not when Telegram takes it at last."""
    moment = notice.get("at")
    written = f"\n(written {spell_time(from_ms(moment), zone)}, delivered late)" if isinstance(moment, int) else ""
    return f"{notice['text']}{written}"


def _command(notice: Fields, title: str, at: str, zone: tzinfo) -> str:
    action, who = Action(str(notice["action"])), _text(notice, "by")
    if notice["result"] == Result.CONFIRMED:
        return f"{SIGN[action]} {title} {DONE[action]} by {who} · {at}"
    if notice["result"] == Result.ACCEPTED:
        return f"📨 {title}: {who} asked to {action} it; accepted, not confirmed · {at}"
    return f"⚠️ {title}: {who} asked to {action} it and there was no clear answer · {at}\n{MAYBE[action]}"


def _recovered(notice: Fields, title: str, at: str, zone: tzinfo) -> str:
    action = Action(str(notice["action"]))
    who = _text(notice, "by")
    return f"⚠️ {title}: I was stopped while {DOING[action]} for {who} ({at}), so I know no outcome. {MAYBE[action]}"


def _bolt(notice: Fields, title: str, at: str, zone: tzinfo) -> str:
    bolt = Bolt(str(notice["event"]))
    if bolt is Bolt.JAMMED:
        return f"⚠️ {title}: the bolt is jammed · {at}"
    if bolt is Bolt.UNKNOWN:
        return f"❔ {title}: the position of the bolt is unknown · {at}"
    by = f"after {_text(notice, 'by')} asked for it" if notice.get("by") else "not by me: by hand, key or another app"
    return f"{BOLT[bolt].split()[0]} {title} is {bolt} · {at}\n({by})"


def _granted(notice: Fields, title: str, at: str, zone: tzinfo) -> str:
    actions = notice.get("actions")
    named = ", ".join(str(action) for action in actions) if isinstance(actions, list) else ""
    ends_at = notice.get("until")
    until = f" until {spell_time(from_ms(ends_at), zone)}" if isinstance(ends_at, int) else ""
    door = title if notice.get("title") else "every door"
    return f"👋 You have new rights at {door}: {escape(named)}{until}. /help shows what you can do."


def _unknown(notice: Fields, title: str, at: str, zone: tzinfo) -> str:
    return f"{title} {_text(notice, 'event')} · {at}"


SENTENCES: dict[str, Callable[[Fields, str, str, tzinfo], str]] = {
    "answer": _answer,
    "command": _command,
    "recovered": _recovered,
    "granted": _granted,
    **dict.fromkeys(Bolt, _bolt),
    "unreachable": lambda n, title, at, zone: f"📡 {title} cannot be reached · {at}\n{_text(n, 'why')}",
    "reachable": lambda n, title, at, zone: f"📡 {title} can be reached again · {at}",
    "battery low": lambda n, title, at, zone: f"🪫 {title}: battery at {n['percent']} %, change it soon · {at}",
    "battery good": lambda n, title, at, zone: f"🔋 {title}: battery at {n['percent']} % again · {at}",
    "reminder": lambda n, title, at, zone: f"🔧 {title}: {_text(n, 'why')}",
    "another bot": lambda n, title, at, zone: (
        f"⛔ A second bot is running with my token · {at}\nI open no door until it is stopped."
    ),
    "alone again": lambda n, title, at, zone: f"✅ The second bot is gone · {at}\nDoors can be opened again.",
}


def _text(notice: Fields, field: str) -> str:
    return escape(str(notice.get(field) or ""))


def _clock(notice: Fields, field: str, zone: tzinfo) -> str:
    moment = notice.get(field)
    return from_ms(moment).astimezone(zone).strftime("%H:%M:%S") if isinstance(moment, int) else ""
