"""/notify with its buttons: what this chat is told, for every door or for one by itself."""

import re
from collections.abc import Iterator

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import AnyData, PageTurn
from bot.chat.buttons import Row
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.notice_buttons import Mute
from bot.chat.render import labels, questions
from bot.chat.render import notify as texts
from bot.chat.senders import sanitize_name
from bot.domain.doors import Door
from bot.domain.hearing import may_hear
from bot.domain.notices import FOR_EVERYBODY, OF_DOORS, Group, Kind, QuietHours

NOTIFY = "notify"
ON, OFF, QUIET, NO_QUIET, PLUS, MINUS = "on", "off", "quiet", "noquiet", "+", "-"
AT, LIKE_OTHERS = "@", "="
NIGHT = QuietHours(22 * 60, 7 * 60)
IN_A_ROW = 3


async def notify(chat: ChatContext) -> None:
    """/notify [on|off|quiet 22-7]"""
    said = chat.words.strip().casefold()
    if said in (ON, OFF):
        await _switch(chat, is_on=said == ON)
    elif said.startswith(QUIET):
        await _choose_quiet(chat, said.removeprefix(QUIET).strip())
    else:
        await show(chat, usage=texts.USAGE_NOTIFY)


async def press(chat: ChatContext, argument: str) -> None:
    # Each button says what is to be, not what is to change: a second press does nothing more.
    what, at, door = argument.partition(AT)
    if argument in (ON, OFF):
        await _switch(chat, is_on=argument == ON)
    elif argument in (QUIET, NO_QUIET):
        await _set_quiet(chat, NIGHT if argument == QUIET else None)
    elif at and not what:
        await (_show_door(chat, door) if door else _show_doors(chat))
    elif what == LIKE_OTHERS or what[1:] in list(Kind):
        await _choose(chat, what[:1], what[1:], door)
    else:
        await show(chat)


async def _switch(chat: ChatContext, *, is_on: bool) -> None:
    subscriptions, place = chat.services.notices.subscriptions, chat.destination
    if is_on:
        await subscriptions.turn_on(chat.rights, this_chat(chat))
        await show(chat)
    else:
        await subscriptions.unsubscribe(chat.rights, place.chat_id, place.thread_id, chat.services.clock.moment())
        await chat.say(texts.OFF, await _keyboard(chat))


async def _choose_quiet(chat: ChatContext, said: str) -> None:
    quiet = _read_hours(said)
    if quiet is None and said != OFF:
        raise NotUnderstood(texts.USAGE_QUIET)
    await _set_quiet(chat, quiet)


async def _set_quiet(chat: ChatContext, quiet: QuietHours | None) -> None:
    group, now = await subscribed(chat), chat.services.clock.moment()
    await chat.services.notices.subscriptions.choose(chat.rights, group, now, kinds=group.kinds, quiet=quiet)
    await show(chat)


async def _choose(chat: ChatContext, sign: str, kind: str, name: str) -> None:
    """A kind more or less, at one door or at all of them."""
    group, now = await subscribed(chat), chat.services.clock.moment()
    subscriptions, door = chat.services.notices.subscriptions, _door(chat, name) if name else None
    had = group.kinds_at(door.name) if door else group.kinds
    kinds = had if sign == LIKE_OTHERS else had | {Kind(kind)} if sign == PLUS else had - {Kind(kind)}
    if door is None:
        await subscriptions.choose(chat.rights, group, now, kinds=kinds, quiet=group.quiet)
        await show(chat)
    else:
        at_door = None if sign == LIKE_OTHERS else kinds
        await subscriptions.choose_at(chat.rights, group, now, door.name, kinds=at_door)
        await _show_door(chat, door.name)


async def show(chat: ChatContext, *, usage: str = "") -> None:
    group = await _find(chat)
    lines = [*_said(chat), texts.chosen(group, chat.services.clock.datetime(), chat.locale)] if group else [texts.OFF]
    await chat.say("\n".join(filter(None, [*lines, usage])), await _keyboard(chat))


def _said(chat: ChatContext) -> list[str]:
    """That notices are on, and in the private chat of somebody who is no owner of which doors."""
    # A group is told of every door, whoever asks there.
    return [texts.ON] if chat.is_owner or not chat.is_private else [texts.ON, texts.ONES_OWN]


