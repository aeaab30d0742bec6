"""Every sentence for somebody who asked; the list has `people_texts`, what nobody asked for `notice_texts`.

HTML as Telegram reads it; whatever people or locks wrote is escaped here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from html import escape

from bot.access import Action
from bot.doors import Door
from bot.drivers.base import Bolt, Pin, rssi_word
from bot.drivers.errors import LockError
from bot.durations import EXAMPLES, spell_age
from bot.outcomes import Evidence, Look, Outcome, Reason, Result
from storage.records import MadePin, Sighting

DONE = {Action.OPEN: "opened", Action.CLOSE: "closed", Action.PIN: "made a code for", Action.REVOKE: "code revoked"}
DOING = {
    Action.OPEN: "opening",
    Action.CLOSE: "closing",
    Action.PIN: "making a code for",
    Action.STATUS: "asking",
    Action.REVOKE: "revoking a code of",
}
SIGN = {Action.OPEN: "🔓", Action.CLOSE: "🔒", Action.PIN: "🔑", Action.STATUS: "👁", Action.REVOKE: "🗑"}
VERB = {Action.OPEN: "Open", Action.CLOSE: "Close", Action.STATUS: "Status", Action.PIN: "PIN", Action.REVOKE: "Revoke"}
BOLT = {
    Bolt.LOCKED: "🔒 locked",
    Bolt.UNLOCKED: "🔓 unlocked",
    Bolt.JAMMED: "⚠️ jammed",
    Bolt.UNKNOWN: "❔ position unknown",
}
SEEN = {Bolt.LOCKED: "closed", Bolt.UNLOCKED: "open", Bolt.JAMMED: "jammed", Bolt.UNKNOWN: "in no clear position"}
MAYBE = {
    Action.OPEN: "The door <b>MAY be open</b>: please check it.",
    Action.CLOSE: "It <b>may or may not be closed</b>: please check it.",
    Action.PIN: "A code <b>may have been made</b>, but it did not reach us.",
    Action.REVOKE: "The code <b>may still work</b>: look at /pins and try again.",
}

NOT_UNDERSTOOD = "I did not understand that. /help shows what I can do for you."
GONE_WRONG = "Something went wrong on my side, and I have written it to my log. Ask /status before you try again."
WHAT_PIN_TAKES = f"For how long? Write <code>/pin 2h</code> or <code>/pin garage 3d</code>; lengths are {EXAMPLES}."
NO_PINS = "There is no code that could be revoked."
PIN_GONE = "That code has ended or was revoked already."
NOTHING_TO_SYNC = "None of the doors has anything to synchronise."
NO_DISK = "⛔ I cannot read or write my database (is the disk full?), so nothing was done."
OWNERS_ONLY = "Only an owner can do that."
BUTTON_UNKNOWN = "This button is no longer valid. Please ask again."
NOT_YOUR_BUTTON = "This button is for somebody else. Please ask yourself."
CONFIRM_EXPIRED = "Too late: this confirmation has expired, nothing was done. Please ask again."
FORWARDED = "That was not typed by you just now (forwarded, scheduled or sent through a bot), so I did nothing."
ANONYMOUS = "I cannot see who you are: you write as a group or channel, so I did nothing. Write as yourself."
TOO_FAST = "That is too much at once: I skip your messages for a moment. Nothing was done for the skipped ones."
SENT_PRIVATELY = "📬 Sent to you privately."
NOT_SENT_PRIVATELY = (
    "I could not write to you privately, and that is for you alone. Open a private chat with me, press Start, and ask"
    " there."
)
CANNOT_WRITE_PRIVATELY = (
    "I cannot write to you privately, so no code was made. Open a private chat with me, press Start, and ask again."
)
CODE_LOST = "A code was made, but Telegram did not take it from me, and I keep no codes: ask for another one."
WHAT_NOTIFY_TAKES = "Write <code>/notify on</code> or <code>/notify off</code> in the group it is for."
NOTIFY_IN_GROUPS = "That belongs in a group: add me to one and write <code>/notify on</code> there."
NOTIFY_ON = "🔔 This chat is told when a door opens, closes or needs somebody. <code>/notify off</code> ends that."
NOTIFY_OFF = "🔕 This chat is no longer told about the doors."


def stranger(person_id: int) -> str:
    return f"I do not know you. Your id is <code>{person_id}</code>: give it to the owner, who can let you in."


def stranger_alert(person_id: int) -> str:
    return f"I do not know you. Your id is {person_id}: give it to the owner, who can let you in."


def wrong_length(error: Exception) -> str:
    return escape(str(error))


def unknown_command(name: str) -> str:
    return f"I do not know /{escape(name[:32])}. /help shows what I can do for you."


def which_door(action: Action) -> str:
    return {Action.PIN: "A code for which door?", Action.STATUS: "Which door?"}.get(
        action, f"{VERB[action]} which door?"
    )


def no_door_for(action: Action) -> str:
    return f"There is no door that you may {_use(action)} at the moment. /whoami shows your rights."


def _use(action: Action) -> str:
    return {Action.PIN: "get a code for", Action.STATUS: "see"}.get(action, action.value)


def asked(door: Door, action: Action) -> str:
    return f"⏳ <b>{escape(door.title)}</b>: {DOING[action]}…"


def sent(door: Door, action: Action) -> str:
    return f"⏳ <b>{escape(door.title)}</b>: {DOING[action]}… sent, waiting for the lock."


def confirm(door: Door, action: Action, *, seconds: float, late: bool) -> str:
    why = "I cannot tell when you pressed that button. " if late else ""
    return f"{why}{VERB[action]} <b>{escape(door.title)}</b> now? You have {seconds:.0f} s to confirm."


def outcome(outcome: Outcome, *, owner: bool, evidence: Evidence | None = None) -> str:
    """What came of a command, in one or two lines."""
    if outcome.result is Result.DENIED:
        return denied(outcome)
    assert outcome.door is not None  # noqa: S101 - only Latchkey's own refusals have no door
    title, took = escape(outcome.door.title), f"{outcome.seconds:.1f} s"
    lines = [_result(outcome, title, took)]
    if outcome.error and outcome.error.fix and owner:
        lines.append(f"🔧 {escape(outcome.error.fix)}")
    if evidence:
        lines.append(_seen(outcome, evidence))
    if not outcome.recorded:
        lines.append("⚠️ This outcome could not be written to the journal yet: the disk refuses. I keep trying.")
    return "\n".join(lines)


def _result(outcome: Outcome, title: str, took: str) -> str:
    action, why = outcome.action, escape(str(outcome.error or ""))
    if outcome.result is Result.CONFIRMED:
        return f"{SIGN[action]} <b>{title}</b> {DONE[action]} · {took}"
    if outcome.result is Result.ACCEPTED:
        return f"📨 <b>{title}</b>: accepted, not confirmed · {took}\nThe lock will act if it can; nobody can tell me."
    if outcome.result is Result.UNKNOWN:
        return f"⚠️ <b>{title}</b>: no clear answer · {took}\n{MAYBE[action]}\n{why}"
    nothing = "nothing happened" if action in (Action.OPEN, Action.CLOSE) else NOTHING[action]
    return f"⛔ <b>{title}</b>: {nothing}.\n{why}"


def _seen(outcome: Outcome, evidence: Evidence) -> str:
    expected = Bolt.UNLOCKED if outcome.action is Action.OPEN else Bolt.LOCKED
    sign = "👁" if evidence.bolt is expected else "⚠️"
    return f"{sign} Bolt seen {SEEN[evidence.bolt]} after {evidence.seconds:.0f} s."


DENIALS = {
    Reason.STALE: "⏱ That came {late} late, so {nothing}. Ask again if you still want it.",
    Reason.NO_RIGHT: "⛔ You may not do that here: {nothing}. /whoami shows your rights.",
    Reason.EXPIRED: "⛔ Your right to that has ended: {nothing}. /whoami shows your rights.",
    Reason.NO_SUCH_DOOR: "There is no such door: {nothing}.",
    Reason.UNSUPPORTED: "⛔ {door} cannot do that: {nothing}.",
    Reason.IN_FLIGHT: "⏳ {door} is already being worked{by}: {nothing} for you. Wait for that answer.",
    Reason.DUPLICATE: "I had that message before: {nothing} a second time.",
    Reason.NOT_RECORDED: "⛔ I cannot write to my journal (is the disk full?), so {nothing}.",
    Reason.ANOTHER_BOT: "⛔ Another bot is running with my token, so {nothing}. The owners have been told.",
    Reason.LIST_UNCONFIRMED: (
        "⛔ The people list was restored from a backup and no owner has confirmed it yet: {nothing}."
    ),
    Reason.CLOSING: "⛔ Latchkey is stopping: {nothing}. Ask again in a moment.",
}
NOTHING = {
    Action.OPEN: "nothing was opened",
    Action.CLOSE: "nothing was closed",
    Action.PIN: "no code was made",
    Action.STATUS: "nothing was asked",
    Action.REVOKE: "no code was revoked",
}


def denied(outcome: Outcome) -> str:
    """Why Latchkey itself said no. Never says whether a door exists to somebody without a right to it."""
    return DENIALS[outcome.reason or Reason.NO_RIGHT].format(
        nothing=NOTHING[outcome.action],
        late=spell_late(outcome.age),
        door=f"<b>{escape(outcome.door.title)}</b>" if outcome.door else "This door",
        by=f" by {escape(outcome.other.person_name)}" if outcome.other else "",
    )


def spell_late(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def no_such_door(text: str, doors: Iterable[Door], suggestion: Door | None = None, action: Action | None = None) -> str:
    known = ", ".join(f"{escape(door.title)} (<code>{door.name}</code>)" for door in doors)
    hint = f" Did you mean <b>{escape(suggestion.title)}</b>?" if suggestion else ""
    use = f" that you may {_use(action)}" if action else ""
    return f"There is no door “{escape(text[:40])}”{use}.{hint}\nYou can say: {known or 'none at the moment'}."


def look(look: Look, *, now: datetime, owner: bool) -> str:
    """One door's state, with the age of everything that was seen."""
    if look.door is None:
        return "⛔ You may not see that door. /whoami shows your rights."
    title = f"<b>{escape(look.door.title)}</b>"
    if look.reason is Reason.UNSUPPORTED:
        return f"{title}: ❔ this lock cannot be asked for its state."
    lines = [f"{title}: {_sighting(look.sighting, now)}"]
    if look.error:
        lines.append(f"⚠️ It could not be read just now: {escape(str(look.error))}")
        lines += [f"🔧 {escape(look.error.fix)}"] if look.error.fix and owner else []
    elif look.sighting and look.sighting.failures:
        lines.append(f"⚠️ Not reached for {look.sighting.failures} tries: {escape(look.sighting.trouble or '')}")
    return "\n".join(lines)


