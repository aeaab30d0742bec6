"""The history in words: a day a heading, an entry a line."""

from collections.abc import Mapping
from datetime import datetime
from html import escape

from bot.chat.render.denials import denial
from bot.chat.render.locale import Locale
from bot.chat.render.words import DONE, LABEL, SEEN, SIGN
from bot.domain.actions import Action
from bot.domain.commands import DenialReason, How, Result
from bot.domain.history import STARTED, HistoryEntry, HistoryPage, Question, Topic
from bot.history.words import EXAMPLES, Misread, NotAQuestion

EMPTY = "Nothing is written about that."
FILE_NOT_SENT = "The file could not be delivered. Press Start in the private chat with the bot, then ask again."
SENT_PRIVATELY = "Sent to you in private."
USAGE_RECEIPT = "Write it like this: <code>/receipt 1234</code>. The number stands behind each entry of /history."
NOT_SEALED_YET = (
    "There is no proof of that yet: the bot seals the journal once a day. Ask again tomorrow, after the next seal."
)
MISREAD = {
    Misread.UNKNOWN: "“{said}” is neither a door nor a person, a time or a kind.",
    Misread.TWICE: "“{said}” names two of the same kind: one door, one person, one time and one kind are possible.",
    Misread.SEVERAL_PEOPLE: "More than one person is called “{said}”: write the id, as /people shows it.",
}
USAGE = f"Write <code>/history front 7d</code>. Times are {EXAMPLES}; kinds are moves, codes, refused and other."
TOPICS = {
    Topic.MOVES: "doors opened and closed",
    Topic.CODES: "codes",
    Topic.REFUSED: "refused requests",
    Topic.OTHER: "people, rights and the journal",
}
HOW = {
    How.COMMAND: "command",
    How.BUTTON: "button",
    How.CONFIRMATION: "confirmed button",
    How.TIMER: "timer",
    How.SECOND_FACTOR: "with a second factor",
}
GROUP = "a group"
PLACES = {True: "in private", False: "in a group"}
KINDS = {
    "grant added": "👤 {who} got a right{door}{by}",
    "grant changed": "👤 a right of {who}{door} was changed{by}",
    "grant removed": "👤 {who} lost a right{door}{by}",
    "person added": "👤 {who} came onto the list{by}",
    "person changed": "👤 the entry of {who} was changed{by}",
    "person removed": "👤 {who} left the list{by}",
    "door set": "📋 a set of doors was changed{by}",
    "people list": "📋 the whole people list was written down",
    "lock swapped": "🔁 {who} has another lock now",
    "list confirmed": "📋 {who} confirmed the people list",
    "restored": "💾 a backup was put back",
    "alert acknowledged": "🙋 {who} took on a fault{door}",
    "notices muted": "🔕 {who} muted a chat",
    "notices paused": "⏸ {who} paused the notices of a chat",
    "kept open": "🔓 {who} kept it open{door}",
    "left open": "🔓 {who} left it open{door}",
    "code gone": "🗑 the code of {who} is not listed any more{door}",
    "synchronise": "🔄 {who} synchronised{door}",
    "second factor set up": "🔐 {who} set up a second factor",
    "second factor reset": "🔐 the second factor of {who} was reset{by}",
    "second factor locked": "🔐 {who} typed too many wrong codes",
    "cooling down": "⏳ {who} was refused too often and had to wait",
    "stranger": "🚷 {who} was here, a stranger",
    "asked to come in": "🙋 {who} asked to come in",
    "request answered": "🙋 {who} got an answer to the request to come in{by}",
    "ban lifted": "🚷 {who} may ask to come in again{by}",
    "invitation made": "✉️ an invitation was made{door}{by}",
    "invitation claimed": "✉️ {who} accepted an invitation{door}{by}",
    "invitation revoked": "✉️ an invitation was taken back{door}{by}",
    "invitation refused": "✉️ {who} could not use an invitation{door}",
    "invitation extended": "✉️ an invitation was extended{door}{by}",
    "asked to open": "✋ {who} asked others to open{door}",
    "approver said yes": "✋ one of several said yes to {who}{door}{by}",
    "asking answered": "✋ {who} got an answer{door}{by}",
    "pass made": "🧳 a guest pass was made{door}{by}",
    "pass extended": "🧳 a guest pass was extended{door}{by}",
    "pass revoked": "🧳 a guest pass was revoked{door}{by}",
    "called from the door": "🆘 {who} could not get in{door} and called for help",
    "call from the door ended": "🆘 the call of {who}{door} ended{by}",
    "neighbour added": "🏘 {who} became a neighbour{door}{by}",
    "neighbour removed": "🏘 {who} is no neighbour any more{door}{by}",
    "lockdown": "🚨 a lockdown began{door}{by}",
    "lockdown ended": "🚨 a lockdown ended{door}{by}",
    "glass set": "🔨 a glass was set up{door}{by}",
    "glass revoked": "🔨 a glass was revoked{door}{by}",
    "glass restored": "🔨 a revoked glass was put back{door}{by}",
    "glass renewed": "🔨 a glass was renewed{door}{by}",
    "glass void": "🔨 a glass holds nothing until it is renewed{door}",
    "glass asked": "🔨 {who} began to break the glass{door}",
    "glass used": "🔨 {who} used the broken glass{door}",
    "space opened": "🟢 {who} opened the space{door}",
    "space closed": "🔴 {who} closed the space",
    "seal": "🔏 the journal was sealed",
    "entries dropped": "✂️ old entries were dropped",
}


