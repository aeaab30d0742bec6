"""/start, the home screen, and /help: only what this person can do."""

from collections.abc import Iterable

from bot.chat import button_data, buttons, paging
from bot.chat.buttons import Row
from bot.chat.commands import ChatCommand
from bot.chat.context import ChatContext
from bot.chat.courtesy import may
from bot.chat.handlers.glass import own_rows
from bot.chat.handlers.naming import doors_of_later, own_doors, usable_doors
from bot.chat.history_link import HistoryLink
from bot.chat.paging import Item
from bot.chat.render import home as texts
from bot.chat.render import labels, lockdowns, statuses
from bot.chat.telegram.sender import Content
from bot.domain.actions import GRANTABLE, Action
from bot.domain.commands import StatusResult
from bot.domain.doors import Door
from bot.domain.history import Question
from bot.domain.policy import ASKED_OF_GRANTS

HOME = button_data.HOME
INVITE, HELP = "invite", "help"


async def start(chat: ChatContext) -> None:
    """In private the home screen; in a group one line, as the rest is nobody else's business."""
    if chat.is_private:
        await show_home(chat)
    else:
        link = buttons.keyboard([buttons.link_row(labels.OPEN_PRIVATE_CHAT, f"{chat.bot.link}?start")])
        await chat.say(texts.in_group(chat.person_name), link)


async def show_home(chat: ChatContext, page: int = 0, argument: str = "", *, above: str = "") -> None:
    """A line and a row for each door, with what was last seen of it."""
    # Nothing is asked of the locks: radio costs their batteries.
    seen = {found.door.name: found for found in await chat.services.control.overview(chat.person_id) if found.door}
    openable = usable_doors(chat, Action.OPEN)
    doors = [door for door in chat.services.doors if door.name in seen or door in openable]
    items = [_door(chat, door, seen.get(door.name), can_open=door in openable) for door in doors]
    head = above or _greeting(chat, has_doors=bool(doors))
    names = {door.name for door in doors}
    # Only of doors that this person knows: a lockdown tells nobody that there is another one.
    alarms = [one for one in await chat.services.lockdowns.standing() if any(map(one.reaches, names))]
    head = "\n".join([head, *(lockdowns.standing(one, chat.locale) for one in alarms)])
    text, keyboard = paging.show(head, items, view=HOME, page=page)
    # Lists by their plain names: the files of some of them import this one.
    guests = buttons.view_row([(labels.GUESTS, "guests", "")]) if may(chat, Action.CHANGE_PEOPLE) else []
    stuck = buttons.stuck_row() if not chat.is_owner and own_doors(chat) else []
    last = buttons.view_row([(labels.NOTICES, "notify", ""), (labels.HELP, HELP, "")]) + buttons.home_row(
        labels.REFRESH
    )
    for row in filter(None, (stuck, *await own_rows(chat), guests, _rooms(chat), last)):
        keyboard = buttons.with_row(keyboard, row)
    await chat.reply().finish(Content(text, keyboard))


def _greeting(chat: ChatContext, *, has_doors: bool) -> str:
    later = texts.opens_later(doors_of_later(chat), chat.locale)
    return "\n".join(filter(None, [texts.greeting(chat.person_name, has_doors=has_doors), later]))


def _door(chat: ChatContext, door: Door, seen: StatusResult | None, *, can_open: bool) -> Item:
    text = statuses.status(seen, chat.locale, is_owner=chat.is_owner) if seen else ""
    state = labels.door_with_sign(door, seen) if seen and door.can(Action.STATUS) else ""
    return Item(text, buttons.door_at_home(door, state, can_open=can_open))


def _rooms(chat: ChatContext) -> Row:
    """What there is besides doors, as far as this person may use it."""
    rooms: list[tuple[str, str, str]] = []
    if chat.is_owner or usable_doors(chat, Action.PIN):
        rooms.append((labels.CODES, "pins", ""))
    rooms.append((labels.HISTORY, "h", HistoryLink(Question()).encode()))
    rooms.append((labels.PEOPLE, "people", "") if may(chat, Action.SEE_PEOPLE) else (labels.MY_RIGHTS, "whoami", ""))
    if may(chat, Action.CHANGE_PEOPLE):
        rooms.append((labels.INVITE, INVITE, ""))
    return buttons.view_row(rooms)


async def show_help(chat: ChatContext, commands: Iterable[ChatCommand]) -> None:
    doors = {door.name: door for action in GRANTABLE for door in usable_doors(chat, action)}
    usable = [one for one in commands if is_usable(chat, one) and (not one.offered_to or may(chat, one.offered_to))]
    is_own = not may(chat, Action.SEE_PEOPLE)
    lines = [((is_own and one.own_usage) or one.usage, one.what) for one in usable]
    await chat.say(texts.help_page(lines, doors.values()))


def is_usable(chat: ChatContext, command: ChatCommand) -> bool:
    """Whether the command is of any use to this person: with a door that can do it, or by their role."""
    action = command.action
    if action is None:
        return chat.services.space is not None or not command.is_of_space
    if action in ASKED_OF_GRANTS or action is Action.SYNCHRONISE:
        return (chat.is_owner or not command.is_for_owners) and bool(usable_doors(chat, action))
    return may(chat, action)
