"""Wishes to open that others say yes or no to, until an answer or a deadline, and the short right that a yes gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Protocol

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.approvals import ALLOWING, Approval, ApprovalAnswer
from bot.domain.events import ApprovalClosed, Event
from bot.domain.people import Grant, Role
from bot.domain.policy import Denied
from bot.notices import Notices
from storage import Storage

TIDY_AFTER = timedelta(minutes=2)
SAID_YES, ANSWERED = "approver said yes", "asking answered"


class Vote(Enum):
    """What became of an approver's answer."""

    COUNTS = auto()
    NEEDS_MORE = auto()
    """Another approver has to say yes as well."""
    LATE = auto()
    """There is an answer already, or the time is over."""


@dataclass(frozen=True, slots=True)
class Voted:
    vote: Vote
    approval: Approval
    grant: Grant | None = None


@dataclass(frozen=True, slots=True)
class Voter:
    id: int
    name: str


class Office(Protocol):
    """Whose wishes these are: one office for rights that ask first, one for glasses. All within a transaction."""

    async def judge(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> None:
        """Raises Denied for whoever may not answer so."""

    async def allow(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> Voted:
        """Somebody says yes."""

    async def tell_closed(self, closed: Approval, grant: Grant | None, *, by: int | None) -> None:
        """The answer is written."""


class Ballots:
    def __init__(self, storage: Storage, people: PeopleList, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._notices = notices
        self._clock = clock
        self._offices: dict[bool, Office] = {}
        # Whether something may have to be ended in its time, which the last run may have left: most rounds of the
        # timekeeper ask nothing of the disk.
        self._is_pending = True

    def serve(self, office: Office, *, is_about_glass: bool) -> None:
        self._offices[is_about_glass] = office

    async def begin(self, wanted: Approval) -> Approval | None:
        """None if it is open already. In the caller's transaction."""
        # A question that is over, and not closed yet, must not be in the way.
        await self.expire()
        number = await self._storage.approvals.add(wanted)
        self._is_pending = True
        return None if number is None else replace(wanted, id=number)

    async def keep_card(self, approval_id: int, chat_id: int, message_id: int) -> None:
        """An approver was asked with this message."""
        await self._storage.approvals.save_card(approval_id, chat_id, message_id)

    async def answer(self, *, caller: int, caller_name: str, approval_id: int, answer: ApprovalAnswer) -> Voted | None:
        """None if there is no such question. Raises Denied for whoever may not answer it."""
        approval = await self._storage.approvals.get(approval_id)
        if approval is None:
            return None
        # Before the transaction: Telegram is asked here, and that may take seconds.
        await self._people.look_up(approval.person_id)
        voter, office = Voter(caller, caller_name), self._office(approval)
        async with self._storage.transaction():
            # Judged first: whoever may not answer does not even learn that somebody else has.
            await office.judge(voter, approval, answer)
            await self.expire()
            # Read again: another approver may have answered while Telegram was asked.
            approval = await self._storage.approvals.get(approval_id) or approval
            if approval.answer is not None:
                return Voted(Vote.LATE, approval)
            if answer in ALLOWING:
                return await office.allow(voter, approval, answer)
            return await self.close(approval, answer, voter)

    async def vote(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> Mapping[int, str]:
        """Count a yes, of everybody once; what each said so far."""
        return await self._storage.approvals.vote(approval.id, voter.id, voter.name, answer)

    async def needs_more(self, voter: Voter, approval: Approval) -> Voted:
        await self.journal(SAID_YES, approval, by=voter.id)
        return Voted(Vote.NEEDS_MORE, approval)

    async def give(self, approval: Approval, answer: ApprovalAnswer, grant: Grant, voter: Voter | None) -> Voted:
        """Give this right, in the name of its sponsor, and close the question."""
        # By the sponsor's rights: a keyholder who says yes could give nothing of their own.
        given = await self._people.give(
            caller=grant.granted_by, grant=grant, name=approval.person_name, role=Role.GUEST
        )
        await self._storage.approvals.keep_grant(approval.id, given.grant.id)
        return await self.close(approval, answer, voter, given.grant)

    async def close(
        self, approval: Approval, answer: ApprovalAnswer, voter: Voter | None = None, grant: Grant | None = None
    ) -> Voted:
        now, by = self._clock.datetime(), voter.id if voter else None
        closed = replace(approval, answer=answer, answered_by=voter.name if voter else None)
        await self._storage.approvals.answer(approval.id, answer, by=closed.answered_by, at=now)
        agreed = list(await self._storage.approvals.votes(approval.id)) or None
        await self.journal(ANSWERED, approval, by=by, answer=answer.value, grant=grant and grant.id, agreed=agreed)
        await self._office(approval).tell_closed(closed, grant, by=by)
        await self._change_cards(closed, skip=by)
        return Voted(Vote.COUNTS, closed, grant)

    async def lapse(self, glass_id: int) -> None:
        """The glass is another one now: what was said about it counts no more."""
        for approval in await self._storage.approvals.open_about_glasses():
            if approval.glass_id == glass_id:
                await self.close(approval, ApprovalAnswer.LAPSED)

    async def look_after(self) -> None:
        """End what is over."""
        if self._is_pending:
            await self.expire()
            await self._tidy()
            self._is_pending = await self._storage.approvals.is_any_pending()

    async def expire(self) -> None:
        """Close what nobody answered in time."""
        # The latest: while the time is in doubt a yes is rather too late than counted.
        for approval in await self._storage.approvals.expired(self._clock.moment().latest):
            async with self._storage.transaction():
                await self.close(approval, ApprovalAnswer.EXPIRED)

    async def journal(self, kind: str, approval: Approval, **detail: Any) -> None:
        said = {name: value for name, value in {"glass": approval.glass_id, **detail}.items() if value is not None}
        await self._storage.journal.append(
            kind,
            at=self._clock.datetime(),
            person_id=approval.person_id,
            door=approval.door,
            approval=approval.id,
            **said,
        )

    def _office(self, approval: Approval) -> Office:
        return self._offices[approval.glass_id is not None]

    async def _tidy(self) -> None:
        # Rights that were given for so short a time do not stay in the list.
        for approval in await self._storage.approvals.with_ended_grant(self._clock.datetime() - TIDY_AFTER):
            grant = await self._storage.grants.get(approval.grant_id or 0)
            try:
                await self._people.take(caller=grant.granted_by if grant else 0, grant_ids=[approval.grant_id or 0])
            except Denied:
                # Whoever gave it gives nothing any more: it is over, and an owner may remove it.
                await self._storage.approvals.forget_grant(approval.id)

    async def _change_cards(self, closed: Approval, *, skip: int | None) -> None:
        """Every copy of the question changes. Whoever it did not reach yet is not told anything."""
        for chat_id, message_id in (await self._storage.approvals.cards(closed.id)).items():
            # A private chat has the id of its person, who sees the answer under their own press.
            if chat_id != skip:
                event: Event = ApprovalClosed(
                    of=closed.person_name, person=closed.person_id, door=closed.door,
                    answer=closed.answer or ApprovalAnswer.EXPIRED, by=closed.answered_by, at=self._clock.datetime(),
                    edits=message_id,
                )  # fmt: skip
                await self._notices.tell(chat_id, event)
