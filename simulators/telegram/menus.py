"""Command menus: which commands a person is offered in a chat."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulators.telegram.parameters import Json, Parameters, bad_request
from simulators.telegram.values import TelegramChat

if TYPE_CHECKING:
    from simulators.telegram.simulator import TelegramSimulator

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
WIDE = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


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
    for scope in _scopes(telegram.chat(chat), person):
        for tongue in (language, ""):
            if commands := telegram.commands.get((scope, tongue)):
                return commands
    return []


def _scopes(chat: TelegramChat, person: int) -> Iterator[str]:
    if chat.person:
        yield from (f"chat {chat.id}", "all_private_chats", "default")
        return
    is_admin = person in chat.admins()
    yield f"chat_member {chat.id} {person}"
    if is_admin:
        yield f"chat_administrators {chat.id}"
    yield f"chat {chat.id}"
    if is_admin:
        yield "all_chat_administrators"
    yield from ("all_group_chats", "default")


def _key(telegram: "TelegramSimulator", params: Parameters) -> tuple[str, str]:
    scope = params.object("scope") or {"type": "default"}
    kind, language = Parameters(scope).text("type"), params.text("language_code")
    if kind in WIDE:
        return kind, language
    if kind not in {"chat", "chat_administrators", "chat_member"}:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = _chat(telegram, scope)
    if kind == "chat_member":
        person = Parameters(scope).integer("user_id")
        if person not in telegram.people:
            raise bad_request("user not found")
        return f"{kind} {chat} {person}", language
    return f"{kind} {chat}", language


def _chat(telegram: "TelegramSimulator", scope: Json) -> int:
    chat = Parameters(scope).integer("chat_id")
    if chat not in telegram.chats and chat not in telegram.people:
        raise bad_request("chat not found")
    return chat


def _command(command: Json) -> Json:
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", ""))
    if not COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
