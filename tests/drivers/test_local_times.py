"""Local times never lie: a code is never shorter than asked, and never ends before it begins, in any zone and night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drivers.base import Deadline
from bot.drivers.errors import Refused
from bot.drivers.local_times import end_of_right, local_span
from tests.drivers.conftest import World

PARIS = ZoneInfo("Europe/Paris")
ZONES = st.sampled_from(
    ["Europe/Paris", "Australia/Melbourne", "Australia/Lord_Howe", "America/New_York", "Asia/Kolkata", "UTC"]
)
# Around nights in which a clock of one of these zones goes back or forward.
NIGHTS = st.sampled_from(
    [
        datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC),
        datetime(2026, 10, 3, 16, tzinfo=UTC),
        datetime(2026, 11, 1, 6, tzinfo=UTC),
    ]
)


def utc(wall: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-10-25T{text}")


@pytest.mark.parametrize(
    ("starts", "minutes", "begins", "ends"),
    [
        # 00:30 UTC is 02:30 for the first time; 45 minutes later it is 02:15 again.
        ("00:30", 45, "01:59", "03:00"),
        ("01:30", 45, "02:30", "03:15"),
        ("00:10", 20, "01:59", "02:30"),
        ("01:00", 10, "02:00", "03:00"),
        ("12:00", 30, "13:00", "13:30"),
    ],
)
def test_the_night_in_which_paris_has_02_30_twice(starts: str, minutes: int, begins: str, ends: str) -> None:
    span = local_span(wall(starts).replace(tzinfo=UTC), timedelta(minutes=minutes), PARIS)
    assert (span.start, span.end) == (wall(begins), wall(ends))


def test_seconds_are_never_cut_off_the_end() -> None:
    span = local_span(datetime(2026, 7, 1, 12, 13, 40, tzinfo=UTC), timedelta(minutes=45), ZoneInfo("UTC"))
    assert (span.start.minute, span.end.minute) == (13, 59)


@given(ZONES, NIGHTS, st.integers(-12_000, 12_000), st.integers(1, 400_000))
def test_whatever_the_lock_reads_it_is_what_was_asked(name: str, night: datetime, offset: int, seconds: int) -> None:
    zone, duration = ZoneInfo(name), timedelta(seconds=seconds)
    starts_at = night + timedelta(seconds=offset)
    span = local_span(starts_at, duration, zone)
    assert span.end > span.start
    begins = [utc(span.start, zone, fold) for fold in (0, 1)]
    ends = [utc(span.end, zone, fold) for fold in (0, 1)]
    assert max(begins) <= starts_at
    assert min(ends) >= starts_at + duration
    assert max(ends) == span.ends_at
    assert max(ends) - (starts_at + duration) < timedelta(hours=1, minutes=2)


@given(ZONES, NIGHTS, st.integers(-12_000, 12_000), st.integers(1, 20_000), st.integers(0, 20_000))
def test_no_code_outlives_its_right(name: str, night: datetime, offset: int, seconds: int, right: int) -> None:
    zone, starts_at = ZoneInfo(name), night + timedelta(seconds=offset)
    not_after = starts_at + timedelta(seconds=right)
    try:
        span = local_span(starts_at, timedelta(seconds=seconds), zone, not_after=not_after)
    except Refused:
        assert right < 3_800, "an hour twice is the most that can be in the way"
        return
    assert span.end > span.start
    assert max(utc(span.end, zone, fold) for fold in (0, 1)) == span.ends_at <= not_after


def test_the_end_of_a_right_is_a_deadline_s(world: World) -> None:
    deadline = Deadline(world.at + 30, world.monotonic, right_ends_at=world.at + 600)
    assert end_of_right(deadline, world.now()) == datetime.fromtimestamp(world.now() + 600, UTC)
    assert end_of_right(world.deadline(), world.now()) is None
