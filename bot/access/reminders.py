"""Tells whoever is concerned that a right begins soon, ends in a day, or has ended: once, also after a restart."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.access import PeopleList
from bot.access.changes import GIVERS
from bot.access.telling import about
from bot.clock import Clock
from bot.domain.events import RightBegins, RightEnded, RightEnds
from bot.domain.failures import StorageFailed
from bot.domain.people import Grant, Person
from bot.notices import Notices
from storage import Storage

log = logging.getLogger("latchkey.access")

Turn: TypeAlias = RightBegins | RightEnds | RightEnded
CHECK_SECONDS = 300.0
SOON = timedelta(hours=1)
DAY = timedelta(days=1)
# What ended longer ago is no news.
LATE = timedelta(days=7)
# Rights that are shorter, such as one opening that was allowed once, end without a word.
SHORT = timedelta(hours=3)


class RightReminders:
    def __init__(
        self,
        storage: Storage,
        people: PeopleList,
        notices: Notices,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._storage = storage
        self._people = people
        self._notices = notices
        self._clock = clock
        self._sleep = sleep

    async def run(self) -> None:
        while True:
            try:
                await self.tell_due()
            except StorageFailed as error:
                log.error("what people should hear of their rights waits: %s", error)  # noqa: TRY400
            await self._sleep(CHECK_SECONDS)

    async def tell_due(self) -> None:
        """Passes tell of themselves."""
        now = self._clock.datetime()
        for grant in await self._storage.grants.turning(since=now - LATE, until=now + DAY):
            if kind := due(grant, now):
                # Written with the message, so that neither is there without the other.
                async with self._storage.transaction():
                    await self._tell(kind, grant)
        # Twice as long as anything is told, so that nothing is forgotten and told again.
        await self._storage.told.forget(before=now - 2 * LATE)

    async def _tell(self, kind: type[Turn], grant: Grant) -> None:
        moment = grant.starts_at if kind is RightBegins else grant.ends_at
        # Also claimed where nobody is told: a right that is resumed later brings no old reminder.
        if moment is None or not await self._storage.told.claim(grant.id, kind.name, moment):
            return
        rights = await self._people.rights(grant.person_id or 0)
        if rights.person is None or rights.person.is_suspended or grant.is_suspended:
            return
        await self._notices.tell(rights.person_id, about(kind, grant))
        if kind is not RightBegins and await self._is_concerned(grant, rights.person):
            await self._notices.tell(grant.granted_by, about(kind, grant, of=rights.person.name))

    async def _is_concerned(self, grant: Grant, person: Person) -> bool:
        """Whether the sponsor can still do something about it, and is somebody else."""
        sponsor = await self._people.rights(grant.granted_by)
        is_giver = sponsor.is_owner or (sponsor.person is not None and sponsor.person.role in GIVERS)
        return grant.granted_by != person.id and is_giver


def due(grant: Grant, now: datetime) -> type[Turn] | None:
    """What there is to say of it now; a right that was just given with such a start or end needs no word."""
    begins, ends = grant.starts_at, grant.ends_at
    if begins and now < begins <= now + SOON and grant.granted_at < begins - SOON:
        return RightBegins
    if ends is None or ends - max(grant.granted_at, begins or grant.granted_at) < SHORT:
        return None
    if ends <= now:
        return RightEnded
    # Whoever got it within its last two days knows when it ends.
    is_news = grant.granted_at < ends - 2 * DAY
    return RightEnds if ends <= now + DAY and is_news and (begins is None or begins <= now) else None
