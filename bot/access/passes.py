"""Passes of guests: made, extended and revoked as one, with their link, their rights and their codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.access import PeopleList
from bot.access.changes import AlreadyHandled
from bot.access.invitations import Invitations
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.codes import IssuedPin
from bot.domain.commands import DenialReason
from bot.domain.events import PassEnds, PassExtended, PassRevoked
from bot.domain.passes import GuestPass, overlapping
from bot.domain.people import Grant, Rights
from bot.domain.policy import Denied, decide
from bot.notices import Notices
from storage import Storage

MADE, EXTENDED, REVOKED = "pass made", "pass extended", "pass revoked"
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class MadePass:
    """The only moment at which the token of the link is known. `overlaps`: other guests at a door at that time."""

    guest_pass: GuestPass
    token: str
    overlaps: tuple[GuestPass, ...]


@dataclass(frozen=True, slots=True)
class PassState:
    """`guests`: who claimed the link. `codes`: those that may still work."""

    guest_pass: GuestPass
    guests: tuple[int, ...]
    codes: tuple[IssuedPin, ...]
    overlaps: tuple[GuestPass, ...]


class Passes:
    """Raises Denied for whoever may not change people, and for a manager at the pass of somebody else."""

    def __init__(
        self, storage: Storage, people: PeopleList, invitations: Invitations, notices: Notices, clock: Clock
    ) -> None:
        self._storage = storage
        self._people = people
        self._invitations = invitations
        self._notices = notices
        self._clock = clock
        # Before this moment no host has to be told anything, so nothing is read twice a minute; None: look.
        self._look_at: datetime | None = None

    async def make(self, *, caller: int, wanted: GuestPass, grants: Sequence[Grant], update_key: str) -> MadePass:
        """`grants`: what the guest gets at each door, but for the time and the uses, which are those of the pass."""
        async with self._storage.transaction():
            await self._judge(caller)
            if not await self._storage.people.claim(update_key):
                raise AlreadyHandled
            made = replace(wanted, id=await self._storage.passes.add(wanted))
            invited = await self._invitations.make(
                caller=caller,
                caller_name=wanted.host_name,
                grants=[self._of(made, grant) for grant in grants],
                expires_at=made.ends_at,
            )
            await self._storage.passes.keep_invitation(made.id, invited.invitation.id)
            await self._journal(MADE, made, by=caller, until=round(made.ends_at.timestamp()))
            others = await self._storage.passes.live(self._clock.datetime())
        self._look_at = None
        return MadePass(made, invited.token, tuple(overlapping(made, others)))

    @staticmethod
    def _of(made: GuestPass, grant: Grant) -> Grant:
        # Inside what `grant` says already: a manager's own right may begin later or end earlier.
        return replace(
            grant,
            starts_at=max(filter(None, (grant.starts_at, made.starts_at))),
            ends_at=min(filter(None, (grant.ends_at, made.ends_at))),
            uses_left=made.uses,
            pass_id=made.id,
        )

    async def live(self, caller: int) -> list[PassState]:
        """One's own, for owners everybody's."""
        rights = await self._judge(caller)
        every = await self._storage.passes.live(self._clock.datetime())
        own = [one for one in every if rights.is_owner or one.host_id == caller]
        return [await self._state(one, every) for one in own]

    async def get(self, caller: int, pass_id: int) -> PassState | None:
        """None if it is over, revoked, or somebody else's."""
        return next((one for one in await self.live(caller) if one.guest_pass.id == pass_id), None)

    async def extend(self, *, caller: int, pass_id: int, length: timedelta, update_key: str) -> PassState | None:
        """Link and rights last so much longer; codes do not. None if there is nothing to extend."""
        async with self._storage.transaction():
            state = await self.get(caller, pass_id)
            if state is None:
                return None
            # Clients send a press again after they reconnect: each made the guest's right a day longer.
            if not await self._storage.people.claim(update_key):
                raise AlreadyHandled
            ends_at = state.guest_pass.ends_at + length
            if ends_at - self._clock.datetime() > LONGEST:
                raise Denied(DenialReason.OUT_OF_SCOPE)
            for grant in await self._storage.grants.of_pass(pass_id):
                # What somebody allowed for an hour stays that short.
                if grant.ends_at != state.guest_pass.ends_at:
                    continue
                await self._people.change(caller=caller, grant_id=grant.id, ends_at=ends_at)
            await self._invitations.extend(caller=caller, invitation_id=state.guest_pass.invitation_id, ends_at=ends_at)
            await self._storage.passes.extend(pass_id, ends_at)
            extended = replace(state.guest_pass, ends_at=ends_at)
            await self._journal(EXTENDED, extended, by=caller, until=round(ends_at.timestamp()))
            for guest in state.guests:
                await self._notices.tell(guest, PassExtended(doors=extended.doors, ends_at=ends_at))
            every = await self._storage.passes.live(self._clock.datetime())
        self._look_at = None
        return replace(state, guest_pass=extended, overlaps=tuple(overlapping(extended, every)))

    async def renew_link(self, *, caller: int, pass_id: int) -> MadePass | None:
        """Another link in place of one that nobody opened: the old one lets nobody in. None if there is no such."""
        async with self._storage.transaction():
            state = await self.get(caller, pass_id)
            if state is None or state.guests:
                return None
            one = state.guest_pass
            old = await self._invitations.take_back(caller=caller, invitation_id=one.invitation_id or 0)
            if old is None:
                return None
            made = await self._invitations.make(
                caller=caller, caller_name=one.host_name, grants=old.grants, expires_at=one.ends_at
            )
            await self._storage.passes.keep_invitation(one.id, made.invitation.id)
        return MadePass(one, made.token, state.overlaps)

    async def revoke(self, *, caller: int, pass_id: int) -> PassState | None:
        """Link and rights end in one transaction; the codes are the caller's to revoke. None if that was done."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            state = await self.get(caller, pass_id)
            # The statement changes the row once, so of two presses one revokes.
            if state is None or not await self._storage.passes.revoke(pass_id, now):
                return None
            if state.guest_pass.invitation_id:
                await self._invitations.revoke(caller=caller, invitation_id=state.guest_pass.invitation_id)
            grants = await self._storage.grants.of_pass(pass_id)
            await self._people.take(caller=caller, grant_ids=[grant.id for grant in grants])
            await self._journal(REVOKED, state.guest_pass, by=caller)
            for guest in state.guests:
                await self._notices.tell(guest, PassRevoked(doors=state.guest_pass.doors, at=now))
        return state

    async def look_after(self) -> None:
        """Tell hosts of passes that end soon."""
        now = self._clock.datetime()
        if self._look_at is not None and now < self._look_at:
            return
        waiting = list[datetime]()
        for one in await self._storage.passes.untold(now):
            due = one.tell_end_at
            if due and due <= now:
                await self._tell_end(one, now)
            elif due:
                waiting.append(due)
        self._look_at = min(waiting, default=now + LONGEST)

    async def _tell_end(self, one: GuestPass, now: datetime) -> None:
        async with self._storage.transaction():
            # Together, so that a host is told neither twice nor never.
            await self._storage.passes.mark_end_told(one.id, now)
            event = PassEnds(number=one.id, label=one.label, doors=one.doors, ends_at=one.ends_at)
            await self._notices.tell(one.host_id, event)

    async def _state(self, one: GuestPass, every: Sequence[GuestPass]) -> PassState:
        grants = await self._storage.grants.of_pass(one.id)
        guests = tuple(sorted({grant.person_id for grant in grants if grant.person_id}))
        codes = await self._storage.pins.of_pass(one.id, self._clock.datetime())
        return PassState(one, guests, tuple(codes), tuple(overlapping(one, every)))

    async def _judge(self, caller: int) -> Rights:
        rights = await self._people.rights(caller)
        verdict = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        return rights

    async def _journal(self, kind: str, one: GuestPass, **detail: Any) -> None:
        door = one.doors[0] if len(one.doors) == 1 else None
        await self._storage.journal.append(
            kind, at=self._clock.datetime(), door=door, guest_pass=one.id, label=one.label, **detail
        )
