"""/start and /help: only what this person can do."""

from collections.abc import Iterable

from bot.chat.commands import Command
from bot.chat.context import ChatContext
from bot.chat.handlers.naming import usable_doors
from bot.chat.render.home import help_page
from bot.domain.actions import GRANTABLE, Action
from bot.domain.policy import ASKED_OF_GRANTS


async def show_help(chat: ChatContext, commands: Iterable[Command]) -> None:
    doors = {door.name: door for action in GRANTABLE for door in usable_doors(chat, action)}
    lines = [(command.usage, command.what) for command in commands if is_usable(chat, command)]
    await chat.say(help_page(lines, doors.values()))


def is_usable(chat: ChatContext, command: Command) -> bool:
    """Whether the command is of any use to this person: with a door that can do it, or as an owner."""
    action = command.action
    if action is None:
        return True
    if action in ASKED_OF_GRANTS or action is Action.SYNCHRONISE:
        return (chat.is_owner or not command.is_for_owners) and bool(usable_doors(chat, action))
    return chat.is_owner
