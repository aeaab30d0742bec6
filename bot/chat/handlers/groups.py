"""/notify with its buttons, and what happens to groups: bots are removed, groups become supergroups."""

import re

from telegram import ChatMemberUpdated, InlineKeyboardMarkup, Message
from telegram.constants import ChatMemberStatus

from bot.chat import buttons
from bot.chat.context import ChatContext, NotUnderstood, Services
from bot.chat.render import groups as texts
from bot.chat.senders import sanitize_name
from bot.domain.notices import Group, Kind, QuietHours

GONE = {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}
NOTIFY = "notify"
ON, OFF, QUIET, NO_QUIET, PLUS, MINUS = "on", "off", "quiet", "noquiet", "+", "-"
NIGHT = QuietHours(22 * 60, 7 * 60)


async def notify(chat: ChatContext) -> None:
    """/notify [on|off|quiet 22-7]"""
    said = chat.words.strip().casefold()
    if said in (ON, OFF):
        await _switch(chat, is_on=said == ON)
    elif said.startswith(QUIET):
        await _choose_quiet(chat, said.removeprefix(QUIET).strip())
    else:
        await _show(chat, usage=texts.USAGE_NOTIFY)


async def press(chat: ChatContext, argument: str) -> None:
    """A button of /notify. Each says what is to be, not what is to change: a second press does nothing more."""
    sign, kind = argument[:1], argument[1:]
    if argument in (ON, OFF):
        await _switch(chat, is_on=argument == ON)
    elif argument in (QUIET, NO_QUIET):
        await _set_quiet(chat, NIGHT if argument == QUIET else None)
    elif sign in (PLUS, MINUS) and kind in list(Kind):
        group = await _subscribed(chat)
        kinds = group.kinds | {Kind(kind)} if sign == PLUS else group.kinds - {Kind(kind)}
        await _choose(chat, group, kinds, group.quiet)
    else:
        await _show(chat)


async def _switch(chat: ChatContext, *, is_on: bool) -> None:
    notices, place = chat.services.notices, chat.destination
    if is_on:
        await notices.subscribe(chat.rights, _group(chat))
        await chat.say(texts.ON, await _keyboard(chat))
    else:
        await notices.unsubscribe(place.chat_id, place.thread_id)
        await chat.say(texts.OFF, await _keyboard(chat))


async def _choose_quiet(chat: ChatContext, said: str) -> None:
    quiet = _read_hours(said)
    if quiet is None and said != OFF:
        raise NotUnderstood(texts.USAGE_QUIET)
    await _set_quiet(chat, quiet)


async def _set_quiet(chat: ChatContext, quiet: QuietHours | None) -> None:
    group = await _subscribed(chat)
    await _choose(chat, group, group.kinds, quiet)


async def _choose(chat: ChatContext, group: Group, kinds: frozenset[Kind], quiet: QuietHours | None) -> None:
    now = chat.services.clock.datetime()
    await chat.services.notices.choose(chat.rights, group, kinds=kinds, quiet=quiet, now=now)
    await _show(chat)


async def _show(chat: ChatContext, *, usage: str = "") -> None:
    group = await _find(chat)
    lines = [texts.ON, texts.chosen(group.kinds, group.quiet)] if group else [texts.OFF]
    await chat.say("\n".join(filter(None, [*lines, usage])), await _keyboard(chat))


async def _keyboard(chat: ChatContext) -> InlineKeyboardMarkup | None:
    group = await _find(chat)
    if group is None:
        return buttons.keyboard([buttons.view_row([(texts.TURN_ON, NOTIFY, ON)])])
    kinds = [
        (texts.label(kind, is_chosen=kind in group.kinds), NOTIFY, f"{MINUS if kind in group.kinds else PLUS}{kind}")
        for kind in Kind
    ]
    quiet = (texts.NO_QUIET_HOURS, NOTIFY, NO_QUIET) if group.quiet else (texts.quiet_label(NIGHT), NOTIFY, QUIET)
    last = [quiet, (texts.TURN_OFF, NOTIFY, OFF)]
    return buttons.keyboard([buttons.view_row(kinds[:3]), buttons.view_row(kinds[3:]), buttons.view_row(last)])


async def _find(chat: ChatContext) -> Group | None:
    return await chat.services.notices.subscription(chat.destination.chat_id, chat.destination.thread_id)


async def _subscribed(chat: ChatContext) -> Group:
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
    return QuietHours(minutes[0], minutes[1] % 1440) if is_right else None


def _group(chat: ChatContext) -> Group:
    message = chat.message or chat.pressed
    return Group(
        chat_id=chat.destination.chat_id,
        thread_id=chat.destination.thread_id,
        title=chat.person_name if chat.is_private or message is None else sanitize_name(message.chat.title),
        added_by=chat.person_id,
        added_at=chat.services.clock.datetime(),
    )


async def membership(services: Services, change: ChatMemberUpdated) -> None:
    """The bot was removed from a chat, or blocked by a person: nothing is written there any more."""
    if change.new_chat_member.status in GONE:
        await services.notices.gone(change.chat.id)


async def migrated(services: Services, message: Message) -> None:
    if message.migrate_to_chat_id:
        await services.notices.moved(message.chat.id, message.migrate_to_chat_id)
        await services.people.group_moved(message.chat.id, message.migrate_to_chat_id)


async def member_changed(services: Services, change: ChatMemberUpdated) -> None:
    """Somebody came or went: a right that members have begins or ends at once."""
    await services.people.member_changed(change.new_chat_member.user.id, change.chat.id)
