"""The clock: whatever happens to answers, to the machine and to its wall clock, no command looks younger than it is."""

import math
import time
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock, boot_time
from tests.bench import Hands

HELD_UP = st.floats(0, 600)
PROMPT = st.floats(0, 0.5)
OFF = 5e-5
"""Seconds per second that a common oscillator is off."""


@dataclass
class Sky:
    """Telegram's true time beside the machine's boot time, whose oscillator is off by `rate`."""

    true: float = 1_800_000_000.3
    boot: float = 5000.0
    rate: float = 0.0

    def pass_(self, seconds: float) -> None:
        self.true += seconds
        self.boot += seconds * (1 + self.rate)

    def clock(self, wall: float = 0.0) -> Clock:
        return Clock(boot=lambda: self.boot, wall=lambda: wall)

    def answer(self, clock: Clock, *, there: float, back: float) -> None:
        """Telegram is asked, writes the `Date` after `there` seconds, and is heard `back` seconds later."""
        sent = self.boot
        self.pass_(there)
        date = math.floor(self.true)
        self.pass_(back)
        clock.stamp(date, sent=sent, received=self.boot)


@given(
    answers=st.lists(st.tuples(HELD_UP, HELD_UP, HELD_UP), min_size=1),
    fraction=st.floats(0, 1, exclude_max=True),
    rate=st.floats(-OFF, OFF),
    later=st.floats(0, 100_000),
)
def test_held_up_answers_never_make_an_old_command_young(
    answers: list[tuple[float, float, float]], fraction: float, rate: float, later: float
) -> None:
    sky = Sky(true=1_800_000_000 + fraction, rate=rate)
    asked_at, clock = sky.true, sky.clock()
    for pause, there, back in answers:
        sky.pass_(pause)
        sky.answer(clock, there=there, back=back)
        assert clock.age(asked_at) >= sky.true - asked_at - 1e-6
    sky.pass_(later)
    assert clock.age(asked_at) >= sky.true - asked_at - 1e-6


@given(answers=st.lists(st.tuples(HELD_UP, PROMPT, PROMPT), min_size=1), fraction=st.floats(0, 1, exclude_max=True))
def test_prompt_answers_keep_a_fresh_command_fresh(answers: list[tuple[float, float, float]], fraction: float) -> None:
    sky = Sky(true=1_800_000_000 + fraction)
    clock = sky.clock()
    for pause, there, back in answers:
        sky.pass_(pause)
        sky.answer(clock, there=there, back=back)
    assert clock.age(sky.true) <= 1 + 0.5 + 0.5 + 0.01


@given(held_up=HELD_UP, again=HELD_UP)
def test_a_held_up_answer_spoils_nothing_that_was_known(held_up: float, again: float) -> None:
    sky = Sky()
    clock = sky.clock()
    sky.answer(clock, there=0.05, back=0.05)
    sky.answer(clock, there=held_up, back=again)
    assert clock.age(sky.true) <= 1.2 + OFF * (held_up + again) * 4


@given(wall=st.floats(0, 4e9))
def test_a_wrong_wall_clock_does_not_matter_once_telegram_answered(wall: float) -> None:
    sky = Sky()
    clock = sky.clock(wall=wall)
    sky.answer(clock, there=0.1, back=0.1)
    assert clock.now() == pytest.approx(sky.true, abs=1)
    assert 60 <= clock.age(sky.true - 60) < 62


def test_before_telegram_answered_the_wall_clock_is_all_there_is(clock: Clock, hands: Hands) -> None:
    assert clock.now() == hands.wall
    assert clock.age(hands.wall - 10) == 10


def test_time_asleep_makes_a_command_older() -> None:
    sky = Sky()
    clock = sky.clock()
    sky.answer(clock, there=0.1, back=0.1)
    asked_at = sky.true
    sky.pass_(3600)
    assert clock.age(asked_at) >= 3600


@pytest.mark.parametrize("rate", [-OFF, OFF])
def test_a_day_without_answers_makes_no_command_young_however_the_oscillator_runs(rate: float) -> None:
    """Telegram wrote at the very end of a second, and both ways took no time: nothing else is to spare."""
    sky = Sky(true=1_800_000_000.9999, rate=rate)
    clock = sky.clock()
    sky.answer(clock, there=0, back=0)
    asked_at = sky.true
    sky.pass_(86_400)
    assert clock.age(asked_at) >= 86_400


def test_the_clock_goes_on_without_answers() -> None:
    sky = Sky()
    clock = sky.clock()
    sky.answer(clock, there=0.1, back=0.1)
    sky.pass_(86_400)
    assert clock.now() == pytest.approx(sky.true, abs=1)


def test_the_moment_is_in_utc(clock: Clock, hands: Hands) -> None:
    assert clock.datetime().timestamp() == hands.wall
    assert str(clock.datetime().tzinfo) == "UTC"


def test_boot_time_goes_on() -> None:
    assert boot_time() <= boot_time()


@pytest.mark.parametrize("known", [True, False])
def test_boot_time_counts_sleep_where_the_platform_can_tell(monkeypatch: pytest.MonkeyPatch, known: bool) -> None:
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 77, raising=False)
    if not known:
        monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    monkeypatch.setattr(time, "clock_gettime", float)
    assert boot_time() == (77.0 if known else float(time.CLOCK_MONOTONIC))


def test_no_time_widens_nothing() -> None:
    clock = Clock(boot=lambda: 0.0, wall=lambda: 0.0)
    clock.stamp(1000, sent=0.0, received=0.0)
    assert (clock.now(), clock.age(1000)) == (1000.5, 1.0)


def test_what_an_oscillator_may_be_off_is_added_on_both_sides() -> None:
    """So the best guess stays in the middle of what is possible."""
    clock = Clock(boot=lambda: 1000.0, wall=lambda: 0.0)
    clock.stamp(5000, sent=0.0, received=1000.0)
    assert clock.now() == pytest.approx(5500.5, abs=1e-6)


def test_bounds_that_touch_agree() -> None:
    """The second answer could have been written at the last moment the first one allows: that moment it is."""
    clock = Clock(boot=lambda: 0.0, wall=lambda: 0.0)
    clock.stamp(1000, sent=0.0, received=0.0)
    clock.stamp(1001, sent=0.0, received=0.0)
    assert clock.now() == 1001
