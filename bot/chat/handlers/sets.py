"""/set: doors that are named together, as "@ground"."""

import re

from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.naming import named_doors
from bot.chat.render import sets as texts
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
    doors = frozenset() if said.strip() == "none" else named_doors(chat, said)
    await chat.services.people.save_set(caller=chat.person_id, name=name, doors=doors)
    await chat.say(texts.saved(name, doors, chat.locale))
