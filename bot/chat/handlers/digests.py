"""/digest: once a day, at an hour, what there is to say."""

from telegram import InlineKeyboardMarkup

from bot.chat import buttons
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.notify import this_chat
from bot.chat.render import digest as texts
from bot.domain.daily import parse_minute
from bot.domain.schedules import NotHours
from bot.notices.digests import USUAL_MINUTE

DIGEST = "digest"
ON, OFF, NOW = "on", "off", "now"


async def digest(chat: ChatContext) -> None:
    """/digest [8:00|off]"""
    said = chat.words.strip().casefold()
    if said == OFF:
        await _turn_off(chat)
    elif said:
        await _turn_on(chat, _minute(said))
    else:
        await _show(chat)


async def press(chat: ChatContext, argument: str) -> None:
    if argument == ON:
        await _turn_on(chat, USUAL_MINUTE)
    elif argument == OFF:
        await _turn_off(chat)
    elif argument == NOW:
        await _preview(chat)
    else:
        await _show(chat)


async def _turn_on(chat: ChatContext, minute: int) -> None:
    services = chat.services
    await services.digests.turn_on(chat.rights, this_chat(chat), minute=minute, now=services.clock.moment())
    await _show(chat)


async def _turn_off(chat: ChatContext) -> None:
    place, now = chat.destination, chat.services.clock.moment()
    await chat.services.digests.turn_off(chat.rights, place.chat_id, place.thread_id, now=now)
    await _show(chat)


async def _show(chat: ChatContext) -> None:
    minute = await chat.services.digests.minute(chat.destination.chat_id, chat.destination.thread_id)
    await chat.say(texts.OFF if minute is None else texts.on(minute), _keyboard(minute))


async def _preview(chat: ChatContext) -> None:
    place = chat.destination
    found = await chat.services.digests.preview(place.chat_id, place.thread_id)
    minute = await chat.services.digests.minute(place.chat_id, place.thread_id)
    await chat.say(texts.NOTHING if found.says_nothing else texts.told(found, chat.locale), _keyboard(minute))


def _keyboard(minute: int | None) -> InlineKeyboardMarkup | None:
    turn = (texts.TURN_ON, DIGEST, ON) if minute is None else (texts.TURN_OFF, DIGEST, OFF)
    return buttons.keyboard([buttons.view_row([turn, (texts.SHOW, DIGEST, NOW)])])


def _minute(said: str) -> int:
    try:
        return parse_minute(said)
    except NotHours:
        raise NotUnderstood(texts.USAGE) from None
