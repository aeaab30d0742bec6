"""A wrong Date: doubted, never believed at once, bounded in what it may do, and over when it is over."""

import os
from math import floor

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.clock import ADOPT_SECONDS, TRUST_SECONDS, Clock

HOUR, YEAR = 3600.0, 31_536_000.0
WRONG = (-YEAR, -HOUR, -600.0, -31.0, -13.0, 13.0, 31.0, 600.0, HOUR, YEAR)
SIZE = int(os.environ.get("LATCHKEY_STEPS", "1"))
ACCURACY = 7.0
"""What two seconds of front ends and the tolerance leave."""


class Sky:
    """Telegram's true time, the machine's boot time, and servers whose Date is wrong by `off`."""

    def __init__(self, *, off: float = 0.0, wall_off: float = 0.0) -> None:
        self.true, self.boot, self.off = 1_800_000_000.3, 5000.0, off
        self.clock = Clock(boot=lambda: self.boot, wall=lambda: self.true + wall_off)
        self.emptied_at: float | None = None

    def pass_(self, seconds: float) -> None:
        self.true += seconds
        self.boot += seconds

    def poll(self, *, off: float | None = None) -> None:
        """An answer comes, and leaves nothing behind."""
        sent = self.boot
        self.pass_(0.1)
        date = floor(self.true + (self.off if off is None else off))
        self.pass_(0.1)
        self.clock.stamp(date, sent=sent, received=self.boot)
        self.emptied_at = sent

    def message(self, *, age: float = 0.0) -> None:
        """A message comes that was written `age` seconds ago; the message servers' time is right."""
        made_after = self.emptied_at if self.emptied_at is not None and age == 0 else None
        self.clock.message_date(floor(self.true - age), made_after=made_after, received=self.boot)

    @property
    def error(self) -> float:
        return abs(self.clock.now() - self.true)


def right(*, wall_off: float = 0.0) -> Sky:
    """A minute of right Dates and a message."""
    sky = Sky(wall_off=wall_off)
    for _ in range(7):
        sky.poll()
        sky.pass_(10)
    sky.message()
    assert (sky.clock.is_doubted, sky.clock.is_trusted) == (False, True)
    return sky


@pytest.mark.parametrize("off", WRONG)
def test_a_jump_is_doubted_and_not_believed_and_over_with_the_next_right_date(off: float) -> None:
    sky = right()
    sky.poll(off=off)
    assert (sky.clock.is_doubted, sky.clock.is_trusted) == (True, False)
    assert sky.error < 1.5
    assert sky.clock.latest() >= sky.true + max(0.0, off) - 1.5
    sky.pass_(12)
    sky.poll()
    assert (sky.clock.is_doubted, sky.clock.is_trusted) == (False, True)


@pytest.mark.parametrize("off", [-2.0, -1.0, 1.0, 2.0])
def test_front_ends_that_differ_by_a_second_or_two_cause_no_doubt(off: float) -> None:
    sky = right()
    for number in range(200):
        sky.poll(off=off * (number % 2))
        assert not sky.clock.is_doubted
        sky.pass_(10)
    assert sky.error < 4


@pytest.mark.parametrize("step", [-4.0, 4.0])
def test_a_date_that_creeps_away_is_doubted_as_well(step: float) -> None:
    sky = right()
    for number in range(1, 50):
        sky.poll(off=step * number)
        assert sky.error < ACCURACY
        assert sky.clock.is_doubted == (number > 1)


def test_a_jump_that_lasts_is_believed_in_the_end() -> None:
    """As after a snapshot of the machine was restored: boot time stood still."""
    sky = right()
    sky.true += 5000
    sky.poll()
    assert sky.clock.is_doubted
    sky.pass_(ADOPT_SECONDS)
    sky.poll()
    assert (sky.clock.is_doubted, sky.error < 2) == (False, True)


def test_a_jump_that_a_fresh_message_confirms_is_believed_at_once() -> None:
    sky = right()
    sky.true += 5000
    sky.poll()
    sky.message()
    assert (sky.clock.is_doubted, sky.error < 2) == (False, True)


def test_a_jump_that_a_fresh_message_announced_is_believed_with_the_first_date() -> None:
    sky = Sky(off=-HOUR)
    sky.poll()
    sky.message()
    assert sky.clock.is_doubted
    sky.poll(off=0)
    assert (sky.clock.is_doubted, sky.error < 2) == (False, True)


def test_an_old_message_confirms_no_jump_ahead() -> None:
    sky = right()
    sky.true += 100
    sky.message(age=60)
    assert sky.clock.is_doubted
    sky.poll(off=YEAR)
    assert sky.clock.is_doubted
    assert sky.clock.now() < sky.true + 1


def test_a_clock_that_is_an_hour_slow_from_the_start_is_found_out_by_a_message_of_half_an_hour_ago() -> None:
    sky = Sky(off=-HOUR)
    sky.poll()
    assert not sky.clock.is_doubted, "nothing contradicts it yet"
    sky.message(age=HOUR / 2)
    assert sky.clock.is_doubted
    assert sky.clock.latest() >= sky.true - HOUR / 2 - 1, "a right that ended before the message was written has ended"


def test_a_clock_that_is_an_hour_slow_from_the_start_is_found_out_by_the_journal() -> None:
    sky = Sky(off=-HOUR)
    sky.clock.recorded(sky.true - 60)
    sky.poll()
    assert (sky.clock.is_doubted, sky.clock.is_trusted) == (True, False)
    assert sky.clock.latest() >= sky.true - 61


