"""Sightings: the last thing seen of a door comes back whole."""

from datetime import timedelta

from storage import Storage
from storage.records import Sighting
from tests.bench import START

FULL = Sighting(
    door="front",
    bolt="unlocked",
    read_at=START,
    heard_at=START + timedelta(seconds=2),
    battery_percent=80,
    battery_mv=6000,
    rssi_dbm=-60,
    firmware="1.2",
    failures=2,
    failing_since=START,
    trouble="No answer.",
    told={"bolt": "unlocked", "reachable": True},
)


async def test_a_door_never_seen_has_no_sighting(storage: Storage) -> None:
    assert await storage.sightings.get("front") is None


async def test_a_sighting_comes_back_as_saved(storage: Storage) -> None:
    await storage.sightings.save(FULL)
    assert await storage.sightings.get("front") == FULL


async def test_a_newer_sighting_replaces_every_field_of_the_older(storage: Storage) -> None:
    await storage.sightings.save(FULL)
    await storage.sightings.save(Sighting(door="front", bolt="unknown"))
    assert await storage.sightings.get("front") == Sighting(door="front", bolt="unknown")


async def test_doors_are_kept_apart(storage: Storage) -> None:
    await storage.sightings.save(FULL)
    assert await storage.sightings.get("garage") is None
