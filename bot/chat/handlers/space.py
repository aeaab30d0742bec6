"""/space and /closing: whether somebody is there, and what is to be done before everybody leaves."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import ButtonData
from bot.chat.buttons import Row
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.render import labels
from bot.chat.render import space as texts
from bot.chat.services import Services
from bot.chat.space_buttons import SPACE_CLOSE, SPACE_OPEN, ClosingTick, SpaceAnswer
from bot.domain.actions import Action
from bot.domain.events import Event, SpaceAsked, SpaceClosed
from bot.domain.hearing import may_hear
from bot.domain.spaces import STAYS, ClosingItem, read_items
from bot.space import Space

HERE, OFF = "here", "off"
SAID = {"open": SPACE_OPEN, "closed": SPACE_CLOSE, "close": SPACE_CLOSE}


async def space(chat: ChatContext) -> None:
    """/space [open|closed|here]"""
    said, found = chat.words.strip().casefold(), _space(chat)
    if said == HERE:
        place, now = chat.destination, chat.services.clock.moment()
        await found.ask_in(chat.rights, place.chat_id, place.thread_id, now=now)
        await chat.say(texts.ASKED_HERE)
    elif said in SAID:
        await _say(chat, found, SAID[said])
        await _show(chat, found)
    elif said:
        raise NotUnderstood(texts.USAGE)
    else:
        await _show(chat, found)


async def answer(chat: ChatContext, data: SpaceAnswer) -> None:
    """A button under the question, or one of /space: the message that asked changes by itself."""
    found = _space(chat)
    if data.what in STAYS:
        await _pop_up(chat, is_done=await found.stay(chat.rights, chat.person_name, data.what))
    # An old press would close a space in which people are by now.
    elif chat.is_late:
        await chat.refuse(texts.LATE)
    else:
        await _pop_up(chat, is_done=await _say(chat, found, data.what))
        if data.is_page and chat.replaces:
            await _show(chat, found)


async def closing(chat: ChatContext) -> None:
    """/closing [lights; windows; heater|off]"""
    found, now = _space(chat), chat.services.clock.moment()
    if chat.words.strip().casefold() == OFF:
        await found.set_items(chat.rights, [], now=now)
        await chat.say(texts.LIST_OFF)
        return
    if chat.words.strip():
        await found.set_items(chat.rights, _items(chat.words), now=now)
    items = await found.items()
    more = texts.HOW_TO_LIST if chat.is_owner else ""
    text = texts.closing_list(items) if items else texts.NO_LIST
    await chat.say("\n".join(filter(None, [text, more])), buttons.keyboard(_ticks(items)))


async def tick(chat: ChatContext, data: ClosingTick) -> None:
    """Whoever presses it did it; a second press says that it is not done after all."""
    found = _space(chat)
    await found.tick(chat.rights, data.number, chat.person_name if data.is_done else None)
    items = await found.items()
    # The list is everybody's, so it changes in the message that was pressed, whoever asked for that.
    is_list = chat.pressed is not None and buttons.has(chat.pressed.reply_markup, ClosingTick)
    shared = replace(chat, replaces=chat.pressed.message_id) if chat.pressed and is_list else chat
    await shared.say(texts.closing_list(items) if items else texts.NO_LIST, buttons.keyboard(_ticks(items)))


def keyboard(services: Services, event: Event) -> InlineKeyboardMarkup | None:
    """Under what is told of the space."""
    if isinstance(event, SpaceAsked):
        stay = [(label, SpaceAnswer(what)) for what, label in texts.STAYS.items()]
        return buttons.keyboard([buttons.data_row(stay), buttons.data_row([(texts.CLOSING, SpaceAnswer(SPACE_CLOSE))])])
    if isinstance(event, SpaceClosed):
        doors = [services.doors.get(name) for name in event.doors]
        close = [
            buttons.data_row([(labels.confirm(door, Action.CLOSE), ButtonData(Action.CLOSE, door.name))])
            for door in doors
            if door and door.can(Action.CLOSE)
        ]
        return buttons.keyboard([*close, *_ticks(event.items)])
    return None


async def _say(chat: ChatContext, found: Space, what: str) -> bool:
    act = found.open if what == SPACE_OPEN else found.close
    return await act(chat.rights, chat.person_name)


async def _pop_up(chat: ChatContext, *, is_done: bool) -> None:
    if is_done:
        chat.pop_up()
    else:
        await chat.refuse(texts.OVER)


async def _show(chat: ChatContext, found: Space) -> None:
    state, now = await found.state(), chat.services.clock.moment()
    doors = [door for door in await found.open_doors() if may_hear(chat.rights, door, now)]
    # Which door stands open is told to those only who may see it.
    if state.door and not may_hear(chat.rights, state.door, now):
        state = replace(state, door=None)
    label, what = (texts.CLOSING, SPACE_CLOSE) if state.is_open else (texts.OPENING, SPACE_OPEN)
    text = texts.page(found.profile.name, state, doors, chat.locale)
    await chat.say(text, buttons.keyboard([buttons.data_row([(label, SpaceAnswer(what, is_page=True))])]))


def _ticks(items: Sequence[ClosingItem]) -> list[Row]:
    # One below the other: fingers are broad.
    return [
        buttons.data_row([(texts.item_label(item), ClosingTick(item.number, is_done=not item.done_by))])
        for item in items
    ]


def _items(words: str) -> list[str]:
    try:
        return read_items(words)
    except ValueError:
        raise NotUnderstood(texts.TOO_MUCH) from None


def _space(chat: ChatContext) -> Space:
    if chat.services.space is None:
        raise NotUnderstood(texts.NO_SPACE)
    return chat.services.space
