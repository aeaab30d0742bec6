"""What chats hear about their notices."""

from datetime import datetime
from html import escape

from bot.chat.render.labels import ticked
from bot.chat.render.locale import Locale
from bot.domain.events import AlertAcknowledged
from bot.domain.notices import Group, Kind, QuietHours
from bot.domain.silences import Silence

USAGE_NOTIFY = "Write <code>/notify on</code> or <code>/notify off</code> in the chat it is for."
USAGE_QUIET = "Quiet hours are written like <code>/notify quiet 22-7</code>; <code>/notify quiet off</code> ends them."
ON = "🔔 This chat gets notices. <code>/notify off</code> ends that."
ONES_OWN = "You hear of the doors that you may open or see, as long as you may."
OFF = "🔕 This chat is not told about the doors."
NOT_ON_YET = "This chat is told nothing yet: write <code>/notify on</code> first."
WORDS = {
    Kind.OPENED: "doors that are opened",
    Kind.CLOSED: "doors that are closed",
    Kind.REFUSED: "refused tries",
    Kind.TROUBLE: "trouble with a door or a lock",
    Kind.BATTERY: "batteries",
    Kind.CODES: "codes that were made",
    Kind.PEOPLE: "who came onto the list",
    Kind.DIGEST: "a digest once a day (/digest)",
}
LABELS = {
    Kind.OPENED: "Opened",
    Kind.CLOSED: "Closed",
    Kind.REFUSED: "Refused",
    Kind.TROUBLE: "Trouble",
    Kind.BATTERY: "Battery",
    Kind.CODES: "Codes",
    Kind.PEOPLE: "People",
    Kind.DIGEST: "Digest",
}
TURN_ON, TURN_OFF, NO_QUIET_HOURS = "🔔 Tell this chat", "🔕 Tell nothing", "☾ No quiet hours"
PER_DOOR, LIKE_OTHERS = "🚪 Each door", "Like the others"


MUTE_OFF, PAUSE, PAUSE_OFF = "🔔 With sound again", "⏸ Pause", "▶ Go on"
SILENCES = {Silence.HOUR: "1 h", Silence.MORNING: "Until morning", Silence.DAY: "1 day"}
ALERT_IS_OVER = "That is over already."
ALARMS = (
    "A door that may be open, a jammed bolt, requests to you and warnings about the bot itself come all the same, with"
    " a sound."
)


def chosen(group: Group, now: datetime, locale: Locale) -> str:
    lines = [f"It is told of: {_words(group.kinds)}.", *_own_choices(group, locale)]
    if group.quiet:
        lines.append(f"☾ Quiet {hours(group.quiet)}: only trouble is told then, and the rest afterwards.")
    if group.muted_until and group.muted_until > now:
        lines.append(f"🔕 Muted until {locale.time(group.muted_until)}.")
    if group.paused_until and group.paused_until > now:
        lines.append(f"⏸ Paused until {locale.time(group.paused_until)}.")
    lines.append("Good news comes without a sound.")
    return "\n".join(lines)


def ask_mute(standing: datetime | None, locale: Locale) -> str:
    since = f"It is muted until {locale.time(standing)}. " if standing else ""
    return f"🔕 {since}For how long is this chat to be told without a sound? {ALARMS}"


def muted(until: datetime | None, locale: Locale) -> str:
    if until is None:
        return "🔔 This chat is told with a sound again."
    return f"🔕 This chat is told without a sound until {locale.time(until)}."


def paused(until: datetime | None, locale: Locale) -> str:
    if until is None:
        return f"▶ This chat is told at once. For how long is it to be told nothing?\n{ALARMS}"
    return f"⏸ This chat is told nothing until {locale.time(until)}, and then what happened meanwhile.\n{ALARMS}"


def acknowledged(taken: AlertAcknowledged | None, locale: Locale, *, by: str) -> str:
    """For the one who pressed."""
    if taken is None:
        return ALERT_IS_OVER
    if taken.by == by:
        return "Everybody who was told sees that you are on it."
    return f"{escape(taken.by)} is on it since {locale.clock(taken.at)}."


def per_door(group: Group, locale: Locale) -> str:
    return "\n".join(["Which door is to be told of in another way?", *_own_choices(group, locale)])


def at_door(group: Group, door: str, locale: Locale) -> str:
    like = "" if door in group.doors else "\nThat is chosen for every door."
    return f"{locale.title(door)}: {_words(group.kinds_at(door))}.{like}"


def _own_choices(group: Group, locale: Locale) -> list[str]:
    return [f"{locale.title(door)}: {_words(kinds)}." for door, kinds in group.doors.items()]


def _words(kinds: frozenset[Kind]) -> str:
    return ", ".join(WORDS[kind] for kind in Kind if kind in kinds) or "nothing"


def label(kind: Kind, *, is_chosen: bool) -> str:
    return ticked(LABELS[kind], is_on=is_chosen)


def quiet_label(quiet: QuietHours) -> str:
    return f"☾ Quiet {hours(quiet)}"


def hours(quiet: QuietHours) -> str:
    return f"{_time(quiet.start)}–{_time(quiet.end)}"


def _time(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}" if minute % 60 else f"{minute // 60}"
