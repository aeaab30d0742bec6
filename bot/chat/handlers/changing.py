"""Changes of a right or a person by button: what it would do, then the button that does it, then undo."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.access.changes import GIVERS, Heritage
from bot.access.telling import about
from bot.access.undo import CannotUndo
from bot.chat import buttons
from bot.chat.button_data import read_number
from bot.chat.context import ChatContext, NotUnderstood, Work
from bot.chat.handlers import picking_hours
from bot.chat.handlers.cards import LENGTHS, PERSON, RIGHT, SEPARATOR, WEEKS, readable_right, whose
from bot.chat.handlers.choosing_person import resolve_person
from bot.chat.handlers.confirming import request_choice
from bot.chat.handlers.granting import without_uses
from bot.chat.render import cards as texts
from bot.chat.render import denials, labels, questions
from bot.chat.render import people as people_texts
from bot.domain.durations import parse_duration
from bot.domain.events import Event, RightChanged, RightsRestored, RightTaken, StandingChanged
from bot.domain.people import Grant, Person, Rights, Role
from bot.domain.schedules import parse_hours
from bot.domain.wishes import extended

LADDER = (Role.GUEST, Role.MEMBER, Role.MANAGER, Role.OWNER)


async def preview_right(chat: ChatContext, _: int, argument: str) -> None:
    """`argument`: the right and what becomes of it."""
    number, _sign, what = argument.partition(SEPARATOR)
    before = await readable_right(chat, number)
    if before is None:
        await chat.say(texts.RIGHT_GONE)
        return
    fields = _fields(chat, before, what)
    after = None if fields is None else replace(before, **fields)
    text = texts.change(await whose(chat, before), before, after, chat.locale)
    if before.person_id:
        rights = await chat.services.people.rights(before.person_id)
        text = f"{text}\n{await _rehearsed(chat, rights, _with_right(rights, before, after))}"
    work = partial(_change_right, before=before, fields=fields)
    back = buttons.view_row([(labels.BACK, RIGHT, number)])
    await request_choice(chat, text, {labels.DO_IT: work}, back=back)


def _fields(chat: ChatContext, grant: Grant, what: str) -> dict[str, Any] | None:
    """What changes of the grant; None to remove it."""
    zone = chat.services.zone if isinstance(chat.services.zone, ZoneInfo) else ZoneInfo("UTC")
    match what[:1], what[1:]:
        case "x", "":
            return None
        case ("s" | "r") as hold, "":
            return {"is_suspended": hold == "s"}
        case "e", length if length in LENGTHS:
            now = chat.services.clock.datetime()
            return {"ends_at": extended(grant.ends_at, now, parse_duration(length)) if length else None}
        case "e", moment if re.fullmatch(r"@[0-9]{1,8}", moment):
            return {"ends_at": datetime.fromtimestamp(int(moment[1:]) * 60, UTC)}
        case "h", "":
            return {"hours": None}
        case "h", picked if picked.startswith("@"):
            if hours := picking_hours.read(picked[1:], zone):
                return {"hours": hours}
        case "h", number if number.isdecimal() and int(number) < len(WEEKS):
            return {"hours": parse_hours(WEEKS[int(number)], zone)}
    raise NotUnderstood(denials.BUTTON_UNKNOWN)


async def _change_right(chat: ChatContext, *, before: Grant, fields: dict[str, Any] | None) -> None:
    people, subject = chat.services.people, before.person_id or before.chat_id or 0
    now = await people.register.grant(before.id)
    # What is done is what was shown. Only uses may have gone down: somebody opened a door meanwhile.
    if now is None or without_uses(now) != without_uses(before):
        await chat.say(texts.CHANGED_MEANWHILE)
        return
    async with people.undos.recording(chat.person_id, subject) as made:
        if fields is None:
            await people.take(caller=chat.person_id, grant_ids=[before.id], update_key=chat.update_key)
            after = None
        else:
            given = await people.change(caller=chat.person_id, grant_id=before.id, update_key=chat.update_key, **fields)
            after = given.grant
    await _tell(chat, subject, about(RightChanged, after) if after else about(RightTaken, before))
    lines = [texts.changed(await whose(chat, before), after, before, chat.locale)]
    await chat.say("\n".join(lines), buttons.keyboard([buttons.undo_row(made.token), _back_to_card(before)]))


def _back_to_card(grant: Grant) -> list[Any]:
    return buttons.view_row([(labels.BACK, PERSON, str(grant.person_id))]) if grant.person_id else []


@dataclass(frozen=True, slots=True)
class _Standing:
    """What somebody becomes."""

    words: str
    is_suspended: bool | None = None
    role: Role | None = None

    @property
    def is_removal(self) -> bool:
        return self.is_suspended is None and self.role is None

    @property
    def event(self) -> Event:
        role = self.role and self.role.value
        return StandingChanged(role=role, is_suspended=self.is_suspended, is_removed=self.is_removal or None)

    def ends_giving(self, person: Person) -> bool:
        """Whether somebody who gave rights gives none any more."""
        return person.role in GIVERS and (self.is_removal or (self.role is not None and self.role not in GIVERS))


async def preview_person(chat: ChatContext, _: int, argument: str) -> None:
    """`argument`: the person and what they become."""
    number, _sign, what = argument.partition(SEPARATOR)
    entry = await chat.services.people.register.entry(chat.rights, read_number(number))
    if entry is None:
        await chat.say(texts.GONE)
        return
    await ask_standing(chat, entry.person, _standing(what))


def _standing(what: str) -> _Standing:
    if what in set(Role):
        return _Standing(texts.role(Role(what)), role=Role(what))
    if what in ("s", "r"):
        return _Standing(texts.SUSPEND if what == "s" else texts.RESUME, is_suspended=what == "s")
    if what == "x":
        return _Standing(texts.REMOVE)
    raise NotUnderstood(denials.BUTTON_UNKNOWN)


async def ask_standing(chat: ChatContext, person: Person, standing: _Standing) -> None:
    """Show what it would do. What somebody gave who goes is asked about, not assumed."""
    people = chat.services.people
    # Whoever stands in OWNER_IDS stays an owner, whatever the list says.
    if standing.role is not None and person.id in people.owner_ids:
        await chat.say(texts.OWNER_BY_SETTINGS)
        return
    rights = await people.rights(person.id)
    lines = [texts.person_change(person, standing.words)]
    lines.append(await _rehearsed(chat, rights, _with_standing(people.owner_ids, rights, standing)))
    given = await people.register.given_by(person.id) if standing.ends_giving(person) else []
    choices: dict[str, Work] = {labels.DO_IT: partial(change_standing, person=person, standing=standing)}
    if given:
        lines.append(texts.heritage(given))
        choices = {
            label: partial(change_standing, person=person, standing=standing, heritage=heritage)
            for label, heritage in ((labels.END_THEM, Heritage.END), (labels.TAKE_THEM_OVER, Heritage.TAKE_OVER))
        }
    back = buttons.view_row([(labels.BACK, PERSON, str(person.id))])
    await request_choice(chat, "\n".join(lines), choices, back=back)


async def is_asked_about_heritage(chat: ChatContext, rights: Rights) -> bool:
    """Whether a removal needs an answer first: the person gave rights. Then it was asked for."""
    person, removal = rights.person, _standing("x")
    if person is None or not removal.ends_giving(person):
        return False
    if not await chat.services.people.register.given_by(person.id):
        return False
    await ask_standing(chat if chat.is_private else chat.in_private(), person, removal)
    return True


async def tell_taken(chat: ChatContext, rights: Rights, door: str | None) -> None:
    """The person hears which rights they had until now."""
    if door is None:
        await _tell(chat, rights.person_id, _standing("x").event)
        return
    for grant in rights.grants:
        if grant.person_id and grant.door == door:
            await _tell(chat, rights.person_id, about(RightTaken, grant))


async def still_by_groups(chat: ChatContext, person_id: int, door: str | None) -> list[str]:
    """A line on what somebody may still do there as a member of a group; with None, at any door."""
    people = chat.services.people
    await people.look_up(person_id)
    rights = await people.rights(person_id)
    left = [one for one in rights.grants if one.chat_id and (door is None or rights.reaches(one, door))]
    return [people_texts.still_by_groups(left, chat.locale)] if left else []


async def change_standing(
    chat: ChatContext, *, person: Person, standing: _Standing, heritage: Heritage | None = None
) -> None:
    people = chat.services.people
    given = await people.register.given_by(person.id) if heritage else []
    # Undo restores the list exactly, so it remembers everybody whose rights change along.
    subjects = {person.id, *(grant.person_id or grant.chat_id or 0 for grant in given)}
    async with people.undos.recording(chat.person_id, *subjects) as made:
        if standing.is_removal:
            await people.deny(caller=chat.person_id, person_id=person.id, door=None, heritage=heritage)
        else:
            await people.change_person(
                caller=chat.person_id, person_id=person.id, role=standing.role, is_suspended=standing.is_suspended,
                heritage=heritage,
            )  # fmt: skip
    await _tell(chat, person.id, standing.event)
    if heritage is Heritage.END:
        for grant in given:
            await _tell(chat, grant.person_id or 0, about(RightTaken, grant))
    lines = [texts.person_changed(person, standing.words)]
    if standing.is_removal:
        lines += await still_by_groups(chat, person.id, None)
    await chat.say("\n".join(lines), buttons.undo(made.token))


async def undo(chat: ChatContext, _: int, token: str) -> None:
    try:
        subjects = await chat.services.people.undo(caller=chat.person_id, token=token)
    except CannotUndo as error:
        await chat.refuse(texts.CANNOT_UNDO if error.has_changed else texts.TOO_LATE_TO_UNDO)
        return
    for subject in subjects:
        await _tell(chat, subject, RightsRestored())
    await chat.say(texts.UNDONE)


async def promote(chat: ChatContext) -> None:
    """/promote PERSON [role]"""
    await _climb(chat, "promote", 1)


async def demote(chat: ChatContext) -> None:
    """/demote PERSON [role]"""
    await _climb(chat, "demote", -1)


async def _climb(chat: ChatContext, command: str, step: int) -> None:
    usage = questions.role_usage(command, [role.value for role in LADDER])
    chosen = await resolve_person(chat, usage)
    person = (await chat.services.people.rights(chosen.id)).person
    if person is None:
        is_fixed = chosen.id in chat.services.people.owner_ids
        raise NotUnderstood(texts.OWNER_BY_SETTINGS if is_fixed else texts.NOT_ON_THE_LIST)
    said = chosen.words.casefold()
    if said and said not in set(Role):
        raise NotUnderstood(usage)
    before = LADDER.index(person.role)
    role = Role(said) if said else LADDER[min(max(before + step, 0), len(LADDER) - 1)]
    climb = LADDER.index(role) - before
    if climb * step <= 0:
        raise NotUnderstood(texts.wrong_way(person, role, "" if climb == 0 else "promote" if climb > 0 else "demote"))
    await ask_standing(chat.in_private() if not chat.is_private else chat, person, _standing(role.value))


async def _rehearsed(chat: ChatContext, before: Rights, after: Rights) -> str:
    now = chat.services.clock.datetime()
    refused = await chat.services.people.register.rehearse(before.person_id, before, after, now)
    return texts.rehearsed(refused, chat.locale)


def _with_right(rights: Rights, before: Grant, after: Grant | None) -> Rights:
    others = tuple(grant for grant in rights.grants if grant.id != before.id)
    return replace(rights, grants=(*others, after) if after else others)


def _with_standing(owner_ids: frozenset[int], rights: Rights, standing: _Standing) -> Rights:
    if standing.is_removal:
        return replace(rights, person=None, is_owner=rights.person_id in owner_ids)
    if rights.person is None:
        return rights
    person = replace(
        rights.person,
        role=standing.role or rights.person.role,
        is_suspended=rights.person.is_suspended if standing.is_suspended is None else standing.is_suspended,
    )
    is_owner = rights.person_id in owner_ids or (person.role is Role.OWNER and not person.is_suspended)
    return replace(rights, person=person, is_owner=is_owner)


async def _tell(chat: ChatContext, subject: int, event: Event) -> None:
    # Groups, whose ids are negative, are told nothing: their members are many, and it is no news to most.
    if subject > 0 and subject != chat.person_id:
        await chat.services.notices.tell(subject, event)
