"""Questions to the journal: who may ask what, and the answers as values."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.batteries import HISTORY
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.history import HistoryEntry, HistoryPage, Openings, Question
from bot.domain.people import Rights
from bot.domain.policy import Denied, decide
from bot.history.receipt import Receipt, make_receipt
from bot.history.statistics import MOST_PEOPLE, Statistics, batteries, count_by_hour, count_by_person
from storage import Storage

PAGE = 10
ROWS_AT_ONCE = 500
WEEK = timedelta(weeks=1)


class NoSuchEntry(Exception):
    """There is no entry of this number, or none that this person may read."""


class History:
    """Members read what they did themselves, owners what everybody did. Every method raises Denied."""

    def __init__(self, storage: Storage, clock: Clock, doors: Doors | None = None) -> None:
        self._storage = storage
        self._clock = clock
        self._doors = doors or Doors([])

    async def page(
        self, caller: Rights, question: Question, *, before: int | None = None, count: int = PAGE
    ) -> HistoryPage:
        """The newest entries, or those that came before entry `before`."""
        return await self._page(self.permitted(caller, question), before=before, count=count)

    async def entries(self, caller: Rights, question: Question) -> AsyncIterator[HistoryEntry]:
        """All of them, newest first; others have their turn with the database in between."""
        permitted = self.permitted(caller, question)
        before: int | None = None
        while True:
            page = await self._page(permitted, before=before, count=ROWS_AT_ONCE)
            for entry in page.entries:
                yield entry if entry.name else replace(entry, name=page.names.get(entry.person_id or 0))
            if page.older is None:
                return
            before = page.older

    async def receipt(self, caller: Rights, seq: int, *, head: str | None = None) -> Receipt | None:
        """The proof of an entry; None while no seal covers it. `head`: the seal that the reader holds.

        Without it the proof leads to the first head after the entry that a chat was told, or else to the first seal.

        Raises NoSuchEntry also for an entry that this caller may not read.
        """
        allowed = self.permitted(caller, Question())
        entry = await self._storage.history.entry(seq)
        if entry is None or allowed.person_id not in (None, entry.person_id):
            raise NoSuchEntry
        told = head or await self._storage.digests.first_told_head(after=seq)
        made = await make_receipt(self._storage, seq, head=told)
        return made or await make_receipt(self._storage, seq, head=head)

    async def statistics(self, caller: Rights, *, door: str | None, length: timedelta, zone: tzinfo) -> Statistics:
        """Members see their own openings, and the batteries of doors whose state they may see."""
        now = self._clock.datetime()
        permitted = self.permitted(caller, Question(door=door, since=now - length))
        openings = await self._openings(permitted, now)
        by_person = count_by_person(openings)
        names = await self._storage.history.names(person for person, _ in by_person[:MOST_PEOPLE])
        # A forecast needs all its days, also where a shorter time is shown.
        days = await self._storage.batteries.since(now - max(length, HISTORY))
        seen = {one: of for one, of in days.items() if door in (None, one) and self._may_see(caller, one)}
        return Statistics(
            since=now - length,
            until=now,
            door=door,
            total=sum(count for _, count in by_person),
            by_hour=count_by_hour(openings, zone),
            by_person=tuple((names.get(who, str(who)), count) for who, count in by_person[:MOST_PEOPLE]),
            others=sum(count for _, count in by_person[MOST_PEOPLE:]),
            batteries=batteries(seen, self._doors.battery_low_percent),
        )

    async def _openings(self, question: Question, now: datetime) -> list[Openings]:
        # A second more, since the end of a time is not part of it: what was opened just now counts.
        found, since, end = [], question.since or now, now + timedelta(seconds=1)
        # A week at a time, so that commands come in between, however much there is to count.
        while since < end:
            until = min(since + WEEK, end)
            found += await self._storage.history.openings(
                since=since, until=until, door=question.door, person_id=question.person_id
            )
            since = until
        return found

    def _may_see(self, caller: Rights, door: str) -> bool:
        return decide(caller, door=door, action=Action.STATUS, now=self._clock.moment()).allowed

    def permitted(self, caller: Rights, question: Question) -> Question:
        """The question as this caller may ask it: a member who names nobody means themselves. Raises Denied."""
        verdict = decide(caller, action=Action.SEE_HISTORY, now=self._clock.moment())
        if verdict.reason is None:
            return question
        if verdict.reason is not DenialReason.OWNERS_ONLY or question.person_id not in (None, caller.person_id):
            raise Denied(verdict.reason)
        return replace(question, person_id=caller.person_id)

    async def _page(self, question: Question, *, before: int | None, count: int) -> HistoryPage:
        page = await self._storage.history.page(question, count=count, before=before)
        ids = {entry.person_id for entry in page.entries if entry.name is None and entry.person_id}
        ids |= {question.person_id} if question.person_id else set()
        ids |= {by for entry in page.entries if isinstance(by := entry.detail.get("by"), int)}
        return replace(page, names=await self._storage.history.names(ids)) if ids else page
