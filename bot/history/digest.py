"""What there is to say of a time: who came, what was refused and what went wrong, and what ends soon."""

from collections import Counter
from datetime import datetime, timedelta

from bot.domain.batteries import HISTORY, forecast
from bot.domain.commands import DenialReason
from bot.domain.doors import Doors
from bot.domain.events import BatteryAhead, Came, Digest, Ending, EndsSoon, TurnedAway, Unclear
from bot.domain.history import DENIED, Question, Topic
from storage import Storage

SOON = timedelta(days=2)
BATTERY_SOON = timedelta(days=30)
MOST_REFUSALS = 500
# Haste and hiccups, which say nothing of who may come in.
NO_REFUSALS = (DenialReason.IN_FLIGHT, DenialReason.DUPLICATE, DenialReason.CLOSING, DenialReason.STALE)


class DigestWriter:
    def __init__(self, storage: Storage, doors: Doors) -> None:
        self._storage = storage
        self._doors = doors

    async def write(self, since: datetime, until: datetime) -> Digest:
        return Digest(
            since=since,
            at=until,
            came=await self._came(since, until),
            turned_away=await self._turned_away(since, until),
            unclear=tuple(
                Unclear(by=by, door=door, action=action, at=at)
                for by, door, action, at in await self._storage.digests.unclear(since, until)
            ),
            faults=tuple(await self._storage.faults.between(since, until)),
            batteries=await self._batteries(until),
            ending=await self._ending(until),
        )

    async def _came(self, since: datetime, until: datetime) -> tuple[Came, ...]:
        found = await self._storage.digests.openings(since, until)
        names = await self._storage.history.names({person for person, _, _ in found})
        return tuple(
            Came(by=names.get(who, str(who)), person=who, door=door, count=count) for who, door, count in found
        )

    async def _turned_away(self, since: datetime, until: datetime) -> tuple[TurnedAway, ...]:
        question = Question(since=since, until=until, topic=Topic.REFUSED)
        page = await self._storage.history.page(question, count=MOST_REFUSALS)
        counts: Counter[tuple[tuple[str, int | None], str | None, str | None]] = Counter()
        # A page begins with the newest: people are named in the order in which they came.
        for entry in reversed(page.entries):
            # With the number: two people of the same name are two.
            who = (entry.name or str(entry.person_id), entry.person_id)
            if entry.kind != DENIED or entry.why == DenialReason.STRANGER:
                counts[who, None, None] += 1
            elif entry.why not in NO_REFUSALS:
                counts[who, entry.door, entry.why] += 1
        return tuple(
            TurnedAway(by=who[0], door=door, why=why, count=count) for (who, door, why), count in counts.items()
        )

    async def _batteries(self, now: datetime) -> tuple[BatteryAhead, ...]:
        """Those that somebody should change before long."""
        days, found = await self._storage.batteries.since(now - HISTORY), []
        for door in self._doors:
            reading = await self._storage.readings.get(door.name)
            if reading is None or reading.battery_percent is None:
                continue
            ahead = forecast(days.get(door.name, []), low_percent=door.battery_low_percent)
            low_at = ahead.low_at if ahead else None
            is_low = bool(reading.announced.is_battery_low)
            if is_low or (low_at and low_at < now + BATTERY_SOON):
                found.append(
                    BatteryAhead(door=door.name, percent=reading.battery_percent, is_low=is_low, low_at=low_at)
                )
        return tuple(found)

    async def _ending(self, now: datetime) -> tuple[EndsSoon, ...]:
        end = now + SOON
        grants = await self._storage.grants.turning(since=now, until=end)
        names = await self._storage.history.names({grant.person_id for grant in grants if grant.person_id})
        ends = [
            EndsSoon(what=Ending.RIGHT, whose=names.get(one.person_id or 0, "?"), doors=(one.door,), at=one.ends_at)
            for one in grants
            if one.ends_at and one.ends_at <= end
        ]
        ends += [
            EndsSoon(what=Ending.STAY, whose=one.label, doors=one.doors, at=one.ends_at)
            for one in await self._storage.passes.live(now)
            if one.ends_at <= end
        ]
        ends += [
            EndsSoon(what=Ending.CODE, whose=one.person_name, doors=(one.door,), at=one.until)
            for one in await self._storage.pins.live(now)
            if one.until and one.until <= end
        ]
        return tuple(sorted(ends, key=lambda one: one.at))
