"""Who is next: one person's updates in the order they came, and which of them are not yet dealt with."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.activity import Activity

# More than anybody sends on purpose. The next ones are told off instead of filling the memory.
WAITING_PER_PERSON = 20
# Also updates that wait for their turn count here, so it holds the full queues of fifty people.
AT_ONCE = 1000


class PendingUpdates:
    """The updates that were received: which still have their turn, and which are still worked on."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._unfinished: set[int] = set()
        self._pending: set[int] = set()
        self._turns: dict[int, asyncio.Lock] = {}
        self._empty = asyncio.Event()
        self._empty.set()

    def take(self, update_ids: Iterable[int]) -> None:
        for update_id in update_ids:
            # Telegram may send again what is still being worked on.
            if update_id not in self._unfinished:
                self._unfinished.add(update_id)
                self._activity.begin()
            self._pending.add(update_id)
        self._note()

    def begin_turn(self, update_id: int, turn: asyncio.Lock) -> None:
        self._turns[update_id] = turn

    def release(self, update_id: int) -> None:
        """What must not be lost and must stay in order is done: let the person's next update go ahead."""
        if turn := self._turns.pop(update_id, None):
            turn.release()
        self._pending.discard(update_id)
        self._note()

    def finish(self, update_id: int) -> None:
        """Nothing more is done for this update."""
        self.release(update_id)
        if update_id in self._unfinished:
            self._unfinished.remove(update_id)
            self._activity.end()

    async def emptied(self, seconds: float) -> bool:
        """Wait until no update is pending. False if that took too long; what is left then is not waited for again."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            # Otherwise one chat that hangs would make each later poll wait as long.
            self._pending.clear()
            self._note()
            return False
        return True

    def _note(self) -> None:
        if self._pending:
            self._empty.clear()
        else:
            self._empty.set()


class PerUserProcessor(BaseUpdateProcessor):
    """Different people side by side; one person's updates one after the other, in the order they came."""

    def __init__(self, pending: PendingUpdates, too_many: Callable[[Update], Awaitable[None]]) -> None:
        super().__init__(AT_ONCE)
        self._pending = pending
        self._too_many = too_many
        self._queues: dict[int, _Queue] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to tear down."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return
        try:
            await self._in_turn(update, coroutine)
        finally:
            self._pending.finish(update.update_id)

    async def _in_turn(self, update: Update, coroutine: Awaitable[Any]) -> None:
        # 0: nobody is behind it. These share one queue, and none of them is skipped.
        person = update.effective_user.id if update.effective_user else 0
        queue = self._queues.setdefault(person, _Queue())
        if person and queue.length >= WAITING_PER_PERSON:
            # Python warns of a coroutine that nobody awaits.
            _close(coroutine)
            await self._too_many(update)
            return
        queue.length += 1
        try:
            # asyncio.Lock lets them in first come, first served: a /deny must not pass the /allow before it.
            await queue.turn.acquire()
            self._pending.begin_turn(update.update_id, queue.turn)
            await coroutine
        finally:
            self._pending.release(update.update_id)
            queue.length -= 1
            # Strangers come and go: a queue that is kept for each of them would be a leak.
            if not queue.length:
                self._queues.pop(person, None)


class _Queue:
    """One person's updates; `length` counts those that wait and those that are worked on."""

    def __init__(self) -> None:
        self.length = 0
        self.turn = asyncio.Lock()


def _close(coroutine: Awaitable[Any]) -> None:
    if asyncio.iscoroutine(coroutine):
        coroutine.close()
