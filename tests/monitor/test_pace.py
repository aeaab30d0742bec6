"""Doors are read at the owner's pace: never oftener, and seldom while nobody answers."""

from itertools import cycle

import pytest

from bot.monitor.pace import CALM_READINGS, SLOWEST, Pace
from tests.bench import Hands


def rounds(pace: Pace, count: int) -> list[bool]:
    return [pace.is_due("front") for _ in range(count)]


def pace_of(hands: Hands) -> Pace:
    return Pace(lambda: hands.boot, poll_seconds=30, slow_after=3, chance=lambda: 0.5)


def test_a_door_that_answers_is_read_in_every_round(hands: Hands) -> None:
    assert rounds(pace_of(hands), 4) == [True] * 4


def test_the_pause_varies_and_is_never_shorter_than_the_owner_wants(hands: Hands) -> None:
    chances = cycle([0.0, 0.5, 1.0])
    pace = Pace(lambda: hands.boot, poll_seconds=30, slow_after=3, chance=lambda: next(chances))
    assert [pace.pause() for _ in range(3)] == [30.0, 31.5, 33.0]


def test_an_outage_is_noticed_as_fast_as_ever_and_then_asked_about_less_and_less(hands: Hands) -> None:
    pace = pace_of(hands)
    intervals = []
    for failures in range(1, 9):
        pace.failed("front", failures)
        intervals.append(pace.interval("front"))
    assert intervals == [30, 30, 60, 120, 240, 240, 240, 240]


def test_rounds_are_left_out_while_nobody_answers(hands: Hands) -> None:
    pace = pace_of(hands)
    pace.failed("front", 4)
    assert rounds(pace, 8) == [True, False, False, False, True, False, False, False]


def test_an_answer_ends_the_slowness_at_once(hands: Hands) -> None:
    pace = pace_of(hands)
    pace.failed("front", 99)
    assert rounds(pace, 2) == [True, False]
    pace.read("front", is_calm=True)
    assert rounds(pace, 2) == [True, True]


def test_a_command_makes_it_quick_for_a_minute(hands: Hands) -> None:
    pace = pace_of(hands)
    pace.failed("front", 99)
    pace.hurry("front")
    assert pace.interval("front") == 30
    hands.turn(60)
    assert pace.interval("front") == 30 * SLOWEST


def test_one_door_slows_no_other(hands: Hands) -> None:
    pace = pace_of(hands)
    pace.failed("front", 99)
    assert (pace.interval("front"), pace.interval("back")) == (240, 30)


def calm(hands: Hands, *, poll_seconds: float = 30, is_night: bool = False, is_battery_low: bool = False) -> Pace:
    """After twenty readings of a closed door."""
    pace = Pace(lambda: hands.boot, poll_seconds=poll_seconds, slow_after=3, is_night=lambda: is_night)
    for number in range(CALM_READINGS):
        assert pace.interval("front") == poll_seconds, number
        pace.read("front", is_calm=True, is_battery_low=is_battery_low)
    return pace


@pytest.mark.parametrize(
    ("is_night", "is_battery_low", "seconds"),
    [(False, False, 60), (True, False, 120), (False, True, 120), (True, True, 240)],
)
def test_a_door_that_stays_closed_is_read_less_often(
    hands: Hands, is_night: bool, is_battery_low: bool, seconds: float
) -> None:
    assert calm(hands, is_night=is_night, is_battery_low=is_battery_low).interval("front") == seconds


def test_whoever_polls_seldom_polls_no_less(hands: Hands) -> None:
    assert calm(hands, poll_seconds=100, is_night=True).interval("front") == 200
    assert calm(hands, poll_seconds=300, is_night=True, is_battery_low=True).interval("front") == 300


def test_a_change_a_command_or_a_failure_ends_the_calm(hands: Hands) -> None:
    pace = calm(hands)
    pace.hurry("front")
    assert pace.interval("front") == 30
    hands.turn(60)
    assert pace.interval("front") == 60
    pace.failed("front", 1)
    assert pace.interval("front") == 30
    pace.read("front", is_calm=False)
    assert pace.interval("front") == 30
