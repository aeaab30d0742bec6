"""What people are putting together with buttons: kept, so that the buttons still work after a restart."""

from collections.abc import Mapping
from datetime import timedelta

from bot.clock import Clock
from bot.domain.drafts import Draft, DraftFor
from storage import Storage

# Whoever picks dates goes on within minutes; each picker that was left alone leaves a row.
KEPT = timedelta(days=7)


class Drafts:
    def __init__(self, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    async def begin(self, person_id: int, purpose: DraftFor, details: Mapping[str, str | int]) -> Draft:
        now = self._clock.datetime()
        draft = Draft(id=0, person_id=person_id, purpose=purpose, details=details, made_at=now)
        async with self._storage.transaction():
            await self._storage.drafts.forget(before=now - KEPT)
            number = await self._storage.drafts.add(draft)
        return Draft(id=number, person_id=person_id, purpose=purpose, details=details, made_at=now)

    async def get(self, person_id: int, draft_id: int) -> Draft | None:
        """None for one that is forgotten, or that is somebody else's."""
        # The number comes with a press, and a client can send any: Telegram promises no button that holds it.
        return await self._storage.drafts.get(draft_id, person_id)
