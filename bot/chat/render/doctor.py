"""What the doctor found, a line each, with what to do where something is wrong."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

from bot.chat.render import locale as written
from bot.chat.render.locale import Locale
from bot.domain.diagnoses import Diagnosis, Grade

SIGNS = {Grade.GOOD: "✅", Grade.WARNING: "⚠️", Grade.BAD: "❌"}
LOOKING = "🩺 Looking at everything …"


class Sentence(NamedTuple):
    """Both with `{name}` where a parameter goes, and with Telegram's marks."""

    text: str
    fix: str = ""


# Where a driver knows nothing better.
ADVICE = "See whether it has power, and whether this machine reaches it; then look again."
NO_ANSWER = "gave no answer within {seconds}."
SENTENCES = {
    "settings": Sentence("Settings: {doors}, {owners}, times in {zone}."),
    "settings.door": Sentence("“{title}”, driver {driver}; its settings are complete."),
    # Telegram
    "telegram.reached": Sentence("Telegram: this is @{username}."),
    "telegram.late": Sentence(f"Telegram {NO_ANSWER}", "See whether this machine reaches the internet."),
    "telegram.away": Sentence(
        "Telegram: it cannot be reached.", "See whether this machine reaches the internet, and check TELEGRAM_API_URL."
    ),
    "telegram.refused": Sentence("Telegram: it refuses to say who this bot is.", "Check TELEGRAM_API_URL."),
    "telegram.token": Sentence(
        "Telegram: it does not know TELEGRAM_TOKEN.",
        "Copy the token again from BotFather. If TELEGRAM_API_URL is set, see whether a Bot API server is there.",
    ),
    "switch.inline": Sentence(
        "Inline mode is on: anybody can ask the bot from any chat.", "BotFather: /setinline, then Turn off."
    ),
    "switch.guest": Sentence(
        "Guest mode is on: chats that the bot is not in can ask it.",
        "BotFather: open the bot, Bot Settings, turn guest mode off.",
    ),
    "switch.business": Sentence(
        "Business mode is on: people can let the bot read their private chats.",
        "BotFather: open the bot, Bot Settings, turn business mode off.",
    ),
    "switch.managed bots": Sentence(
        "The bot may manage other bots, which it never does.",
        "BotFather: open the bot, Bot Settings, turn managing bots off.",
    ),
    "switch.reads groups": Sentence(
        "Privacy mode is off: the bot is sent every message of its groups, and needs commands only.",
        # Telegram applies a change to groups that the bot joins afterwards.
        "BotFather: /setprivacy, then Enable; then take the bot out of each group and add it again.",
    ),
    # The running bot
    "bot.polls": Sentence("The bot runs; Telegram last completed a poll {seconds} ago."),
    "bot.starts": Sentence("The bot is starting; Telegram has completed no poll yet."),
    "bot.unwell": Sentence("The bot is not well: {says}.", "See the bot's log."),
    "bot.away": Sentence("{says}.", "Start it: latchkey run."),
    # Clocks
    "clock.right": Sentence("The clock of this machine is right."),
    "clock.ahead": Sentence(
        "The clock of this machine is {seconds} ahead of Telegram's time.", "Set it: timedatectl set-ntp true."
    ),
    "clock.behind": Sentence(
        "The clock of this machine is {seconds} behind Telegram's time.", "Set it: timedatectl set-ntp true."
    ),
    "clock.doubted": Sentence(
        "Telegram contradicts itself about the time, so commands are asked back.", "Wait: it ends by itself."
    ),
    # Groups
    "group.runs": Sentence("Group “{group}”: the bot is an administrator, so it is sent every message there."),
    "group.member": Sentence("Group “{group}”: the bot is a member."),
    "group.gone": Sentence(
        "Group “{group}”: the bot is not in it.", "Add it again, or take away what the group has: /notify off, /people."
    ),
    "group.unknown": Sentence("Group “{group}”: Telegram does not say what the bot may do there.", "Ask again later."),
    "group.late": Sentence(f"Of a group Telegram {NO_ANSWER}", "Ask again later."),
    "group.mute": Sentence(
        "Group “{group}”: the bot may not write there, so its notices wait.",
        "Let an administrator allow the bot to send messages.",
    ),
    "group.no_members": Sentence(
        "Group “{group}”: its members have rights here, and only an administrator is sure to be told who is a member.",
        "Make the bot an administrator of the group; it needs no right beside that.",
    ),
    "group.no_pin": Sentence(
        "Group “{group}”: the bot may not pin its panel.",
        "Make it an administrator with the right to pin messages, or pin the panel by hand.",
    ),
    # Gateways, clouds, locks
    "said": Sentence("{says}", "{advice}"),
    "peer.late": Sentence(
        f"Its gateway or cloud {NO_ANSWER}", "See whether it has power and network; restart it if it hangs."
    ),
    "peer.clock": Sentence(
        "The gateway's clock is wrong, so it refuses commands.",
        "It takes the time from the internet: see whether it is connected, then send /sync {door}.",
    ),
    "door.late": Sentence(f"The lock {NO_ANSWER}", "See whether its gateway has power and network."),
    "door.read": Sentence("Last read {age} ago{every}{battery}."),
    "door.unread": Sentence("It was not read yet.", "Ask /status {door}."),
    "door.old": Sentence("Last read {age} ago, which is too long.", "See the bot's log."),
    "door.away": Sentence("Not reached for {tries} tries. {says}", "{advice}"),
    "battery.low": Sentence("The battery is low: {percent} %.", "Change or charge it."),
    "battery.runs_low": Sentence("The battery will be low in about {days} days ({percent} % now).", "Have new ones."),
    # Records
    "database.none": Sentence("There is no database yet: the first start makes it."),
    "database.whole": Sentence("The database is whole."),
    "database.damaged": Sentence(
        "The database is damaged: {damage}.", "Put a backup back: latchkey restore FILE. Keep the damaged file."
    ),
    "database.bad": Sentence("{why}.", "If that stays so, put a backup back: latchkey restore FILE."),
    "database.old": Sentence("The database is of an older Latchkey.", "Start the bot once: it brings it up to date."),
    "database.late": Sentence(f"The database {NO_ANSWER}", "See whether the disk is well, or the journal very long."),
    "list.same": Sentence("The people list is what the journal says."),
    "list.differs": Sentence(
        "The people list is not what the journal says, in {count} place(s).",
        "latchkey journal verify names them. Look at /people, correct it and confirm it.",
    ),
    "factor.some": Sentence("A second factor is wanted. People who have set one up: {count}."),
    "factor.none": Sentence(
        "A second factor is wanted, and nobody has set one up: nobody can open then.",
        "Owners first: send /2fa in private.",
    ),
    "list.late": Sentence(f"The comparison of people list and journal {NO_ANSWER}", "Run latchkey journal verify."),
    "disk.commit": Sentence("A record is on disk after {milliseconds} ms."),
    "disk.slow": Sentence(
        # One before the command is sent, one with its outcome.
        "A record is on disk only after {milliseconds} ms, and doors wait for two.",
        "The disk is busy or wears out: move the database, or change the memory card.",
    ),
    "disk.free": Sentence("{megabytes} MB are free."),
    "disk.full": Sentence(
        "Only {megabytes} MB are free, and no door opens without a record.", "Make room, or set JOURNAL_KEEP_DAYS."
    ),
    "disk.bad": Sentence(
        "The disk of the database: {why}.", "See whether the folder is there, and may be written by the bot's user."
    ),
    "disk.late": Sentence(f"The disk of the database {NO_ANSWER}", "See whether it is well."),
    "files.private": Sentence("Only the bot's user can read database and settings."),
    "file.readable": Sentence("Others on this machine can read {file}.", "chmod 600 {file}"),
    "folder.writable": Sentence(
        "Others on this machine can put another database into {folder}.", "chmod go-w {folder}"
    ),
    "head": Sentence("Head of the journal: no. {number}, {hash}. Compare it with one that you kept."),
}


