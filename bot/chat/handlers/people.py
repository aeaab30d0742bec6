"""/whoami for everybody; /allow, /deny and /people for owners."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from bot.access.telling import about
from bot.chat import buttons, paging
from bot.chat.button_data import ConfirmList
from bot.chat.context import ChatContext, NotUnderstood
from bot.chat.directory import has_met
from bot.chat.handlers import cards, changing
from bot.chat.handlers.choosing_person import Purpose, ask_for_person, find_person, nobody, resolve_person
from bot.chat.handlers.confirming import confirm_if_late, request_confirmation
from bot.chat.handlers.naming import no_such_door, nothing, resolve_door_and_rest
from bot.chat.paging import Item
from bot.chat.render import denials, events, labels  # fmt: skip
from bot.chat.render import people as texts
from bot.chat.telegram.replies import Reply
from bot.chat.telegram.sender import Content
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Capability, Door, NoSuchDoor
from bot.domain.durations import Span, parse_span
from bot.domain.events import RightGiven
from bot.domain.people import EVERY_DOOR, Grant, Rights
from bot.domain.wishes import actions_of

PEOPLE, WHOAMI = "people", "whoami"


@dataclass(frozen=True, slots=True)
class Right:
    """What `/allow` says after the door."""

    actions: frozenset[Action]
    span: Span | None


class NoActions(ValueError):
    """The words name none of the actions there are."""


async def whoami(chat: ChatContext) -> None:
    await show_own_rights(chat)


async def show_own_rights(chat: ChatContext, page: int = 0, argument: str = "") -> None:
    items = [Item(line) for line in texts.own_rights(chat.rights, chat.locale)]
    await chat.say(*paging.show(texts.whoami(chat.person_id, chat.person_name), items, view=WHOAMI, page=page))


async def people(chat: ChatContext) -> None:
    """The list, always in private: it is nobody else's business."""
    if await chat.services.control.list_to_confirm() is None:
        await cards.people(chat)
        return
    reply = chat.private_reply()
    await _show_whole_list(chat, 0, reply)
    await chat.say_where(reply)


async def show_people(chat: ChatContext, page: int = 0, argument: str = "") -> None:
    if await chat.services.control.list_to_confirm() is None:
        await cards.show_people(chat, page, argument)
    else:
        await _show_whole_list(chat, page, chat.private_reply())


async def _show_whole_list(chat: ChatContext, page: int, reply: Reply) -> None:
    # A list that waits for a confirmation is shown with every right, and the button stands on the last page: whoever
    # confirms it has seen it all.
    items = []
    for entry in await chat.services.people.register.entries():
        name, *rights = texts.entry(entry.person, entry.grants, chat.locale)
        items += [Item(name), *(Item(line, heading=name) for line in rights)]
    digest = await chat.services.control.list_to_confirm()
    confirm = buttons.confirm_list_row(digest) if digest else None
    head = "" if items else texts.NOBODY_ELSE
    text, keyboard = paging.show(head, items, view=PEOPLE, page=page, last_row=confirm)
    await reply.finish(Content(text, keyboard))


async def confirm_list(chat: ChatContext, pressed: ConfirmList) -> None:
    """The button under a list that came back from a backup."""
    # It confirms the list that was shown: another backup may have been restored since.
    digest = await chat.services.control.list_to_confirm()
    if digest is None or ConfirmList(digest) != pressed:
        await chat.refuse(denials.denial(DenialReason.LIST_CHANGED))
    else:
        work = partial(_confirm_list, digest=digest)
        await confirm_if_late(chat, work, question=texts.CONFIRM_LIST, label=labels.LIST_IS_RIGHT)


async def _confirm_list(chat: ChatContext, *, digest: str) -> None:
    refusal = await chat.services.control.confirm_list(chat.request(Action.CONFIRM_LIST), digest)
    if refusal:
        await chat.refuse(denials.denied(refusal, chat.locale))
    else:
        await chat.say(texts.LIST_CONFIRMED)


async def allow(chat: ChatContext) -> None:
    """/allow ID|reply door|* actions [LENGTH|END]"""
    person = await find_person(chat)
    if person is None and not chat.words and chat.is_private:
        await ask_for_person(chat, f"{texts.WHO}\n{texts.USAGE_ALLOW}", Purpose.LET_IN)
        return
    if person is None:
        nobody(chat, texts.USAGE_ALLOW)
    person_id, name = person.id, person.name
    door, right = _door_and_right(chat, person.words)
    give = partial(_give, person_id=person_id, name=name, door=door, right=right, asked_at=_asked_at(chat))
    if name or (await chat.services.people.rights(person_id)).known or await has_met(chat.bot, person_id):
        await give(chat)
    else:
        text = texts.allow_unmet(person_id, seconds=chat.services.confirmations.seconds)
        await request_confirmation(chat, text, labels.confirm_person(person_id), give)


