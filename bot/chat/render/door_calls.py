"""I can't get in: the likely cause, what one can do, who is called, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from bot.chat.render.locale import Locale
from bot.domain.actions import Action
from bot.domain.door_calls import CallAnswer, CallEnd, CallPart, Cause, DoorCall, LikelyCause
from bot.domain.doors import Door
from bot.domain.events import DoorCallClosed, DoorCalled, DoorCallEnded, DoorCallGoesOn

WHICH_DOOR = "🆘 At which door do you stand?"
NO_DOOR = "There is no door here that you have a right to."
MAY_BE_OLD = "That may be old. Do you stand at the door now, and shall somebody be called?"
NO_SUCH = "This call is not there any more."
IN = "✅ Good. Nobody is called any more."
OVER = "This call is over already."
CALLED = "📞 Those who can help are called now, one after the other. You see below who answers."
ALREADY = "📞 They are being called already: you see below who answers."
TOO_OFTEN = "You called them often just now, so nobody is called again for a while.{host}"
NOBODY_TO_CALL = "There is nobody else whom the bot could call."
NOT_NEAR = "For that nobody is woken: please write to whoever gave you the right."
WRITE = " Write to {host}."

CAUSES = {
    Cause.NOT_YET: "Your right to this door begins later{at}.",
    Cause.OVER: "Your right to this door has ended{at}.",
    Cause.OUTSIDE_HOURS: "It is outside the hours of your right{at}.",
    Cause.USED_UP: "All openings of your right are used.",
    Cause.LOCKDOWN: "The door is locked down{at}, and only owners open it.",
    Cause.SUSPENDED: "Your right to this door is suspended.",
    Cause.ASKS_FIRST: "Your right asks first, and nobody has said yes.",
    Cause.SECOND_FACTOR: "Your right needs a second factor.",
    Cause.SHUT: "The bot moves no door at the moment. The owners know why.",
    Cause.UNREACHABLE: "The bot does not reach the lock{at}.{problem}",
    Cause.JAMMED: "The bolt is jammed{at}.",
    Cause.BATTERY: "The battery of the lock is low{percent}{at}.",
    Cause.OPEN: "The bolt was seen open{at}.",
    Cause.CODE: "The bot sees nothing wrong with the lock. A mistyped code is likely.",
    Cause.NOTHING: "The bot sees nothing wrong with your right or the lock.",
}
WHEN = {
    Cause.NOT_YET: ": {at}",
    Cause.OVER: ": {at}",
    Cause.OUTSIDE_HOURS: ": it opens to you from {at}",
    Cause.LOCKDOWN: " until {at}",
    Cause.UNREACHABLE: " since {at}",
    Cause.JAMMED: ", seen {at}",
    Cause.BATTERY: ", as it was read {at}",
    Cause.OPEN: ", {at}",
}
CODE_WORKS = "A code that the lock knows already works all the same: the keypad does not need the bot."
ADVICE = {
    Cause.NOT_YET: "Wait until then.",
    Cause.OUTSIDE_HOURS: "Wait until then.",
    Cause.ASKS_FIRST: "Press “Ask to open” under /open.",
    Cause.JAMMED: "Pull the door towards you, or push it, while you try again: that takes the weight off the bolt.",
    Cause.BATTERY: "If lock and keypad stay dark, only a key helps, or somebody who has one.",
    Cause.OPEN: "Push the door, or turn the handle.",
    Cause.NOTHING: "Press Open once more, and push the door when the lock has stopped.",
}
HOW_TO_TYPE = "If you have a code: type it slowly, digit by digit. After several wrong ones wait a minute.{note}"
PARTS = {CallPart.HOST: "your host", CallPart.CO_HOST: "a co-host", CallPart.NEIGHBOUR: "a neighbour"}
CALLED_AS = {
    CallPart.HOST: "You are called first, as the host.",
    CallPart.CO_HOST: "You are called as a co-host.",
    CallPart.NEIGHBOUR: "You are called as a neighbour.",
}
NEXT, LAST = "In a minute the next one is called, too.", "Nobody is left to be called after you."
ANSWERS = {
    "": "is being called…",
    CallAnswer.OPENING: "is opening…",
    CallAnswer.CALLING: "gets in touch with you",
    CallAnswer.NOT_NOW: "cannot just now",
    CallAnswer.NO_ANSWER: "has not answered yet",
    CallAnswer.FAILED: "tried to open, and the lock did not",
}
ENDS = {
    CallEnd.OPENED: "opened{by}",
    CallEnd.UNCLEAR: "the lock was asked to open{by} and gave no clear answer",
    CallEnd.CALLING: "taken care of{by}",
    CallEnd.GOT_IN: "is in",
    CallEnd.NOBODY: "nobody answered in time",
    CallEnd.DENIED: "has no right there any more",
}


def likely_causes(door: Door, causes: Sequence[LikelyCause], locale: Locale) -> str:
    """For whoever stands at the door: the likely cause, what else is wrong, and what they can do."""
    first, *others = causes
    code = next((one for one in causes if one.cause is Cause.CODE), None)
    lines = [f"🆘 {locale.title(door.name)}", f"<b>Likely:</b> {_cause(first, locale)}"]
    lines += [f"• Also: {_cause(one, locale)}" for one in others if one is not code]
    advice = [ADVICE[one.cause] for one in causes if one.cause in ADVICE]
    # A keypad talks to its lock by radio, without gateway and bot.
    if door.can(Action.PIN) and causes[0].cause is Cause.UNREACHABLE:
        advice.append(CODE_WORKS)
    if door.can(Action.PIN):
        note = f" {locale.remark(code.problem)}" if code and code.problem else ""
        advice.append(HOW_TO_TYPE.format(note=note))
    return "\n".join([*lines, *(f"→ {one}" for one in advice)])


def _cause(found: LikelyCause, locale: Locale) -> str:
    problem = f" {locale.remark(found.problem)}" if found.problem else ""
    return cause(found.cause, found.at, locale, percent=found.percent, problem=problem)


def cause(likely: Cause, at: datetime | None, locale: Locale, *, percent: int | None = None, problem: str = "") -> str:
    when = WHEN[likely].format(at=locale.time(at)) if at and likely in WHEN else ""
    charge = "" if percent is None else f" ({percent} %)"
    return CAUSES[likely].format(at=when, percent=charge, problem=problem)


def too_often(host: str | None) -> str:
    return TOO_OFTEN.format(host=WRITE.format(host=escape(host)) if host else "")


def called(happened: DoorCalled, locale: Locale) -> str:
    """The card of whoever is called."""
    who, at = person(happened.by, happened.person), locale.clock(happened.at)
    likely = for_others(happened.cause, happened.cause_at, locale)
    following = LAST if happened.is_last else NEXT
    return (
        f"🆘 {who} stands at {locale.title(happened.door)} and can't get in · {at}\n"
        f"<b>Likely:</b> {likely}\n{CALLED_AS[happened.part]} {following}"
    )


def for_others(likely: Cause, at: datetime | None, locale: Locale) -> str:
    """The same about somebody else."""
    # English differs in these words only. Another language needs sentences of its own.
    text = cause(likely, at, locale)
    return text.replace("Your right", "Their right").replace("your right", "their right").replace("to you", "to them")


def person(name: str, person_id: int) -> str:
    # Telegram makes a link to the person of it where it may, and plain text where not. A button it would refuse.
    return f'<a href="tg://user?id={person_id}">{escape(name)}</a>'


def goes_on(happened: DoorCallGoesOn, locale: Locale) -> str:
    lines = [f"📞 {locale.title(happened.door)}"]
    for name, part, answer in zip(happened.names, happened.parts, happened.answers, strict=True):
        lines.append(f"• {_named(name, part)} {'was called' if happened.is_over and not answer else ANSWERS[answer]}")
    return "\n".join(lines)


def _named(name: str, part: CallPart | None) -> str:
    whose = PARTS[part] if part else "somebody"
    return f"{escape(name)}, {whose}," if name else f"{whose[:1].upper()}{whose[1:]}"


def ended(happened: DoorCallEnded, locale: Locale) -> str:
    door, by, at = locale.title(happened.door), _named(happened.by or "", happened.part), locale.clock(happened.at)
    match happened.end:
        case CallEnd.OPENED:
            return f"✅ {door}: {by} opened it for you · {at}\nPush the door."
        case CallEnd.UNCLEAR:
            return f"⚠️ {door}: {by} asked the lock to open, and it gave no clear answer · {at}\nTry the door."
        case CallEnd.CALLING:
            return f"📞 {door}: {by} gets in touch with you now · {at}"
    known = locale.doors.get(happened.door)
    code = " A code at the keypad, if you have one." if known and known.can(Action.PIN) else ""
    host = person(happened.host, happened.host_id) if happened.host else "your host"
    return (
        f"😴 {door}: nobody has answered · {at}\nWhat remains:{code} Writing to {host} or calling them. The cards stay"
        " with those who were called, so somebody may still write to you. You can also have them called again."
    )


def closed(happened: DoorCallClosed, locale: Locale) -> str:
    """On the cards of the others."""
    return _closed(happened.of, happened.person, happened.door, happened.end, happened.by, locale)


def closed_before(call: DoorCall, locale: Locale) -> str:
    """On the card of whoever answers too late."""
    end = call.end or CallEnd.CALLING
    return _closed(call.person_name, call.person_id, call.door, end, call.answered_by, locale)


def _closed(name: str, person_id: int, door: str, end: CallEnd, by: str | None, locale: Locale) -> str:
    sign = {CallEnd.NOBODY: "😴", CallEnd.UNCLEAR: "⚠️", CallEnd.DENIED: "⛔"}.get(end, "✅")
    named = f" by {escape(by)}" if by else ""
    return f"{sign} {person(name, person_id)} at {locale.title(door)}: {ENDS[end].format(by=named)}."


def yours(call: DoorCall, locale: Locale) -> str:
    """On the card of whoever gets in touch."""
    who = person(call.person_name, call.person_id)
    return f"📞 {who} at {locale.title(call.door)} knows that you get in touch now. Nobody else is called."


def next_is_called(call: DoorCall, locale: Locale) -> str:
    who = person(call.person_name, call.person_id)
    return f"👌 Somebody else is called for {who} at {locale.title(call.door)}."


def nobody_left(call: DoorCall, locale: Locale) -> str:
    who = person(call.person_name, call.person_id)
    return f"😴 Nobody is left to be called for {who} at {locale.title(call.door)}. They hear that nobody can help now."


def still_there(call: DoorCall, locale: Locale) -> str:
    """After an opening that did not work."""
    who = person(call.person_name, call.person_id)
    following = "Nobody is left to be called." if call.end else "The next one is called, too."
    return f"🆘 {who} still stands at {locale.title(call.door)}. {following}"


def opened_by_another(call: DoorCall, locale: Locale) -> str:
    return f"Somebody else is opening {locale.doors.title(call.door)} just now."
