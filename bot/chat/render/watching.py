"""What is told of locks and gateways beside what their bolts do."""

from html import escape

from bot.chat.render import batteries
from bot.chat.render.locale import Locale
from bot.domain.batteries import Forecast
from bot.domain.events import BatteryRunsLow, FirmwareChanged, GatewayClockWrong


def runs_low(happened: BatteryRunsLow, locale: Locale) -> str:
    expected = Forecast(happened.percent_a_day, happened.low_at, happened.low_percent)
    left = batteries.left(expected, happened.at)
    return f"🪫 {locale.title(happened.door)}: battery {happened.percent} %, {left}"


def firmware(happened: FirmwareChanged, locale: Locale) -> str:
    doors, at = titles((happened.door, *happened.others), locale), locale.clock(happened.at)
    whose = f"The gateway of {doors}" if happened.is_gateway else f"The lock of {doors}"
    return f"🔧 {whose} has new firmware: {escape(happened.now)}, before {escape(happened.was)} · {at}"


def gateway_clock(happened: GatewayClockWrong, locale: Locale) -> str:
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
