"""/whoami for everybody; /allow, /deny and /people for owners."""

from datetime import UTC, datetime, timedelta

from bot.access import GRANTABLE, Action, is_live
from bot.chat import buttons, people_texts, texts
from bot.chat.context import NOBODY, ChatContext, plain
from bot.doors import find
from bot.durations import NotADuration, join_length, parse_duration
from bot.outcomes import Reason
from storage.records import EVERY_DOOR

ROOM = 3500
"""Characters of a list that go into one message; Telegram takes 4096."""


class NotUnderstood(Exception):
    """The message is the sentence for the person."""


async def whoami(chat: ChatContext) -> None:
    house = chat.house
    rights = await chat.rights()
    text = people_texts.whoami(
        chat.person_id, chat.person_name, rights, house.titles, house.clock.datetime(), house.zone
    )
    await chat.say(text)


async def allow(chat: ChatContext) -> None:
    """/allow ID|reply door|* actions [DURATION]"""
    try:
        person_id, name, words = _person(chat, people_texts.WHAT_ALLOW_TAKES)
        words = join_length(words)
        length = _take_length(words)
        actions = _take_actions(words)
        door = _door(chat, words, people_texts.WHAT_ALLOW_TAKES)
        grant = await chat.house.people.allow(
            owner=chat.person_id,
            person_id=person_id,
            name=name,
            door=door,
            actions=actions,
            length=length,
            asked_at=datetime.fromtimestamp(chat.asked_at, UTC),
            update_key=chat.update_key,
        )
    except NotUnderstood as error:
        await chat.say(str(error))
        return
    house = chat.house
    rights, now = await house.people.rights(person_id), house.clock.datetime()
    name = rights.person.name if rights.person else name
    await chat.say(people_texts.allowed(name, person_id, grant, house.titles, now, house.zone))
    if is_live(grant, now):
        await house.notices.granted(grant, house.titles.get(door), at=now)


async def deny(chat: ChatContext) -> None:
    """/deny ID|reply [door]"""
    try:
        person_id, _, words = _person(chat, people_texts.WHAT_DENY_TAKES)
        door = _door(chat, words, people_texts.WHAT_DENY_TAKES) if words and words != [EVERY_DOOR] else None
    except NotUnderstood as error:
        await chat.say(str(error))
        return
    house = chat.house
    if person_id in house.people.owner_ids:
        await chat.say(people_texts.owners_keep(person_id))
        return
    taken = await house.people.deny(
        owner=chat.person_id, person_id=person_id, door=door, doors=house.titles, update_key=chat.update_key
    )
    title = house.titles.get(door) if door else None
    text = people_texts.denied_person(person_id, title) if taken else people_texts.nothing_to_deny(person_id)
    codes = [pin for pin in await house.control.live_pins(person_id) if door in (None, pin.door)]
    await chat.say(f"{text}\n{people_texts.CODES_LEFT}" if codes else text)


async def people(chat: ChatContext) -> None:
    """The list, always in private: it is nobody else's business."""
    house = chat.house
    blocks = people_texts.people(await house.people.entries(), house.titles, house.clock.datetime(), house.zone)
    pages = _pages(blocks)
    unconfirmed = Reason.LIST_UNCONFIRMED in house.control.holds
    for page in pages:
        answer, last = chat.privately(), page is pages[-1]
        await answer.finish(page, buttons.confirm_list() if last and unconfirmed else None)
    await chat.say_where(answer)


async def confirm_list(chat: ChatContext) -> None:
    """The button under a list that came back from a backup."""
    if not chat.is_owner:
        await chat.say(texts.OWNERS_ONLY)
        return
    await chat.house.control.confirm_list(chat.person_id)
    await chat.say(people_texts.LIST_CONFIRMED)


def _pages(blocks: list[str]) -> list[str]:
    pages = [""]
    for block in blocks:
        if pages[-1] and len(pages[-1]) + len(block) > ROOM:
            pages.append("")
        pages[-1] += ("\n" if pages[-1] else "") + block
    return pages if pages != [""] else [people_texts.NOBODY_ELSE]


def _person(chat: ChatContext, usage: str) -> tuple[int, str, list[str]]:
    """Whom it is about, by id or by the message that is answered; and the words that are left."""
    words = list(chat.args)
    if words and words[0].isascii() and words[0].removeprefix("-").isdigit():
        person_id, name = int(words.pop(0)), ""
    elif chat.message and chat.message.reply_to_message and not chat.message.reply_to_message.forum_topic_created:
        person = chat.message.reply_to_message.from_user
        if person is None or person.is_bot or chat.message.reply_to_message.sender_chat:
            raise NotUnderstood(people_texts.NOT_A_PERSON)
        person_id, name = person.id, plain(person.full_name)
    else:
        raise NotUnderstood(usage)
    if person_id in NOBODY or not 0 < person_id < 2**52:
        raise NotUnderstood(people_texts.NOT_A_PERSON)
    return person_id, name, words


def _take_length(words: list[str]) -> timedelta | None:
    """The time at the end, if there is one; what looks like one and is none is a mistake, not a door."""
    if not words or not words[-1][0].isdigit():
        return None
    try:
        return parse_duration(words.pop())
    except NotADuration as error:
        raise NotUnderstood(texts.wrong_length(error)) from None


def _take_actions(words: list[str]) -> set[Action]:
    taken: set[Action] = set()
    while words:
        named = [word for word in words[-1].lower().split(",") if word]
        if named == ["all"]:
            taken |= set(GRANTABLE)
        elif named and all(word in GRANTABLE for word in named):
            taken |= {Action(word) for word in named}
        else:
            break
        words.pop()
    if not taken:
        raise NotUnderstood(people_texts.WHAT_ALLOW_TAKES)
    return taken


def _door(chat: ChatContext, words: list[str], usage: str) -> str:
    text = " ".join(words)
    if not text:
        raise NotUnderstood(usage)
    if text == EVERY_DOOR:
        return EVERY_DOOR
    door = find(text, chat.house.doors)
    if door is None:
        raise NotUnderstood(texts.no_such_door(text, chat.house.doors, None))
    return door.name
