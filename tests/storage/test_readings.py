"""Readings: the last one of a door comes back whole."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.readings import Announced, Bolt, Reading
from bot.domain.remarks import Remark
from storage import Storage
from tests.bench import START

FULL = Reading(
    door="front",
    bolt=Bolt.UNLOCKED,
    read_at=START,
    battery_percent=80,
    battery_mv=6000,
    rssi_dbm=-60,
    failures=2,
    failing_since=START,
    problem=Remark("the_keys.33", {"door": "Front", "code": 33}),
    announced=Announced(bolt=Bolt.UNLOCKED, is_reachable=False, is_battery_low=True, bolt_since=START),
)


async def test_a_door_never_read_has_no_reading(storage: Storage) -> None:
    assert await storage.readings.get("front") is None


async def test_a_reading_comes_back_as_saved(storage: Storage) -> None:
    await storage.readings.save(FULL)
    assert await storage.readings.get("front") == FULL


async def test_a_newer_reading_replaces_every_field_of_the_older(storage: Storage) -> None:
    bare = Reading(door="front", bolt=Bolt.UNKNOWN)
    await storage.readings.save(FULL)
    await storage.readings.save(bare)
    assert await storage.readings.get("front") == bare


async def test_announcing_a_position_changes_nothing_else(storage: Storage) -> None:
    await storage.readings.save(FULL)
    later = START + timedelta(minutes=1)
    await storage.readings.announce_bolt("front", Bolt.LOCKED, later)
    announced = replace(FULL.announced, bolt=Bolt.LOCKED, bolt_since=later)
    assert await storage.readings.get("front") == replace(FULL, announced=announced)


async def test_a_position_announced_again_is_as_old_as_before(storage: Storage) -> None:
    await storage.readings.save(FULL)
    await storage.readings.announce_bolt("front", Bolt.UNLOCKED, START + timedelta(minutes=1))
    assert await storage.readings.get("front") == FULL


async def test_doors_are_kept_apart(storage: Storage) -> None:
    await storage.readings.save(FULL)
    await storage.readings.announce_bolt("garage", Bolt.LOCKED, START)
    assert await storage.readings.get("garage") is None
