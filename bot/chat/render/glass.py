"""Break glass: what owners read who set it up, what is asked before it is broken, and what everybody hears."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from html import escape

from bot.chat.render.locale import Locale
from bot.chat.render.people import who
from bot.domain.durations import spell_duration
from bot.domain.events import GlassBreaking, GlassChanged
from bot.domain.glass import (
    MOST_KEYHOLDERS,
    PATIENCE,
    RIGHT_LASTS,
    Glass,
    GlassChange,
    GlassReader,
    GlassState,
    GlassStep,
    OwnerSign,
    Prospect,
    Unfit,
    WhyNot,
)
from bot.domain.glass_terms import NotTerms, TermsLack

EXAMPLES = (
    "<code>/breakglass front 2 of Anna, Max, Greta</code>: two of the three must agree, within 10 minutes.\n"
    "<code>/breakglass front Anna after 12h</code>: Anna alone, when no owner says or does anything for 12 hours."
)
NONE = f"🔨 No glass is set up. It is a way in for an emergency, loud to everybody:\n{EXAMPLES}"
LIST = "🔨 <b>Break glass</b>: openings for an emergency, loud to everybody."
NONE_OF_YOURS = "There is no glass that you could break. Owners set it up."
YOURS = "🔨 In an emergency you can break the glass. Everybody hears it."
# Said when it is set up: in the emergency it is too late to install an app.
FACTOR = "This door wants a second factor, also with a broken glass: it is set up before, with /2fa."
GONE = "That glass is not there any more."
MAY_BE_OLD = "That may be an old press. Renew the glass now?"
TOO_LATE_TO_UNDO = "It is too late to undo that, or it is not there any more."
LACKS = {
    TermsLack.NOT_UNDERSTOOD: "“{said}” does not say who.",
    TermsLack.ONE_ALONE: "One person who may open at any time needs a right and no glass: see /grant.",
    TermsLack.TOO_FEW_NAMED: "“{said}” are too few.",
    TermsLack.TOO_MANY_NAMED: f"A glass has {MOST_KEYHOLDERS} keyholders at most.",
    TermsLack.SILENCE_IS_FOR_ONE: "With a silence one person opens alone: name one.",
    TermsLack.SILENCE_LENGTH: "“{said}” is no length for a silence: 1 hour to 30 days are possible.",
}
UNFIT = {
    Unfit.NOT_LISTED: "{name} is not on the list. /invite them first.",
    Unfit.SUSPENDED: "{name} is suspended. Resume them first.",
    Unfit.OWNER: "{name} is an owner, opens the door anyway, and is one of those who are asked.",
}
REFUSALS = {
    WhyNot.NOT_THEIRS: NONE_OF_YOURS,
    WhyNot.SUSPENDED: "⛔ You are suspended, so you cannot break this glass. Ask an owner.",
    WhyNot.BROKEN: "⛔ This glass is broken already, or nobody answers for it. An owner must renew it.",
    WhyNot.TOO_FEW: "⛔ There are not enough keyholders left who could agree. An owner must set up the glass anew.",
    WhyNot.LOCKED_DOWN: "🚨 This door is locked down, and only owners open it. No glass goes round that.",
    WhyNot.NO_DOOR: "⛔ The bot cannot open this door any more.",
    WhyNot.CLOCK_DOUBTED: "⛔ Telegram contradicts itself about the time, so nothing was done. Try again in a minute.",
    WhyNot.ALREADY: "This glass is being broken just now: look for the question in this chat.",
    WhyNot.TOO_OFTEN: "That was often enough for now. Please wait an hour, or call an owner.",
}


def terms(names: Sequence[str], votes_needed: int, silence: timedelta | None) -> str:
    """For a glass: "2 of Anna, Greta and Max", "Anna, after 12 hours without a word of any owner"."""
    if silence:
        return f"{_and(names)}, after {spell_duration(silence)} in which no owner says or does anything"
    return f"{votes_needed} of {_and(names)}"


def _terms(glass: Glass) -> str:
    return terms([one.name for one in glass.keyholders], glass.votes_needed, glass.silence)


def made(glass: Glass, locale: Locale) -> str:
    return (
        f"🔨 The glass of {locale.title(glass.door)} is set up: {_terms(glass)}.\n"
        "They are told. Breaking it is loud to everybody, opens the door once, and then you must renew it."
        f"{_factor(glass.door, locale)}"
    )


def _factor(name: str, locale: Locale) -> str:
    door = locale.doors.get(name)
    return f"\n{FACTOR}" if door and door.second_factor else ""


def listed(state: GlassState, number: int, locale: Locale) -> str:
    glass = state.glass
    line = f"{number}. <b>{locale.title(glass.door)}</b>: {_terms(glass)}. From {escape(glass.set_by_name)}."
    if not state.is_whole:
        return f"{line}\n   💥 Broken, or nobody answers for it: renew it."
    if not state.has_enough:
        able = _and([one.name for one in state.able]) or "nobody"
        return f"{line}\n   ⚠️ Only {able} could still agree: revoke it, and set it up anew."
    return line


def seen(signs: Iterable[OwnerSign], locale: Locale) -> str:
    said = [f"{escape(sign.name)} {locale.time(sign.at)}" for sign in signs]
    return f"Owners were last seen: {', '.join(said)}." if said else ""


def revoked(glass: Glass, locale: Locale) -> str:
    title = locale.title(glass.door)
    return f"🔨 The glass of {title} is revoked: {_terms(glass)}. Nobody opens by it any more, and they are told."


def restored(glass: Glass, locale: Locale) -> str:
    return f"🔨 The glass of {locale.title(glass.door)} is there again: {_terms(glass)}."


def renewed(glass: Glass, locale: Locale) -> str:
    return f"🔨 The glass of {locale.title(glass.door)} is whole again: {_terms(glass)}. They are told."


def lacking(error: NotTerms) -> str:
    return f"{LACKS[error.lack].format(said=escape(error.said))}\n{EXAMPLES}"


def nobody_called(name: str) -> str:
    return f"Nobody on the list is called “{escape(name[:40])}”. Nothing was done.\n{EXAMPLES}"


def unfit(name: str, why: Unfit) -> str:
    return UNFIT[why].format(name=escape(name))


def confirm(prospect: Prospect, glass: Glass, locale: Locale, *, seconds: float) -> str:
    chats = "every chat that is told of the doors" if prospect.chats > 1 else "the chat that is told of the doors"
    hearers = [*prospect.owners, *prospect.keyholders, *([chats] if prospect.chats else [])]
    return (
        f"🔨 Break the glass of {locale.title(glass.door)}?\n"
        f"It is told at once, with a sound and at any hour, to {_and(hearers)}. It stays in the journal.\n"
        f"{_what_follows(glass)}\nYou have {seconds:.0f} s to confirm."
    )


def _what_follows(glass: Glass) -> str:
    once = f"the door opens to you once, within {spell_duration(RIGHT_LASTS)}"
    if glass.silence:
        return (
            f"If no owner says or does anything for {spell_duration(glass.silence)}, {once}."
            " An owner can allow it sooner, or refuse."
        )
    return f"If {glass.votes_needed} of you agree within {spell_duration(PATIENCE)}, {once}. You are the first of them."


def begun(glass: Glass, locale: Locale) -> str:
    title = locale.title(glass.door)
    if glass.silence:
        return (
            f"🔨 Everybody is being told that you break the glass of {title}. If no owner says or does anything for"
            f" {spell_duration(glass.silence)}, you may open it once, and hear it here."
        )
    return (
        f"🔨 Everybody is being told that you break the glass of {title}. You are 1 of {glass.votes_needed}: the others"
        f" have {spell_duration(PATIENCE)}, and you hear it here."
    )


def changed(happened: GlassChanged, locale: Locale) -> str:
    silence = timedelta(minutes=happened.silence) if happened.silence else None
    which, by = locale.title(happened.door), escape(happened.by or "")
    factor = _factor(happened.door, locale)
    who_may = terms(happened.keyholders, happened.votes_needed, silence)
    match happened.change:
        case GlassChange.REVOKED:
            return f"🔨 {by} revoked the glass of {which}: {who_may}. It cannot be broken any more."
        case GlassChange.VOID:
            return f"🔨 The glass of {which} holds nothing until an owner renews it: {who_may}."
        case GlassChange.RENEWED:
            return f"🔨 {by} renewed the glass of {which}: {who_may}. /breakglass breaks it.{factor}"
    return (
        f"🔨 {by} set up a glass for {which}: {who_may}. It is for an emergency, and loud to everybody: /breakglass"
        f" breaks it.{factor}"
    )


def breaking(happened: GlassBreaking, locale: Locale) -> str:
    door, by, at = locale.title(happened.door), escape(happened.by or ""), locale.clock(happened.at)
    whom = "you" if happened.reader is GlassReader.OPENER else who(happened.of, happened.person)
    match happened.step:
        case GlassStep.ASKED:
            return (
                f"🔨 {who(happened.of, happened.person)} breaks the glass of {door} · {at}\n{_asks(happened, locale)}"
            )
        case GlassStep.AGREED:
            return f"🔨 {by} agrees that {whom} may open {door} · {at}\n{_asks(happened, locale)}"
        case GlassStep.OPENED:
            return f"🔨 The glass of {door} is broken · {at}\n{_why(happened)} {_may(happened, door, locale)}"
        case GlassStep.USED:
            return f"🔨 {_subject(happened)} used the broken glass of {door} · {at}\n{RENEW}"
        case GlassStep.REFUSED:
            return f"⛔ {by} refuses: {door} does not open to {whom} · {at}\nThe glass stays whole."
        case GlassStep.EXPIRED:
            return f"⏱ {EXPIRED[bool(happened.silence)].format(door=door)} · {at}\nThe glass stays whole."
        case GlassStep.OWNER_SEEN:
            return f"👋 {by} is there, so the glass of {door} stays whole · {at}\nAsk {by} to open it, or to allow it."
    return f"⛔ The glass of {door} could not be broken, as something has changed meanwhile · {at}"


RENEW = "An owner must renew the glass before it can be broken again: /breakglass."
EXPIRED = {
    False: "Too few agreed in time, and {door} stays as it is",
    True: "It is not sure that the owners were silent, and {door} stays as it is",
}


def _asks(happened: GlassBreaking, locale: Locale) -> str:
    whom = "you" if happened.reader is GlassReader.OPENER else escape(happened.of)
    until = locale.time(happened.ends_at) if happened.ends_at else ""
    if happened.silence:
        return f"If no owner says or does anything, the door opens to {whom} once, on {until} at the earliest."
    missing = happened.votes_needed - len(happened.agreed)
    more = "1 more keyholder has to agree" if missing == 1 else f"{missing} more keyholders have to agree"
    return f"{more} until {until}; then the door opens to {whom} once. So far: {_and(happened.agreed)}."


def _why(happened: GlassBreaking) -> str:
    # An owner's yes opens at once, however many keyholders agreed.
    if happened.by and happened.by not in happened.agreed:
        return f"{escape(happened.by)} allowed it."
    if happened.silence:
        return f"No owner said or did anything for {spell_duration(timedelta(minutes=happened.silence))}."
    return f"{_and(happened.agreed)} agreed."


def _may(happened: GlassBreaking, door: str, locale: Locale) -> str:
    until = f" until {locale.clock(happened.ends_at)}" if happened.ends_at else ""
    return f"{_subject(happened)} may open {door} once{until}.\n{RENEW}"


def _subject(happened: GlassBreaking) -> str:
    return "You" if happened.reader is GlassReader.OPENER else who(happened.of, happened.person)


def _and(names: Sequence[str]) -> str:
    *most, last = [escape(name) for name in names] or [""]
    return f"{', '.join(most)} and {last}" if most else last
