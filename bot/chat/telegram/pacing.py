"""When a message may leave: order per chat, replies first, inside the flood limits and the pauses Telegram asks for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.chat.telegram.errors import TryLater
from bot.chat.telegram.limits import FloodLimits
from bot.clock import Clock

# How long a reply waits for its chat before its caller hears that it must come later. Notices do not wait at all: the
# outbox has them on disk.
PATIENCE_SECONDS = 5.0
BUSY_SECONDS = 1.0


class Pacing:
    def __init__(self, clock: Clock, sleep: Callable[[float], Awaitable[None]]) -> None:
        self.clock = clock
        self.sleep = sleep
        self.limits = FloodLimits(clock.boot)
        self._not_before: dict[int, float] = {}
        self._queues: dict[int, _Queue] = {}

    @asynccontextmanager
    async def lane(self, chat_id: int, *, urgent: bool) -> "AsyncIterator[Lane]":
        """Replies to a chat leave one after the other, in the order they were asked for; notices when none waits."""
        queue = self._queues.setdefault(chat_id, _Queue())
        if not urgent:
            # A notice that took its turn now would make a person wait who stands at the door.
            if queue.length:
                raise TryLater(BUSY_SECONDS)
            self._queues.pop(chat_id, None)
            yield Lane(self, chat_id, self.clock.boot(), urgent=False)
            return
        queue.length += 1
        try:
            await queue.acquire()
            try:
                yield Lane(self, chat_id, self.clock.boot() + PATIENCE_SECONDS, urgent=True)
            finally:
                queue.turn.release()
        finally:
            queue.length -= 1
            if not queue.length:
                self._queues.pop(chat_id, None)

    def pause(self, chat_id: int, seconds: float) -> None:
        now = self.clock.boot()
        self._not_before = {chat: until for chat, until in self._not_before.items() if until > now}
        # This chat alone: a noisy group must not silence the others.
        self._not_before[chat_id] = now + seconds

    def seconds_to_wait(self, chat_id: int, *, urgent: bool, is_edit: bool) -> float:
        pause = self._not_before.get(chat_id, 0.0) - self.clock.boot()
        return max(0.0, pause, self.limits.seconds_to_wait(chat_id, urgent=urgent, is_edit=is_edit))


@dataclass(frozen=True, slots=True)
class Lane:
    """The turn of one message. `until` is when its patience ends, in boot time."""

    pacing: Pacing
    chat_id: int
    until: float
    urgent: bool = field(kw_only=True)

    async def wait(self, *, is_edit: bool) -> None:
        """Until it may leave, and count it. Raises TryLater if that is not soon."""
        # Asked again after each sleep, since messages to other chats count overall.
        while (wait := self.seconds_to_wait(is_edit=is_edit)) > 0:
            if self.pacing.clock.boot() + wait > self.until:
                raise TryLater(wait)
            await self.pacing.sleep(wait)
        self.pacing.limits.count(self.chat_id, is_edit=is_edit)

    def seconds_to_wait(self, *, is_edit: bool) -> float:
        return self.pacing.seconds_to_wait(self.chat_id, urgent=self.urgent, is_edit=is_edit)

    def pause(self, seconds: float) -> None:
        """Telegram wants nothing for this chat for so long."""
        self.pacing.pause(self.chat_id, seconds)


class _Queue:
    """The replies of one chat; `length` counts those that wait and the one that is being sent."""

    def __init__(self) -> None:
        self.length = 0
        self.turn = asyncio.Lock()

    async def acquire(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.turn.acquire()
        except TimeoutError:
            raise TryLater(PATIENCE_SECONDS) from None
