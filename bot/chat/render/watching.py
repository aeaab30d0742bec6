"""What is told of locks and gateways: what was seen of them, and what they will need."""

from html import escape

from bot.chat.render import batteries
from bot.chat.render.denials import denial
from bot.chat.render.locale import Locale, spell_length
from bot.chat.render.outcomes import closes_after
from bot.chat.render.words import BOLT, NOTHING
from bot.domain.actions import Action
from bot.domain.batteries import Forecast
from bot.domain.events import (
    BatteryChanged,
    BatteryRunsLow,
    BoltChanged,
    DoorLeftOpen,
    FirmwareChanged,
    GatewayClockWrong,
    LeaveOpen,
    LeftOpenEnded,
    LockEvent,
    LockReachable,
    LockReminder,
    LockUnreachable,
    OpenLate,
)
from bot.domain.readings import Bolt

AFTER_RESTART = "Locks say so after a restart, as with new batteries. Look at the door, then open or close it once."


def told(happened: LockEvent, locale: Locale) -> str:  # noqa: C901 - one line a kind
    match happened:
        case BoltChanged():
            return _bolt(happened, locale)
        case LockUnreachable():
            return _unreachable(happened, locale)
        case LockReachable():
            return _reachable(happened, locale)
        case BatteryChanged():
            return _battery(happened, locale)
        case BatteryRunsLow():
            return _runs_low(happened, locale)
        case FirmwareChanged():
            return _firmware(happened, locale)
        case GatewayClockWrong():
            return _gateway_clock(happened, locale)
        case DoorLeftOpen():
            return _left_open(happened, locale)
        case LeftOpenEnded():
            length = spell_length(happened.at - happened.since)
            return f"🚪 {locale.title(happened.door)} was open for {length} and is closed · {locale.clock(happened.at)}"
        case OpenLate():
            return _open_late(happened, locale)
        case LeaveOpen():
            return (
                f"🚪 {locale.title(happened.door)} stays open, says {escape(happened.by)} · {locale.clock(happened.at)}"
            )
        case LockReminder():
            return f"🔧 {locale.title(happened.door)}: {locale.remark(happened.remark)}"


def _bolt(happened: BoltChanged, locale: Locale) -> str:
    title, at = locale.title(happened.door), locale.clock(happened.at)
    if happened.bolt is Bolt.JAMMED:
        return f"⚠️ {title}: the bolt is jammed · {at}"
    if happened.bolt is Bolt.UNKNOWN:
        return f"❔ {title}: the position of the bolt is unknown · {at}\n{AFTER_RESTART}"
    sign, word = BOLT[happened.bolt].split()
    # After, and not by: the command had no clear answer, and a hand may have turned the key as well.
    by = f"after {escape(happened.by)} asked for it" if happened.by else "not by the bot: by hand, key or another app"
    closes = closes_after(locale.doors.get(happened.door)) if happened.bolt is Bolt.UNLOCKED else ""
    return "\n".join(filter(None, [f"{sign} {title} is {word} · {at}\n({by})", closes]))


def _unreachable(happened: LockUnreachable, locale: Locale) -> str:
    doors, still = titles((happened.door, *happened.others), locale), "still " if happened.is_still else ""
    since = f", since {locale.time(happened.since)}" if happened.since else ""
    together = "\nThey share a connection, and none of them answers." if happened.others else ""
    return f"📡 {doors} {still}cannot be reached{since} · {locale.clock(happened.at)}\n" + (
        locale.remark(happened.problem) + together
    )


def _reachable(happened: LockReachable, locale: Locale) -> str:
    doors = titles((happened.door, *happened.others), locale)
    lines = [f"📡 {doors} can be reached again · {locale.clock(happened.at)}"]
    if happened.since:
        lines.append(f"Away for {spell_length(happened.at - happened.since)}.")
    for door, bolt in zip(happened.moved, happened.bolts, strict=True):
        sign, word = BOLT[bolt].split(maxsplit=1)
        lines.append(f"{sign} Meanwhile {locale.title(door)} changed: {word}")
    return "\n".join(lines)


def _left_open(happened: DoorLeftOpen, locale: Locale) -> str:
    length = spell_length(happened.at - happened.since)
    line = f"🚪 {locale.title(happened.door)} has been open for {length} · {locale.clock(happened.at)}"
    if not happened.is_not_closed:
        return line
    why = locale.remark(happened.problem) or denial(happened.reason, nothing=NOTHING[Action.CLOSE])
    return f"{line}\nIt could not be closed by itself, which is tried again in 5 minutes.\n{why}"


def _open_late(happened: OpenLate, locale: Locale) -> str:
    length = spell_length(happened.at - happened.since)
    door = locale.doors.get(happened.door)
    closes = f"\nThe house closes it at {door.close_at}." if door and door.close_at else ""
    return f"🌙 {locale.title(happened.door)} has been open for {length}. Shall it stay open?{closes}"


def _battery(happened: BatteryChanged, locale: Locale) -> str:
    title, at = locale.title(happened.door), locale.clock(happened.at)
    if happened.is_low:
        return f"🪫 {title}: battery at {happened.percent} %, change it soon · {at}"
    return f"🔋 {title}: battery at {happened.percent} % again · {at}"


def _runs_low(happened: BatteryRunsLow, locale: Locale) -> str:
    expected = Forecast(happened.percent_a_day, happened.low_at, happened.low_percent)
    left = batteries.left(expected, happened.at)
    return f"🪫 {locale.title(happened.door)}: battery {happened.percent} %, {left}"


def _firmware(happened: FirmwareChanged, locale: Locale) -> str:
    doors, at = titles((happened.door, *happened.others), locale), locale.clock(happened.at)
    whose = f"The gateway of {doors}" if happened.is_gateway else f"The lock of {doors}"
    return f"🔧 {whose} has new firmware: {escape(happened.now)}, before {escape(happened.was)} · {at}"


def _gateway_clock(happened: GatewayClockWrong, locale: Locale) -> str:
    doors, at = titles((happened.door, *happened.others), locale), locale.clock(happened.at)
    if happened.is_over:
        return f"⏰ The clock of the gateway of {doors} is right again · {at}"
    return (
        f"⏰ The clock of the gateway of {doors} is wrong, so it refuses commands · {at}\n"
        "It takes the time from the internet: see whether it is connected, then send"
        f" <code>/sync {happened.door}</code>."
    )


def titles(doors: tuple[str, ...], locale: Locale) -> str:
    """ "Front door, Garage and Garden shed" """
    *most, last = map(locale.title, doors)
    return f"{', '.join(most)} and {last}" if most else last
