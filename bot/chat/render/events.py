"""What the bot says unasked, to groups, owners and callers: one sentence a kind of event, made when it is delivered."""

from collections.abc import Sequence
from html import escape

from bot.chat.render import (
    alerts,
    approvals,
    arrivals,
    codes,
    digest,
    door_calls,
    glass,
    joining,
    lockdowns,
    panels,
    passes,
    refusals,
    rights,
    second_factor,
    space,
    topics,
    watching,
)
from bot.chat.render.locale import Locale
from bot.chat.render.outcomes import closes_after
from bot.chat.render.words import ASKED_TO, DOING, DONE, MAYBE, SIGN
from bot.domain.actions import MOVES, Action
from bot.domain.commands import Result
from bot.domain.events import (
    AboutRight,
    AlertAcknowledged,
    AlertEnded,
    AnotherBot,
    ApprovalAnswered,
    ApprovalAsked,
    ApprovalClosed,
    ArrivalChecked,
    ClockDoubted,
    CodesOutlive,
    CommandFinished,
    CommandInterrupted,
    DelayedReply,
    Digest,
    DoorCallClosed,
    DoorCalled,
    DoorCallEnded,
    DoorCallGoesOn,
    Event,
    GlassBreaking,
    GlassChanged,
    HeadTold,
    InvitationClaimed,
    JoinAccepted,
    JoinAnswered,
    JoinAsked,
    JoinRefused,
    LockdownBegan,
    LockdownEnded,
    LockEvent,
    NoticesStopped,
    PanelNotPinned,
    PassEnds,
    PassExtended,
    PassRevoked,
    PassUsed,
    PinEnds,
    PinMade,
    RecordsDoubted,
    RefusedTooOften,
    ReplyLost,
    RightsRestored,
    SecondFactorLocked,
    SecondFactorReset,
    SecondFactorSetUp,
    SpaceAsked,
    SpaceClosed,
    SpaceHeld,
    SpaceOpened,
    StandingChanged,
    Stopped,
    StrangersTurnedAway,
    TopicMade,
    TryRefused,
)


def event(happened: Event, locale: Locale) -> str:  # noqa: C901 - one line a kind
    if isinstance(happened, LockEvent):
        return watching.told(happened, locale)
    match happened:
        case CommandFinished():
            return _finished(happened, locale)
        case CommandInterrupted():
            return _interrupted(happened, locale)
        case Digest():
            return digest.told(happened, locale)
        case HeadTold():
            return digest.head_told(happened)
        case AlertAcknowledged():
            return alerts.acknowledged(happened, locale)
        case AlertEnded():
            return alerts.ended(happened, locale)
        case TryRefused():
            return refusals.refused(happened, locale)
        case StrangersTurnedAway():
            return refusals.strangers(happened, locale)
        case SpaceOpened():
            return space.opened(happened, locale)
        case SpaceAsked():
            return space.asked(happened, locale)
        case SpaceHeld():
            return space.held(happened, locale)
        case SpaceClosed():
            return space.closed(happened, locale)
        case PinMade():
            return _pin_made(happened, locale)
        case AboutRight():
            return rights.told(happened, locale)
        case StandingChanged():
            return rights.standing(happened)
        case RightsRestored():
            return rights.RESTORED
        case JoinAsked():
            return joining.asked(happened.by, happened.username, happened.person)
        case JoinAnswered():
            return joining.answered_by_another(happened, locale)
        case JoinAccepted():
            return joining.let_in(happened, locale)
        case JoinRefused():
            return joining.REFUSED
        case InvitationClaimed():
            return joining.came(happened, locale)
        case ApprovalAsked():
            return approvals.asked(happened, locale)
        case ApprovalAnswered():
            return approvals.answered(happened, locale)
        case ApprovalClosed():
            return approvals.closed(happened, locale)
        case GlassChanged():
            return glass.changed(happened, locale)
        case GlassBreaking():
            return glass.breaking(happened, locale)
        case DoorCalled():
            return door_calls.called(happened, locale)
        case DoorCallClosed():
            return door_calls.closed(happened, locale)
        case DoorCallGoesOn():
            return door_calls.goes_on(happened, locale)
        case DoorCallEnded():
            return door_calls.ended(happened, locale)
        case ArrivalChecked():
            return arrivals.checked(happened, locale)
        case PassUsed():
            return passes.used(happened, locale)
        case PinEnds():
            return codes.ends(happened, locale)
        case CodesOutlive():
            return codes.outlive(happened, locale)
        case PassEnds():
            return passes.ends(happened, locale)
        case PassExtended():
            return passes.told_extended(happened, locale)
        case PassRevoked():
            return passes.told_revoked(happened, locale)
        case SecondFactorSetUp():
            return second_factor.set_up(happened, locale)
        case SecondFactorReset():
            return second_factor.was_reset(happened, locale)
        case SecondFactorLocked():
            return second_factor.locked(happened, locale)
        case RefusedTooOften():
            return second_factor.refused_too_often(happened, locale)
        case LockdownBegan():
            return lockdowns.began(happened, locale)
        case LockdownEnded():
            return lockdowns.ended(happened, locale)
        case AnotherBot():
            return _another_bot(happened, locale)
        case ClockDoubted():
            return _clock_doubted(happened, locale)
        case RecordsDoubted():
            return _records_doubted(happened)
        case NoticesStopped():
            return f"🔕 {STOPPED[happened.why].format(chat=escape(happened.chat))} · {locale.clock(happened.at)}"
        case TopicMade():
            return topics.begins(happened, locale)
        case PanelNotPinned():
            return panels.NOT_PINNED
        case ReplyLost():
            # Not escaped: it is one of the bot's own sentences, with its marks.
            return f"📭 {escape(happened.by)} could not be told:\n{happened.text}"
        case DelayedReply():
            # What was seen "just now" was so when this was written, not when Telegram takes it at last.
            return f"{happened.text}\n(written {locale.time(happened.at)}, delivered late)"


