"""/stats: openings by local weekday and hour, by person, and how long batteries will last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock
from bot.domain.batteries import BatteryDay, forecast
from bot.domain.commands import CommandRequest, Result
from bot.domain.history import Openings
from bot.domain.people import Person, Rights
from bot.domain.readings import Bolt, LockStatus
from bot.history import History
from bot.history.statistics import Statistics, count_by_hour
from storage import Storage
from tests.bench import ANNA, FRONT, OWNER, START, Hands, build, grant, request

PARIS = ZoneInfo("Europe/Paris")
OLGA = Rights(OWNER, None, is_owner=True)
ANNA_HERSELF = Rights(
    ANNA, Person(id=ANNA, name="Anna", added_by=OWNER, added_at=START), is_owner=False, grants=(grant(),)
)
MONTH = timedelta(days=30)


async def ended(storage: Storage, asked: CommandRequest, at: datetime, result: Result = Result.CONFIRMED) -> None:
    command = await storage.commands.add(asked, now=at)
    await storage.commands.end(command.id, outcome=result, at=at)


@pytest.fixture
async def history(storage: Storage, clock: Clock) -> History:
    """Anna opens twice on Friday evening, Ben once on Sunday; what failed and what closed does not count."""
    friday, sunday = datetime(2026, 2, 20, 19, 5, tzinfo=UTC), datetime(2026, 2, 22, 23, 30, tzinfo=UTC)
    await ended(storage, request(1), friday)
    await ended(storage, request(2), friday, Result.ACCEPTED)
    await ended(storage, request(3), friday, Result.UNKNOWN)
    await ended(storage, request(4, person=8, name="Ben", door="garage"), sunday)
    await ended(storage, request(5), START - timedelta(days=31))
    await storage.commands.add(request(6), now=friday, outcome=Result.DENIED)
    return History(storage, clock)


async def ask(history: History, caller: Rights, door: str | None = None, length: timedelta = MONTH) -> Statistics:
    return await history.statistics(caller, door=door, length=length, zone=PARIS)


async def test_openings_are_counted_by_weekday_and_hour_of_the_local_clock(history: History) -> None:
    found = await ask(history, OLGA)
    counted = {(day, hour): n for day, hours in enumerate(found.by_hour) for hour, n in enumerate(hours) if n}
    # 23:30 UTC on Sunday is half past midnight on Monday in Paris.
    assert counted == {(4, 20): 2, (0, 0): 1}
    assert found.total == 3


async def test_openings_are_counted_by_person_the_most_first(history: History) -> None:
    assert (await ask(history, OLGA)).by_person == (("Anna", 2), ("Ben", 1))


async def test_one_door_alone_can_be_asked_for(history: History) -> None:
    assert (await ask(history, OLGA, door="garage")).by_person == (("Ben", 1),)


async def test_the_length_of_time_counts(history: History) -> None:
    assert (await ask(history, OLGA, length=timedelta(days=8))).total == 1
    assert (await ask(history, OLGA, length=timedelta(days=60))).total == 4


async def test_members_are_counted_alone(history: History) -> None:
    found = await ask(history, ANNA_HERSELF)
    assert (found.by_person, found.total) == ((("Anna", 2),), 2)


async def test_batteries_are_shown_to_those_who_may_see_the_door(storage: Storage, history: History) -> None:
    for door in ("front", "garage"):
        await storage.batteries.keep(door, at=START, percent=80)
    assert [one.door for one in (await ask(history, OLGA)).batteries] == ["front", "garage"]
    assert [one.door for one in (await ask(history, ANNA_HERSELF)).batteries] == ["front"]
    assert [one.door for one in (await ask(history, OLGA, door="garage")).batteries] == ["garage"]


async def test_of_a_day_the_last_reading_of_the_battery_is_kept(storage: Storage) -> None:
    for hours, percent in ((0, 80), (3, 79), (24, 78)):
        await storage.batteries.keep("front", at=START + timedelta(hours=hours), percent=percent)
    kept = await storage.batteries.since(START - MONTH)
    assert [day.percent for day in kept["front"]] == [79, 78]


async def test_readings_of_the_locks_are_kept_for_the_forecast(storage: Storage, hands: Hands, clock: Clock) -> None:
    rooms = build(storage, hands, clock)
    status = LockStatus(bolt=Bolt.LOCKED, read_at=START, battery_percent=64)
    await rooms.monitor.keep(FRONT, status, asked=clock.boot())
    await rooms.monitor.keep(FRONT, replace(status, battery_percent=None), asked=clock.boot())
    assert [day.percent for day in (await storage.batteries.since(START))["front"]] == [64]


@given(
    quarters=st.lists(st.integers(0, 400 * 96), max_size=20),
    zone=st.sampled_from(["UTC", "Europe/Paris", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_every_opening_is_counted_once_in_every_zone(quarters: list[int], zone: str) -> None:
    openings = [Openings(1, START + timedelta(minutes=15 * quarter), 2) for quarter in quarters]
    by_hour = count_by_hour(openings, ZoneInfo(zone))
    assert sum(map(sum, by_hour)) == 2 * len(quarters)
    assert [len(day) for day in by_hour] == [24] * 7


def days(*percents: float) -> list[BatteryDay]:
    return [BatteryDay(START + timedelta(days=number), round(percent)) for number, percent in enumerate(percents)]


def test_a_battery_that_falls_evenly_is_low_when_the_line_says_so() -> None:
    found = forecast(days(*(100 - n for n in range(31))), low_percent=20)
    assert found
    assert found.percent_a_day == pytest.approx(1)
    assert abs(found.low_at - (START + timedelta(days=80))) < timedelta(hours=1)


def test_a_battery_that_is_low_already_was_low_then() -> None:
    found = forecast(days(*(40 - n for n in range(31))), low_percent=20)
    assert found
    assert found.low_at < START + timedelta(days=30)


def test_what_was_before_a_new_battery_does_not_count() -> None:
    found = forecast(days(*(30 - n for n in range(20)), *(100 - n / 2 for n in range(20))), low_percent=20)
    assert found
    assert found.percent_a_day == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "percents",
    [(), (80,), (80, 79, 78), (80,) * 30, tuple(80 + n % 2 for n in range(30)), tuple(50 + n for n in range(30))],
)
def test_where_too_little_is_known_nothing_is_forecast(percents: tuple[int, ...]) -> None:
    assert forecast(days(*percents), low_percent=20) is None


@given(percents=st.lists(st.integers(0, 100), max_size=60), low=st.integers(1, 99))
def test_whatever_a_lock_says_of_its_battery_there_is_a_forecast_in_reach_or_none(
    percents: list[int], low: int
) -> None:
    found = forecast(days(*percents), low_percent=low)
    if found:
        assert found.percent_a_day > 0
        assert found.low_at < START + timedelta(days=5 * 366)
