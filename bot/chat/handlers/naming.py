"""Which door somebody means, among those they may use. One way for every command."""

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

from bot.chat import buttons
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.render import questions
from bot.chat.senders import sanitize_name
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Door, NoSuchDoor, TwoReadings, find, nearest, read_door
from bot.domain.policy import decide

T = TypeVar("T")
# A door that asks first, or for a code, is shown like any other: whoever wants it opened is told what to do.
THEIRS = (None, DenialReason.NEEDS_APPROVAL, DenialReason.NEEDS_SECOND_FACTOR)
# Longer than any door's. A name that fits no door is kept in the journal for good: uncut, one person could fill the
# disk with 700 MB a day.
LONGEST_NAME = 40


def permitted_doors(chat: ChatContext, action: Action) -> list[Door]:
    """The doors this caller has the right to: a courtesy, the decision is control's."""
    now = chat.services.clock.moment()
    doors = chat.services.doors
    return [door for door in doors if decide(chat.rights, door=door.name, action=action, now=now).reason in THEIRS]


def own_doors(chat: ChatContext) -> list[Door]:
    """The doors that the caller has a right to open, also one that does not hold at the moment."""
    now, rights = chat.services.clock.moment(), chat.rights
    verdicts = {door: decide(rights, door=door.name, action=Action.OPEN, now=now) for door in chat.services.doors}
    return [door for door, verdict in verdicts.items() if rights.is_owner or verdict.grant]


def doors_of_later(chat: ChatContext) -> list[tuple[Door, datetime]]:
    """The doors that open to the caller by themselves at a later time, the next one first."""
    now, rights = chat.services.clock.moment(), chat.rights
    verdicts = [(door, decide(rights, door=door.name, action=Action.OPEN, now=now)) for door in chat.services.doors]
    later = [(door, no.opens_at) for door, no in verdicts if no.opens_at and no.reason not in THEIRS]
    return sorted(later, key=itemgetter(1))


def usable_doors(chat: ChatContext, action: Action) -> list[Door]:
    """Of those the ones whose lock can do it."""
    # Every door has a state, were it that nobody can read it.
    return [door for door in permitted_doors(chat, action) if action is Action.STATUS or door.can(action)]


def permitted_door(chat: ChatContext, name: str, action: Action) -> Door | None:
    return next((door for door in permitted_doors(chat, action) if door.name == name), None)


def resolve_door(chat: ChatContext, said: str, action: Action) -> str:
    """The name of the door that is meant, or what was said, for control to refuse and to record."""
    try:
        return find(said, permitted_doors(chat, action)).name
    except NoSuchDoor:
        return unknown_name(said)
    except TwoReadings as error:
        raise NotUnderstood(questions.two_readings(error.readings)) from None


async def topic_door(chat: ChatContext) -> Door | None:
    """The door that the topic stands for in which this was said."""
    return await chat.services.topics.door_at(chat.destination.chat_id, chat.destination.thread_id)


def resolve_door_and_rest(text: str, doors: Iterable[Door], read: Callable[[str], T]) -> tuple[Door, T]:
    """The door, and what `read` makes of the words after it. Raises NoSuchDoor, and what `read` raises."""
    try:
        return read_door(text, doors, read)
    except TwoReadings as error:
        raise NotUnderstood(questions.two_readings(error.readings)) from None


def named_doors(chat: ChatContext, said: str) -> frozenset[str]:
    """Several of all doors, for owners: names or titles with commas between them, or names alone with blanks."""
    known = list(chat.services.doors)
    # Titles hold blanks, so only names can be told apart by them.
    parts = said.split(",") if "," in said else _split(said, known)
    found = set()
    for part in filter(None, map(str.strip, parts)):
        try:
            found.add(find(part, known).name)
        except NoSuchDoor:
            raise no_such_door(part, known) from None
        except TwoReadings as error:
            raise NotUnderstood(questions.two_readings(error.readings)) from None
    return frozenset(found)


def _split(said: str, known: Iterable[Door]) -> list[str]:
    try:
        find(said, known)
    except (NoSuchDoor, TwoReadings):
        return said.split()
    return [said]


def unknown_name(said: str) -> str:
    return sanitize_name(said.casefold(), longest=LONGEST_NAME)


def no_such_door(said: str, doors: Iterable[Door]) -> NotUnderstood:
    """`doors`: those this person may know of."""
    known = list(doors)
    return NotUnderstood(questions.no_such_door(said, known, nearest(said, known)))


def nothing(rest: str) -> None:
    """For `resolve_door_and_rest`, where only a door is said. Raises ValueError."""
    if rest:
        raise ValueError(rest)


def suggest(chat: ChatContext, said: str, action: Action) -> Content:
    """There is no such door; the nearest that the caller may use is offered as a button."""
    doors = usable_doors(chat, action)
    close = nearest(said, doors)
    rows = [buttons.door_row(close, action, is_menu=True)] if close else []
    return Content(questions.no_such_door(said, doors, close, action), buttons.keyboard(rows))