def page(page: HistoryPage, question: Question, locale: Locale, *, own_id: int) -> str:
    lines = [f"<b>History</b>{_asked(question, locale, page.names)}"]
    day = None
    for entry in page.entries:
        local = entry.at.astimezone(locale.zone)
        if local.date() != day:
            day = local.date()
            lines.append(f"\n<b>{local:%a} {local.day} {local:%b %Y}</b>")
        lines.append(line(entry, locale, names=page.names, own_id=own_id))
    return "\n".join(lines if page.entries else [*lines, EMPTY])


def line(entry: HistoryEntry, locale: Locale, *, names: Mapping[int, str], own_id: int) -> str:
    """When, who, what, how, what came of it, and the number for a receipt."""
    who = "you" if entry.person_id == own_id else escape(entry.name or names.get(entry.person_id or 0) or "somebody")
    known = {**names, own_id: "you"}
    what = _command(entry, who, locale) if entry.command_id is not None else _other(entry, who, locale, known)
    return f"{entry.at.astimezone(locale.zone):%H:%M} {what} <code>#{entry.seq}</code>"


def _command(entry: HistoryEntry, who: str, locale: Locale) -> str:
    action = Action(entry.action) if entry.action in list(Action) else None
    sign, label = (SIGN.get(action, "•"), LABEL.get(action, action.value)) if action else ("•", entry.action or "?")
    asked = ", ".join(filter(None, [HOW.get(entry.how) if entry.how else None, _place(entry)]))
    door = escape(locale.doors.title(entry.door or ""))
    seen = f"; {SEEN[entry.seen]}" if entry.seen else ""
    return (
        f"{sign} {who}: {escape(label)} {door} – {_result(entry, action, locale)}{seen}{f' ({asked})' if asked else ''}"
    )


def _place(entry: HistoryEntry) -> str | None:
    return None if entry.is_private is None else PLACES[entry.is_private]


def _result(entry: HistoryEntry, action: Action | None, locale: Locale) -> str:
    why = locale.remark(entry.problem).rstrip(".")
    if entry.result is Result.DENIED:
        return f"⛔ {_denial(entry.why)}"
    if entry.result is Result.CONFIRMED:
        return DONE.get(action, "done") if action else "done"
    if entry.result is Result.ACCEPTED:
        return "accepted, not confirmed"
    if entry.result is Result.UNKNOWN:
        return f"⚠️ no clear answer{f': {why}' if why else ''}"
    if entry.result is None:
        # A command that began and has no outcome: the bot died with it, or it is under way.
        return "⚠️ what came of it was never written" if entry.kind == STARTED else "?"
    return f"⛔ nothing happened{f': {why}' if why else ''}"


def _denial(why: str | None) -> str:
    # Earlier versions wrote the reason out, and the journal is never rewritten.
    known = why in list(DenialReason)
    sentence = REASONS.get(DenialReason(why), why) if why and known else why
    return escape(sentence or denial(None))


