"""Batteries: one reading a day and door, kept so that somebody can see when a battery will be empty."""

from datetime import datetime, timedelta

from bot.domain.batteries import BatteryDay
from bot.domain.times import from_ms, to_ms
from storage.database import Database

DAY_MS = 86_400_000


class StoredBatteries:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, door: str, *, at: datetime, percent: int) -> None:
        """The last reading of a day counts."""
        await self._database.rows(
            "INSERT INTO batteries (door, day, percent) VALUES ($1, $2, $3)"
            " ON CONFLICT (door, day) DO UPDATE SET percent = excluded.percent"
            # Most readings are no news, and a memory card wears out.
            " WHERE excluded.percent <> batteries.percent",
            door,
            to_ms(at) // DAY_MS,
            percent,
        )

    async def since(self, moment: datetime) -> dict[str, list[BatteryDay]]:
        """Of every door, oldest first."""
        found: dict[str, list[BatteryDay]] = {}
        for door, day, percent in await self._database.rows(
            "SELECT door, day, percent FROM batteries WHERE day >= $1 ORDER BY door, day", to_ms(moment) // DAY_MS
        ):
            # Some moment of that day (UTC) has to stand for it: noon is off by half a day at most.
            noon = from_ms(day * DAY_MS) + timedelta(hours=12)
            found.setdefault(door, []).append(BatteryDay(noon, percent))
        return found
