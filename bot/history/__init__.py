"""Questions to the journal: who may ask what, and the answers as values."""

from collections.abc import AsyncIterator
from dataclasses import replace

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.history import HistoryEntry, Page, Question
from bot.domain.people import Rights
from bot.domain.policy import Denied, decide
from bot.history.receipt import Receipt, make_receipt
from storage import Storage

PAGE = 10
ROWS_AT_ONCE = 500


class NoSuchEntry(Exception):
    """There is no entry of this number, or none that this person may read."""


class History:
    """Members read what they did themselves, owners what everybody did. Every method raises Denied."""

    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def page(self, caller: Rights, question: Question, *, before: int | None = None, count: int = PAGE) -> Page:
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

        Raises NoSuchEntry also for an entry that this caller may not read.
        """
        allowed = self.permitted(caller, Question())
        entry = await self._storage.history.entry(seq)
        if entry is None or allowed.person_id not in (None, entry.person_id):
            raise NoSuchEntry
        return await make_receipt(self._storage, seq, head=head)

    def permitted(self, caller: Rights, question: Question) -> Question:
        """The question as this caller may ask it: a member who names nobody means themselves. Raises Denied."""
        verdict = decide(caller, action=Action.SEE_HISTORY, now=self._clock.latest_datetime())
        if verdict.reason is None:
            return question
        if verdict.reason is not DenialReason.OWNERS_ONLY or question.person_id not in (None, caller.person_id):
            raise Denied(verdict.reason)
        return replace(question, person_id=caller.person_id)

    async def _page(self, question: Question, *, before: int | None, count: int) -> Page:
        page = await self._storage.history.page(question, count=count, before=before)
        ids = {entry.person_id for entry in page.entries if entry.name is None and entry.person_id}
        ids |= {by for entry in page.entries if isinstance(by := entry.detail.get("by"), int)}
        return replace(page, names=await self._storage.history.names(ids)) if ids else page
