"""A stalled poller is noticed and cured once; Telegram being away is waited out; a second bot closes all doors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.chat.keeper import Keeper, Stalled
from bot.chat.polling import Polls
from bot.clock import Clock
from bot.outcomes import Reason
from storage import Storage
from tests.bench import OWNER, Hands
from tests.test_control import build

CONFLICT = Conflict("Conflict: terminated by other getUpdates request")


@dataclass
class Wire:
    """What a poller has between itself and Telegram, and how often it was made anew."""

    hands: Hands
    storage: Storage
    polls: Polls
    probe_fails: TelegramError | None = None
    restarts: int = 0
    probes: int = 0
    restarted: Callable[[], Awaitable[None]] | None = None
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        clock = self.hands.clock()
        house = build(self.storage, self.hands, clock)
        self.holds = house.control.holds
        self.keeper = Keeper(
            self.polls,
            house.control,
            house.notices,
            clock,
            restart=self.restart,
            probe=self.probe,
            sleep=self.hands.sleep,
        )

    async def restart(self) -> None:
        self.restarts += 1
        if self.restarted:
            await self.restarted()

    async def probe(self) -> None:
        self.probes += 1
        if self.probe_fails:
            raise self.probe_fails

    def poll(self) -> None:
        self.polls.answered()
        self.polls.completed([], None)

    async def after(self, seconds: float) -> None:
        """The keeper looks every five seconds until so many have passed."""
        for _ in range(round(seconds / 5)):
            self.hands.turn(5)
            await self.keeper.look()

    async def told(self) -> list[tuple[int, object]]:
        return [(letter.chat_id, letter.notice["event"]) for letter in await self.storage.outbox.heads()]


@pytest.fixture
def wire(hands: Hands, clock: Clock, storage: Storage) -> Wire:
    return Wire(hands, storage, Polls(clock))


async def test_while_polls_are_completed_nothing_is_done(wire: Wire) -> None:
    for _ in range(60):
        wire.poll()
        await wire.after(10)
    assert (wire.probes, wire.restarts, wire.keeper.health().good) == (0, 0, True)


async def test_a_stalled_poller_is_noticed_a_minute_after_its_last_completed_poll(wire: Wire) -> None:
    wire.poll()
    await wire.after(60)
    assert (wire.restarts, wire.keeper.health().good) == (0, True)
    wire.hands.turn(0.1)
    assert not wire.keeper.health().good
    await wire.keeper.look()
    assert wire.restarts == 1
    assert wire.keeper.health().sentence == "Telegram has completed no poll for 60 s"


async def test_a_poller_that_never_completed_a_poll_counts_from_the_start(wire: Wire) -> None:
    await wire.after(60)
    assert wire.keeper.health().good
    await wire.after(5)
    assert (wire.restarts, wire.keeper.health().good) == (1, False)


async def test_a_cure_that_helps_is_the_only_one(wire: Wire) -> None:
    async def helps() -> None:
        wire.poll()

    wire.restarted = helps
    await wire.after(65)
    assert (wire.restarts, wire.keeper.health().good) == (1, True)


async def test_a_cured_poller_may_be_cured_again_later(wire: Wire) -> None:
    await wire.after(65)
    wire.poll()
    await wire.after(10)
    await wire.after(55)
    assert wire.restarts == 2


async def test_polling_that_hangs_on_a_new_connection_as_well_ends_the_process(wire: Wire) -> None:
    await wire.after(65 + 30)
    assert wire.restarts == 1
    with pytest.raises(Stalled, match="even on new connections"):
        await wire.after(5)
    assert wire.restarts == 1


async def test_a_rebuild_that_hangs_ends_the_process(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.chat.keeper.RESTART_SECONDS", 0.01)
    wire.restarted = never
    with pytest.raises(Stalled, match="cannot be begun anew"):
        await wire.after(65)


async def test_a_slow_rebuild_does_not_shorten_the_chance_it_gives(wire: Wire) -> None:
    async def slowly() -> None:
        wire.hands.turn(25)

    wire.restarted = slowly
    await wire.after(65)
    wire.hands.turn(29)
    await wire.keeper.look()
    wire.hands.turn(2)
    with pytest.raises(Stalled):
        await wire.keeper.look()


async def test_looking_for_ever_ends_with_that(wire: Wire) -> None:
    with pytest.raises(Stalled):
        await wire.keeper.run()
    assert 90 <= wire.hands.boot - 1000 <= 105


@pytest.mark.parametrize("error", [NetworkError("no route"), TimedOut(), RetryAfter(30)])
async def test_telegram_being_down_is_no_reason_to_do_anything(wire: Wire, error: TelegramError) -> None:
    wire.probe_fails = error
    await wire.after(3 * 3600)
    assert (wire.restarts, wire.keeper.health().good) == (0, False)


async def test_telegram_being_down_is_a_line_a_minute(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.probe_fails = NetworkError("no route")
    await wire.after(60 + 600)
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 10


async def test_when_telegram_is_back_and_polling_is_not_it_is_cured(wire: Wire) -> None:
    wire.probe_fails = NetworkError("no route")
    await wire.after(3600)
    wire.probe_fails = None
    await wire.after(5)
    assert wire.restarts == 1


async def test_errors_are_answers_and_their_poller_is_left_alone(wire: Wire) -> None:
    for _ in range(100):
        wire.polls.answered()
        await wire.after(30)
    assert (wire.probes, wire.restarts, wire.keeper.health().good) == (0, 0, False)


async def test_a_pause_that_telegram_asked_for_is_no_stall(wire: Wire) -> None:
    wire.polls.answered(pause_seconds=600)
    await wire.after(600 + 60)
    assert (wire.probes, wire.restarts, wire.keeper.health().good) == (0, 0, False)
    await wire.after(5)
    assert wire.restarts == 1


async def test_polling_that_has_only_just_begun_is_no_stall_however_long_the_network_was_away(wire: Wire) -> None:
    wire.hands.turn(3600)
    keeping = asyncio.ensure_future(wire.keeper.run())
    await asyncio.sleep(0)
    assert (wire.restarts, wire.keeper.health().good) == (0, False)
    keeping.cancel()


async def test_an_error_after_the_cure_is_no_proof_that_it_helped(wire: Wire) -> None:
    await wire.after(65)
    wire.polls.answered()
    with pytest.raises(Stalled):
        await wire.after(100)
    assert wire.restarts == 1


async def test_a_token_that_was_revoked_ends_the_process(wire: Wire) -> None:
    wire.probe_fails = InvalidToken("Unauthorized")
    with pytest.raises(Stalled, match="does not know the token any more"):
        await wire.after(65)
    assert wire.restarts == 0


async def test_a_conflict_holds_all_doors_before_the_next_poll_can_bring_anything(wire: Wire) -> None:
    wire.keeper.failed(CONFLICT)
    assert wire.holds == {Reason.ANOTHER_BOT}
    assert not wire.keeper.health().good


async def test_a_second_bot_holds_all_doors_and_the_owners_are_told_once(wire: Wire) -> None:
    for _ in range(10):
        wire.polls.answered()
        wire.keeper.failed(CONFLICT)
        await wire.after(30)
    assert wire.holds == {Reason.ANOTHER_BOT}
    assert await wire.told() == [(OWNER, "another bot")]
    assert wire.keeper.health().sentence == "a second bot uses the same token; no door is opened"


async def test_a_second_bot_counts_as_gone_after_a_minute_without_conflict(wire: Wire) -> None:
    wire.keeper.failed(CONFLICT)
    await wire.after(60)
    assert wire.holds == {Reason.ANOTHER_BOT}
    wire.hands.turn(1)
    wire.poll()
    await wire.after(5)
    assert (wire.holds, wire.keeper.health().good) == (set(), True)
    [letter] = await wire.storage.outbox.heads()
    await wire.storage.outbox.delivered(letter.id)
    assert await wire.told() == [(OWNER, "alone again")]


async def test_a_network_that_is_away_does_not_show_that_the_second_bot_is(wire: Wire) -> None:
    wire.keeper.failed(CONFLICT)
    wire.probe_fails = NetworkError("away")
    await wire.after(600)
    assert wire.holds == {Reason.ANOTHER_BOT}
    assert await wire.told() == [(OWNER, "another bot")]


async def test_other_holds_stay_when_the_second_bot_has_gone(wire: Wire) -> None:
    wire.holds.add(Reason.LIST_UNCONFIRMED)
    wire.keeper.failed(CONFLICT)
    await wire.after(65)
    wire.poll()
    await wire.after(5)
    assert wire.holds == {Reason.LIST_UNCONFIRMED}


async def test_a_second_bot_is_held_even_if_the_owners_cannot_be_told(wire: Wire) -> None:
    await wire.storage.database.rows("ALTER TABLE outbox RENAME TO hidden")
    wire.keeper.failed(CONFLICT)
    await wire.after(5)
    assert wire.holds == {Reason.ANOTHER_BOT}


@pytest.mark.parametrize(
    "error", [CONFLICT, TimedOut(), NetworkError("x"), RetryAfter(5), InvalidToken("Unauthorized"), TelegramError("?")]
)
async def test_the_librarys_callback_never_raises(wire: Wire, error: TelegramError) -> None:
    wire.keeper.failed(error)


async def test_failed_polls_are_lines_in_the_log_not_tracebacks(wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    wire.keeper.failed(NetworkError("no route"))
    wire.keeper.failed(CONFLICT)
    assert [(record.levelno, record.exc_info) for record in caplog.records] == [
        (logging.WARNING, None),
        (logging.ERROR, None),
    ]
