"""Which glass there is to break: set up, revoked and renewed by owners, and told to those who may break it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from bot.access import PeopleList, record
from bot.access.ballots import Ballots
from bot.access.changes import AlreadyHandled
from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.events import GlassChanged
from bot.domain.glass import Glass, GlassChange, GlassState, Keyholder, Unfit
from bot.domain.policy import Denied, decide
from bot.notices import Notices
from storage import Storage

# As long as changes of the people list can be undone.
UNDONE_WITHIN = timedelta(minutes=10)
KINDS = {
    GlassChange.SET: "glass set",
    GlassChange.REVOKED: "glass revoked",
    GlassChange.RESTORED: "glass restored",
    GlassChange.RENEWED: "glass renewed",
    GlassChange.VOID: "glass void",
}


class NotAKeyholder(Exception):
    def __init__(self, person_id: int, why: Unfit) -> None:
        super().__init__(person_id, why.name)
        self.person_id = person_id
        self.why = why


class Glasses:
    """Raises Denied for everybody but owners, and AlreadyHandled for an update that comes again."""

    def __init__(self, storage: Storage, people: PeopleList, notices: Notices, clock: Clock, ballots: Ballots) -> None:
        self._storage = storage
        self._people = people
        self._notices = notices
        self._clock = clock
        self._ballots = ballots

    async def set_up(
        self,
        *,
        caller: int,
        caller_name: str,
        door: str,
        keyholders: Iterable[int],
        votes_needed: int,
        silence: timedelta | None,
        update_key: str,
    ) -> Glass:
        """One that is the same already is renewed. Raises NotAKeyholder."""
        async with self._storage.transaction():
            await self._judge(caller, update_key)
            holders = [await self._fit(number) for number in set(keyholders)]
            wanted = Glass(
                id=0,
                door=door,
                keyholders=tuple(sorted(holders, key=lambda one: (one.name, one.person_id))),
                votes_needed=votes_needed,
                silence=silence,
                set_by=caller,
                set_by_name=caller_name,
                set_at=self._clock.datetime(),
            )
            for standing in await self._storage.glasses.standing():
                if _terms(standing) == _terms(wanted):
                    return await self._renew(standing, caller, caller_name)
            made = replace(wanted, id=await self._storage.glasses.add(wanted))
            await self._changed(GlassChange.SET, made, by=caller, by_name=caller_name)
        return made

    async def standing(self, *, caller: int) -> list[GlassState]:
        await self._judge(caller)
        return [await self.state(one) for one in await self._storage.glasses.standing()]

    async def state(self, glass: Glass) -> GlassState:
        able = [one for one in glass.keyholders if one.is_still(await self._storage.people.get(one.person_id))]
        return GlassState(glass, tuple(able), glass.set_by in await self._people.owners())

    async def revoke(self, *, caller: int, caller_name: str, glass_id: int) -> Glass | None:
        """With the right that came of it, if it was broken just now. None if there is nothing to revoke."""
        async with self._storage.transaction():
            await self._judge(caller)
            glass = await self._storage.glasses.get(glass_id)
            if glass is None or glass.revoked_at:
                return None
            await self._storage.glasses.revoke(glass_id, by=caller, at=self._clock.datetime())
            # Or the door would still open for minutes after the owner has read that the glass is revoked.
            await self._people.take(caller=caller, grant_ids=await self._storage.approvals.rights_of(glass_id))
            await self._changed(GlassChange.REVOKED, glass, by=caller, by_name=caller_name)
        return glass

    async def restore(self, *, caller: int, caller_name: str, glass_id: int) -> Glass | None:
        """Undo a revocation of one's own. None if it is longer ago than ten minutes."""
        async with self._storage.transaction():
            await self._judge(caller)
            glass, now = await self._storage.glasses.get(glass_id), self._clock.datetime()
            if glass is None or glass.revoked_by != caller or glass.revoked_at is None:
                return None
            # Below zero where the time was corrected since: that would leave more than ten minutes.
            if not timedelta() <= now - glass.revoked_at <= UNDONE_WITHIN:
                return None
            await self._storage.glasses.revoke(glass_id, by=None, at=None)
            await self._changed(GlassChange.RESTORED, glass, by=caller, by_name=caller_name)
        return glass

    async def renew(self, *, caller: int, caller_name: str, glass_id: int) -> Glass | None:
        """It can be broken again, and the caller answers for it. None if there is no such glass."""
        async with self._storage.transaction():
            await self._judge(caller)
            glass = await self._storage.glasses.get(glass_id)
            if glass is None or glass.revoked_at:
                return None
            return await self._renew(glass, caller, caller_name)

    async def _renew(self, glass: Glass, caller: int, caller_name: str) -> Glass:
        now = self._clock.datetime()
        renewed = replace(glass, broken_at=None, set_by=caller, set_by_name=caller_name, set_at=now)
        await self._storage.glasses.renew(glass.id, by=caller, by_name=caller_name, at=now)
        await self._changed(GlassChange.RENEWED, renewed, by=caller, by_name=caller_name)
        return renewed

    async def recheck(self, _: int | None = None) -> None:
        # A glass opens in an owner's name: when they are none any more, another one must stand in for it.
        owners = await self._people.owners()
        for glass in await self._storage.glasses.standing():
            if glass.broken_at is None and glass.set_by not in owners:
                await self._void(glass)

    async def void_all(self) -> None:
        # The records are in doubt: an owner looks at each glass before it can be broken.
        for glass in await self._storage.glasses.standing():
            if glass.broken_at is None:
                await self._void(glass)

    async def _void(self, glass: Glass) -> None:
        async with self._storage.transaction():
            now = self._clock.datetime()
            await self._storage.glasses.mark_broken(glass.id, now)
            await self._changed(GlassChange.VOID, replace(glass, broken_at=now), by=None, by_name=None)

    async def _fit(self, person_id: int) -> Keyholder:
        rights = await self._people.rights(person_id)
        if rights.is_owner:
            raise NotAKeyholder(person_id, Unfit.OWNER)
        if rights.person is None:
            raise NotAKeyholder(person_id, Unfit.NOT_LISTED)
        if rights.person.is_suspended:
            raise NotAKeyholder(person_id, Unfit.SUSPENDED)
        # With when they came onto the list: whoever leaves it and comes back holds no glass any more.
        return Keyholder(person_id, rights.person.name, rights.person.added_at)

    async def _judge(self, caller: int, update_key: str | None = None) -> None:
        verdict = decide(await self._people.rights(caller), action=Action.SET_GLASS, now=self._clock.moment())
        if verdict.reason:
            raise Denied(verdict.reason)
        if update_key is not None and not await self._storage.people.claim(update_key):
            raise AlreadyHandled

    async def _changed(self, change: GlassChange, glass: Glass, *, by: int | None, by_name: str | None) -> None:
        # First: a yes to the old terms must not break the glass under the new ones.
        await self._ballots.lapse(glass.id)
        now, silence = self._clock.datetime(), glass.silence
        detail = {**record.spelt_glass(glass), **({"by": by} if by is not None else {})}
        # The journal has a column for the door.
        kept = {name: value for name, value in detail.items() if name != "door"}
        await self._storage.journal.append(KINDS[change], at=now, person_id=by, door=glass.door, **kept)
        event = GlassChanged(
            door=glass.door,
            change=change,
            by=by_name,
            keyholders=tuple(one.name for one in glass.keyholders),
            votes_needed=glass.votes_needed,
            silence=minutes(silence),
            at=now,
        )
        for person in sorted({one.person_id for one in glass.keyholders} | await self._people.owners()):
            if person != by:
                await self._notices.tell(person, event)


def minutes(silence: timedelta | None) -> int | None:
    return round(silence.total_seconds() / 60) if silence else None


def _terms(glass: Glass) -> tuple[object, ...]:
    # With `listed_at`: somebody who left the list and came back is no keyholder any more.
    holders = frozenset((one.person_id, one.listed_at) for one in glass.keyholders)
    return glass.door, holders, glass.votes_needed, glass.silence
