"""Break the glass: loud to everybody, and then the door may be opened once within minutes; never quiet, never twice."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.access import PeopleList
from bot.access.ballots import Ballots, Vote, Voted, Voter
from bot.access.glasses import Glasses, minutes
from bot.access.signs import OwnerSigns
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.approvals import ALLOWING, Approval, ApprovalAnswer
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import GlassBreaking
from bot.domain.glass import PATIENCE, RIGHT_LASTS, Glass, GlassReader, GlassState, GlassStep, Prospect, WhyNot
from bot.domain.lockdowns import under_lockdown
from bot.domain.people import Grant, Rights
from bot.domain.policy import Denied, Verdict
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

# The silence counts only while the bot hears the owners: it may be deaf for so long before the question lapses.
GRACE = timedelta(days=1)
ASKED, USED = "glass asked", "glass used"
STEPS = {
    ApprovalAnswer.ONCE: GlassStep.OPENED,
    ApprovalAnswer.REFUSED: GlassStep.REFUSED,
    ApprovalAnswer.EXPIRED: GlassStep.EXPIRED,
    ApprovalAnswer.LAPSED: GlassStep.LAPSED,
}


@dataclass(frozen=True, slots=True)
class Broken:
    """`approval`: the question that is open now."""

    state: GlassState | None
    why_not: WhyNot | None = None
    approval: Approval | None = None


class Breaking:
    """The office for glasses."""

    def __init__(
        self,
        storage: Storage,
        people: PeopleList,
        doors: Doors,
        notices: Notices,
        clock: Clock,
        *,
        glasses: Glasses,
        ballots: Ballots,
        signs: OwnerSigns,
    ) -> None:
        self._storage = storage
        self._people = people
        self._doors = doors
        self._notices = notices
        self._clock = clock
        self._glasses = glasses
        self._ballots = ballots
        self._signs = signs
        # Each time everybody is woken, also at night.
        self._often = Throttle(times=3, seconds=3600, clock=clock.boot)
        ballots.serve(self, is_about_glass=True)

    async def held_by(self, person_id: int) -> list[Glass]:
        """The glasses this person may break, as far as the list goes."""
        glasses = await self._storage.glasses.held_by(person_id)
        person = await self._storage.people.get(person_id) if glasses else None
        return [one for one in glasses if (own := one.keyholder(person_id)) and own.is_still(person)]

    async def prospect(self, *, person_id: int, glass_id: int) -> Prospect:
        state, why_not = await self._look(person_id, glass_id)
        if state is None or why_not:
            return Prospect(state, why_not)
        seen = {sign.person_id: sign.name for sign in await self._signs.last()}
        owners = await self._people.owners()
        names = {**await self._people.register.names(owners), **seen}
        return Prospect(
            state,
            None,
            tuple(sorted(names.get(one, str(one)) for one in owners)),
            tuple(one.name for one in state.glass.keyholders if one.person_id != person_id),
            len(await self._notices.chats()),
        )

    async def begin(self, *, person_id: int, name: str, glass_id: int, chat_id: int, thread_id: int | None) -> Broken:
        """Tell everybody, and wait: for others who agree, or for the owners' silence."""
        async with self._storage.transaction():
            state, why_not = await self._look(person_id, glass_id)
            if state is None or why_not:
                return Broken(state, why_not)
            # After the other reasons: what is refused and told to nobody is no try.
            if not self._often.allows(person_id):
                return Broken(state, WhyNot.TOO_OFTEN)
            asked = await self._ballots.begin(self._wanted(state.glass, person_id, name, chat_id, thread_id))
            if asked is None:
                return Broken(state, WhyNot.ALREADY)
            await self._ballots.vote(Voter(person_id, name), asked, ApprovalAnswer.ONCE)
            await self._ballots.journal(ASKED, asked, needed=asked.votes_needed, silence=minutes(state.glass.silence))
            # From now on a sign of an owner is on disk at once, and not once a minute.
            self._signs.is_watched = True
            await self._tell(GlassStep.ASKED, asked, state.glass, by=name, skip=person_id)
        return Broken(state, None, asked)

    def _wanted(self, glass: Glass, person_id: int, name: str, chat_id: int, thread_id: int | None) -> Approval:
        now = self._clock.datetime()
        return Approval(
            id=0,
            person_id=person_id,
            person_name=name,
            door=glass.door,
            chat_id=chat_id,
            thread_id=thread_id,
            votes_needed=glass.votes_needed,
            asked_at=now,
            expires_at=now + (glass.silence + GRACE if glass.silence else PATIENCE),
            glass_id=glass.id,
        )

    async def _look(self, person_id: int, glass_id: int) -> tuple[GlassState | None, WhyNot | None]:
        glass = await self._storage.glasses.get(glass_id)
        own = glass.keyholder(person_id) if glass and glass.revoked_at is None else None
        person = await self._storage.people.get(person_id)
        # One answer for no such glass and for somebody else's: nobody learns by asking who holds one.
        if glass is None or own is None or person is None or person.added_at != own.listed_at:
            return None, WhyNot.NOT_THEIRS
        state = await self._glasses.state(glass)
        if person.is_suspended:
            return state, WhyNot.SUSPENDED
        return state, await self._why_not(state)

    async def _why_not(self, state: GlassState) -> WhyNot | None:
        """Whether it could be broken by those who may."""
        door = self._doors.get(state.glass.door)
        if not state.is_whole:
            return WhyNot.BROKEN
        if not state.has_enough:
            return WhyNot.TOO_FEW
        if door is None or not door.can(Action.OPEN):
            return WhyNot.NO_DOOR
        if await self._is_locked_down(state.glass.door):
            return WhyNot.LOCKED_DOWN
        # The silence, the minutes to agree and the right that comes of it are all counted in time.
        return WhyNot.CLOCK_DOUBTED if self._clock.is_doubted else None

    async def _is_locked_down(self, door: str) -> bool:
        # An owner said that nobody comes in. The wrong person who opens is worse than the right one who cannot.
        lockdowns, now = await self._storage.lockdowns.all(), self._clock.moment()
        somebody = Rights(0, None, is_owner=False)
        verdict = under_lockdown(Verdict(), somebody, lockdowns, door=door, action=Action.OPEN, now=now)
        return not verdict.allowed

    async def judge(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> None:
        """Owners say yes or no. Keyholders say yes, where several must agree."""
        if (await self._people.rights(voter.id)).is_owner:
            return
        glass = await self._storage.glasses.get(approval.glass_id or 0)
        # A glass for one waits for owners: no keyholder's yes shortens the silence.
        if glass is None or glass.silence or answer not in ALLOWING or not await self._is_able(glass, voter.id):
            raise Denied(DenialReason.NOT_KEYHOLDER)

    async def allow(self, voter: Voter, approval: Approval, answer: ApprovalAnswer) -> Voted:
        glass = await self._storage.glasses.get(approval.glass_id or 0)
        if glass is None:
            return await self._ballots.close(approval, ApprovalAnswer.LAPSED, voter)
        if (await self._people.rights(voter.id)).is_owner:
            return await self.open(approval, glass, voter, sponsor=voter.id)
        before = await self._storage.approvals.votes(approval.id)
        said = await self._ballots.vote(voter, approval, ApprovalAnswer.ONCE)
        # Counted now: whoever said yes and was suspended or sent away since counts no more.
        counted = [one for one in said if await self._is_able(glass, one)]
        if len(counted) >= glass.votes_needed:
            return await self.open(approval, glass, voter, sponsor=glass.set_by)
        # They said so before, and everybody was told.
        if voter.id in before:
            return Voted(Vote.NEEDS_MORE, approval)
        await self._tell(GlassStep.AGREED, approval, glass, by=voter.name, skip=voter.id)
        return await self._ballots.needs_more(voter, approval)

    async def open(self, approval: Approval, glass: Glass, voter: Voter | None, *, sponsor: int) -> Voted:
        # Everything is judged again: hours may have gone by, and keyholders, owners and lockdowns may have changed.
        state = await self._glasses.state(glass)
        is_able = await self._is_able(glass, approval.person_id)
        if not is_able or await self._why_not(state) or sponsor not in await self._people.owners():
            return await self._ballots.close(approval, ApprovalAnswer.LAPSED, voter)
        now = self._clock.datetime()
        await self._storage.glasses.mark_broken(glass.id, now)
        right = Grant(
            id=0,
            person_id=approval.person_id,
            door=glass.door,
            actions=frozenset({Action.OPEN}),
            ends_at=now + RIGHT_LASTS,
            uses_left=1,
            granted_by=sponsor,
            granted_at=now,
        )
        return await self._ballots.give(approval, ApprovalAnswer.ONCE, right, voter)

    async def _is_able(self, glass: Glass, person_id: int) -> bool:
        own = glass.keyholder(person_id)
        return own is not None and own.is_still(await self._storage.people.get(person_id))

    async def tell_closed(self, closed: Approval, grant: Grant | None, *, by: int | None) -> None:
        glass = await self._storage.glasses.get(closed.glass_id or 0)
        step = STEPS[closed.answer or ApprovalAnswer.EXPIRED]
        # It lapsed by itself because an owner showed up: whoever waits is told whom to ask.
        if closed.seen_owner and by is None:
            step, closed = GlassStep.OWNER_SEEN, replace(closed, answered_by=closed.seen_owner)
        if glass:
            ends_at = grant.ends_at if grant else None
            await self._tell(step, closed, glass, by=closed.answered_by, skip=by, ends_at=ends_at)

    async def used(self, grant_id: int, by: str) -> None:
        """A right of one use was used: if it came of a glass, everybody hears it. In the caller's transaction."""
        approval = await self._storage.approvals.of_grant(grant_id)
        glass = await self._storage.glasses.get(approval.glass_id) if approval and approval.glass_id else None
        if approval and glass:
            await self._ballots.journal(USED, approval)
            await self._tell(GlassStep.USED, approval, glass, by=by, skip=None)

    async def _tell(
        self,
        step: GlassStep,
        approval: Approval,
        glass: Glass,
        *,
        by: str | None,
        skip: int | None,
        ends_at: datetime | None = None,
    ) -> None:
        """All owners, all keyholders and every chat that is told anything, at once and with a sound."""
        votes = await self._storage.approvals.votes(approval.id)
        is_open = step in (GlassStep.ASKED, GlassStep.AGREED)
        event = GlassBreaking(
            step=step,
            request=approval.id,
            person=approval.person_id,
            of=approval.person_name,
            door=approval.door,
            by=by,
            agreed=tuple(name for name, _ in votes.values()),
            votes_needed=glass.votes_needed,
            silence=minutes(glass.silence),
            at=self._clock.datetime(),
            ends_at=ends_at or (approval.asked_at + (glass.silence or PATIENCE) if is_open else None),
        )
        # Everybody once: as an owner rather than as a keyholder, and as whoever breaks it rather than as either.
        readers = dict.fromkeys((one.person_id for one in glass.keyholders), GlassReader.KEYHOLDER)
        readers |= dict.fromkeys(await self._people.owners(), GlassReader.OWNER)
        readers[approval.person_id] = GlassReader.OPENER
        people = {person: replace(event, reader=reader) for person, reader in readers.items() if person != skip}
        await self._notices.alarm(event, people)
