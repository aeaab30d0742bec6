"""Who is next: one person's updates in the order they came, and which of them are not yet dealt with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

WAITING_PER_PERSON = 20
AT_ONCE = 1000

_turn: ContextVar[Callable[[], None] | None] = ContextVar("turn", default=None)


def end_turn() -> None:
    """What must not be lost and must stay in order is done: let the person's next update go ahead."""
    if release := _turn.get():
        release()


class InHand:
    """The updates that were received and whose turn is not over."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    def take(self, update_ids: Iterable[int]) -> None:
        self._numbers.update(update_ids)
        self._note()

    def done(self, update_id: int) -> None:
        self._numbers.discard(update_id)
        self._note()

    async def emptied(self, seconds: float) -> bool:
        """Wait until nothing is in hand. False if that took too long; what was left then is waited for no more."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            self._numbers.clear()
            self._note()
            return False
        return True

    def _note(self) -> None:
        if self._numbers:
            self._empty.clear()
        else:
            self._empty.set()


class InTurn(BaseUpdateProcessor):
    """Different people side by side; one person's updates one after the other, in the order they came."""

    def __init__(self, in_hand: InHand, too_many: Callable[[Update], Awaitable[None]]) -> None:
        super().__init__(AT_ONCE)
        self._in_hand = in_hand
        self._too_many = too_many
        self._turns: dict[int, _Turns] = {}

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to tear down."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        if not isinstance(update, Update):
            await coroutine
            return

        def done() -> None:
            self._in_hand.done(update.update_id)

        try:
            await self._in_turn(update, coroutine, done)
        finally:
            done()

    async def _in_turn(self, update: Update, coroutine: Awaitable[Any], done: Callable[[], None]) -> None:
        person = update.effective_user.id if update.effective_user else 0
        turns = self._turns.setdefault(person, _Turns())
        if person and turns.waiting >= WAITING_PER_PERSON:
            _close(coroutine)
            await self._too_many(update)
            return
        try:
            async with turns.take(done):
                await coroutine
        finally:
            if not turns.waiting:
                self._turns.pop(person, None)


class _Turns:
    """One person's queue."""

    def __init__(self) -> None:
        self.waiting = 0
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def take(self, done: Callable[[], None]) -> AsyncIterator[None]:
        """The block is this update's turn, which it may end early; `done` is called at its end."""
        self.waiting += 1
        try:
            await self._lock.acquire()
            with self._releasable(done) as release:
                try:
                    yield
                finally:
                    release()
        finally:
            self.waiting -= 1

    @contextmanager
    def _releasable(self, done: Callable[[], None]) -> Iterator[Callable[[], None]]:
        held = [True]

        def release() -> None:
            if held and held.pop():
                self._lock.release()
                done()

        token = _turn.set(release)
        try:
            yield release
        finally:
            _turn.reset(token)


def _close(coroutine: Awaitable[Any]) -> None:
    if asyncio.iscoroutine(coroutine):
        coroutine.close()
