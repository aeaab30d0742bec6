"""What a lock looks like, with the age of everything that was seen."""

from datetime import datetime

from bot.chat.render import batteries
from bot.chat.render import locale as written
from bot.chat.render.locale import Locale
from bot.chat.render.words import BOLT
from bot.domain.commands import DenialReason, StatusResult
from bot.domain.durations import spell_age
from bot.domain.readings import Reading, rssi_word

NOT_READABLE = "❔ this lock cannot be asked for its state."
NOT_SEEN_YET = "❔ not seen yet"
# Instead of what was seen before the command that had none.
UNCLEAR = "⚠️ there was no clear answer, <b>please check it</b>"
NOT_KEPT = "⚠️ The database refuses, so this is not kept."


def status(result: StatusResult, locale: Locale, *, is_owner: bool) -> str:
    if result.door is None:
        return ""
    name = written.title(result.door)
    if result.reason is DenialReason.UNSUPPORTED:
        return f"{name}: {NOT_READABLE}"
    lines = [f"{name}: {_seen(result, locale.now())}"]
    if result.problem:
        lines.append(f"⚠️ It could not be read just now: {locale.remark(result.problem)}")
        if is_owner and (fix := locale.fix(result.problem)):
            lines.append(f"🔧 {fix}")
    # The reading that is shown is older than these: without a word on it, it would pass for a fresh one.
    elif result.reading and result.reading.failures:
        lines.append(f"⚠️ Not reached for {result.reading.failures} tries: {locale.remark(result.reading.problem)}")
    if result.reason is DenialReason.NOT_RECORDED:
        lines.append(NOT_KEPT)
    if is_owner and result.detail:
        millivolts = f"Battery {result.reading.battery_mv} mV. " if result.reading and result.reading.battery_mv else ""
        lines.append(f"🔧 {millivolts}{locale.remark(result.detail)}")
    if result.forecast:
        lines.append(f"🔋 {batteries.left(result.forecast, locale.now()).capitalize()}")
    if result.every_seconds is not None:
        lines.append(f"⏱ Read every {written.seconds(result.every_seconds)}")
    return "\n".join(lines)


def _seen(result: StatusResult, now: datetime) -> str:
    seen = _reading(result.reading, now)
    return f"{UNCLEAR} · was {seen}" if result.is_unclear else seen


def _reading(reading: Reading | None, now: datetime) -> str:
    if reading is None or reading.read_at is None:
        return NOT_SEEN_YET
    parts = [f"{BOLT[reading.bolt]} · {spell_age(now - reading.read_at)}"]
    if reading.battery_percent is not None:
        sign = "🪫" if reading.announced.is_battery_low else "🔋"
        parts.append(f"{sign} {reading.battery_percent} %")
    if reading.rssi_dbm is not None:
        parts.append(f"📶 {rssi_word(reading.rssi_dbm)}")
    return " · ".join(parts)
