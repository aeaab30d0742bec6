"""Ask to open: others say yes for once or for an hour, which is a right of that length, given in their name."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any

from bot.access import PeopleList
from bot.access.scope import may_give
from bot.clock import Clock
from bot.domain.actions import MOVES, Action
from bot.domain.approvals import ALLOWING, Approval, ApprovalAnswer
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import ApprovalAnswered, ApprovalAsked, ApprovalClosed, Event
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import Grant, Rights, Role
from bot.domain.policy import Denied, Verdict, decide
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

PATIENCE = timedelta(minutes=2)
LENGTHS = {ApprovalAnswer.ONCE: timedelta(minutes=2), ApprovalAnswer.HOUR: timedelta(hours=1)}
"""How long the right lasts. Once: long enough for a lock that is busy, too short for anything else."""
ASKED, SAID_YES, ANSWERED = "asked to open", "approver said yes", "asking answered"


class Asking(Enum):
    """What became of the wish to ask."""

    NOW = auto()
    ALREADY = auto()
    TOO_OFTEN = auto()
    NOBODY = auto()
    """There are not enough people who could say yes."""
    NOT_NEEDED = auto()
    """The door can be opened without asking, or not even with it: `AskedToOpen.verdict` says which."""


@dataclass(frozen=True, slots=True)
class AskedToOpen:
    asking: Asking
    verdict: Verdict


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


class Approvals:
    def __init__(self, storage: Storage, people: PeopleList, doors: Doors, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._is_pending = True
        """Whether something may have to be ended in its time: the last run may have left it."""
        self._askings = Throttle(times=5, seconds=600, clock=clock.boot)

    async def ask(
        self, *, person_id: int, name: str, door: str, chat_id: int, thread_id: int | None, votes_needed: int = 1
    ) -> AskedToOpen:
        """Ask everybody who may say yes."""
        await self._people.look_up(person_id)
        now = self._clock.datetime()
        wanted = Approval(
            id=0,
            person_id=person_id,
            person_name=name,
            door=door,
            chat_id=chat_id,
            thread_id=thread_id,
            votes_needed=votes_needed,
            asked_at=now,
            expires_at=now + PATIENCE,
        )
        async with self._storage.transaction():
            verdict = await self._verdict(person_id, door)
            if verdict.reason is not DenialReason.NEEDS_APPROVAL:
                return AskedToOpen(Asking.NOT_NEEDED, verdict)
            approvers = await self._approvers(wanted, verdict)
            if len(approvers) < votes_needed:
                return AskedToOpen(Asking.NOBODY, verdict)
            # A question of which nobody has heard yet that it is over must not be in the way.
            await self.expire()
            asking = await self._ask(wanted, approvers)
        return AskedToOpen(asking, verdict)

    async def _ask(self, wanted: Approval, approvers: frozenset[int]) -> Asking:
        if not self._askings.allows(wanted.person_id):
            return Asking.TOO_OFTEN
        number = await self._storage.approvals.add(wanted)
        if number is None:
            return Asking.ALREADY
        self._is_pending = True
        asked = replace(wanted, id=number)
        await self._journal(ASKED, asked)
        event = ApprovalAsked(
            request=number,
            by=asked.person_name,
            person=asked.person_id,
            door=asked.door,
            votes_needed=asked.votes_needed,
            at=asked.asked_at,
            expires_at=asked.expires_at,
        )
        for approver in sorted(approvers):
            await self._notices.tell(approver, event)
        return Asking.NOW

    async def keep_card(self, approval_id: int, chat_id: int, message_id: int) -> None:
        """An approver was asked with this message."""
        await self._storage.approvals.save_card(approval_id, chat_id, message_id)

    async def answer(self, *, caller: int, caller_name: str, approval_id: int, answer: ApprovalAnswer) -> Voted | None:
        """None if there is no such question. Raises Denied for whoever may not answer it."""
        approval = await self._storage.approvals.get(approval_id)
        if approval is None:
            return None
        await self._people.look_up(approval.person_id)
        async with self._storage.transaction():
            verdict = await self._verdict(approval.person_id, approval.door)
            await self._judge(caller, approval, verdict)
            await self.expire()
            approval = await self._storage.approvals.get(approval_id) or approval
            if approval.answer is not None:
                return Voted(Vote.LATE, approval)
            if answer in ALLOWING and verdict.reason is not DenialReason.NEEDS_APPROVAL:
                return await self._close(approval, ApprovalAnswer.LAPSED, by=caller_name, caller=caller)
            if answer not in ALLOWING:
                return await self._close(approval, answer, by=caller_name, caller=caller)
            said = await self._storage.approvals.vote(approval_id, caller, caller_name, answer)
            if len(said) < approval.votes_needed:
                await self._journal(SAID_YES, approval, by=caller)
                return Voted(Vote.NEEDS_MORE, approval)
            least = ApprovalAnswer.ONCE if ApprovalAnswer.ONCE in said.values() else ApprovalAnswer.HOUR
            return await self._allow(approval, least, verdict, caller=caller, caller_name=caller_name)

    async def _allow(
        self, approval: Approval, answer: ApprovalAnswer, verdict: Verdict, *, caller: int, caller_name: str
    ) -> Voted:
        base = verdict.grant
        if base is None:
            return await self._close(approval, ApprovalAnswer.LAPSED, by=caller_name, caller=caller)
        if base.uses_left is not None:
            # It is the same opening that the right counts, only allowed by somebody.
            await self._storage.grants.use(base.id)
        grant = self._grant(approval, answer, base, caller=caller)
        given = (await self._people.give(caller=caller, grant=grant, name=approval.person_name, role=Role.GUEST)).grant
        await self._storage.approvals.keep_grant(approval.id, given.id)
        return await self._close(approval, answer, by=caller_name, caller=caller, grant=given)

    def _grant(self, approval: Approval, answer: ApprovalAnswer, base: Grant, *, caller: int) -> Grant:
        """No more than the right that asks first: its hours, its end, its other conditions; of counted uses one."""
        now = self._clock.datetime()
        is_counted = answer is ApprovalAnswer.ONCE or base.uses_left is not None
        return replace(
            base,
            id=0,
            person_id=approval.person_id,
            chat_id=None,
            door=approval.door,
            actions=base.actions & frozenset(MOVES),
            ends_at=min(filter(None, (base.ends_at, now + LENGTHS[answer]))),
            uses_left=1 if is_counted else None,
            asks_first=False,
            granted_by=caller,
            granted_at=now,
        )

    async def look_after(self) -> None:
        """End what is over."""
        if self._is_pending:
            await self.expire()
            await self._tidy()
            self._is_pending = await self._storage.approvals.is_any_pending()

    async def expire(self) -> None:
        """Close what nobody answered in time."""
        for approval in await self._storage.approvals.expired(self._clock.moment().latest):
            async with self._storage.transaction():
                await self._close(approval, ApprovalAnswer.EXPIRED, by=None, caller=None)

    async def _tidy(self) -> None:
        """Rights that were given for so short a time do not stay in the list."""
        for approval in await self._storage.approvals.with_ended_grant(self._clock.datetime() - PATIENCE):
            grant = await self._storage.grants.get(approval.grant_id or 0)
            try:
                await self._people.take(caller=grant.granted_by if grant else 0, grant_ids=[approval.grant_id or 0])
            except Denied:
                # Whoever gave it gives nothing any more: it is over, and an owner may remove it.
                await self._storage.approvals.forget_grant(approval.id)

    async def _close(
        self, approval: Approval, answer: ApprovalAnswer, *, by: str | None, caller: int | None,
        grant: Grant | None = None,
    ) -> Voted:  # fmt: skip
        now = self._clock.datetime()
        await self._storage.approvals.answer(approval.id, answer, by=by, at=now)
        await self._journal(ANSWERED, approval, by=caller, answer=answer.value, grant=grant and grant.id)
        closed = replace(approval, answer=answer, answered_by=by)
        told = ApprovalAnswered(
            of=approval.person_name, door=approval.door, answer=answer, by=by, at=now,
            ends_at=grant.ends_at if grant else None, uses_left=grant.uses_left if grant else None,
        )  # fmt: skip
        await self._notices.tell_chat(approval.chat_id, approval.thread_id, told)
        await self._tell_approvers(closed, now, skip=caller)
        return Voted(Vote.COUNTS, closed, grant)

    async def _tell_approvers(self, closed: Approval, at: datetime, *, skip: int | None) -> None:
        """Every copy of the question changes. Whoever it did not reach yet is not told anything."""
        for chat_id, message_id in (await self._storage.approvals.cards(closed.id)).items():
            if chat_id != skip:
                event: Event = ApprovalClosed(
                    of=closed.person_name, person=closed.person_id, door=closed.door,
                    answer=closed.answer or ApprovalAnswer.EXPIRED, by=closed.answered_by, at=at, edits=message_id,
                )  # fmt: skip
                await self._notices.tell(chat_id, event)

    async def _verdict(self, person_id: int, door: str) -> Verdict:
        rights, now = await self._people.rights(person_id), self._clock.moment()
        verdict = decide(rights, door=door, action=Action.OPEN, now=now)
        lockdowns = await self._storage.lockdowns.all()
        return under_lockdown(verdict, rights, lockdowns, door=door, action=Action.OPEN, now=now)

    async def _approvers(self, approval: Approval, verdict: Verdict) -> frozenset[int]:
        """The owners, and whoever gave the right, if they could give the one that is wanted. Never who asks."""
        approvers = set(await self._people.owners())
        if verdict.grant and self._may_approve(await self._people.rights(verdict.grant.granted_by), approval, verdict):
            approvers.add(verdict.grant.granted_by)
        return frozenset(approvers - {approval.person_id})

    def _may_approve(self, rights: Rights, approval: Approval, verdict: Verdict) -> bool:
        if rights.person_id == approval.person_id:
            return False
        if rights.is_owner:
            return True
        base = verdict.grant
        may_change = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment()).allowed
        if base is None or base.granted_by != rights.person_id or not may_change:
            return False
        wanted = self._grant(approval, ApprovalAnswer.ONCE, base, caller=rights.person_id)
        return may_give(rights, wanted, self._doors)

    async def _judge(self, caller: int, approval: Approval, verdict: Verdict) -> None:
        if not self._may_approve(await self._people.rights(caller), approval, verdict):
            raise Denied(DenialReason.NOT_APPROVER)

    async def _journal(self, kind: str, approval: Approval, **detail: Any) -> None:
        said = {name: value for name, value in detail.items() if value is not None}
        await self._storage.journal.append(
            kind,
            at=self._clock.datetime(),
            person_id=approval.person_id,
            door=approval.door,
            approval=approval.id,
            **said,
        )
