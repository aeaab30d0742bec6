"""The queue of updates: what getUpdates delivers, confirms and forgets."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.demo.telegram.bell import Bell, heard
from bot.demo.telegram.wire import Json, Refused

_KINDS = (
    "message edited_message channel_post edited_channel_post business_connection business_message "
    "edited_business_message deleted_business_messages guest_message message_reaction message_reaction_count "
    "inline_query chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll "
    "poll_answer my_chat_member chat_member chat_join_request chat_boost removed_chat_boost managed_bot"
)
KINDS = frozenset(_KINDS.split())
DEFAULT_KINDS = KINDS - {"chat_member", "message_reaction", "message_reaction_count"}
LONGEST_POLL = 50
MOST_BYTES = 4 << 20

OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
OTHER_WEBHOOK = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


@dataclass(frozen=True, slots=True)
class Queued:
    update: Json
    expires_at: float
    size: int

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


class Updates:
    """`forgotten` is told which updates a poll confirmed."""

    def __init__(
        self,
        clock: Callable[[], float],
        bell: Bell,
        *,
        realistic: bool,
        first_id: int,
        forgotten: Callable[[list[int]], None],
    ) -> None:
        self.allowed = DEFAULT_KINDS
        self.webhook = ""
        self._clock = clock
        self._bell = bell
        self._forgotten = forgotten
        self._realistic = realistic
        self._ids = itertools.count(first_id)
        self._last_id = first_id - 1
        self._queue: deque[Queued] = deque()
        self._polls = 0
        self._ended: str = OTHER_POLL
        self._last_poll: tuple[int, float] = (0, float("-inf"))

    def push(self, fields: Json, expires_at: float) -> Json:
        """Queue an update; an update that is too old already is never made."""
        if expires_at <= self._clock():
            return {}
        self._last_id = next(self._ids)
        update = {"update_id": self._last_id, **fields}
        self._queue.append(Queued(update, expires_at, len(json.dumps(update))))
        self._bell.ring()
        return update

    def allow(self, kinds: Any) -> None:
        """Remember the list, as Telegram does: it decides about updates created from now on."""
        if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
            return
        self.allowed = frozenset(kind.lower() for kind in kinds) & KINDS or DEFAULT_KINDS

    def pending(self) -> int:
        return sum(1 for _ in self._alive())

    def clear(self) -> None:
        self._queue.clear()

    def set_webhook(self, url: str) -> None:
        self.webhook = url
        if url:
            self._end_other_poll(OTHER_WEBHOOK)

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        if self.webhook:
            raise Refused(409, WEBHOOK_ACTIVE)
        limit = limit if 1 <= limit <= 100 else 100
        seconds = min(max(seconds, 0), LONGEST_POLL)
        if self._realistic:
            limit, seconds = self._stretched(offset, limit, seconds)
        self._end_other_poll(OTHER_POLL)
        self._forget(offset)
        return await self._wait(self._polls, limit, seconds)

    async def _wait(self, mine: int, limit: int, seconds: float) -> list[Json]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        with self._bell.listening() as ear:
            while not (ready := self._ready(limit)) and not self._bell.closed:
                if not await heard(ear, deadline - loop.time()):
                    break
                if self._polls != mine:
                    raise Refused(409, self._ended)
        return ready

    def _end_other_poll(self, why: str) -> None:
        self._polls += 1
        self._ended = why
        self._bell.ring()

    def _stretched(self, offset: int, limit: int, seconds: float) -> tuple[int, float]:
        # The official server slows down a bot that repeats itself (process_get_updates_query).
        now = asyncio.get_running_loop().time()
        last_offset, last_time = self._last_poll
        self._last_poll = offset, now
        if offset != last_offset:
            return limit, seconds
        if seconds < 3 and now < last_time + 3:
            seconds = 3
        return (1 if now < last_time + 0.5 else limit), seconds

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

    def _alive(self) -> Iterator[Queued]:
        now = self._clock()
        while self._queue and self._queue[0].expires_at <= now:
            self._queue.popleft()
        return (queued for queued in self._queue if queued.expires_at > now)