SHOWN_OF_A_BURST = 5


# A gateway that comes and goes may make dozens: the first says when it began, the newest how it stands.
def merged(texts: Sequence[str]) -> str:
    """Several notices of one matter in one message: the first, the newest, and how many lie between."""
    if len(texts) <= SHOWN_OF_A_BURST:
        return "\n".join(texts)
    newest = SHOWN_OF_A_BURST - 1
    return "\n".join([texts[0], f"… {len(texts) - newest - 1} more …", *texts[-newest:]])


def _finished(happened: CommandFinished, locale: Locale) -> str:
    action, title, at = happened.action, locale.title(happened.door), locale.clock(happened.at)
    # People choose their names themselves, and could otherwise write links into everybody's notices.
    who, at = escape(happened.by), at + refusals.how(happened.how)
    if happened.result is Result.CONFIRMED:
        colon = "" if action in MOVES else ":"
        closes = closes_after(locale.doors.get(happened.door)) if action is Action.OPEN else ""
        return "\n".join(filter(None, [f"{SIGN[action]} {title}{colon} {DONE[action]} by {who} · {at}", closes]))
    if happened.result is Result.ACCEPTED:
        return f"📨 {title}: {who} {ASKED_TO[action]}; accepted, not confirmed · {at}"
    return f"⚠️ {title}: {who} {ASKED_TO[action]} and there was no clear answer · {at}\n{MAYBE[action]}"


def _interrupted(happened: CommandInterrupted, locale: Locale) -> str:
    doing = f"{DOING[happened.action]} for {escape(happened.by)}"
    return (
        f"⚠️ {locale.title(happened.door)}: the bot was stopped while {doing} ({locale.clock(happened.at)}), so the"
        f" outcome is unknown. {MAYBE[happened.action]}"
    )


def _pin_made(happened: PinMade, locale: Locale) -> str:
    asked = f", asked until {locale.time(happened.asked_until)}" if happened.asked_until else ""
    ends = f", valid until {locale.time(happened.ends_at)}" if happened.ends_at else ""
    revocable = "/pins revokes it." if happened.is_revocable else "It cannot be revoked from here."
    made = f"code made by {escape(happened.by)} · {locale.clock(happened.at)}"
    return f"🔑 {locale.title(happened.door)}: {made}{asked}{ends}. {revocable}"


def _another_bot(happened: AnotherBot, locale: Locale) -> str:
    at = locale.clock(happened.at)
    if happened.is_over:
        return f"✅ This bot gets its messages from Telegram again · {at}\nDoors can be opened again."
    return (
        f"⛔ Telegram says that another program asks for this bot's messages · {at}\n"
        "If a second copy runs with this token, stop it. No door is opened until the messages come here again."
    )


def _clock_doubted(happened: ClockDoubted, locale: Locale) -> str:
    at = locale.clock(happened.at)
    if happened.is_over:
        return f"✅ Telegram agrees with itself about the time again · {at}"
    return (
        f"⚠️ Telegram contradicts itself about the time · {at}\n"
        "Until that ends every command is asked about once more, and rights with an end may end earlier."
    )


def _records_doubted(happened: RecordsDoubted) -> str:
    # The differences are lines made by bot.access.record, and hold names that people chose.
    why = [LOSSES.get(happened.loss, escape(happened.loss))] if happened.loss else []
    why += [f"• {escape(line)}" for line in happened.differences]
    return "\n".join(["⛔ The people list may not be what owners made it, so no door is opened:", *why, LOOK_AT_LIST])


STOPPED = {
    Stopped.GONE: "The group “{chat}” is gone, or the bot is not in it any more: it gets no more notices",
    Stopped.FORBIDDEN: "The bot may not write in the group “{chat}”: its notices wait until an administrator allows it",
    Stopped.TOPIC_CLOSED: "The topic that is told of the doors in “{chat}” is closed: its notices wait",
    Stopped.TOPIC_DELETED: "The topic that was told of the doors in “{chat}” is deleted: it gets no more notices",
}
LOSSES = {
    "log missing": "The bot ended without closing its database, and the newest records are missing.",
    "replaced": "Another database lies where the bot's own was.",
}
LOOK_AT_LIST = "Look at /people, correct it, and confirm it with the button under it."
