"""/grant: a right as one line, for a person or for the members of a Telegram group."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from telegram.error import TelegramError

from bot.access.register import knows_door
from bot.access.telling import about
from bot.chat import buttons
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.directory import has_met
from bot.chat.handlers.choosing_person import resolve_person
from bot.chat.handlers.confirming import request_confirmation
from bot.chat.handlers.naming import no_such_door, resolve_door_and_rest
from bot.chat.render import events, labels, questions
from bot.chat.render import people as people_texts
from bot.chat.render import rights as texts
from bot.chat.senders import sanitize_name
from bot.chat.telegram.memberships import runs_group
from bot.chat.telegram.sender import Content
from bot.domain.doors import Capability, Door, NoSuchDoor, key_of
from bot.domain.durations import NotADuration
from bot.domain.events import RightGiven
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant, Rights
from bot.domain.schedules import NotHours
from bot.domain.wishes import NotAWish, Wish, WishLack, actions_of, parse_wish

MEMBERS = "members"
# Comes back from Telegram with the group; those of people are small.
GROUP_REQUEST = 1000


async def grant(chat: ChatContext) -> None:
    """/grant PERSON|members DOOR ACTIONS [from …] [until …|LENGTH] [HOURS] [xN] [asks] [2fa]"""
    first, _, rest = chat.words.partition(" ")
    if key_of(first) == MEMBERS:
        await _grant_members(chat, rest)
        return
    chosen = await resolve_person(chat, texts.USAGE_GRANT)
    door, wish = _door_and_wish(chat, chosen.words)
    wanted = _grant(chat, wish, door, person_id=chosen.id)
    give = partial(_give, wanted=wanted, name=chosen.name)
    # A number that nobody knows may be mistyped, and would then let in a person whom nobody meant.
    if chosen.name or (await chat.services.people.rights(chosen.id)).known or await has_met(chat.bot, chosen.id):
        await give(chat)
    else:
        text = people_texts.allow_unmet(chosen.id, seconds=chat.services.confirmations.seconds)
        await request_confirmation(chat, text, labels.confirm_person(chosen.id), give)


async def _give(chat: ChatContext, *, wanted: Grant, name: str) -> None:
    people, person_id = chat.services.people, wanted.person_id or 0
    async with people.undos.recording(chat.person_id, person_id) as made:
        given = await people.give(caller=chat.person_id, grant=wanted, name=name, update_key=chat.update_key)
    rights = await people.rights(person_id)
    others = [one for one in rights.grants if one.door == given.grant.door and one.id != given.grant.id]
    live = [one for one in others if one.chat_id is None and not one.has_ended(chat.services.clock.datetime())]
    lines = [texts.granted(rights.person.name if rights.person else name, given.grant, live, chat.locale)]
    is_over = given.grant.has_ended(chat.services.clock.datetime())
    if not is_over and not await _tell(chat, person_id, given.grant):
        lines.append(people_texts.not_told(chat.bot.link))
    await chat.say("\n".join(lines), buttons.undo(made.token))


async def _tell(chat: ChatContext, person_id: int, given: Grant) -> bool:
    """Whether the person could be told of the new right."""
    reply = chat.message_to(person_id)
    await reply.finish(Content(events.event(about(RightGiven, given), chat.locale)))
    return reply.is_delivered


async def _grant_members(chat: ChatContext, words: str) -> None:
    """In a group its own members; in private the group is chosen from Telegram's list."""
    door, wish = _door_and_wish(chat, words)
    wanted = _grant(chat, wish, door, chat_id=chat.destination.chat_id)
    if chat.is_private:
        chat.services.wishes[chat.person_id] = wanted
        await chat.say(texts.WHICH_GROUP, buttons.group_picker(labels.CHOOSE_GROUP, GROUP_REQUEST))
    else:
        await _ask_for_members(chat, wanted, texts.THIS_GROUP)


async def group_picked(chat: ChatContext) -> None:
    """A group from Telegram's list."""
    shared = chat.message.chat_shared if chat.message else None
    wanted = chat.services.wishes.pop(chat.person_id, None)
    # The wish is kept in memory only: after a restart it is said anew.
    if shared is None or wanted is None or shared.chat_id >= 0:
        raise NotUnderstood(texts.NO_GROUP)
    group = sanitize_name(await title_of(chat, shared.chat_id))
    await _ask_for_members(chat, replace(wanted, chat_id=shared.chat_id), group)


