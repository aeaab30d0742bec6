"""Command menus: which commands a person is offered in a chat."""

import re
from typing import TYPE_CHECKING

from simulators.telegram.parameters import Json, Parameters, bad_request

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
# Administrators and single members can have menus too; the bot makes none.
WIDE = {"default", "all_private_chats", "all_group_chats"}


def set_my_commands(telegram: "TelegramSimulator", params: Parameters) -> bool:
    commands = params.array("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    telegram.commands[_key(telegram, params)] = [_command(command) for command in commands]
    telegram.log.event(None, "commands")
    return True


def menu(telegram: "TelegramSimulator", chat: int, person: int) -> list[Json]:
    """The narrowest menu that says something, in the person's language if there is one."""
    language = telegram.person(person).language_code or ""
    everywhere = "all_private_chats" if telegram.chat(chat).person else "all_group_chats"
    menus = (
        telegram.commands.get((scope, tongue))
        for scope in (f"chat {chat}", everywhere, "default")
        for tongue in (language, "")
    )
    return next(filter(None, menus), [])


def _key(telegram: "TelegramSimulator", params: Parameters) -> tuple[str, str]:
    scope = Parameters(params.object("scope") or {"type": "default"})
    kind, language = scope.text("type"), params.text("language_code")
    if kind in WIDE:
        return kind, language
    if kind != "chat":
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = scope.integer("chat_id")
    if chat not in telegram.chats and chat not in telegram.people:
        raise bad_request("chat not found")
    return f"chat {chat}", language


def _command(command: Json) -> Json:
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", ""))
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
