"""What comes of a command: on its way, done, refused, unclear."""

from datetime import datetime
from html import escape

from bot.chat.render import locale as written
from bot.chat.render.denials import denied
from bot.chat.render.locale import Locale
from bot.chat.render.words import DOING, DONE, LABEL, MAYBE, NOTHING, SEEN, SIGN
from bot.domain.actions import MOVES, Action
from bot.domain.commands import Command, Finished, Result, Seen
from bot.domain.doors import Door
from bot.domain.durations import spell_age, spell_duration
from bot.domain.readings import Bolt

NOT_RECORDED_YET = "⚠️ This outcome could not be written to the journal yet: the disk refuses. The bot keeps trying."


def sent(door: Door, action: Action) -> str:
    return f"⏳ {written.title(door)}: {DOING[action]}…"


def pressed_by(name: str) -> str:
    return f"👤 {escape(name)}"


def sent_toast(door: Door, action: Action) -> str:
    return f"⏳ {door.title}: {DOING[action]}…"


def outcome(finished: Finished, locale: Locale, *, is_owner: bool, seen: Seen | None = None) -> str:
    """What came of a command, in one or two lines, with what the bolt looked like afterwards."""
    if finished.result is Result.DENIED or finished.door is None:
        return denied(finished, locale)
    lines = [_result(finished, finished.door, locale)]
    # What to mend at the lock, or in the settings, is no guest's business.
    if is_owner and (fix := locale.fix(finished.problem)):
        lines.append(f"🔧 {fix}")
    if seen:
        lines.append(_evidence(finished.action, seen))
    if closes := _closes_by_itself(finished):
        lines.append(closes)
    # The door has moved and the disk refused its outcome: to keep that quiet would be worse than to say it.
    if not finished.is_recorded:
        lines.append(NOT_RECORDED_YET)
    return "\n".join(lines)


def _result(finished: Finished, door: Door, locale: Locale) -> str:
    action, name, took = finished.action, written.title(door), f"{finished.seconds:.1f} s"
    why = locale.remark(finished.problem)
    if finished.result is Result.CONFIRMED:
        colon = "" if action in (*MOVES, Action.REVOKE) else ":"
        done = f"{SIGN[action]} {name}{colon} {DONE[action]}"
        return f"{done}." if action is Action.SYNCHRONISE else f"{done} · {took}"
    if finished.result is Result.ACCEPTED:
        return f"📨 {name}: accepted, not confirmed · {took}\n{ACCEPTED[action]}"
    if finished.result is Result.UNKNOWN:
        return f"⚠️ {name}: no clear answer · {took}\n{MAYBE[action]}\n{why}"
    nothing = "nothing happened" if action in MOVES else NOTHING[action]
    return f"⛔ {name}: {nothing}.\n{why}"


ACCEPTED = {
    Action.OPEN: "The lock system took the request. It does not say whether the door opens.",
    Action.CLOSE: "The lock system took the request. It does not say whether the door closes.",
    Action.PIN: "The lock system took the request. It does not say whether the code works.",
    Action.REVOKE: "The lock system took the request. It does not say whether the code still works.",
    Action.SYNCHRONISE: "The lock system took the request. It does not say when it is done.",
}


def _evidence(action: Action, seen: Seen) -> str:
    expected = Bolt.UNLOCKED if action is Action.OPEN else Bolt.LOCKED
    # Beside the outcome and not in its place: what is seen may come from a key that somebody turned meanwhile.
    sign = "👁" if seen.bolt is expected else "⚠️"
    return f"{sign} Bolt {SEEN[seen.bolt]} after {seen.seconds:.0f} s."


def _closes_by_itself(finished: Finished) -> str:
    if finished.action is not Action.OPEN or finished.result is not Result.CONFIRMED or finished.door is None:
        return ""
    return closes_after(finished.door)


def closes_after(door: Door | None) -> str:
    """What is to be known of a door that was just opened; empty for one that stays as it is."""
    if door is None or not (door.auto_lock or door.close_at):
        return ""
    hours = f" ({str(door.auto_lock_hours).removeprefix('mon-sun ')})" if door.auto_lock_hours else ""
    times = [f"after {spell_duration(door.auto_lock)}{hours}"] if door.auto_lock else []
    times += [f"at {door.close_at}"] if door.close_at else []
    return f"🔒 It closes by itself {' and '.join(times)}."


def stays_open(door: Door, until: datetime, locale: Locale) -> str:
    return f"🔓 {written.title(door)} does not close by itself before {locale.time(until)}."


def is_not_open(door: Door) -> str:
    return f"{written.title(door)} is not open, as far as the bot knows: there is nothing to keep open."


LEFT_OPEN = "It stays open."


def is_closed_already(door: Door) -> str:
    return f"{written.title(door)} is not open any more, as far as the bot knows."


PRESSED_LATE = "⏱ That press came late, so nothing is kept open. Press again if you still want it."


def confirm(door: Door, action: Action, *, seconds: float, is_late: bool) -> str:
    why = "That may be old. " if is_late else ""
    return f"{why}{QUESTION[action].format(door=written.title(door))}{_time_to_confirm(seconds)}"


QUESTION = {
    Action.OPEN: "Open {door} now?",
    Action.CLOSE: "Close {door} now?",
    Action.STATUS: "Read {door} now?",
    Action.PIN: "Make a code for {door} now?",
    Action.REVOKE: "Revoke the code of {door} now?",
    Action.SYNCHRONISE: "Synchronise {door} now?",
}


def confirm_again(door: Door, earlier: Command, locale: Locale, *, seconds: float) -> str:
    """The same person pressed the same button a moment ago."""
    action, ago = earlier.action, spell_age(locale.now() - earlier.started_at)
    did = DONE[action].capitalize() if earlier.outcome is Result.CONFIRMED else "Asked for"
    again = "Make another code?" if action is Action.PIN else f"{LABEL[action]} again?"
    return f"{written.title(door)}: {did} {ago}. {again}{_time_to_confirm(seconds)}"


def _time_to_confirm(seconds: float) -> str:
    return f" You have {seconds:.0f} s to confirm."


def which_door(action: Action) -> str:
    return {Action.PIN: "A code for which door?", Action.STATUS: "Which door?"}.get(
        action, f"{LABEL[action]} which door?"
    )