def _sighting(sighting: Sighting | None, now: datetime) -> str:
    if sighting is None or sighting.read_at is None:
        return "❔ not seen yet"
    parts = [f"{BOLT[Bolt(sighting.bolt)]} · {spell_age(now - sighting.read_at)}"]
    if sighting.battery_percent is not None:
        low = "🪫" if sighting.told.get("battery_low") else "🔋"
        parts.append(f"{low} {sighting.battery_percent} %")
    if sighting.rssi_dbm is not None:
        parts.append(f"📶 {rssi_word(sighting.rssi_dbm)}")
    return " · ".join(parts)


def pin(outcome: Outcome, pin: Pin, length: str, zone: tzinfo) -> str:
    """The one message that shows a code."""
    title = escape(outcome.door.title) if outcome.door else ""
    lines = [f"🔑 <b>{title}</b>: <tg-spoiler>{escape(pin.digits)}</tg-spoiler>", f"Asked for: {length}."]
    if pin.ends_at:
        lines.append(f"Valid until {spell_time(pin.ends_at, zone)}, says the lock system.")
    if pin.note:
        lines.append(escape(pin.note))
    return "\n".join(lines)


def pins(pins: Iterable[MadePin], titles: Mapping[str, str], zone: tzinfo) -> str:
    """The codes that can still be revoked; their digits are nowhere."""
    lines = [f"• {escape(titles.get(pin.door, pin.door))}: {_pin(pin, zone)}" for pin in pins]
    return "\n".join(["🔑 Codes that can be revoked:", *lines]) if lines else NO_PINS


