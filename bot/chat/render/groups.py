"""What chats hear about their notices."""

from bot.domain.notices import Kind, QuietHours

USAGE_NOTIFY = "Write <code>/notify on</code> or <code>/notify off</code> in the chat it is for."
USAGE_QUIET = "Quiet hours are written like <code>/notify quiet 22-7</code>; <code>/notify quiet off</code> ends them."
ON = "🔔 This chat is told when a door opens, closes or needs somebody. <code>/notify off</code> ends that."
OFF = "🔕 This chat is not told about the doors."
NOT_ON_YET = "This chat is told nothing yet: write <code>/notify on</code> first."
WORDS = {
    Kind.MOVES: "who opened and closed which door",
    Kind.TROUBLE: "trouble with a door or a lock",
    Kind.BATTERY: "batteries",
    Kind.PEOPLE: "who came onto the list",
    Kind.CODES: "codes that were made",
}
LABELS = {
    Kind.MOVES: "Doors",
    Kind.TROUBLE: "Trouble",
    Kind.BATTERY: "Battery",
    Kind.PEOPLE: "People",
    Kind.CODES: "Codes",
}
TURN_ON, TURN_OFF, NO_QUIET_HOURS = "🔔 Tell this chat", "🔕 Tell nothing", "☾ No quiet hours"


def chosen(kinds: frozenset[Kind], quiet: QuietHours | None) -> str:
    heard = ", ".join(WORDS[kind] for kind in Kind if kind in kinds) or "nothing"
    lines = [f"Chosen: {heard}."]
    if quiet:
        lines.append(f"☾ Quiet {hours(quiet)}: only trouble is told then, and the rest afterwards.")
    lines.append("Good news comes without a sound.")
    return "\n".join(lines)


def label(kind: Kind, *, is_chosen: bool) -> str:
    return f"{'☑' if is_chosen else '☐'} {LABELS[kind]}"


def quiet_label(quiet: QuietHours) -> str:
    return f"☾ Quiet {hours(quiet)}"


def hours(quiet: QuietHours) -> str:
    return f"{_time(quiet.start)}–{_time(quiet.end)}"


def _time(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}" if minute % 60 else f"{minute // 60}"
