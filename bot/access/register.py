"""Reading the people list: a page of it, one person's card, and everybody who may use a door."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.access.changes import PersonEntry
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import key_of
from bot.domain.history import Use
from bot.domain.people import EVERY_DOOR, SET_SIGN, Grant, Person, Rights
from bot.domain.policy import Moment, Verdict, decide
from bot.domain.register import Entry, Holder, Holders, RegisterPage
from storage import Storage

PAGE = 8
WEEK = timedelta(weeks=1)
UNUSED = timedelta(days=90)
REHEARSED = timedelta(days=30)
# Who has to do something more may open a door all the same.
ASKED = (DenialReason.NEEDS_APPROVAL, DenialReason.NEEDS_SECOND_FACTOR)


class Register:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def page(self, reader: Rights, search: str = "", number: int = 0) -> RegisterPage:
        """By name. However long the list is, the rights of one page are read."""
        people = await self._visible(reader, await self._storage.people.all())
        wanted = key_of(search)
        found = [one for one in people if wanted in key_of(one.name) or search == str(one.id)]
        count = max(1, -(-len(found) // PAGE))
        # The list may have become shorter since the button for this page was made.
        number = min(number, count - 1)
        shown = found[number * PAGE : (number + 1) * PAGE]
        return RegisterPage(tuple(await self._entries(reader, shown)), number, count, len(found))

    async def entry(self, reader: Rights, person_id: int) -> Entry | None:
        """None where there is nobody, or nobody whom this reader may see."""
        person = await self._storage.people.get(person_id)
        seen = await self._visible(reader, [person]) if person else []
        return (await self._entries(reader, seen))[0] if seen else None

    async def entries(self) -> list[PersonEntry]:
        """Everybody, by name."""
        async with self._storage.transaction():
            people, grants = await self._storage.people.all(), await self._storage.grants.all()
        by_person: dict[int | None, list[Grant]] = {}
        for grant in grants:
            by_person.setdefault(grant.person_id, []).append(grant)
        return [PersonEntry(one, tuple(by_person.get(one.id, ()))) for one in people]

    async def group_grants(self) -> list[Grant]:
        return [grant for grant in await self._storage.grants.all() if grant.chat_id is not None]

    async def given_by(self, person_id: int) -> list[Grant]:
        """The rights that end or get another sponsor when this person goes."""
        return await self._storage.grants.given_by(person_id)

    async def grant(self, grant_id: int) -> Grant | None:
        return await self._storage.grants.get(grant_id)

    async def names(self, people: Iterable[int]) -> dict[int, str]:
        return await self._storage.history.names(people)

    async def rehearse(self, person_id: int, before: Rights, after: Rights, now: datetime) -> list[tuple[Use, Verdict]]:
        """The openings of the last 30 days that would have been refused with `after` and not with `before`."""
        before, after = _uncounted(before), _uncounted(after)
        refused = []
        for use in await self._storage.uses.openings(person_id, since=now - REHEARSED):
            moment = Moment.exactly(use.at)
            # Whoever had a code at hand has one the next time.
            verdict = decide(after, action=Action.OPEN, door=use.door, now=moment, is_proved=True)
            if (
                not verdict.allowed
                and decide(before, action=Action.OPEN, door=use.door, now=moment, is_proved=True).allowed
            ):
                refused.append((use, verdict))
        return refused

    async def holders(self, door: str, sets: Mapping[str, frozenset[str]], now: datetime) -> Holders:
        names = [door, EVERY_DOOR, *(f"{SET_SIGN}{name}" for name, doors in sets.items() if door in doors)]
        grants = [one for one in await self._storage.grants.of_doors(names) if Action.OPEN in one.actions]
        by_subject: dict[int, list[Grant]] = {}
        for grant in grants:
            by_subject.setdefault(grant.person_id or grant.chat_id or 0, []).append(grant)
        people = {one.id: one for one in await self._storage.people.all() if one.id in by_subject}
        opened = await self._storage.uses.who_opened(door, since=now - UNUSED)
        holders = [
            Holder(
                people.get(subject),
                # Telegram's groups have ids below zero.
                subject if subject < 0 else None,
                self._judge(subject, people, held, sets, door, now),
            )
            for subject, held in by_subject.items()
        ]
        may = [one for one in holders if one.verdict.allowed or one.verdict.reason in ASKED]
        later = [one for one in holders if one.verdict.opens_at and one.verdict.opens_at <= now + WEEK]
        ending = [one for one in may if one.verdict.grant and _ends_within(one.verdict.grant, now, WEEK)]
        # Whoever got the right lately had no 90 days to use it.
        long_since = {who for who, held in by_subject.items() if min(one.granted_at for one in held) < now - UNUSED}
        unused = [one for one in may if one.person and one.person.id in long_since and one.person.id not in opened]
        return Holders(*(tuple(sorted(some, key=_name)) for some in (may, later, ending, unused)))

    @staticmethod
    def _judge(
        subject: int,
        people: Mapping[int, Person],
        held: Iterable[Grant],
        sets: Mapping[str, frozenset[str]],
        door: str,
        now: datetime,
    ) -> Verdict:
        rights = Rights(subject, people.get(subject), is_owner=False, grants=tuple(held), sets=sets)
        return decide(rights, action=Action.OPEN, door=door, now=Moment.exactly(now))

    async def _entries(self, reader: Rights, people: list[Person]) -> list[Entry]:
        ids = [one.id for one in people]
        grants, last = await self._storage.grants.of_people(ids), await self._storage.uses.last(ids)
        if not reader.is_owner:
            grants = [grant for grant in grants if is_seen(reader, grant)]
        return [
            Entry(one, tuple(grant for grant in grants if grant.person_id == one.id), last.get(one.id))
            for one in people
        ]

    async def _visible(self, reader: Rights, people: list[Person]) -> list[Person]:
        """A manager sees whom they added or gave a right, and themselves."""
        if reader.is_owner:
            return people
        given = {grant.person_id for grant in await self._storage.grants.given_by(reader.person_id)}
        own = given | {reader.person_id}
        return [one for one in people if one.id in own or one.added_by == reader.person_id]


def is_seen(reader: Rights, grant: Grant) -> bool:
    """Whether this right names no door that the reader knows nothing of."""
    own = reader.person_id in (grant.person_id, grant.granted_by)
    return reader.is_owner or own or any(one.door in (grant.door, EVERY_DOOR) for one in reader.grants)


def knows_door(rights: Rights, door: str) -> bool:
    """Whether somebody has, or had, any right to the door, so that nobody learns of doors by asking."""
    return rights.is_owner or any(rights.reaches(grant, door) for grant in rights.valid_grants)


def _uncounted(rights: Rights) -> Rights:
    # Nobody knows how many uses were left at which opening, so they refuse none.
    grants = tuple(replace(one, uses_left=None) if one.uses_left else one for one in rights.grants)
    return replace(rights, grants=grants)


def _ends_within(grant: Grant, now: datetime, length: timedelta) -> bool:
    return grant.ends_at is not None and grant.ends_at <= now + length


def _name(holder: Holder) -> str:
    return key_of(holder.person.name) if holder.person else ""