def revoke_label(pin: MadePin, titles: Mapping[str, str], zone: tzinfo) -> str:
    return f"Revoke {titles.get(pin.door, pin.door)} · {pin.person_name} · {spell_time(pin.made_at, zone)}"


def _pin(pin: MadePin, zone: tzinfo) -> str:
    until = f", until {spell_time(pin.ends_at, zone)}" if pin.ends_at else ""
    return f"made by {escape(pin.person_name)} {spell_time(pin.made_at, zone)}{until}"


def synchronising(door: Door) -> str:
    return f"⏳ <b>{escape(door.title)}</b>: asking it to synchronise…"


def synchronised(title: str, error: LockError | None) -> str:
    if error is None:
        return f"🔄 <b>{escape(title)}</b>: synchronising; the gateway may be busy with it for some minutes."
    fix = [f"🔧 {escape(error.fix)}"] if error.fix else []
    return "\n".join([f"⛔ <b>{escape(title)}</b>: {escape(str(error))}", *fix])


def preparing_pin(door: Door) -> str:
    return f"⏳ <b>{escape(door.title)}</b>: making a code…"


def help_for(lines: Iterable[tuple[str, str]], doors: Iterable[Door]) -> str:
    commands = "\n".join(f"/{escape(usage)} – {escape(what)}" for usage, what in lines)
    titles = ", ".join(escape(door.title) for door in doors)
    return f"{commands}\n\n{f'Your doors: {titles}.' if titles else 'There is no door for you at the moment.'}"


def spell_time(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%a %-d %b %H:%M")