async def _give(chat: ChatContext, *, person_id: int, name: str, door: str, right: Right, asked_at: datetime) -> None:
    # A length counts from the words that gave it. "2h", written while the bot was off, let a guest in for two hours
    # from whenever it came back.
    allowed = await chat.services.people.allow(
        caller=chat.person_id,
        person_id=person_id,
        name=name,
        door=door,
        actions=right.actions,
        length=right.span.length if right.span else None,
        asked_at=asked_at,
        update_key=chat.update_key,
    )
    rights = await chat.services.people.rights(person_id)
    lines = [texts.allowed(rights.person.name if rights.person else name, allowed.grant, allowed.before, chat.locale)]
    if not allowed.grant.has_ended(chat.services.clock.datetime()) and not await _tell(chat, person_id, allowed.grant):
        lines.append(texts.not_told(chat.bot.link))
    await chat.say("\n".join(lines))


async def _tell(chat: ChatContext, person_id: int, grant: Grant) -> bool:
    """Whether the person could be told of the new right."""
    given = about(RightGiven, grant)
    reply = chat.message_to(person_id)
    await reply.finish(Content(events.event(given, chat.locale)))
    return reply.is_delivered


async def deny(chat: ChatContext) -> None:
    """/deny ID|reply [door]"""
    person = await resolve_person(chat, texts.USAGE_DENY)
    person_id, rights = person.id, await chat.services.people.rights(person.id)
    door = _door_to_deny(chat, person.words, rights)
    if door is None and await changing.is_asked_about_heritage(chat, rights):
        return
    taken = await chat.services.people.deny(
        caller=chat.person_id, person_id=person_id, door=door, update_key=chat.update_key
    )
    if taken:
        await changing.tell_taken(chat, rights, door)
    who = texts.who(rights.person.name if rights.person else person.name, person_id)
    lines = [_denied(chat, who, door, is_taken=taken)]
    if taken:
        lines += await changing.still_by_groups(chat, person_id, door)
    if person_id in chat.services.people.owner_ids:
        lines.append(texts.owner_stays(who))
    elif door and rights.is_owner:
        lines.append(texts.promoted_stays(who, person_id))
    await chat.say("\n".join(lines))


def _denied(chat: ChatContext, who: str, door: str | None, *, is_taken: bool) -> str:
    if not is_taken:
        return texts.nothing_to_deny(who)
    return texts.denied_door(who, door, chat.locale) if door else texts.denied_person(who)


def _door_and_right(chat: ChatContext, words: str) -> tuple[str, Right]:
    every = Door(EVERY_DOOR, EVERY_DOOR, Capability(0))
    try:
        door, right = resolve_door_and_rest(words, [*chat.services.doors, every], partial(_read_right, chat))
    except NoSuchDoor as nowhere:
        raise _no_door(chat, nowhere.said, texts.USAGE_ALLOW) from None
    except NoActions:
        raise NotUnderstood(texts.USAGE_ALLOW) from None
    return door.name, right


def _read_right(chat: ChatContext, text: str) -> Right:
    """Raises NoActions and NotADuration."""
    words, actions = text.split(), set[Action]()
    while words and (named := actions_of(words[0])):
        actions |= named
        words.pop(0)
    if not actions:
        raise NoActions(text)
    now = datetime.fromtimestamp(chat.asked_at, UTC)
    return Right(frozenset(actions), parse_span(" ".join(words), now=now, zone=chat.services.zone) if words else None)


def _door_to_deny(chat: ChatContext, words: str, rights: Rights) -> str | None:
    """Also of doors that are no longer in the settings. None: all of them."""
    if words in ("", EVERY_DOOR):
        return None
    try:
        door, _ = resolve_door_and_rest(words, [*chat.services.doors, *_gone_doors(chat, rights.grants)], nothing)
    except NoSuchDoor as nowhere:
        raise _no_door(chat, nowhere.said, texts.USAGE_DENY) from None
    except ValueError:
        raise NotUnderstood(texts.USAGE_DENY) from None
    return door.name


def _gone_doors(chat: ChatContext, grants: Iterable[Grant]) -> list[Door]:
    # A right to one of them would hold again if a door of that name came back.
    names = {grant.door for grant in grants} - {EVERY_DOOR} - {door.name for door in chat.services.doors}
    return [Door(name, name, Capability(0)) for name in sorted(names)]


def _no_door(chat: ChatContext, said: str, usage: str) -> NotUnderstood:
    return no_such_door(said, chat.services.doors) if said and not actions_of(said) else NotUnderstood(usage)


def _asked_at(chat: ChatContext) -> datetime:
    return datetime.fromtimestamp(chat.asked_at, UTC)
