"""What happened in a day, in one message, and the journal's head."""

from collections.abc import Iterable
from html import escape
from itertools import groupby

from bot.chat.render.history import REASONS
from bot.chat.render.locale import Locale, spell_length
from bot.chat.render.words import ASKED_TO
from bot.domain.commands import DenialReason
from bot.domain.daily import spell_minute
from bot.domain.events import (
    BatteryAhead,
    Came,
    Digest,
    Ending,
    EndsSoon,
    HeadTold,
    JournalHead,
    TurnedAway,
    Unclear,
)
from bot.domain.faults import FaultyTime, LockFault

# Of a section: fewer where the message would be longer than Telegram takes. A cut would take its last line, which is
# the head.
MOST_LINES = (12, 6, 3)
# With its marks; Telegram takes 4096 without them.
LONGEST = 3500
# Half of it: as good as the whole against anybody who would write another journal, and it fits a line.
SHOWN_OF_HASH = 32
ENDINGS = {
    Ending.RIGHT: "the right of {whose}",
    Ending.STAY: "the pass of {whose}",
    Ending.CODE: "the code of {whose}",
}
OFF = "This chat gets no digest. <code>/digest 8:00</code> asks for one a day: who came, what went wrong, what ends."
NOTHING = "Nothing happened that a digest would tell."
USAGE = "Write it like this: <code>/digest 8:00</code>, or <code>/digest off</code>."
TURN_ON, TURN_OFF, SHOW = "🗞 Each day at 8:00", "No digest", "Show it now"


def on(minute: int) -> str:
    return (
        f"🗞 This chat gets a digest each day at {spell_minute(minute)}, if there is something to say."
        " <code>/digest 9:00</code> changes the hour, <code>/digest off</code> ends it."
    )


def told(digest: Digest, locale: Locale) -> str:
    trouble = [*(_fault(one, locale) for one in digest.faults), *(_unclear(one, locale) for one in digest.unclear)]
    sections = (
        ("Who came", _came(digest.came, locale)),
        ("Refused", [_turned_away(one, locale) for one in digest.turned_away]),
        ("Trouble", trouble),
        ("Batteries", [_battery(one, digest, locale) for one in digest.batteries]),
        ("Ends soon", [_ending(one, locale) for one in digest.ending]),
    )
    texts = (_as_text(digest, sections, most, locale) for most in MOST_LINES)
    return next((text for text in texts if len(text) <= LONGEST), _as_text(digest, sections, 1, locale))


def _as_text(digest: Digest, sections: Iterable[tuple[str, list[str]]], most: int, locale: Locale) -> str:
    lines = [f"🗞 <b>Since {locale.time(digest.since)}</b>"]
    for title, found in sections:
        if found:
            lines += ["", f"<b>{title}</b>", *_shortened(found, most)]
    return "\n".join([*lines, *(["", _head(digest.head)] if digest.head else [])])


def head_told(event: HeadTold) -> str:
    return f"{_head(event.head)}\nKeep this message: receipts and the whole journal can be checked against it."


def _shortened(lines: list[str], most: int) -> list[str]:
    more = len(lines) - most
    return lines if more <= 0 else [*lines[:most], f"… and {more} more: /history"]


def _came(came: Iterable[Came], locale: Locale) -> list[str]:
    """A person a line."""
    # By name and id: two people who are called Anna are two lines.
    found = sorted(came, key=lambda one: (one.by, one.person))
    return [
        f"{escape(by)}: {', '.join(f'{_door(one.door, locale)}{_times(one.count)}' for one in theirs)}"
        for (by, _), theirs in groupby(found, key=lambda one: (one.by, one.person))
    ]


def _turned_away(one: TurnedAway, locale: Locale) -> str:
    if one.why is None:
        return f"{escape(one.by)}, a stranger{_times(one.count)}"
    # Earlier versions wrote the reason out.
    why = REASONS.get(DenialReason(one.why), one.why) if one.why in list(DenialReason) else one.why
    door = f"{_door(one.door, locale)}, " if one.door else ""
    return f"{escape(one.by)}: {door}{escape(why)}{_times(one.count)}"


def _fault(one: FaultyTime, locale: Locale) -> str:
    door, since = _door(one.door, locale), locale.time(one.since)
    what = {
        LockFault.AWAY: f"📡 {door} could not be reached",
        LockFault.JAMMED: f"⚠️ {door}: the bolt was jammed",
        LockFault.UNKNOWN: f"❔ {door}: the position of the bolt was unknown",
    }[one.fault]
    if one.until:
        return f"{what} for {spell_length(one.until - one.since)}, from {since}"
    return f"{what}, and that is still so, since {since}"


def _unclear(one: Unclear, locale: Locale) -> str:
    asked = f"{escape(one.by)} {ASKED_TO[one.action]} and there was no clear answer"
    return f"⚠️ {_door(one.door, locale)}: {asked}, {locale.time(one.at)}"


def _battery(one: BatteryAhead, digest: Digest, locale: Locale) -> str:
    door = _door(one.door, locale)
    if one.is_low or one.low_at is None or one.low_at <= digest.at:
        return f"🪫 {door}: {one.percent} %, change it soon"
    return f"🔋 {door}: {one.percent} %, low in about {spell_length(one.low_at - digest.at)}"


def _ending(one: EndsSoon, locale: Locale) -> str:
    whose = ENDINGS[one.what].format(whose=escape(one.whose))
    return f"{locale.time(one.at)}: {whose}, {', '.join(_door(door, locale) for door in one.doors)}"


def _head(head: JournalHead) -> str:
    return f"🔏 Journal up to entry {head.number}: <code>{head.hash[:SHOWN_OF_HASH]}</code>"


def _door(name: str, locale: Locale) -> str:
    return "every door" if name == "*" else escape(locale.doors.title(name))


def _times(count: int) -> str:
    return f" ×{count}" if count > 1 else ""
