"""Command menus: which commands a person is offered in a chat."""

import re
from collections.abc import Iterator

from bot.demo.telegram.records import Chat
from bot.demo.telegram.state import State
from bot.demo.telegram.wire import Json, Params, bad_request

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
WIDE = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


def set_my_commands(world: State, params: Params) -> bool:
    commands = params.array("commands")
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    world.notes.commands[_key(world, params)] = [_command(command) for command in commands]
    world.emit("commands", None)
    return True


def get_my_commands(world: State, params: Params) -> list[Json]:
    return world.notes.commands.get(_key(world, params), [])


def delete_my_commands(world: State, params: Params) -> bool:
    world.notes.commands.pop(_key(world, params), None)
    world.emit("commands", None)
    return True


def menu(world: State, chat: int, person: int) -> list[Json]:
    """The narrowest menu that says something, in the person's language if there is one."""
    language = world.person(person).language_code or ""
    for scope in _scopes(world.chat(chat), person):
        for tongue in (language, ""):
            if commands := world.notes.commands.get((scope, tongue)):
                return commands
    return []


def _scopes(chat: Chat, person: int) -> Iterator[str]:
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


def _key(world: State, params: Params) -> tuple[str, str]:
    scope = params.object("scope") or {"type": "default"}
    kind, language = Params(scope).text("type"), params.text("language_code")
    if kind in WIDE:
        return kind, language
    if kind not in {"chat", "chat_administrators", "chat_member"}:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = _chat(world, scope)
    if kind == "chat_member":
        person = Params(scope).integer("user_id")
        if person not in world.people:
            raise bad_request("user not found")
        return f"{kind} {chat} {person}", language
    return f"{kind} {chat}", language


def _chat(world: State, scope: Json) -> int:
    chat = Params(scope).integer("chat_id")
    if chat not in world.chats and chat not in world.people:
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
