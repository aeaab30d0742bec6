"""Before a guest comes: a green tick, or what to mend now."""

from html import escape

from bot.chat.render.locale import Locale
from bot.domain.arrivals import Defect, ToMend
from bot.domain.events import ArrivalChecked

LOOKING = "Looking…"
WRONG = {
    Defect.UNREACHABLE: "the lock cannot be reached. {problem}",
    Defect.JAMMED: "the bolt is jammed.",
    Defect.BATTERY_LOW: "the battery is low ({percent} %).",
    Defect.BATTERY_ENDS: "the battery has {percent} %, and at its pace is low {at}, before the pass ends.",
    Defect.CODE_MISSING: "the lock does not have the code of the pass.",
    Defect.CODE_REVOKED: "the code of the pass was asked to be revoked.",
    Defect.CODE_UNSEEN: "the lock system does not say whether it has the code of the pass.",
    Defect.LOCK_WANTS: "{problem}",
    Defect.GATEWAY_CLOCK: "the gateway's clock is wrong, so codes may begin and end at other hours.",
    Defect.BOT_CLOCK: "The bot's own clock is in doubt.",
    Defect.SHUT: "The bot moves no door until an owner has confirmed the people list.",
}
MEND = {
    Defect.UNREACHABLE: "Look whether gateway and network have power, and whether the lock has. Then check again.",
    Defect.JAMMED: "Open and close it once, with the bot or by hand, and look what the bolt rubs on.",
    Defect.BATTERY_LOW: "Change the battery before the guest comes.",
    Defect.BATTERY_ENDS: "Change the battery before the guest comes, or have a spare one ready.",
    Defect.CODE_MISSING: "Revoke it in /pins and make a new one: /guests.",
    Defect.CODE_REVOKED: "Make a new one: /guests.",
    Defect.CODE_UNSEEN: "Check again later, or try the code yourself.",
    Defect.GATEWAY_CLOCK: "The gateway sets its clock over the internet: is it connected? Then /sync.",
    Defect.BOT_CLOCK: "It usually mends itself within minutes. Check again then.",
    Defect.SHUT: "Look at /people and confirm it.",
}


def checked(happened: ArrivalChecked, locale: Locale) -> str:
    doors = ", ".join(map(locale.title, happened.doors))
    comes = f"{escape(happened.label)} comes {locale.time(happened.starts_at)}"
    if happened.starts_at <= happened.at:
        comes = f"{escape(happened.label)} can come now"
    if happened.to_mend:
        lines = [f"🛠 <b>Mend this now</b>: {comes}, {doors}."]
        lines += [_to_mend(one, locale) for one in happened.to_mend]
    else:
        lines = [f"✅ Ready: {comes}, {doors}. {_all_well(happened)}"]
    lines += [f"{locale.title(door)}: this lock cannot be asked how it is." for door in happened.unread]
    lines += [
        f"{locale.title(door)}: no code was made; the guest opens it with the bot." for door in happened.without_code
    ]
    return "\n".join(lines)


def _all_well(happened: ArrivalChecked) -> str:
    # Of a lock that cannot be asked it is not said that it was looked at.
    return "Nothing speaks against it." if happened.unread else "Lock, battery and clock were looked at just now."


def _to_mend(one: ToMend, locale: Locale) -> str:
    at = locale.time(one.at) if one.at else ""
    wrong = WRONG[one.defect].format(problem=locale.remark(one.problem), percent=one.percent, at=at).strip()
    mend = MEND.get(one.defect)
    door = f"{locale.title(one.door)}: " if one.door else ""
    return f"• {door}{wrong}" + (f"\n  → {mend}" if mend else "")