async def _ask_for_members(chat: ChatContext, wanted: Grant, group: str) -> None:
    text = texts.for_members(group, wanted, chat.locale)
    # Telegram need not tell who is in a group to a bot that is no administrator there.
    if not await runs_group(chat.bot, wanted.chat_id or 0):
        text = f"{text}\n{texts.NOT_ADMIN}"
    await request_confirmation(chat, text, labels.LET_MEMBERS_IN, partial(_give_members, wanted=wanted, group=group))


async def _give_members(chat: ChatContext, *, wanted: Grant, group: str) -> None:
    people = chat.services.people
    async with people.undos.recording(chat.person_id, wanted.chat_id or 0) as made:
        given = await people.give(caller=chat.person_id, grant=wanted, update_key=chat.update_key)
    await chat.say(texts.given_to_members(group, given.grant, chat.locale), buttons.undo(made.token))


async def title_of(chat: ChatContext, chat_id: int) -> str:
    """How the group is called today; its number where Telegram does not say."""
    try:
        return (await chat.bot.get_chat(chat_id)).title or str(chat_id)
    except TelegramError:
        return str(chat_id)


def _grant(
    chat: ChatContext, wish: Wish, door: str, *, person_id: int | None = None, chat_id: int | None = None
) -> Grant:
    return Grant(
        id=0,
        person_id=person_id,
        chat_id=chat_id,
        door=door,
        actions=wish.actions,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        hours=wish.hours,
        uses_left=wish.uses,
        asks_first=wish.asks_first,
        needs_second_factor=wish.needs_second_factor,
        granted_by=chat.person_id,
        granted_at=chat.services.clock.datetime(),
    )


def _door_and_wish(chat: ChatContext, words: str) -> tuple[str, Wish]:
    """Raises NotUnderstood with the person's own words put right."""
    doors = grantable_doors(chat)
    try:
        door, wish = resolve_door_and_rest(words, doors, partial(_read_wish, chat))
    except NoSuchDoor as nowhere:
        # "/grant Max open" names no door at all.
        is_door = nowhere.said and not actions_of(nowhere.said)
        raise (no_such_door(nowhere.said, doors) if is_door else NotUnderstood(texts.USAGE_GRANT)) from None
    except NotAWish as error:
        good = texts.GOOD_USES if error.lack is WishLack.USES else texts.GOOD
        raise NotUnderstood(texts.not_a_wish(error, _example(chat, error.said, good))) from None
    except NotHours as error:
        raise NotUnderstood(texts.not_hours(str(error), _example(chat, str(error), "mon-fri 8-18"))) from None
    except NotADuration as error:
        example = _example(chat, error.said, "until fri 18:00")
        raise NotUnderstood(questions.wrong_length(error, example)) from None
    return door.name, wish


def _read_wish(chat: ChatContext, text: str) -> Wish:
    zone = chat.services.zone
    now = datetime.fromtimestamp(chat.asked_at, UTC)
    return parse_wish(text, now=now, zone=zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))


def _example(chat: ChatContext, said: str, good: str) -> str:
    """What was written, with something that is understood in the place of what was not."""
    begin = chat.words.casefold().rfind(said.casefold()) if said.strip() else -1
    own = chat.words[:begin] if begin >= 0 else chat.words
    return questions.example("grant", own.strip(), good)


def grantable_doors(chat: ChatContext) -> list[Door]:
    """The doors, sets and the star that this caller knows of."""
    return [*known_doors(chat, chat.rights), *_signs(chat)]


def known_doors(chat: ChatContext, rights: Rights) -> list[Door]:
    return [door for door in chat.services.doors if knows_door(rights, door.name)]


def _signs(chat: ChatContext) -> list[Door]:
    names = [EVERY_DOOR, *(f"{SET_SIGN}{name}" for name in sorted(chat.services.people.sets))]
    held = {one.door for one in chat.rights.valid_grants}
    return [Door(name, name, Capability(0)) for name in names if chat.is_owner or name in held]


def without_uses(grant: Grant) -> Grant:
    """The same right however often it was used."""
    return grant if grant.uses_left is None else replace(grant, uses_left=0)
