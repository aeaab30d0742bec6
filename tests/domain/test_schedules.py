"""Weekly hours: what they contain and when they next begin, in two zones and on both days of the clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.schedules import NotHours, parse_hours

PARIS, SYDNEY = ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Sydney")
ZONES = st.sampled_from([PARIS, SYDNEY])
MOMENTS = st.integers(0, 525_600).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))
HOURS = st.sampled_from(
    ["mon-fri 8-18", "sat 22:00-02:00", "sun 02:30-04:00", "sat-mon 0-24", "wed 7:15-7:45, fri 9-12"]
)


def at(zone: ZoneInfo, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


@pytest.mark.parametrize(
    ("hours", "moment", "inside"),
    [
        ("mon-fri 08:00-18:00", "2026-11-27T08:00", True),
        ("mon-fri 08:00-18:00", "2026-11-27T17:59", True),
        ("mon-fri 08:00-18:00", "2026-11-27T18:00", False),
        ("mon-fri 08:00-18:00", "2026-11-28T12:00", False),
        ("sat 22:00-02:00", "2026-11-28T23:00", True),
        ("sat 22:00-02:00", "2026-11-29T01:59", True),
        ("sat 22:00-02:00", "2026-11-29T02:00", False),
        ("sat 22:00-02:00", "2026-11-28T01:00", False),
        ("sat-mon 0-24", "2026-11-30T23:59", True),
        ("sat-mon 0-24", "2026-12-01T00:00", False),
    ],
)
@pytest.mark.parametrize("zone", [PARIS, SYDNEY], ids=str)
def test_a_moment_counts_by_the_clock_on_the_wall(hours: str, moment: str, inside: bool, zone: ZoneInfo) -> None:
    assert parse_hours(hours, zone).contains(at(zone, moment)) is inside


def test_an_hour_that_comes_twice_counts_twice() -> None:
    hours = parse_hours("sun 02:30-03:00", PARIS)
    assert hours.contains(at(PARIS, "2026-10-25T02:30", fold=0))
    assert hours.contains(at(PARIS, "2026-10-25T02:30", fold=1))


@pytest.mark.parametrize(
    ("zone", "after", "start"),
    [
        (PARIS, "2026-03-28T12:00", "2026-03-29T03:00"),
        (PARIS, "2026-10-24T12:00", "2026-10-25T02:30"),
        (SYDNEY, "2026-10-03T12:00", "2026-10-04T03:00"),
        (SYDNEY, "2026-04-04T12:00", "2026-04-05T02:30"),
    ],
)
def test_hours_begin_right_on_the_days_of_the_clock_change(zone: ZoneInfo, after: str, start: str) -> None:
    found = parse_hours("sun 02:30-04:00", zone).next_start(at(zone, after).astimezone(UTC))
    assert found == at(zone, start).astimezone(UTC)


@given(hours=HOURS, after=MOMENTS, zone=ZONES)
def test_the_next_start_is_the_first_minute_inside(hours: str, after: datetime, zone: ZoneInfo) -> None:
    weekly, minute = parse_hours(hours, zone), timedelta(minutes=1)
    start = weekly.next_start(after)
    assert start >= after
    assert weekly.contains(start)
    assert start == after or not weekly.contains(start - minute) or start - minute < after


@given(hours=HOURS, after=MOMENTS, zone=ZONES)
def test_the_next_end_is_the_first_minute_outside(hours: str, after: datetime, zone: ZoneInfo) -> None:
    weekly, minute = parse_hours(hours, zone), timedelta(minutes=1)
    start = weekly.next_start(after)
    end = weekly.next_end(start)
    assert end is not None
    assert not weekly.contains(end)
    moments = [start + number * minute for number in range(0, int((end - start) / minute), 7)]
    assert all(weekly.contains(moment) for moment in [*moments, end - minute])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("mon-fri 8-18", "mon-fri 08:00-18:00"),
        ("Monday-Friday 8:30 - 18, SAT 10-14", "mon-fri 08:30-18:00, sat 10:00-14:00"),
        ("fri-mon 22:00-6", "fri-mon 22:00-06:00"),
        ("sun 0-24", "sun 00:00-24:00"),
        ("22:00-7", "mon-sun 22:00-07:00"),
    ],
)
def test_what_is_read_is_shown_back(text: str, read: str) -> None:
    assert str(parse_hours(text, PARIS)) == read
    assert parse_hours(read, PARIS) == parse_hours(text, PARIS)


@pytest.mark.parametrize("text", ["", "mon", "8", "mon 8-25", "mon 8:60-9", "foo 8-9", "mon 24-6", "mon 8-9 tue"])
def test_what_is_no_hours_is_refused(text: str) -> None:
    with pytest.raises(NotHours):
        parse_hours(text, PARIS)


@pytest.mark.parametrize(
    ("outer", "inner", "covers"),
    [
        ("mon-fri 8-18", "tue 9-12", True),
        ("mon-fri 8-18", "mon-fri 8-18", True),
        ("mon-fri 8-18", "sat 9-12", False),
        ("mon-fri 8-18", "fri 17-19", False),
        ("sat 22-2", "sun 0-1", True),
        ("mon 0-24, tue 0-24", "mon 22-2", True),
    ],
)
def test_hours_cover_others_minute_by_minute(outer: str, inner: str, covers: bool) -> None:
    assert parse_hours(outer, PARIS).covers(parse_hours(inner, PARIS)) is covers


def test_hours_of_another_zone_are_not_covered() -> None:
    assert not parse_hours("mon-sun 0-24", PARIS).covers(parse_hours("mon 9-10", SYDNEY))
