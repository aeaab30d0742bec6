"""Less noise for a while: a chat is muted, or its notices are paused. And somebody takes on a fault."""

from dataclasses import replace
from datetime import UTC, datetime

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.button_data import PageTurn
from bot.chat.context import ChatContext
from bot.chat.handlers.notify import NOTIFY, subscribed
from bot.chat.notice_buttons import MUTE_OFF, Acknowledge, Mute
from bot.chat.render import labels
from bot.chat.render import notify as texts
from bot.domain.durations import parse_span
from bot.domain.notices import Group
from bot.domain.silences import Silence

PAUSE = "pause"
OFF = "off"


async def pause(chat: ChatContext) -> None:
    """/pause [2h|until fri 18:00|off]"""
    said = chat.words.strip()
    if said.casefold() == OFF:
        await _pause(chat, None)
    elif said:
        now = datetime.fromtimestamp(chat.asked_at, UTC)
        span = parse_span(said, now=now, zone=chat.services.zone)
        await _pause(chat, span.until or now + span.length)
    else:
        await _show_pause(chat)


async def press_pause(chat: ChatContext, argument: str) -> None:
    if argument == OFF:
        await _pause(chat, None)
    elif argument in list(Silence):
        await _pause(chat, _end(chat, Silence(argument)))
    else:
        await _show_pause(chat)


async def press_mute(chat: ChatContext, data: Mute) -> None:
    """From a notice it is asked for how long."""
    # In a message of its own: the notice must not be replaced by a question about its sound.
    if not data.choice:
        group = await subscribed(chat)
        await replace(chat, replaces=None).say(texts.ask_mute(_standing_mute(chat, group), chat.locale), _mute_rows())
        return
    group, now = await subscribed(chat), chat.services.clock.moment()
    until = None if data.choice == MUTE_OFF else _end(chat, Silence(data.choice))
    await chat.services.notices.subscriptions.mute(chat.rights, group, now, until=until)
    off = buttons.keyboard([buttons.data_row([(texts.MUTE_OFF, Mute(MUTE_OFF))])])
    await chat.say(texts.muted(until, chat.locale), off if until else None)


async def acknowledge(chat: ChatContext, data: Acknowledge) -> None:
    """Everybody who was told sees it, in the message that told them."""
    taken = await chat.services.notices.alerts.acknowledge(
        chat.rights, data.kind, data.door, chat.services.clock.moment(), by=chat.person_name,
        chat_id=chat.destination.chat_id,
    )  # fmt: skip
    chat.pop_up(texts.acknowledged(taken, chat.locale, by=chat.person_name))


async def _pause(chat: ChatContext, until: datetime | None) -> None:
    group, now = await subscribed(chat), chat.services.clock.moment()
    await chat.services.notices.subscriptions.pause(chat.rights, group, now, until=until)
    await _show_pause(chat)


async def _show_pause(chat: ChatContext) -> None:
    group, now = await subscribed(chat), chat.services.clock.datetime()
    until = group.paused_until if group.paused_until and group.paused_until > now else None
    if until:
        row = buttons.data_row([(texts.PAUSE_OFF, PageTurn(PAUSE, 0, OFF))])
    else:
        row = buttons.data_row([(texts.SILENCES[one], PageTurn(PAUSE, 0, one)) for one in Silence])
    back = buttons.view_row([(labels.BACK, NOTIFY, "")])
    await chat.say(texts.paused(until, chat.locale), buttons.keyboard([row, back]))


def _standing_mute(chat: ChatContext, group: Group) -> datetime | None:
    now = chat.services.clock.datetime()
    return group.muted_until if group.muted_until and group.muted_until > now else None


def _mute_rows() -> InlineKeyboardMarkup | None:
    return buttons.keyboard([buttons.data_row([(texts.SILENCES[one], Mute(one)) for one in Silence])])


def _end(chat: ChatContext, silence: Silence) -> datetime:
    return silence.ends_at(chat.services.clock.datetime(), chat.services.zone)
