"""Keeps a reading together with what it says of faults: since when, and until when, something was wrong."""

from datetime import datetime

from bot.domain.faults import faults_of
from bot.domain.readings import Reading
from storage import Storage


async def keep_reading(storage: Storage, old: Reading | None, reading: Reading, *, now: datetime) -> None:
    await storage.readings.save(reading)
    had, has = faults_of(old), faults_of(reading)
    if had != has:
        await storage.faults.end(reading.door, had - has, at=now)
        # An outage began with the first failure, and is one only after several.
        await storage.faults.begin(reading.door, has - had, at=reading.announced.away_since or now)
