"""Lengths of time as people write and read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.durations import (
    LONGEST,
    Fault,
    NotADuration,
    decode_span,
    parse_duration,
    parse_span,
    spell_age,
    spell_duration,
)

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday; 13:00 in Paris


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        (" 2 H ", timedelta(hours=2)),
        ("366d", LONGEST),
        ("2hours", timedelta(hours=2)),
        ("2 hours", timedelta(hours=2)),
        ("two hours", timedelta(hours=2)),
        ("a week", timedelta(weeks=1)),
        ("for 90 min", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1 h 30 minutes", timedelta(minutes=90)),
        ("1d 12h", timedelta(hours=36)),
    ],
)
def test_what_people_write_is_understood(text: str, length: timedelta) -> None:
    assert parse_span(text, now=NOW, zone=PARIS).length == length


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("until 14:00", "2026-11-25T14:00"),
        ("14:00", "2026-11-25T14:00"),
        ("till 2pm", "2026-11-25T14:00"),
        ("until 6:30 pm", "2026-11-25T18:30"),
        ("fri 18:00", "2026-11-27T18:00"),
        ("until Friday at 18:00", "2026-11-27T18:00"),
        ("wed 18:00", "2026-11-25T18:00"),
        ("wed 9:00", "2026-12-02T09:00"),
        ("tomorrow 12:00", "2026-11-26T12:00"),
        ("until 12am tomorrow", None),
        ("tomorrow 12am", "2026-11-26T00:00"),
        ("2026-12-24 18:00", "2026-12-24T18:00"),
    ],
)
def test_an_end_is_understood_by_the_local_clock(text: str, until: str | None) -> None:
    if until is None:
        with pytest.raises(NotADuration):
            parse_span(text, now=NOW, zone=PARIS)
        return
    span = parse_span(text, now=NOW, zone=PARIS)
    assert span.until == datetime.fromisoformat(until).replace(tzinfo=PARIS)
    assert span.length == span.until - NOW


@pytest.mark.parametrize(
    "text",
    ["", "h", "2", "-2h", "1.5h", "٣h", "2y", "3 months", "2h30", "14h30", "30m 2h", "1h 1h", "until", "until 14",
     "until 25:00", "13pm", "fri", "day 14:00", "t 14:00", "until until 14:00", "9" * 100 + "h"],
)  # fmt: skip
def test_what_may_mean_two_things_or_nothing_is_not_guessed(text: str) -> None:
    with pytest.raises(NotADuration) as refusal:
        parse_span(text, now=NOW, zone=PARIS)
    assert refusal.value.fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    ("text", "fault"),
    [("0m", Fault.TOO_SHORT), ("367d", Fault.TOO_LONG), ("999999w", Fault.TOO_LONG), ("until 12:00", Fault.PAST),
     ("2026-11-24 18:00", Fault.PAST), ("2027-12-24 18:00", Fault.TOO_LONG), ("until 13:00", Fault.PAST)],
)  # fmt: skip
def test_what_is_impossible_says_why(text: str, fault: Fault) -> None:
    with pytest.raises(NotADuration) as refusal:
        parse_span(text, now=NOW, zone=PARIS)
    assert refusal.value.fault is fault


def test_a_time_that_comes_twice_is_the_later_one() -> None:
    """So that nothing ends earlier than was asked for."""
    saturday = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    span = parse_span("sun 02:30", now=saturday, zone=PARIS)
    assert saturday + span.length == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_a_time_that_is_skipped_is_as_long_after_midnight() -> None:
    """Read as an hour earlier, a right from 2:30 began at 1:30."""
    night = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    span = parse_span("until sun 2:30", now=night, zone=PARIS)
    assert span.until
    assert span.until.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert span.length == timedelta(hours=3, minutes=30)


@given(text=st.text())
def test_any_text_is_a_length_or_not_a_duration(text: str) -> None:
    try:
        assert timedelta(0) < parse_span(text, now=NOW, zone=PARIS).length <= LONGEST
    except NotADuration as error:
        assert error.said == text  # noqa: PT017 - either is fine


@given(number=st.integers(1, 500), unit=st.sampled_from("mhdwMHDW"), space=st.sampled_from(["", " "]))
def test_every_number_with_a_unit_is_a_length_or_too_long(number: int, unit: str, space: str) -> None:
    size = {"m": 1, "h": 60, "d": 1440, "w": 10080}[unit.lower()]
    expected = timedelta(minutes=number * size)
    if expected <= LONGEST:
        assert parse_duration(f"{number}{space}{unit}") == expected


@pytest.mark.parametrize("signs", ["", "@", "2h", "-5", "0", "@0", "999999999999", "٣", "60 "])
def test_only_what_was_encoded_is_decoded(signs: str) -> None:
    assert decode_span(signs, now=NOW) is None


@pytest.mark.parametrize("text", ["2h", "until 14:00", "fri 18:00"])
def test_a_length_in_a_button_is_the_same_when_it_is_pressed(text: str) -> None:
    span = parse_span(text, now=NOW, zone=PARIS)
    pressed = decode_span(span.encode(), now=NOW)
    assert pressed is not None
    assert (pressed.length, pressed.until) == (span.length, span.until)


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