def test_a_journal_of_a_wrong_time_is_overruled_by_a_fresh_message() -> None:
    sky = Sky()
    sky.clock.recorded(sky.true + YEAR)
    sky.poll()
    assert sky.clock.is_doubted
    sky.message()
    assert not sky.clock.is_doubted


@pytest.mark.parametrize("moment", [-YEAR, -60.0, 3.0])
def test_a_journal_that_ends_in_the_past_causes_no_doubt(moment: float) -> None:
    sky = Sky()
    sky.clock.recorded(sky.true + moment)
    sky.poll()
    assert not sky.clock.is_doubted


def test_a_year_ahead_for_twelve_seconds_at_the_start_is_never_written_anywhere_and_soon_over() -> None:
    sky = Sky(off=YEAR)
    for _ in range(4):
        sky.poll()
        assert not sky.clock.is_trusted
        sky.pass_(4)
    sky.off = 0
    sky.poll()
    assert (sky.clock.is_doubted, sky.clock.is_trusted) == (True, False)
    sky.message()
    assert (sky.clock.is_doubted, sky.error < 2) == (False, True)


def test_a_time_that_the_host_confirms_is_trusted_at_once_and_another_after_a_minute() -> None:
    for wall_off, at_once in ((0.0, True), (599.0, True), (601.0, False), (-YEAR, False)):
        sky = Sky(wall_off=wall_off)
        assert not sky.clock.is_trusted
        sky.poll()
        assert sky.clock.is_trusted == at_once
        sky.pass_(TRUST_SECONDS)
        sky.poll()
        assert sky.clock.is_trusted


def test_one_message_with_a_wrong_date_is_forgotten_with_the_next_fresh_one() -> None:
    sky = right()
    sky.clock.message_date(sky.true + HOUR, made_after=None, received=sky.boot)
    assert sky.clock.is_doubted
    sky.poll()
    sky.message(age=30)
    assert sky.clock.is_doubted, "an old message may be older than it looks"
    sky.message()
    assert not sky.clock.is_doubted


def test_a_jump_back_that_lasts_is_still_doubted_until_a_message_comes() -> None:
    """Else an ended right would work again for whoever presses a button, which has no date."""
    sky = right()
    sky.off = -HOUR
    for _ in range(100):
        sky.poll()
        sky.pass_(10)
    assert sky.clock.is_doubted
    assert sky.clock.latest() >= sky.true - 1010
    sky.off = 0
    sky.poll()
    sky.message()
    assert (sky.clock.is_doubted, sky.error < 2) == (False, True)


class Doubts(RuleBasedStateMachine):
    """Dates, messages and pauses in any order. A wrong Date never lasts for ten minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.sky = Sky()
        self.wrong_since: float | None = None
        self.started_right = True

    @initialize(off=st.sampled_from((0.0, 0.0, *WRONG)), wall_off=st.sampled_from((0.0, *WRONG)))
    def the_first_date(self, off: float, wall_off: float) -> None:
        self.sky = Sky(wall_off=wall_off)
        self.started_right = abs(off) == 0
        self.date(off)

    def date(self, off: float) -> None:
        self.sky.poll(off=off)
        if abs(off) <= 2:
            self.wrong_since = None
        elif self.wrong_since is None:
            self.wrong_since = self.sky.boot

    @rule(off=st.sampled_from((-2.0, -1.0, 0.0, 0.0, 1.0, 2.0)))
    def a_right_date(self, off: float) -> None:
        self.date(off)

    @precondition(lambda self: self.started_right)
    @rule(off=st.sampled_from(WRONG))
    def a_wrong_date(self, off: float) -> None:
        if self.wrong_since is None or self.sky.boot - self.wrong_since < ADOPT_SECONDS - 1:
            self.date(off)
            assert (self.sky.clock.is_doubted, self.sky.clock.is_trusted) == (True, False)

    @rule(seconds=st.sampled_from((0.5, 10.0, 50.0, 119.0, HOUR)))
    def time_passes(self, seconds: float) -> None:
        if self.wrong_since is not None:
            # Until it can be wrong no longer.
            seconds = min(seconds, max(0.0, self.wrong_since + ADOPT_SECONDS - 1 - self.sky.boot))
        self.sky.pass_(seconds)

    @rule()
    def a_fresh_message(self) -> None:
        self.sky.poll(off=0.0)
        self.wrong_since = None
        self.sky.message()
        assert not self.sky.clock.is_doubted
        assert self.sky.error < ACCURACY
        self.started_right = True

    @rule(age=st.sampled_from((20.0, HOUR / 2, YEAR)))
    def an_old_message(self, age: float) -> None:
        self.sky.message(age=age)
        if self.sky.clock.now() < self.sky.true - age - ACCURACY:
            assert self.sky.clock.is_doubted

    @rule()
    def a_message_while_dates_are_wrong(self) -> None:
        self.sky.message()
        assert self.sky.clock.latest() > self.sky.true - ACCURACY

    @invariant()
    def a_short_lie_never_moves_the_clock(self) -> None:
        if self.started_right:
            assert self.sky.error < ACCURACY
            assert self.sky.clock.latest() > self.sky.true - ACCURACY
            assert self.sky.clock.age(self.sky.true - 60) > 60 - ACCURACY

    @invariant()
    def what_is_trusted_is_right(self) -> None:
        if self.started_right and self.sky.clock.is_trusted:
            assert self.sky.error < ACCURACY


TestDoubts = Doubts.TestCase
TestDoubts.settings = settings(max_examples=100 * SIZE, stateful_step_count=40, deadline=None)
