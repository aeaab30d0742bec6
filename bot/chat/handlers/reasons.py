"""/why somebody may open a door or may not, and /who may."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from telegram import InlineKeyboardMarkup

from bot.access.register import is_seen
from bot.chat import buttons, paging
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.handlers.cards import PERSON, names_of
from bot.chat.handlers.choosing_person import ChosenPerson, find_person, may_look_up
from bot.chat.handlers.granting import known_doors, title_of
from bot.chat.handlers.naming import no_such_door, nothing, resolve_door_and_rest
from bot.chat.paging import Item
from bot.chat.render import choosing, labels, questions
from bot.chat.render import reasons as texts
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import GRANTABLE, Action
from bot.domain.doors import Door, NoSuchDoor, matches
from bot.domain.durations import NotADuration, parse_span
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import Rights
from bot.domain.policy import Moment, decide

WHO = "who"


@dataclass(frozen=True, slots=True)
class _Asked:
    action: Action
    at: datetime | None


async def why(chat: ChatContext) -> None:
    """/why [PERSON] DOOR [ACTION] [MOMENT]: others are asked about in private."""
    chosen = await find_person(chat) if chat.words else None
    if chosen is None or chosen.id == chat.person_id:
        words = chosen.words if chosen else chat.words
        await _explain(chat, ChosenPerson(chat.person_id, texts.YOU, words), chat.rights, chat.reply())
        return
    entry = await chat.services.people.register.entry(chat.rights, chosen.id)
    await chat.services.people.look_up(chosen.id)
    rights = await chat.services.people.rights(chosen.id)
    if entry is None and not chat.is_owner:
        # The same for those a manager may not see as for nobody.
        rights = Rights(chosen.id, None, is_owner=False)
    reply = chat.private_reply()
    name = entry.person.name if entry else chosen.name or str(chosen.id)
    await _explain(chat, replace(chosen, name=name), rights, reply)
    await chat.say_where(reply)


async def _explain(chat: ChatContext, person: ChosenPerson, rights: Rights, reply: Reply) -> None:
    door, asked = _door_and_moment(chat, person.words)
    now = Moment.exactly(asked.at) if asked.at else chat.services.clock.moment()
    judge = partial(decide, action=asked.action, door=door.name, now=now)
    lockdowns = await chat.services.lockdowns.standing()
    verdict = under_lockdown(judge(rights), rights, lockdowns, door=door.name, action=asked.action, now=now)
    seen = [grant for grant in rights.valid_grants if person.id == chat.person_id or is_seen(chat.rights, grant)]
    fitting = [grant for grant in seen if rights.reaches(grant, door.name) and asked.action in grant.actions]
    others = [(one, judge(replace(rights, grants=(one,)))) for one in fitting if one != verdict.grant]
    sponsors = await names_of(chat, [grant.granted_by for grant in fitting])
    # A manager hears yes or no, and nothing of a right that somebody else gave.
    shown = verdict if verdict.grant in (None, *fitting) else replace(verdict, grant=None)
    lines = [texts.why(person.name, door.name, asked.action, shown, asked.at, sponsors, chat.locale)]
    lines += texts.others(others, sponsors, chat.locale) if not rights.is_owner else []
    await reply.finish(Content("\n".join(lines), _card(chat, person, rights)))


def _card(chat: ChatContext, person: ChosenPerson, rights: Rights) -> InlineKeyboardMarkup | None:
    if rights.person is None or person.id == chat.person_id:
        return None
    return buttons.keyboard([buttons.view_row([(labels.CARD, PERSON, str(person.id))])])


def _door_and_moment(chat: ChatContext, words: str) -> tuple[Door, _Asked]:
    doors = known_doors(chat, chat.rights)
    if not words:
        raise NotUnderstood(texts.USAGE_WHY)
    try:
        return resolve_door_and_rest(words, doors, partial(_read_moment, chat))
    except NoSuchDoor as nowhere:
        # A door in the second place: the first word was meant as a name, and nobody has it.
        first, *rest = words.split()
        if rest and matches(rest[0], doors):
            raise NotUnderstood(choosing.not_met(first) if may_look_up(chat) else texts.ONLY_YOURSELF) from None
        raise no_such_door(nowhere.said or words, doors) from None
    except NotADuration as error:
        begin = chat.words.casefold().rfind(error.said.casefold())
        example = questions.example("why", chat.words[:begin].strip(), "sat 22:00")
        raise NotUnderstood(questions.wrong_length(error, example)) from None


def _read_moment(chat: ChatContext, text: str) -> _Asked:
    words, action = text.split(), Action.OPEN
    if words and words[0].casefold() in GRANTABLE:
        action = Action(words.pop(0).casefold())
    if not words:
        return _Asked(action, None)
    now = datetime.fromtimestamp(chat.asked_at, UTC)
    span = parse_span(" ".join(words), now=now, zone=chat.services.zone)
    return _Asked(action, span.until or now + span.length)


async def who(chat: ChatContext) -> None:
    """/who DOOR — always in private."""
    doors = known_doors(chat, chat.rights)
    if not chat.words and len(doors) != 1:
        raise NotUnderstood(texts.USAGE_WHO)
    try:
        door, _ = resolve_door_and_rest(chat.words or doors[0].name, doors, nothing)
    except (NoSuchDoor, ValueError):
        raise no_such_door(chat.words, doors) from None
    reply = chat.private_reply()
    await show_holders(chat, 0, door.name, reply=reply)
    await chat.say_where(reply)


async def show_holders(chat: ChatContext, page: int, door: str, *, reply: Reply | None = None) -> None:
    if door not in {one.name for one in known_doors(chat, chat.rights)}:
        raise NotUnderstood(texts.USAGE_WHO)
    people = chat.services.people
    found = await people.register.holders(door, people.sets, chat.services.clock.datetime())
    groups = {one.chat_id for one in (*found.now, *found.this_week) if one.chat_id}
    titles = {chat_id: await title_of(chat, chat_id) for chat_id in groups}
    owners = len(await people.owners())
    items = [Item(line) for line in texts.holders(door, found, owners, titles, chat.locale)]
    content = Content(*paging.show("", items, view=WHO, page=page, argument=door))
    await (reply or chat.private_reply()).finish(content)
