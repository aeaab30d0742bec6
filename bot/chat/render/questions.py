"""What the bot says when it does not understand a name, a length of time or a command."""

from collections.abc import Iterable, Sequence
from html import escape

from bot.chat.render import locale as written
from bot.chat.render.words import USE
from bot.domain.actions import Action
from bot.domain.doors import Door
from bot.domain.durations import Fault, NotADuration

LENGTHS = "30m, 2h, 1h30m, 3d, 1w, until 18:00 or fri 18:00"
NOT_UNDERSTOOD = "That was not understood. /help shows what the bot can do for you."
DOORS_IN_A_MESSAGE = 10

_FAULTS = {
    Fault.UNREADABLE: "“{said}” is no time that the bot understands.",
    Fault.TOO_SHORT: "{said} is not possible: one minute is the shortest.",
    Fault.TOO_LONG: "{said} is not possible: a year is the longest.",
    Fault.PAST: "{said} is over already.",
}


def wrong_length(error: NotADuration, example: str) -> str:
    """`example`: the person's own words with a length that is understood."""
    if not error.said:
        return f"For how long? Write for example {example}. Times are {LENGTHS}."
    said = escape(error.said)
    return f"{_FAULTS[error.fault].format(said=said)} Write for example {example}. Times are {LENGTHS}."


def example(command: str, *words: str) -> str:
    return f"<code>/{escape(' '.join((command, *filter(None, words))))}</code>"


def role_usage(command: str, roles: Sequence[str]) -> str:
    named = ", ".join(roles)
    return f"Write it like this: {example(command, 'Anna')} or {example(command, 'Anna', roles[2])} ({named})."


def no_such_door(said: str, doors: Iterable[Door], suggestion: Door | None = None, action: Action | None = None) -> str:
    """`doors`: those the person may use, and nobody else's."""
    # What is said comes back shortened, here and below: a message may have 4096 letters.
    known = list(doors)
    if not known and action in USE:
        return no_door_for(action)
    names = ", ".join(map(_sayable, known[:DOORS_IN_A_MESSAGE]))
    more = f" and {len(known) - DOORS_IN_A_MESSAGE} more" if len(known) > DOORS_IN_A_MESSAGE else ""
    hint = f" Did you mean {written.title(suggestion)}?" if suggestion else ""
    use = f" that you may {USE[action]}" if action in USE else ""
    others = f"\nYou can say: {names}{more}." if known else ""
    return f"There is no door “{escape(said[:40])}”{use}.{hint}{others}"


def _sayable(door: Door) -> str:
    # "*" and "@ground" have no other title.
    name = f"<code>{door.name}</code>"
    return name if door.title == door.name else f"{escape(door.title)} ({name})"


def no_door_for(action: Action) -> str:
    return f"There is no door that you may {USE[action]} at the moment. /whoami shows your rights."


def two_readings(readings: Sequence[tuple[Door, str]]) -> str:
    meant = " or ".join(
        f"{written.title(door)} (<code>{door.name}</code>){f' and then “{escape(rest)}”' if rest else ''}"
        for door, rest in readings
    )
    return f"That can be read in two ways: {meant}. Nothing was done. Write the name in brackets."


def unknown_command(said: str, suggestion: str | None) -> str:
    hint = f" Did you mean /{suggestion}?" if suggestion else ""
    return f"There is no command /{escape(said[:32])}.{hint} /help shows what the bot can do for you."


def not_understood(suggestion: str | None) -> str:
    return f"That was not understood. Did you mean /{suggestion}?" if suggestion else NOT_UNDERSTOOD
