"""People who are not on the list: journalled now and then, counted always, and told as a number."""

from datetime import datetime

from bot.clock import Clock
from bot.domain.commands import CommandRequest
from bot.domain.events import StrangersTurnedAway
from bot.notices import Notices
from bot.throttle import Throttle
from storage import Storage

# A crowd, or one person who hammers, must not fill the disk with entries of the journal.
AGAIN_SECONDS = 600
JOURNALLED_PER_HOUR = 100
TOLD_EVERY_SECONDS = 3600


class Strangers:
    def __init__(self, storage: Storage, notices: Notices, clock: Clock) -> None:
        self._storage = storage
        self._notices = notices
        self._clock = clock
        self._each = Throttle(times=1, seconds=AGAIN_SECONDS, clock=clock.boot)
        self._all = Throttle(times=JOURNALLED_PER_HOUR, seconds=3600, clock=clock.boot)
        self._telling = Throttle(times=1, seconds=TOLD_EVERY_SECONDS, clock=clock.boot)
        self._count = 0
        self._since: datetime | None = None

    async def record(self, request: CommandRequest, action: str) -> None:
        now = self._clock.datetime()
        self._count += 1
        self._since = self._since or now
        if self._each.allows(request.person_id) and self._all.allows("all"):
            await self._storage.journal.append(
                "stranger",
                at=now,
                person_id=request.person_id,
                chat_id=request.chat_id,
                action=action,
                name=request.person_name,
                update=request.update_key,
            )

    async def tell(self) -> None:
        """How many there were, at most once an hour."""
        if self._since and self._telling.allows("all"):
            event = StrangersTurnedAway(count=self._count, since=self._since, at=self._clock.datetime())
            await self._notices.tell_groups(event)
            self._count, self._since = 0, None
