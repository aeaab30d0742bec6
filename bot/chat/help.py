"""/start and /help: only what this person can do."""

from collections.abc import Iterable

from bot.access import Action
from bot.chat import texts
from bot.chat.commands import Audience, Command
from bot.chat.context import ChatContext
from bot.chat.doors import mine


async def show_help(chat: ChatContext, commands: Iterable[Command]) -> None:
    rights = await chat.rights()
    usable = {action: mine(chat, rights, action) for action in Action}
    lines = [
        (command.usage, command.what)
        for command in commands
        if (command.audience is not Audience.OWNERS or chat.is_owner) and (not command.action or usable[command.action])
    ]
    doors = {door.name: door for doors in usable.values() for door in doors}
    await chat.say(texts.help_for(lines, doors.values()))
