"""/set: doors that are named together, as "@ground"."""

import re

from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.render import questions
from bot.chat.render import sets as texts
from bot.domain.doors import NoSuchDoor, TwoReadings, find, nearest
from bot.domain.people import SET_SIGN

NAME = re.compile(r"[a-z0-9_]{1,20}")


async def define(chat: ChatContext) -> None:
    """/set [NAME [DOOR, DOOR …|none]]"""
    name, _, said = chat.words.removeprefix(SET_SIGN).casefold().partition(" ")
    if not name or not said.strip():
        await chat.say(texts.all_sets(chat.services.people.sets, chat.locale))
        return
    if not NAME.fullmatch(name):
        raise NotUnderstood(texts.USAGE_SET)
    doors = frozenset() if said.strip() == "none" else _doors(chat, said)
    await chat.services.people.save_set(caller=chat.person_id, name=name, doors=doors)
    await chat.say(texts.saved(name, doors, chat.locale))


def _doors(chat: ChatContext, said: str) -> frozenset[str]:
    """Names or titles with commas between them, or names alone with blanks."""
    known = list(chat.services.doors)
    parts = said.split(",") if "," in said else _split(chat, said)
    found = set()
    for part in filter(None, map(str.strip, parts)):
        try:
            found.add(find(part, known).name)
        except NoSuchDoor:
            raise NotUnderstood(questions.no_such_door(part, known, nearest(part, known))) from None
        except TwoReadings as error:
            raise NotUnderstood(questions.two_readings(error.readings)) from None
    return frozenset(found)


def _split(chat: ChatContext, said: str) -> list[str]:
    try:
        find(said, chat.services.doors)
    except (NoSuchDoor, TwoReadings):
        return said.split()
    return [said]
