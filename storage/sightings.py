"""Sightings: what was last seen of every door's lock."""

import json

from storage.database import Database, Row
from storage.records import Sighting, from_ms, to_ms

COLUMNS = (
    "door, bolt, read_at, heard_at, battery_percent, battery_mv, rssi_dbm, firmware,"
    " failures, failing_since, trouble, told"
)


class Sightings:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, door: str) -> Sighting | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM sightings WHERE door = $1", door)
        return _sighting(row) if row else None

    async def save(self, sighting: Sighting) -> None:
        await self._database.rows(
            f"INSERT INTO sightings ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT (door) DO UPDATE SET bolt = excluded.bolt, read_at = excluded.read_at,"
            " heard_at = excluded.heard_at, battery_percent = excluded.battery_percent,"
            " battery_mv = excluded.battery_mv, rssi_dbm = excluded.rssi_dbm, firmware = excluded.firmware,"
            " failures = excluded.failures, failing_since = excluded.failing_since,"
            " trouble = excluded.trouble, told = excluded.told",
            sighting.door,
            sighting.bolt,
            to_ms(sighting.read_at),
            to_ms(sighting.heard_at),
            sighting.battery_percent,
            sighting.battery_mv,
            sighting.rssi_dbm,
            sighting.firmware,
            sighting.failures,
            to_ms(sighting.failing_since),
            sighting.trouble,
            json.dumps(sighting.told),
        )


def _sighting(row: Row) -> Sighting:
    door, bolt, read_at, heard_at, percent, millivolts, rssi, firmware, failures, since, trouble, told = row
    return Sighting(
        door=door,
        bolt=bolt,
        read_at=from_ms(read_at),
        heard_at=from_ms(heard_at),
        battery_percent=percent,
        battery_mv=millivolts,
        rssi_dbm=rssi,
        firmware=firmware,
        failures=failures,
        failing_since=from_ms(since),
        trouble=trouble,
        told=json.loads(told),
    )
