"""The queue of updates: what getUpdates delivers, confirms and forgets."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from simulators.condition import Condition
from simulators.telegram.parameters import ApiRefusal, Json

_KINDS = (
    "message edited_message channel_post edited_channel_post business_connection business_message "
    "edited_business_message deleted_business_messages guest_message message_reaction message_reaction_count "
    "inline_query chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll "
    "poll_answer my_chat_member chat_member chat_join_request chat_boost removed_chat_boost managed_bot"
)
KINDS = frozenset(_KINDS.split())
# The Bot API's documentation names the three that come only to bots that ask for them.
DEFAULT_KINDS = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
# Both from the source of Telegram's own Bot API server.
LONGEST_POLL = 50
MOST_BYTES = 4 << 20

OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass(frozen=True, slots=True)
class QueuedUpdate:
    update: Json
    expires_at: float
    size: int

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


class UpdateQueue:
    """`forgotten` is told which updates a poll confirmed."""

    def __init__(
        self, clock: Callable[[], float], condition: Condition, *, first_id: int, forgotten: Callable[[list[int]], None]
    ) -> None:
        self.allowed = DEFAULT_KINDS
        self._clock = clock
        self._condition = condition
        self._forgotten = forgotten
        self._last_id = first_id - 1
        self._queue: deque[QueuedUpdate] = deque()
        self._polls = 0

    def push(self, fields: Json, expires_at: float) -> Json:
        """Queue an update; an update that is too old already is never made."""
        if expires_at <= self._clock():
            return {}
        self._last_id += 1
        update = {"update_id": self._last_id, **fields}
        self._put(update, expires_at)
        return update

    def push_again(self, update: Json, expires_at: float) -> None:
        # Telegram delivers an update twice when its confirmation was lost.
        self._put(update, expires_at)

    def _put(self, update: Json, expires_at: float) -> None:
        self._queue.append(QueuedUpdate(update, expires_at, len(json.dumps(update))))
        self._condition.notify_all()

    def allow(self, kinds: Any) -> None:
        # As Telegram's server does: the list is remembered, and decides about updates created from now on.
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            return
        self.allowed = frozenset(kind.lower() for kind in kinds) & KINDS or DEFAULT_KINDS

    def pending(self) -> int:
        return sum(1 for _ in self._alive())

    def clear(self) -> None:
        self._queue.clear()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """What is there, or what comes within so many seconds. A second poll ends the first."""
        self._polls += 1
        mine = self._polls
        self._condition.notify_all()
        self._forget(offset)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(max(seconds, 0), LONGEST_POLL)
        limit = limit if 1 <= limit <= 100 else 100
        while not (ready := self._ready(limit)) and not self._condition.closed:
            if not await self._condition.wait(deadline - loop.time()):
                break
            if self._polls != mine:
                raise ApiRefusal(409, OTHER_POLL)
        return ready

    def _forget(self, offset: int) -> None:
        if offset < 0:
            first = max(self._last_id + 1 + offset, 0)
        elif offset > self._last_id + 10:
            first = 0  # an offset from the future confirms nothing
        else:
            first = offset
        confirmed = []
        while self._queue and self._queue[0].id < first:
            confirmed.append(self._queue.popleft().id)
        if confirmed:
            self._forgotten(confirmed)

    def _ready(self, limit: int) -> list[Json]:
        ready: list[Json] = []
        size = 0
        for queued in itertools.islice(self._alive(), limit):
            size += queued.size
            if ready and size > MOST_BYTES:
                break
            ready.append(queued.update)
        return ready

    def _alive(self) -> Iterator[QueuedUpdate]:
        now = self._clock()
        while self._queue and self._queue[0].expires_at <= now:
            self._queue.popleft()
        return (queued for queued in self._queue if queued.expires_at > now)
