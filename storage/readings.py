"""Readings: what was last read of every door's lock."""

import asyncio
from datetime import datetime

from bot.domain.readings import Announced, Bolt, Reading
from bot.domain.times import from_ms, to_ms
from storage.database import Database, Row
from storage.encoding import decode_remark, encode_remark

COLUMNS = (
    "door, bolt, read_at, battery_percent, battery_mv, rssi_dbm, firmware, failures, failing_since, problem,"
    " announced_bolt, announced_reachable, announced_battery_low, announced_away_since, announced_bolt_since,"
    " announced_runs_low"
)


class StoredReadings:
    def __init__(self, database: Database, changed: asyncio.Event) -> None:
        """`changed` is set whenever something was kept."""
        self._database = database
        self._changed = changed

    async def all(self) -> list[Reading]:
        return [_reading(row) for row in await self._database.rows(f"SELECT {COLUMNS} FROM readings ORDER BY door")]

    async def get(self, door: str) -> Reading | None:
        row = await self._database.row(f"SELECT {COLUMNS} FROM readings WHERE door = $1", door)
        return _reading(row) if row else None

    async def save(self, reading: Reading) -> None:
        await self._database.rows(
            f"INSERT INTO readings ({COLUMNS}) VALUES"
            " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
            " ON CONFLICT (door) DO UPDATE SET bolt = excluded.bolt, read_at = excluded.read_at,"
            " battery_percent = excluded.battery_percent, battery_mv = excluded.battery_mv,"
            " rssi_dbm = excluded.rssi_dbm, firmware = excluded.firmware, failures = excluded.failures,"
            " failing_since = excluded.failing_since,"
            " problem = excluded.problem, announced_bolt = excluded.announced_bolt,"
            " announced_reachable = excluded.announced_reachable,"
            " announced_battery_low = excluded.announced_battery_low,"
            " announced_away_since = excluded.announced_away_since,"
            " announced_bolt_since = excluded.announced_bolt_since,"
            " announced_runs_low = excluded.announced_runs_low",
            reading.door,
            reading.bolt,
            to_ms(reading.read_at),
            reading.battery_percent,
            reading.battery_mv,
            reading.rssi_dbm,
            reading.firmware,
            reading.failures,
            to_ms(reading.failing_since),
            encode_remark(reading.problem),
            reading.announced.bolt,
            int(reading.announced.is_reachable),
            None if reading.announced.is_battery_low is None else int(reading.announced.is_battery_low),
            to_ms(reading.announced.away_since),
            to_ms(reading.announced.bolt_since),
            int(reading.announced.runs_low),
        )
        self._changed.set()

    async def announce_runs_low(self, door: str, runs_low: bool) -> None:
        """Whether it is told that the battery will be low soon."""
        await self._database.rows("UPDATE readings SET announced_runs_low = $2 WHERE door = $1", door, int(runs_low))

    async def announce_bolt(self, door: str, bolt: Bolt, at: datetime) -> None:
        """The groups know of this position, however old the reading is."""
        # Only a change moves `announced_bolt_since`: it is shown as the time since which the bolt is so.
        await self._database.rows(
            "UPDATE readings SET announced_bolt = $2, announced_bolt_since = CASE WHEN announced_bolt = $2"
            " THEN coalesce(announced_bolt_since, $3) ELSE $3 END WHERE door = $1",
            door,
            bolt,
            to_ms(at),
        )
        self._changed.set()


def _reading(row: Row) -> Reading:
    door, bolt, read_at, percent, millivolts, rssi, firmware, failures, since, problem, *announced = row
    return Reading(
        door=door,
        bolt=Bolt(bolt),
        read_at=from_ms(read_at),
        battery_percent=percent,
        battery_mv=millivolts,
        rssi_dbm=rssi,
        firmware=firmware,
        failures=failures,
        failing_since=from_ms(since),
        problem=decode_remark(problem),
        announced=_announced(*announced),
    )


def _announced(
    bolt: str | None, is_reachable: int, is_battery_low: int | None, away: int | None, since: int | None, runs_low: int
) -> Announced:
    return Announced(
        bolt=Bolt(bolt) if bolt else None,
        is_reachable=bool(is_reachable),
        is_battery_low=None if is_battery_low is None else bool(is_battery_low),
        away_since=from_ms(away),
        bolt_since=from_ms(since),
        runs_low=bool(runs_low),
    )
