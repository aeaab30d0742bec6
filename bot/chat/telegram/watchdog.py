"""The polling watchdog: ends the process when polling hangs although Telegram answers, and minds a second bot."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from telegram.error import Conflict, TelegramError

from bot.chat.telegram.errors import log_failure
from bot.chat.telegram.polling import PollHistory
from bot.clock import Clock
from bot.control import DoorControl
from bot.domain.commands import DenialReason
from bot.domain.events import AnotherBot
from bot.domain.failures import StorageFailed
from bot.health import Health, Pulse, judge
from bot.notices import Notices

log = logging.getLogger("latchkey.polling")

# These keep R10 of docs/trials.md: a stall is noticed within 60 s, and doors open 90 s after the fault ends.
CHECK_SECONDS = 5.0
REPORT_SECONDS = 60.0
# A poll takes ten seconds; after so long without an answer Telegram is asked on another connection.
SILENT_SECONDS = 20.0
# Telegram answers again: the library sleeps at most 30 s between two tries, and a poll and its connection take 15.
RECOVERY_SECONDS = 45.0
# Telegram rejects a good token now and then. So many times in a row, and for so long, it is a bad one.
MOST_REJECTIONS, REJECTED_SECONDS = 3, 60.0
# A little more than one long poll: whoever else polls now would have ended it.
SINGLE_CONFLICT_SECONDS = 12.0
# After several conflicts: another bot like this sleeps up to 30 s between two tries, so 12 s would prove nothing.
CONFLICTS_SECONDS = 60.0
# Two conflicts that are further apart are two single ones.
REMEMBERED_SECONDS = 600.0


class Stalled(Exception):
    """Telegram answers, but polling hangs: a new process can help."""


class BadToken(Exception):
    """Telegram does not know the token: no new process can help."""


class Watchdog:
    """`probe` asks Telegram on a connection that nothing else uses."""

    def __init__(
        self,
        polls: PollHistory,
        control: DoorControl,
        notices: Notices,
        clock: Clock,
        *,
        probe: Callable[[], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._polls = polls
        self._control = control
        self._notices = notices
        self._clock = clock
        self._probe = probe
        self._sleep = sleep
        self._started_at = self._polling_since = clock.boot()
        self._reachable_since: float | None = None
        """Since when every probe was answered and no poll was."""
        self._reported_at = float("-inf")
        self._conflicts: list[float] = []
        self._is_conflict_told = False

    def failed(self, error: TelegramError) -> None:
        # The library calls this for every failed poll, and polling ends if it raises.
        if isinstance(error, Conflict):
            now = self._clock.boot()
            self._conflicts = [*(at for at in self._conflicts[-1:] if now - at < REMEMBERED_SECONDS), now]
            # The next poll may bring updates before the watchdog looks again: with the doors shut only at that look
            # one was opened 1.0 s after Telegram's first 409.
            self._control.shut(DenialReason.ANOTHER_BOT)
        log_failure(error)

    def health(self) -> Health:
        last = self._polls.completed_at
        return judge(
            silent_seconds=self._clock.boot() - max(last or 0.0, self._started_at),
            has_polled=last is not None,
            another_bot=DenialReason.ANOTHER_BOT in self._control.lockouts,
        )

    def pulse(self) -> Pulse:
        last = self._polls.completed_at
        return Pulse(True, self.health(), None if last is None else self._clock.boot() - last)

    async def run(self) -> None:
        """Check for ever, from the beginning of polling; raises Stalled or BadToken when polling cannot go on."""
        self._polling_since = self._clock.boot()
        while True:
            await self.check()
            await self._sleep(CHECK_SECONDS)

    async def check(self) -> None:
        self._check_token()
        await self._check_conflicts()
        await self._check_polls()

    def _check_token(self) -> None:
        rejections = self._polls.rejections
        if len(rejections) >= MOST_REJECTIONS and rejections[-1] - rejections[0] >= REJECTED_SECONDS:
            raise BadToken

    async def _check_polls(self) -> None:
        answered = self._answered_at
        if self._clock.boot() - answered <= SILENT_SECONDS:
            self._reachable_since = None
            return
        try:
            await self._probe()
        except TelegramError as error:
            # Telegram is away, and a new process would find it away as well.
            self._reachable_since = None
            self._report("Telegram cannot be reached (%s); waiting for it", error)
            return
        if self._reachable_since is None or self._reachable_since < answered:
            self._reachable_since = self._clock.boot()
        elif self._answered_at > answered:
            # While Telegram was asked, polling went on by itself. The trial of stalls saw a process end 0.3 s after a
            # completed poll.
            self._reachable_since = None
        elif self._clock.boot() - self._reachable_since >= RECOVERY_SECONDS:
            raise Stalled("Telegram answers, but polling hangs")

    @property
    def _answered_at(self) -> float:
        return max(self._polls.answered_at or 0.0, self._polling_since)

    async def _check_conflicts(self) -> None:
        if not self._conflicts or DenialReason.ANOTHER_BOT not in self._control.lockouts:
            return
        is_repeated = len(self._conflicts) > 1
        if is_repeated and not self._is_conflict_told:
            self._is_conflict_told = True
            await self._tell_owners(is_over=False)
        quiet = CONFLICTS_SECONDS if is_repeated else SINGLE_CONFLICT_SECONDS
        # Only a completed poll shows that nobody else asks: a minute without network passed for a bot that had gone.
        if (self._polls.completed_at or 0.0) - self._conflicts[-1] > quiet:
            self._control.reopen(DenialReason.ANOTHER_BOT)
            if self._is_conflict_told:
                self._is_conflict_told = False
                await self._tell_owners(is_over=True)

    async def _tell_owners(self, *, is_over: bool) -> None:
        try:
            await self._notices.tell_owners(AnotherBot(is_over=is_over, at=self._now()))
        except StorageFailed as failure:
            log.error("the owners could not be told: %s", failure)  # noqa: TRY400

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def _report(self, words: str, error: TelegramError) -> None:
        if self._clock.boot() - self._reported_at >= REPORT_SECONDS:
            self._reported_at = self._clock.boot()
            log.warning(words, error)
