"""/sync: what owners do for their locks from the chat."""

from dataclasses import replace

from bot.chat.context import ChatContext
from bot.chat.handlers.doors import operate
from bot.chat.handlers.naming import resolve_door, usable_doors
from bot.chat.render import questions
from bot.domain.actions import Action


async def synchronise(chat: ChatContext) -> None:
    """/sync [door]: without a name every door that has something to synchronise, one after the other."""
    doors = usable_doors(chat, Action.SYNCHRONISE)
    if chat.words:
        name = resolve_door(chat, chat.words, Action.SYNCHRONISE)
        await operate(chat, chat.request(Action.SYNCHRONISE, name), said=chat.words)
    elif not doors:
        await chat.say(questions.no_door_for(Action.SYNCHRONISE))
    for door in [] if chat.words else doors:
        request = chat.request(Action.SYNCHRONISE, door.name)
        # Each is a command of its own, and a key counts once.
        await operate(chat, replace(request, update_key=f"{chat.update_key}:{door.name}"))
