"""Keeps polling alive: notices a stalled poller and cures it, and a second bot with the same token."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from telegram.error import Conflict, InvalidToken, TelegramError

from bot.chat.errors import note
from bot.chat.polling import Polls
from bot.clock import Clock
from bot.control import DoorControl
from bot.health import UNHEALTHY_SECONDS, Health, judge
from bot.notices import Notices
from bot.outcomes import Reason
from storage.records import StorageFailed

log = logging.getLogger("latchkey.polling")

LOOK_SECONDS = 5.0
REPORT_SECONDS = 60.0
RESTART_SECONDS = 60.0
ALONE_SECONDS = 60.0
"""Without a conflict for so long the other bot is gone: the library backs off for 30 s between tries."""


class Stalled(Exception):
    """Telegram answers, but polling is over or hangs even on a new connection: only a new process can help."""


class Keeper:
    """`restart` ends polling and begins it again on new connections; `probe` asks Telegram on a fresh one."""

    def __init__(
        self,
        polls: Polls,
        control: DoorControl,
        notices: Notices,
        clock: Clock,
        *,
        restart: Callable[[], Awaitable[None]],
        probe: Callable[[], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._polls = polls
        self._control = control
        self._notices = notices
        self._clock = clock
        self._restart = restart
        self._probe = probe
        self._sleep = sleep
        self._started_at = self._polling_since = clock.boot()
        self._restarted_at: float | None = None
        self._reported_at = float("-inf")
        self._conflict_at: float | None = None
        self._is_conflict_told = False

    def failed(self, error: TelegramError) -> None:
        """Called by the library for every failed poll; must not raise."""
        if isinstance(error, Conflict):
            self._conflict_at = self._clock.boot()
            # The next poll may bring updates before the keeper looks again.
            self._control.holds.add(Reason.ANOTHER_BOT)
        note(None, error)

    def health(self) -> Health:
        return judge(
            silent_seconds=self._silent(),
            has_polled=self._polls.completed_at is not None,
            another_bot=Reason.ANOTHER_BOT in self._control.holds,
        )

    async def run(self) -> None:
        """Look for ever, from the beginning of polling; raises Stalled when nothing else helps."""
        self._polling_since = self._clock.boot()
        while True:
            await self.look()
            await self._sleep(LOOK_SECONDS)

    async def look(self) -> None:
        await self._mind_other_bots()
        silent = self._clock.boot() - max(self._polls.answered_at or 0.0, self._polling_since)
        if silent <= UNHEALTHY_SECONDS:
            self._restarted_at = None if self._silent() <= UNHEALTHY_SECONDS else self._restarted_at
            return
        try:
            await self._probe()
        except InvalidToken:
            # The library has given up polling for good.
            raise Stalled("Telegram does not know the token any more") from None
        except TelegramError as error:
            self._report("Telegram cannot be reached (%s); waiting for it", error)
            return
        await self._cure()

    async def _cure(self) -> None:
        if self._restarted_at is None:
            log.error("polling hangs although Telegram answers: it is begun anew on new connections")
            try:
                async with asyncio.timeout(RESTART_SECONDS):
                    await self._restart()
            except TimeoutError:
                raise Stalled("Telegram answers, but polling cannot be begun anew") from None
            # Ending the old poller takes up to half a minute if it sleeps between two tries.
            self._restarted_at = self._clock.boot()
        elif self._clock.boot() - self._restarted_at > UNHEALTHY_SECONDS / 2:
            raise Stalled("Telegram answers, but polling hangs even on new connections")

    async def _mind_other_bots(self) -> None:
        if self._conflict_at is None:
            return
        if not self._is_conflict_told:
            self._is_conflict_told = True
            await self._tell_owners("another bot")
        # Only a poll shows that nobody else asks: silence may be the network's.
        elif (self._polls.completed_at or 0.0) - self._conflict_at > ALONE_SECONDS:
            self._conflict_at, self._is_conflict_told = None, False
            self._control.holds.discard(Reason.ANOTHER_BOT)
            await self._tell_owners("alone again")

    async def _tell_owners(self, event: str) -> None:
        try:
            await self._notices.owners(event, at=self._clock.datetime())
        except StorageFailed as failure:
            log.error("the owners could not be told: %s", failure)  # noqa: TRY400

    def _silent(self) -> float:
        return self._clock.boot() - max(self._polls.completed_at or 0.0, self._started_at)

    def _report(self, words: str, error: TelegramError) -> None:
        if self._clock.boot() - self._reported_at >= REPORT_SECONDS:
            self._reported_at = self._clock.boot()
            log.warning(words, error)
