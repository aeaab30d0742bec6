"""Single-use links into the house. The token is in the link and nowhere else: what is kept is its hash."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.access import PeopleList, record
from bot.access.changes import role_of
from bot.access.scope import may_give
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import InvitationClaimed
from bot.domain.joining import ClaimRefusal, Invitation
from bot.domain.people import Grant, Rights
from bot.domain.policy import Denied, decide
from bot.notices import Notices
from storage import Storage

# 22 characters in the link; Telegram's documentation allows 64 of these after ?start=.
TOKEN_BYTES = 16
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
# A link that nobody used for so long is more likely lost than awaited.
LONGEST_WAIT = timedelta(days=7)
# So long after its end somebody who comes late is told why; afterwards the link is an unknown one.
KEPT = timedelta(days=90)
MADE, CLAIMED, EXTENDED, REVOKED, REFUSED = (
    "invitation made", "invitation claimed", "invitation extended", "invitation revoked", "invitation refused",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MadeInvitation:
    """The only moment at which the token is known."""

    invitation: Invitation
    token: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """`refusal` None: the rights are given."""

    refusal: ClaimRefusal | None
    invitation: Invitation | None = None
    grants: tuple[Grant, ...] = ()


def is_token(text: str) -> bool:
    return TOKEN.fullmatch(text) is not None


def hash_of(token: str) -> str:
    # 128 random bits need no salt and no slow hash: nobody can try them all.
    return hashlib.sha256(token.encode()).hexdigest()


class Invitations:
    def __init__(self, storage: Storage, people: PeopleList, doors: Doors, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._doors = doors
        self._notices = notices
        self._clock = clock

    async def make(
        self, *, caller: int, caller_name: str, grants: Sequence[Grant], expires_at: datetime | None = None
    ) -> MadeInvitation:
        """Rights for whoever claims them first. Raises Denied if the caller may not give them.

        `expires_at`: until when it can be claimed, where that is not a week at most.
        """
        now, token = self._clock.datetime(), secrets.token_urlsafe(TOKEN_BYTES)
        wanted = Invitation(
            id=0,
            grants=tuple(replace(grant, granted_by=caller, granted_at=now) for grant in grants),
            invited_by=caller,
            inviter_name=caller_name,
            invited_at=now,
            # A link must not outlive what it gives.
            expires_at=expires_at or min([now + LONGEST_WAIT, *(grant.ends_at for grant in grants if grant.ends_at)]),
        )
        async with self._storage.transaction():
            giver = await self._judge(caller)
            if not all(may_give(giver, grant, self._doors) for grant in grants):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            await self._storage.invitations.forget_those_before(now - KEPT)
            made = replace(wanted, id=await self._storage.invitations.add(wanted, hash_of(token)))
            await self._journal(MADE, made, by=caller, grants=[_spelt(grant) for grant in made.grants])
        return MadeInvitation(made, token)

    async def claim(self, token: str, *, person_id: int, name: str) -> Claimed:
        """Bind it to this person and give the rights, in one transaction: of two people at once one wins."""
        try:
            async with self._storage.transaction():
                return await self._claim(token, person_id, name)
        except Denied:
            # The transaction is taken back: nobody has used the invitation up.
            found = await self._storage.invitations.with_hash(hash_of(token))
            return await self._refused(ClaimRefusal.WITHDRAWN, found, person_id)

    async def _claim(self, token: str, person_id: int, name: str) -> Claimed:
        found = await self._storage.invitations.with_hash(hash_of(token))
        refusal = await self._why_not(found, person_id)
        now = self._clock.datetime()
        # The statement itself decides who is first: of two people at once it changes the row for one.
        if refusal is None and found and not await self._storage.invitations.claim(found.id, person_id, at=now):
            refusal = ClaimRefusal.TAKEN
        if refusal or found is None:
            return await self._refused(refusal or ClaimRefusal.UNKNOWN, found, person_id)
        grants = [await self._give(found, grant, person_id, name) for grant in found.grants]
        await self._journal(CLAIMED, found, person_id=person_id, by=found.invited_by, name=name)
        event = InvitationClaimed(
            person=person_id,
            by=name,
            doors=tuple(grant.door for grant in grants),
            grants=tuple(grant.id for grant in grants),
            at=now,
        )
        await self._notices.tell_groups_and([found.invited_by], event)
        return Claimed(None, found, tuple(grants))

    async def _why_not(self, found: Invitation | None, person_id: int) -> ClaimRefusal | None:
        # First, so that somebody who is banned learns nothing of the link.
        if await self._storage.bans.has(person_id):
            return ClaimRefusal.BANNED
        if found is None:
            return ClaimRefusal.UNKNOWN
        if found.claimed_by is not None:
            return ClaimRefusal.ALREADY_YOURS if found.claimed_by == person_id else ClaimRefusal.TAKEN
        if found.revoked_at is not None:
            return ClaimRefusal.REVOKED
        # Where the time is in doubt the later one counts.
        if found.expires_at <= self._clock.moment().latest:
            return ClaimRefusal.EXPIRED
        # They would use the link up and gain nothing.
        if person_id == found.invited_by or (await self._people.rights(person_id)).is_owner:
            return ClaimRefusal.OWN
        return None

    async def _give(self, invitation: Invitation, grant: Grant, person_id: int, name: str) -> Grant:
        # Given as whoever invited, by the rights that they have now: what they may not give any more is not given.
        grant = replace(grant, person_id=person_id, granted_at=self._clock.datetime())
        role = role_of(invitation.grants)
        return (await self._people.give(caller=invitation.invited_by, grant=grant, name=name, role=role)).grant

    async def _refused(self, refusal: ClaimRefusal, found: Invitation | None, person_id: int) -> Claimed:
        # Whoever holds a link that there was leaves a trace. Guesses leave none, or anybody could fill the journal.
        if found:
            await self._journal(REFUSED, found, person_id=person_id, why=refusal)
        return Claimed(refusal, found)

    async def open(self, caller: int) -> list[Invitation]:
        """Those that can still be claimed: one's own, for owners everybody's."""
        rights = await self._judge(caller)
        every = await self._storage.invitations.open(self._clock.datetime())
        return [one for one in every if rights.is_owner or one.invited_by == caller]

    async def revoke(self, *, caller: int, invitation_id: int) -> bool:
        """False if it can let nobody in any more anyway. Raises Denied for an invitation of somebody else's."""
        now = self._clock.datetime()
        async with self._storage.transaction():
            rights = await self._judge(caller)
            found = await self._storage.invitations.get(invitation_id)
            if found is None:
                return False
            if not rights.is_owner and found.invited_by != caller:
                raise Denied(DenialReason.OUT_OF_SCOPE)
            if not await self._storage.invitations.revoke(invitation_id, at=now):
                return False
            await self._journal(REVOKED, found, by=caller)
        return True

    async def take_back(self, *, caller: int, invitation_id: int) -> Invitation | None:
        """Revoke it; what it would have given, or None if it lets nobody in any more anyway."""
        async with self._storage.transaction():
            if not await self.revoke(caller=caller, invitation_id=invitation_id):
                return None
            return await self._storage.invitations.get(invitation_id)

    async def extend(self, *, caller: int, invitation_id: int | None, ends_at: datetime) -> None:
        """It can be claimed, and what it gives lasts, until then; nothing if it cannot be claimed any more."""
        found = await self._storage.invitations.get(invitation_id or 0)
        if found is None or found.claimed_at or found.revoked_at:
            return
        grants = tuple(replace(grant, ends_at=ends_at) for grant in found.grants)
        async with self._storage.transaction():
            giver = await self._judge(caller)
            if not all(may_give(giver, grant, self._doors) for grant in grants):
                raise Denied(DenialReason.OUT_OF_SCOPE)
            await self._storage.invitations.extend(found.id, grants, ends_at)
            await self._journal(EXTENDED, found, by=caller, grants=[_spelt(grant) for grant in grants])

    async def _judge(self, caller: int) -> Rights:
        rights = await self._people.rights(caller)
        verdict = decide(rights, action=Action.CHANGE_PEOPLE, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        return rights

    async def _journal(self, kind: str, invitation: Invitation, *, person_id: int | None = None, **detail: Any) -> None:
        doors = {grant.door for grant in invitation.grants}
        await self._storage.journal.append(
            kind,
            at=self._clock.datetime(),
            person_id=person_id,
            door=next(iter(doors)) if len(doors) == 1 else None,
            invitation=invitation.id,
            **detail,
        )


def _spelt(grant: Grant) -> dict[str, Any]:
    # A right gets its number when somebody claims it.
    return {name: value for name, value in record.spelt(grant).items() if name != "grant"}
