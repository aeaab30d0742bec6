"""/sync: what owners do for their locks from the chat."""

from bot.chat import texts
from bot.chat.context import ChatContext
from bot.chat.turns import end_turn
from bot.doors import find, nearest
from bot.drivers.base import Capability


async def synchronise(chat: ChatContext) -> None:
    """/sync [door]: without a name every door that has something to synchronise, one after the other."""
    doors = [door for door in chat.house.doors if Capability.SYNC in door.driver.capabilities]
    if chat.args:
        said = " ".join(chat.args)
        door = find(said, doors)
        if door is None:
            await chat.say(texts.no_such_door(said, doors, nearest(said, doors)))
            return
        doors = [door]
    answer = chat.answer()
    lines: list[str] = []
    end_turn()
    for door in doors:
        answer.show("\n".join([*lines, texts.synchronising(door)]))
        lines.append(texts.synchronised(door.title, await chat.house.control.synchronise(chat.ask(door.name), door)))
    await answer.finish("\n".join(lines) or texts.NOTHING_TO_SYNC)
