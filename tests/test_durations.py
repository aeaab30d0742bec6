"""Lengths of time as people write and read them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.durations import LONGEST, NotADuration, join_length, parse_duration, spell_age, spell_duration


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        (" 2 H ", timedelta(hours=2)),
        ("366d", LONGEST),
    ],
)
def test_what_people_write_is_understood(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "0m", "h", "2", "-2h", "1.5h", "2h30m", "367d", "999999w", "٣h", "2y", "9" * 100 + "h"]
)
def test_nonsense_nothing_and_too_long_are_refused(text: str) -> None:
    with pytest.raises(NotADuration):
        parse_duration(text)


@given(text=st.text())
def test_any_text_is_a_length_or_not_a_duration(text: str) -> None:
    try:
        assert timedelta(0) < parse_duration(text) <= LONGEST
    except NotADuration as error:
        assert "Write 30m, 2h, 3d or 1w." in str(error)  # noqa: PT017 - either is fine


@given(number=st.integers(1, 500), unit=st.sampled_from("mhdwMHDW"), space=st.sampled_from(["", " "]))
def test_every_number_with_a_unit_is_a_length_or_too_long(number: int, unit: str, space: str) -> None:
    size = {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit.lower()]
    expected = timedelta(minutes=number * size)
    if expected <= LONGEST:
        assert parse_duration(f"{number}{space}{unit}") == expected


def test_the_refusal_quotes_no_more_than_a_few_signs() -> None:
    with pytest.raises(NotADuration) as refusal:
        parse_duration("x" * 4000)
    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=2), "2 hours"),
        (timedelta(days=1), "1 day"),
        (timedelta(weeks=2), "2 weeks"),
    ],
)
def test_a_length_is_spelt_in_its_largest_whole_unit(length: timedelta, words: str) -> None:
    assert spell_duration(length) == words


@given(minutes=st.integers(1, 366 * 24 * 60))
def test_the_spelt_length_is_the_length(minutes: int) -> None:
    number, unit = spell_duration(timedelta(minutes=minutes)).split()
    assert parse_duration(number + unit[0]) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (0, "just now"),
        (40, "40 s ago"),
        (300, "5 min ago"),
        (3 * 3600, "3 h ago"),
        (2 * 86_400, "2 days ago"),
    ],
)
def test_an_age_is_spelt_in_one_unit(seconds: float, words: str) -> None:
    assert spell_age(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("words", "joined"),
    [(["garage", "2", "h"], ["garage", "2h"]), (["2h"], ["2h"]), (["front", "door"], ["front", "door"]), ([], [])],
)
def test_a_length_in_two_words_is_one(words: list[str], joined: list[str]) -> None:
    assert join_length(words) == joined