def report(found: Sequence[Diagnosis], locale: Locale) -> str:
    worst = [sum(one.grade is grade for one in found) for grade in (Grade.BAD, Grade.WARNING)]
    return "\n".join([f"🩺 <b>{_summary(*worst)}</b>", *lines(found, locale)])


def lines(found: Iterable[Diagnosis], locale: Locale) -> list[str]:
    return [line for one in found for line in _lines(one, locale)]


def _summary(bad: int, doubtful: int) -> str:
    if bad:
        return f"{bad} {'thing does' if bad == 1 else 'things do'} not work"
    if doubtful:
        return f"All works; {doubtful} {'thing' if doubtful == 1 else 'things'} to see to"
    return "All is well"


def _lines(one: Diagnosis, locale: Locale) -> list[str]:
    sentence = SENTENCES[one.code]
    known = {"every": "", "battery": "", **{name: _spelt(name, value) for name, value in one.parameters.items()}}
    known |= {"door": one.about[0] if one.about else ""}
    known |= {"says": locale.remark(one.remark), "advice": locale.fix(one.remark) or ADVICE} if one.remark else {}
    about = ", ".join(map(locale.title, one.about))
    text = f"{SIGNS[one.grade]} {f'{about}: ' if about else ''}{sentence.text.format_map(known)}"
    fix = "" if one.grade is Grade.GOOD else sentence.fix.format_map(known)
    return [text, f"      🔧 {fix}"] if fix else [text]


def _spelt(name: str, value: str | int) -> str:
    match name:
        case "age" | "seconds":
            return written.seconds(float(value))
        case "every":
            return f", now every {written.seconds(float(value))}"
        case "battery":
            return f", battery {value} %"
    return escape(str(value))
