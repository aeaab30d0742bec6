"""/sync: what owners do for their locks from the chat."""

from dataclasses import replace

from bot.chat.context import ChatContext
from bot.chat.handlers.answering import send_denial
from bot.chat.handlers.naming import permitted_door, resolve_door, usable_doors
from bot.chat.render import outcomes, questions
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.commands import Finished
from bot.domain.doors import Door


async def synchronise(chat: ChatContext) -> None:
    """/sync [door]: without a name every door that has something to synchronise, one after the other."""
    if not chat.words:
        await _synchronise(chat, usable_doors(chat, Action.SYNCHRONISE))
        return
    name = resolve_door(chat, chat.words, Action.SYNCHRONISE)
    if door := permitted_door(chat, name, Action.SYNCHRONISE):
        await _synchronise(chat, [door])
    elif refusal := await _ask(chat, name):
        await send_denial(chat, refusal, said=chat.words)


async def _synchronise(chat: ChatContext, doors: list[Door]) -> None:
    reply, lines = chat.reply(), list[str]()
    # A lock takes seconds to synchronise, and this person may want a door meanwhile.
    chat.release_turn()
    for door in doors:
        reply.show(Content("\n".join([*lines, outcomes.sent(door, Action.SYNCHRONISE)])))
        if finished := await _ask(chat, door.name):
            lines.append(outcomes.outcome(finished, chat.locale, is_owner=chat.is_owner))
    await reply.finish(Content("\n".join(lines) or questions.no_door_for(Action.SYNCHRONISE)))


async def _ask(chat: ChatContext, name: str) -> Finished | None:
    # Each is a command of its own, and a key counts once.
    request = replace(chat.request(Action.SYNCHRONISE, name), update_key=f"{chat.update_key}:{name}")
    async for progress in chat.services.control.operate(request):
        if isinstance(progress, Finished):
            return progress
    return None
