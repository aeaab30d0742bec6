"""When each owner was last seen: anything that they wrote, pressed or did and Telegram told the bot."""

import logging
from datetime import timedelta

from bot.access import PeopleList
from bot.clock import Clock
from bot.domain.failures import StorageFailed
from bot.domain.glass import OwnerSign
from storage import Storage

log = logging.getLogger("latchkey.access")

# A commit waits for the disk, and not every word of an owner is worth one.
KEPT_EVERY = timedelta(minutes=1)


class OwnerSigns:
    def __init__(self, storage: Storage, people: PeopleList, clock: Clock) -> None:
        self._storage = storage
        self._people = people
        self._clock = clock
        self._kept: dict[int, OwnerSign] = {}
        # What the disk did not take.
        self._unkept: OwnerSign | None = None
        # Whether somebody may wait for the owners' silence, which the last run may have left.
        self.is_watched = True

    async def saw(self, person_id: int, name: str) -> None:
        """Somebody did something. On disk once a minute, or at once where their silence is waited for."""
        try:
            if person_id in await self._people.owners():
                # In memory first: what the disk does not take now is written at the next look.
                self._unkept = OwnerSign(person_id, name, self._clock.datetime())
                await self.keep()
        except StorageFailed as error:
            log.error("a sign of life of %d could not be kept: %s", person_id, error)  # noqa: TRY400

    async def keep(self) -> None:
        """Write down what is not yet."""
        if (sign := self._unkept) is None:
            return
        if self.is_watched:
            await self._storage.approvals.note_owner_seen(sign.name)
        before = self._kept.get(sign.person_id)
        # `abs`: the time may have been corrected backwards.
        if before is None or abs(sign.at - before.at) >= KEPT_EVERY:
            await self._storage.glasses.save_sign(sign)
            self._kept[sign.person_id] = sign
        self._unkept = None

    async def last(self) -> list[OwnerSign]:
        """Of those who are owners now."""
        owners = await self._people.owners()
        return [sign for sign in await self._storage.glasses.signs() if sign.person_id in owners]
