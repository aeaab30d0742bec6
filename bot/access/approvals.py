"""Ask to open: others say yes for once or for an hour, which is a right of that length, given in their name."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum, auto

from bot.access import PeopleList
from bot.access.ballots import Ballots, Voted, Voter
from bot.access.scope import may_give
from bot.clock import Clock
from bot.domain.actions import MOVES, Action
from bot.domain.approvals import Approval, ApprovalAnswer
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import ApprovalAnswered, ApprovalAsked
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import Grant, Rights
from bot.domain.policy import Denied, Verdict, decide
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

# Whoever asks stands at the door, and has gone by the time of a later answer.
PATIENCE = timedelta(minutes=2)
# How long the right lasts. Once: long enough for a lock that is busy, too short for anything else.
LENGTHS = {ApprovalAnswer.ONCE: timedelta(minutes=2), ApprovalAnswer.HOUR: timedelta(hours=1)}
ASKED = "asked to open"


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


class Approvals:
    """The office for rights that ask first."""

    def __init__(
        self, storage: Storage, people: PeopleList, doors: Doors, notices: Notices, clock: Clock, ballots: Ballots
    ) -> None:
        self._storage = storage
        self._people = people
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._ballots = ballots
        # Every question makes a sound at all approvers.
        self._askings = Throttle(times=5, seconds=600, clock=clock.boot)
        ballots.serve(self, is_about_glass=False)

    async def ask(
        self, *, person_id: int, name: str, door: str, chat_id: int, thread_id: int | None, votes_needed: int = 1
    ) -> AskedToOpen:
        """Ask everybody who may say yes."""
        # Before the transaction: Telegram is asked here, and that may take seconds.
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
            asking = await self._ask(wanted, approvers)
        return AskedToOpen(asking, verdict)

    async def _ask(self, wanted: Approval, approvers: frozenset[int]) -> Asking:
        if not self._askings.allows(wanted.person_id):
            return Asking.TOO_OFTEN
        asked = await self._ballots.begin(wanted)
        if asked is None:
            return Asking.ALREADY
        await self._ballots.journal(ASKED, asked)
        event = ApprovalAsked(
            request=asked.id,
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

    async def judge(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> None:
        verdict = await self._verdict(approval.person_id, approval.door)
        if not self._may_approve(await self._people.rights(voter.id), approval, verdict):
            raise Denied(DenialReason.NOT_APPROVER)

    async def allow(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> Voted:
        verdict = await self._verdict(approval.person_id, approval.door)
        base = verdict.grant
        # Judged again: the right may have ended since it was asked, or been taken, and then there is nothing to allow.
        if verdict.reason is not DenialReason.NEEDS_APPROVAL or base is None:
            return await self._ballots.close(approval, ApprovalAnswer.LAPSED, voter)
        said = await self._ballots.vote(voter, approval, answer)
        if len(said) < approval.votes_needed:
            return await self._ballots.needs_more(voter, approval)
        # Of two approvers the one counts who allows less.
        least = ApprovalAnswer.ONCE if ApprovalAnswer.ONCE in said.values() else ApprovalAnswer.HOUR
        if base.uses_left is not None:
            # It is the same opening that the right counts, only allowed by somebody.
            await self._storage.grants.use(base.id)
        return await self._ballots.give(approval, least, self._grant(approval, least, base, caller=voter.id), voter)

    def _grant(self, approval: Approval, answer: ApprovalAnswer, base: Grant, *, caller: int) -> Grant:
        """No more than the right that asks first: its hours, its end, its other conditions; of counted uses one."""
        now = self._clock.datetime()
        is_counted = answer is ApprovalAnswer.ONCE or base.uses_left is not None
        return replace(
            base,
            id=0,
            person_id=approval.person_id,
            # Also where the members of a group have the right: the yes is for the one person who asked.
            chat_id=None,
            door=approval.door,
            # No codes: one that is made within the hour opens later, and nobody is asked.
            actions=base.actions & frozenset(MOVES),
            ends_at=min(filter(None, (base.ends_at, now + LENGTHS[answer]))),
            uses_left=1 if is_counted else None,
            asks_first=False,
            granted_by=caller,
            granted_at=now,
        )

    async def tell_closed(self, closed: Approval, grant: Grant | None, *, by: int | None) -> None:
        told = ApprovalAnswered(
            of=closed.person_name, door=closed.door, answer=closed.answer or ApprovalAnswer.EXPIRED,
            by=closed.answered_by, at=self._clock.datetime(),
            ends_at=grant.ends_at if grant else None, uses_left=grant.uses_left if grant else None,
        )  # fmt: skip
        await self._notices.tell_chat(closed.chat_id, closed.thread_id, told)

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
