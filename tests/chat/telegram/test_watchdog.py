"""A hanging poller ends the process in time, Telegram being away never does, and a second bot shuts the doors."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.chat.telegram.polling import PollHistory
from bot.chat.telegram.watchdog import BadToken, Stalled, Watchdog
from bot.domain.commands import DenialReason
from bot.domain.events import AnotherBot
from bot.notices import Notices
from storage import Storage
from tests.chat.telegram.wire import OLGA, Hands, Lockouts
from tests.fresh import open_fresh

CONFLICT = Conflict("Conflict: terminated by other getUpdates request")
SHUT = frozenset({DenialReason.ANOTHER_BOT})


class Guarded:
    """A poller that a watchdog watches."""

    def __init__(self, storage: Storage) -> None:
        self.hands = Hands()
        clock = self.hands.clock()
        self.storage = storage
        self.polls = PollHistory(clock)
        self.control = Lockouts()
        self.notices = Notices(storage, frozenset({OLGA}))
        self.probe_fails: TelegramError | None = None
        self.probes = 0
        self.polls_meanwhile = False
        self.watchdog = Watchdog(
            self.polls,
            self.control,  # type: ignore[arg-type]
            self.notices,
            clock,
            probe=self.probe,
            sleep=self.hands.sleep,
        )

    async def probe(self) -> None:
        self.probes += 1
        if self.polls_meanwhile:
            self.poll()
        if self.probe_fails:
            raise self.probe_fails

    def poll(self) -> None:
        self.polls.answered()
        self.polls.completed([], date=None, asked_at=self.hands.boot)

    async def after(self, seconds: float, *, polls: bool = False) -> None:
        """The watchdog checks every five seconds until so many have passed; `polls`: a poll is completed each time."""
        for _ in range(round(seconds / 5)):
            self.hands.turn(5)
            if polls:
                self.poll()
            await self.watchdog.check()

    async def lives(self) -> float:
        """Let the watchdog run until it ends the process; after how many seconds."""
        began = self.hands.boot
        with pytest.raises(Stalled):
            async with asyncio.timeout(5):
                await self.watchdog.run()
        return self.hands.boot - began

    async def told(self) -> list[bool]:
        """Whether the owners were told that it begins or is over, in order; and empty the outbox."""
        told = []
        while waiting := await self.notices.next_per_chat():
            assert isinstance(waiting[0].event, AnotherBot)
            told.append(waiting[0].event.is_over)
            await self.notices.delivered(waiting[0])
        return told


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    storage = await open_fresh(tmp_path / "latchkey.db")
    yield Guarded(storage)
    await storage.close()


class TestHanging:
    async def test_while_polls_are_completed_nothing_is_done(self, guarded: Guarded) -> None:
        await guarded.after(600, polls=True)
        assert (guarded.probes, guarded.watchdog.health().good) == (0, True)

    async def test_a_minute_after_the_last_completed_poll_the_heartbeat_says_so(self, guarded: Guarded) -> None:
        guarded.poll()
        guarded.hands.turn(60)
        assert guarded.watchdog.health().good
        guarded.hands.turn(0.1)
        assert guarded.watchdog.health().sentence == "Telegram has completed no poll for 60 s"

    async def test_polling_that_goes_on_by_itself_at_the_last_moment_ends_nothing(self, guarded: Guarded) -> None:
        guarded.poll()
        await guarded.after(65)
        guarded.polls_meanwhile = True
        await guarded.after(5)

    async def test_polling_that_hangs_although_telegram_answers_ends_the_process_within_ninety_seconds(
        self, guarded: Guarded
    ) -> None:
        assert 60 <= await guarded.lives() <= 80

    @pytest.mark.parametrize("error", [NetworkError("no route"), TimedOut(), RetryAfter(30), InvalidToken()])
    async def test_telegram_being_away_never_does(self, guarded: Guarded, error: TelegramError) -> None:
        guarded.probe_fails = error
        await guarded.after(3 * 3600)
        assert not guarded.watchdog.health().good

    async def test_telegram_being_away_is_a_line_a_minute(
        self, guarded: Guarded, caplog: pytest.LogCaptureFixture
    ) -> None:
        guarded.probe_fails = NetworkError("no route")
        await guarded.after(30 + 600)
        assert [record.levelname for record in caplog.records] == ["WARNING"] * 11

    async def test_when_telegram_is_back_polling_has_the_time_that_the_library_needs(self, guarded: Guarded) -> None:
        guarded.probe_fails = NetworkError("no route")
        await guarded.after(3600)
        guarded.probe_fails = None
        await guarded.after(45)
        guarded.poll()
        await guarded.after(20)
        assert guarded.watchdog.health().good

    async def test_when_telegram_is_back_and_polling_is_not_the_process_ends_in_time(self, guarded: Guarded) -> None:
        guarded.probe_fails = NetworkError("no route")
        await guarded.after(3600)
        guarded.probe_fails = None
        assert await guarded.lives() <= 80

    async def test_a_telegram_that_comes_and_goes_is_away(self, guarded: Guarded) -> None:
        for _ in range(50):
            guarded.probe_fails = None
            await guarded.after(40)
            guarded.probe_fails = NetworkError("no route")
            await guarded.after(5)

    async def test_errors_are_answers_and_their_poller_is_left_alone(self, guarded: Guarded) -> None:
        for _ in range(100):
            guarded.polls.answered()
            await guarded.after(20)
        assert (guarded.probes, guarded.watchdog.health().good) == (0, False)

    async def test_a_pause_that_telegram_asked_for_is_no_stall(self, guarded: Guarded) -> None:
        guarded.polls.answered(pause_seconds=60)
        await guarded.after(60 + 20)
        assert guarded.probes == 0

    async def test_polling_that_has_only_just_begun_is_no_stall_however_long_the_network_was_away(
        self, guarded: Guarded
    ) -> None:
        guarded.hands.turn(3600)
        watching = asyncio.ensure_future(guarded.watchdog.run())
        await asyncio.sleep(0)
        assert guarded.probes == 0
        watching.cancel()


class TestToken:
    async def test_one_rejection_is_an_error_like_others(self, guarded: Guarded) -> None:
        guarded.polls.answered(is_rejected=True)
        await guarded.after(20)
        guarded.poll()
        await guarded.after(20)

    async def test_many_within_a_minute_are_not_enough(self, guarded: Guarded) -> None:
        for _ in range(50):
            guarded.polls.answered(is_rejected=True)
            guarded.hands.turn(1)
        await guarded.watchdog.check()

    async def test_rejections_for_more_than_a_minute_are_a_bad_token(self, guarded: Guarded) -> None:
        for _ in range(3):
            guarded.polls.answered(is_rejected=True)
            guarded.hands.turn(30)
        with pytest.raises(BadToken):
            await guarded.watchdog.check()

    async def test_one_good_answer_in_between_is_none(self, guarded: Guarded) -> None:
        for number in range(10):
            guarded.polls.answered(is_rejected=number % 2 == 0)
            guarded.hands.turn(30)
            await guarded.watchdog.check()


class TestAnotherBot:
    async def test_a_conflict_shuts_the_doors_before_the_next_poll_can_bring_anything(self, guarded: Guarded) -> None:
        guarded.watchdog.failed(CONFLICT)
        assert guarded.control.lockouts == SHUT
        assert guarded.watchdog.health().sentence.startswith("another program asks Telegram for this bot's updates")

    async def test_after_a_single_one_they_open_with_the_first_poll_that_nobody_ended(self, guarded: Guarded) -> None:
        guarded.watchdog.failed(CONFLICT)
        await guarded.after(10, polls=True)
        assert guarded.control.lockouts == SHUT
        await guarded.after(5, polls=True)
        assert (guarded.control.lockouts, guarded.watchdog.health().good) == (frozenset(), True)
        assert await guarded.told() == []

    async def test_two_bots_keep_them_shut_however_long_one_of_them_sleeps(self, guarded: Guarded) -> None:
        """The library of the other sleeps up to 30 s between two tries, and polls are completed meanwhile."""
        guarded.watchdog.failed(CONFLICT)
        await guarded.after(5, polls=True)
        for _ in range(20):
            guarded.watchdog.failed(CONFLICT)
            await guarded.after(40, polls=True)
            assert guarded.control.lockouts == SHUT
        assert await guarded.told() == [False]

    async def test_when_the_other_has_gone_they_open_and_the_owners_are_told(self, guarded: Guarded) -> None:
        for _ in range(2):
            guarded.watchdog.failed(CONFLICT)
            await guarded.after(5, polls=True)
        await guarded.after(65, polls=True)
        assert guarded.control.lockouts == frozenset()
        assert await guarded.told() == [False, True]

    async def test_a_conflict_long_ago_does_not_make_this_one_repeated(self, guarded: Guarded) -> None:
        for _ in range(2):
            guarded.watchdog.failed(CONFLICT)
            await guarded.after(15, polls=True)
            assert guarded.control.lockouts == frozenset()
            await guarded.after(600, polls=True)

    async def test_a_network_that_is_away_does_not_show_that_the_other_is(self, guarded: Guarded) -> None:
        guarded.watchdog.failed(CONFLICT)
        guarded.probe_fails = NetworkError("away")
        await guarded.after(600)
        assert guarded.control.lockouts == SHUT

    async def test_other_lockouts_stay(self, guarded: Guarded) -> None:
        guarded.control.shut(DenialReason.LIST_UNCONFIRMED)
        guarded.watchdog.failed(CONFLICT)
        await guarded.after(15, polls=True)
        assert guarded.control.lockouts == {DenialReason.LIST_UNCONFIRMED}

    async def test_the_doors_stay_shut_even_if_the_owners_cannot_be_told(self, guarded: Guarded) -> None:
        await guarded.storage.database.rows("ALTER TABLE outbox RENAME TO hidden")
        guarded.watchdog.failed(CONFLICT)
        guarded.watchdog.failed(CONFLICT)
        await guarded.after(5)
        assert guarded.control.lockouts == SHUT


@pytest.mark.parametrize(
    "error", [CONFLICT, TimedOut(), NetworkError("x"), RetryAfter(5), InvalidToken("Unauthorized"), TelegramError("?")]
)
async def test_the_librarys_callback_never_raises_and_writes_no_traceback(
    guarded: Guarded, error: TelegramError, caplog: pytest.LogCaptureFixture
) -> None:
    guarded.watchdog.failed(error)
    [record] = caplog.records
    assert record.exc_info is None
    assert record.levelno == (logging.ERROR if error is CONFLICT else logging.WARNING)
