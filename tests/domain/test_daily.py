"""An hour of the day comes once a day in every zone, also when the clocks change."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.daily import DailyTime, parse_minute, spell_minute
from bot.domain.schedules import NotHours

PARIS, SYDNEY = ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Sydney")
ZONES = st.sampled_from([PARIS, SYDNEY, ZoneInfo("America/St_Johns")])
MOMENTS = st.integers(0, 525_600).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes))


@given(zone=ZONES, minute=st.integers(0, 1439), after=MOMENTS)
def test_it_comes_once_on_each_day(zone: ZoneInfo, minute: int, after: datetime) -> None:
    daily, seen = DailyTime(minute, zone), list[date]()
    for _ in range(4):
        after = daily.next(after)
        seen.append(after.astimezone(zone).date())
    assert seen == [seen[0] + timedelta(days=number) for number in range(4)]


@given(zone=ZONES, minute=st.integers(0, 1439), now=MOMENTS)
def test_the_last_is_the_one_before_the_next(zone: ZoneInfo, minute: int, now: datetime) -> None:
    daily = DailyTime(minute, zone)
    assert daily.last(now) <= now < daily.next(now)
    assert daily.next(daily.last(now)) == daily.next(now)


@pytest.mark.parametrize(
    ("zone", "day", "utc"),
    [
        (PARIS, "2026-03-29", "2026-03-29T01:30"),
        (PARIS, "2026-10-25", "2026-10-25T00:30"),
        (SYDNEY, "2026-10-04", "2026-10-03T16:30"),
        (SYDNEY, "2026-04-05", "2026-04-04T15:30"),
    ],
)
def test_half_past_two_on_the_days_of_the_clock_change(zone: ZoneInfo, day: str, utc: str) -> None:
    midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), zone)
    assert DailyTime(150, zone).next(midnight) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(("text", "minute"), [("8", 480), ("8:05", 485), ("08:05", 485), ("0:00", 0), ("23:59", 1439)])
def test_what_is_read_is_shown_back(text: str, minute: int) -> None:
    assert parse_minute(text) == minute
    assert parse_minute(spell_minute(minute)) == minute


@pytest.mark.parametrize("text", ["", "24", "24:00", "8:60", "8.30", "8:5", "-1", "8 pm", "²:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(NotHours):
        parse_minute(text)