REASONS = {
    DenialReason.STALE: "came too late",
    DenialReason.NO_RIGHT: "no right to that",
    DenialReason.EXPIRED: "the right had ended",
    DenialReason.NOT_YET: "the right had not begun",
    DenialReason.OUTSIDE_HOURS: "not at that hour",
    DenialReason.USED_UP: "the right was used up",
    DenialReason.SUSPENDED: "suspended",
    DenialReason.NEEDS_APPROVAL: "somebody had to agree first",
    DenialReason.NOT_APPROVER: "somebody else had to answer",
    DenialReason.LOCKDOWN: "locked down",
    DenialReason.NEEDS_SECOND_FACTOR: "asked for a code",
    DenialReason.NO_SECOND_FACTOR: "no second factor was set up",
    DenialReason.SECOND_FACTOR_OUTDATED: "the second factor was of another token",
    DenialReason.WRONG_CODE: "the code of the second factor was wrong",
    DenialReason.SECOND_FACTOR_LOCKED: "too many codes were wrong",
    DenialReason.COOLING_DOWN: "refused too often before",
    DenialReason.TOO_MANY_OPENINGS: "too many openings in an hour",
    DenialReason.WITHDRAWN: "the right was taken before anything was sent",
    DenialReason.OWNERS_ONLY: "only owners may",
    DenialReason.NO_SUCH_DOOR: "there is no such door",
    DenialReason.UNSUPPORTED: "the lock cannot do that",
    DenialReason.IN_FLIGHT: "another request was under way",
    DenialReason.CLOSING: "the bot was stopping",
    DenialReason.ANOTHER_BOT: "another program used the bot's token",
    DenialReason.LIST_UNCONFIRMED: "the people list was not confirmed",
    DenialReason.PIN_GONE: "the code had ended",
    DenialReason.PIN_TOO_LONG: "the code would have outlived the right",
    DenialReason.CLOCK_DOUBTED: "the time was in doubt",
}


def _other(entry: HistoryEntry, who: str, locale: Locale, names: Mapping[int, str]) -> str:
    by = entry.detail.get("by")
    who = GROUP if entry.person_id is None and entry.detail.get("group") else who
    giver = escape(names.get(by, str(by))) if isinstance(by, int) else None
    door = "" if entry.door is None else f" at {'every door' if entry.door == '*' else locale.doors.title(entry.door)}"
    # A kind that only a later version knows is shown as it is called. Braces would be taken for parameters.
    sentence = KINDS.get(entry.kind, f"• {entry.kind.replace('{', '').replace('}', '')}")
    return escape(sentence).format(who=who, door=escape(door), by=f", by {giver}" if giver else "")


def _asked(question: Question, locale: Locale, names: Mapping[int, str]) -> str:
    parts = [
        escape(locale.doors.title(question.door)) if question.door else "",
        escape(names.get(question.person_id, str(question.person_id))) if question.person_id else "",
        period(question.since, question.until, locale),
        TOPICS[question.topic] if question.topic else "",
    ]
    return "".join(f" · {part}" for part in parts if part)


def period(since: datetime | None, until: datetime | None, locale: Locale) -> str:
    if since is None:
        return ""
    return f"from {locale.time(since)}" + (f" to {locale.time(until)}" if until else "")


def not_a_question(error: NotAQuestion) -> str:
    return f"{MISREAD[error.misread].format(said=escape(error.said))} {USAGE}"


def exported(question: Question, locale: Locale, *, is_whole: bool) -> str:
    rest = "" if is_whole else "\nThe newest of them: all together are too many for one file. Ask for a shorter time."
    return f"History{_asked(question, locale, {})}. It names people and when they came: keep it safe.{rest}"


def no_such_entry(said: str) -> str:
    return f"There is no entry #{said} that you may see. {USAGE_RECEIPT}"


def receipt(said: str, head: str) -> str:
    return (
        f"The proof of entry #{said}. It leads to the head\n<code>{head}</code>\n"
        "Whoever kept that head checks the file with <code>latchkey journal verify FILE --head HASH</code>."
    )
