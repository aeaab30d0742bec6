"""Everything that knows Telegram; this page is its table of contents."""

from typing import Any

from telegram.ext import Application, CallbackQueryHandler, ChatMemberHandler, CommandHandler, MessageHandler, filters

from bot.access import Action
from bot.chat import doors, groups, help, people, pins, upkeep  # noqa: A004
from bot.chat.commands import Audience, Command
from bot.chat.context import ChatContext, House
from bot.chat.reception import Reception


async def _help(chat: ChatContext) -> None:
    await help.show_help(chat, COMMANDS)


COMMANDS = (
    Command(
        names=("open", "unlock"), usage="open [door]", what="open a door", answer=doors.open_door, action=Action.OPEN
    ),
    Command(
        names=("close", "lock"), usage="close [door]", what="close a door", answer=doors.close_door, action=Action.CLOSE
    ),
    Command(
        names=("status",), usage="status [door]", what="what the locks look like", answer=doors.status,
        action=Action.STATUS,
    ),
    Command(
        names=("pin",), usage="pin [door] 2h", what="a code for a door, told to you alone", answer=pins.make_pin,
        action=Action.PIN,
    ),
    Command(
        names=("pins",),
        usage="pins",
        what="codes that can be revoked",
        answer=pins.list_pins,
        action=Action.REVOKE,
    ),
    Command(names=("whoami",), usage="whoami", what="your id and your rights", answer=people.whoami),
    Command(names=("help", "start"), usage="help", what="this page", answer=_help),
    Command(
        names=("allow",), usage="allow 123456789 front open,close 3d", what="give a right", answer=people.allow,
        audience=Audience.OWNERS,
    ),
    Command(
        names=("deny",), usage="deny 123456789 [door]", what="take a right, or all of them", answer=people.deny,
        audience=Audience.OWNERS,
    ),
    Command(
        names=("people",), usage="people", what="who may do what", answer=people.people, audience=Audience.OWNERS,
    ),
    Command(
        names=("sync",), usage="sync [door]", what="bring lock, gateway and cloud in step", answer=upkeep.synchronise,
        audience=Audience.OWNERS,
    ),
    Command(
        names=("notify",), usage="notify on|off", what="tell this group about the doors", answer=groups.notify,
        audience=Audience.OWNERS,
    ),
)  # fmt: skip


def register(application: "Application[Any, Any, Any, Any, Any, Any]", house: House) -> Reception:
    """Wire every command and button. Only new messages count: an edit is no command."""
    desk = Reception(house)
    new = filters.UpdateType.MESSAGE
    for command in COMMANDS:
        application.add_handler(CommandHandler(command.names, desk.command(command), filters=new))
    application.add_handler(MessageHandler(new & filters.StatusUpdate.MIGRATE, desk.migrated))
    application.add_handler(MessageHandler(new & filters.ChatType.PRIVATE, desk.anything_else))
    application.add_handler(CallbackQueryHandler(desk.press))
    application.add_handler(ChatMemberHandler(desk.membership, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_error_handler(desk.failed)
    return desk
