"""/topics and /topic: topics that stand for a door."""

from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.naming import no_such_door
from bot.chat.handlers.notify import this_chat
from bot.chat.render import questions
from bot.chat.render import topics as texts
from bot.chat.telegram.errors import Obstacle
from bot.domain.doors import Door, NoSuchDoor, TwoReadings, find

OFF = "off"


async def make_topics(chat: ChatContext) -> None:
    """/topics"""
    made = await chat.services.topic_keeper.make(chat.rights, this_chat(chat), chat.services.doors)
    there = await chat.services.topics.of_chat(chat.destination.chat_id)
    lines = [texts.made(made.doors)] if made.doors else []
    if made.is_late:
        lines.append(texts.LATER)
    elif made.obstacle is Obstacle.NOT_ALLOWED:
        lines.append(texts.MAY_NOT)
    elif made.obstacle is Obstacle.NO_TOPICS:
        lines.append(texts.NO_TOPICS_IN_PRIVATE if chat.is_private else texts.NO_TOPICS)
    elif made.obstacle:
        lines.append(texts.REFUSED)
    elif not made.doors:
        lines.append(texts.all_there(door for door in chat.services.doors if door.name in there))
    await chat.say("\n".join(lines))


async def topic(chat: ChatContext) -> None:
    """/topic [DOOR|off]"""
    topics, place, said = chat.services.topics, chat.destination, chat.words.strip()
    # The general topic counts as none: Telegram refuses its number, so nothing could be told there in particular.
    if place.thread_id is None:
        raise NotUnderstood(texts.ONLY_IN_TOPICS)
    here = await topics.at(place.chat_id, place.thread_id)
    if said.casefold() == OFF and here:
        await topics.unbind(chat.rights, here, now=chat.services.clock.datetime())
        await chat.say(texts.ended(chat.locale.title(here.door)))
    elif not said or said.casefold() == OFF:
        door = next(iter(chat.services.doors))
        await chat.say(texts.stands_for(chat.locale.title(here.door)) if here else texts.stands_for_none(door))
    else:
        door = _named(chat, said)
        await topics.bind(chat.rights, this_chat(chat), door)
        await chat.say(texts.stands_for(chat.locale.title(door.name)))


def _named(chat: ChatContext, said: str) -> Door:
    known = list(chat.services.doors)
    try:
        return find(said, known)
    except NoSuchDoor:
        raise no_such_door(said, known) from None
    except TwoReadings as error:
        raise NotUnderstood(questions.two_readings(error.readings)) from None
