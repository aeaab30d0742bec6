"""What a digest says of batteries and commands, counted in the tables."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.commands import Result
from bot.domain.doors import Doors
from bot.domain.events import BatteryAhead, Came
from bot.domain.readings import Announced, Bolt, Reading
from bot.history.digest import DigestWriter
from storage import Storage
from tests.bench import ANNA, FRONT, GARAGE, START, request

DAY = timedelta(days=1)


async def wear_down(storage: Storage, door: str, *, first: int, by: int) -> None:
    """A battery that loses so many percent a day, for ten days until now."""
    for day in range(11):
        await storage.batteries.keep(door, at=START - (10 - day) * DAY, percent=first - day * by)
    last = first - 10 * by
    announced = Announced(is_battery_low=last < 20)
    await storage.readings.save(
        Reading(door=door, bolt=Bolt.LOCKED, read_at=START, battery_percent=last, announced=announced)
    )


async def test_a_battery_is_named_before_it_is_low_and_one_that_lasts_is_not(storage: Storage) -> None:
    await wear_down(storage, "front", first=60, by=2)
    await wear_down(storage, "garage", first=100, by=1)
    digest = await DigestWriter(storage, Doors([FRONT, GARAGE])).write(START - DAY, START)
    [ahead] = digest.batteries
    assert (ahead.door, ahead.percent, ahead.is_low) == ("front", 40, False)
    assert ahead.low_at is not None
    assert timedelta(days=9) < ahead.low_at - START < timedelta(days=11)


async def test_a_low_battery_is_named_whatever_is_expected(storage: Storage) -> None:
    await wear_down(storage, "front", first=15, by=0)
    digest = await DigestWriter(storage, Doors([FRONT, GARAGE])).write(START - DAY, START)
    assert digest.batteries == (BatteryAhead(door="front", percent=15, is_low=True, low_at=None),)


async def test_a_command_counts_when_it_ends_and_only_what_may_have_opened(storage: Storage) -> None:
    """It began before the time and ended in it; what was refused or not sent opened nothing."""
    confirmed, accepted, not_sent = Result.CONFIRMED, Result.ACCEPTED, Result.NOT_SENT
    outcomes = [(-1, confirmed), (0, confirmed), (5, accepted), (6, not_sent), (60, confirmed)]
    for number, (ended, outcome) in enumerate(outcomes):
        asked = replace(request(number), asked_at=(START - timedelta(seconds=90)).timestamp())
        command = await storage.commands.add(asked, now=START - timedelta(seconds=90))
        await storage.commands.end(command.id, outcome=outcome, at=START + timedelta(minutes=ended))
    digest = await DigestWriter(storage, Doors([FRONT])).write(START, START + timedelta(hours=1))
    assert digest.came == (Came(by="Anna", person=ANNA, door="front", count=2),)