async def _show_doors(chat: ChatContext) -> None:
    group = await subscribed(chat)
    rows = [buttons.view_row([(door.title, NOTIFY, f"{AT}{door.name}")]) for door in _doors(chat)]
    await chat.say(texts.per_door(group, chat.locale), buttons.keyboard([*rows, _back("")]))


async def _show_door(chat: ChatContext, name: str) -> None:
    group, door = await subscribed(chat), _door(chat, name)
    rows = list(_kind_rows(chat, group.kinds_at(door.name), OF_DOORS, f"{AT}{door.name}"))
    if door.name in group.doors:
        rows.append(buttons.view_row([(texts.LIKE_OTHERS, NOTIFY, f"{LIKE_OTHERS}{AT}{door.name}")]))
    await chat.say(texts.at_door(group, door.name, chat.locale), buttons.keyboard([*rows, _back(AT)]))


async def _keyboard(chat: ChatContext) -> InlineKeyboardMarkup | None:
    group = await _find(chat)
    if group is None:
        return buttons.keyboard([buttons.view_row([(texts.TURN_ON, NOTIFY, ON)])])
    quiet = (texts.NO_QUIET_HOURS, NOTIFY, NO_QUIET) if group.quiet else (texts.quiet_label(NIGHT), NOTIFY, QUIET)
    doors = [(texts.PER_DOOR, NOTIFY, AT)] if len(_doors(chat)) > 1 else []
    silence: list[tuple[str, AnyData]] = [(labels.MUTE, Mute()), (texts.PAUSE, PageTurn("pause", 0))]
    rows = _kind_rows(chat, group.kinds, frozenset(Kind), "")
    last = [buttons.data_row(silence), buttons.view_row([(texts.TURN_OFF, NOTIFY, OFF)])]
    return buttons.keyboard([*rows, buttons.view_row([quiet, *doors]), *last])


def _kind_rows(chat: ChatContext, chosen: frozenset[Kind], offered: frozenset[Kind], at: str) -> Iterator[Row]:
    may = offered if chat.is_owner else offered & FOR_EVERYBODY
    kinds = [
        (texts.label(kind, is_chosen=kind in chosen), NOTIFY, f"{MINUS if kind in chosen else PLUS}{kind}{at}")
        for kind in Kind
        if kind in may
    ]
    yield from (buttons.view_row(kinds[start : start + IN_A_ROW]) for start in range(0, len(kinds), IN_A_ROW))


def _back(argument: str) -> Row:
    return buttons.view_row([(labels.BACK, NOTIFY, argument)])


def _doors(chat: ChatContext) -> list[Door]:
    """Those that this person may hear of."""
    now = chat.services.clock.moment()
    return [door for door in chat.services.doors if may_hear(chat.rights, door.name, now)]


def _door(chat: ChatContext, name: str) -> Door:
    door = next((door for door in _doors(chat) if door.name == name), None)
    if door is None:
        raise NotUnderstood(questions.no_such_door(name, _doors(chat), None))
    return door


async def _find(chat: ChatContext) -> Group | None:
    return await chat.services.notices.subscriptions.find(chat.destination.chat_id, chat.destination.thread_id)


async def subscribed(chat: ChatContext) -> Group:
    group = await _find(chat)
    if group is None:
        raise NotUnderstood(texts.NOT_ON_YET)
    return group


def _read_hours(said: str) -> QuietHours | None:
    found = re.fullmatch(r"([0-9]{1,2})(?::([0-9]{2}))?\s*[-–]\s*([0-9]{1,2})(?::([0-9]{2}))?", said)
    if found is None:
        return None
    start, start_minute, end, end_minute = (int(part or 0) for part in found.groups())
    minutes = start * 60 + start_minute, end * 60 + end_minute
    is_right = start < 24 and end <= 24 and start_minute < 60 and end_minute < 60 and minutes[0] != minutes[1] % 1440
    # 24:00 is a way to write midnight. From an hour to the same hour says neither always nor never.
    return QuietHours(minutes[0], minutes[1] % 1440) if is_right else None


def this_chat(chat: ChatContext) -> Group:
    message = chat.message or chat.pressed
    return Group(
        chat_id=chat.destination.chat_id,
        thread_id=chat.destination.thread_id,
        title=chat.person_name if chat.is_private or message is None else sanitize_name(message.chat.title),
        added_by=chat.person_id,
        added_at=chat.services.clock.datetime(),
    )
