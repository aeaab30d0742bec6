"""R16: a right is taken, or ends, while its holder's command waits for a busy gateway; afterwards nothing of it leaves.

The real driver asks a gateway that is busy for a while, in turns with somebody else's command on another door of it,
and KAS, where one request waits for the other. Dangerous is a trial in which the command was recorded and had no
outcome when the right went.
"""

import asyncio
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qs

import httpx

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import DenialReason, Finished
from bot.domain.people import EVERY_DOOR
from bot.drivers import DOOR_SETTINGS, build_drivers
from bot.drivers.base import DriverContext
from storage import Storage
from tests.trials.apart import apart
from tests.trials.inside import vendor_says
from tests.trials.results import Result
from tests.trials.rooms import Rooms, build, request
from tests.trials.world import API_KEY, FACTORY_NUMBER, FIRST_PERSON, LOCK, OWNER, SHARE_CODE, room

ANNA, BEN = FIRST_PERSON, FIRST_PERSON + 1
DOORS = {str(LOCK): "front", str(LOCK + 1): "back"}
HURRY = 500.0
LONGEST_BUSY_SECONDS = 0.06
WAYS = ("deny", "deny a door", "suspension", "expiry", "lockdown", "lockdown of the door", "list in doubt")


@dataclass
class Locks:
    """A gateway with two locks that is busy until some moment, and a cloud; remembers when what began."""

    generator: random.Random
    busy_until: float = 0.0
    begun: list[tuple[float, str]] = field(default_factory=list)

    async def __call__(self, asked: httpx.Request) -> httpx.Response:
        if "remoteUnlock" in asked.url.path:
            door = "garage" if FACTORY_NUMBER in asked.url.path else "annex"
            self.begun.append((time.time(), door))
            await asyncio.sleep(self.generator.uniform(0, LONGEST_BUSY_SECONDS))
            return vendor_says(b"Door is unlocking")
        if asked.url.path != "/open":
            return vendor_says(b'{"version": 65, "current_status": "Scanning"}')
        self.begun.append((time.time(), DOORS[parse_qs(asked.content.decode())["identifier"][0]]))
        await asyncio.sleep(self.generator.uniform(0, 0.003))
        is_busy = time.time() < self.busy_until
        return vendor_says(b'{"status": "500", "message": "busy"}' if is_busy else b'{"status": "ok", "code": 0}')


class Numbers:
    def __init__(self) -> None:
        self._last = 0

    async def next(self, name: str, now: int) -> int:
        await asyncio.sleep(0)
        self._last += 1
        return self._last


async def hurry(seconds: float) -> None:
    await asyncio.sleep(seconds / HURRY)


def rooms_over(storage: Storage, locks: Locks) -> Rooms:
    given: dict[str, dict[str, object]] = {
        "front": {"driver": "the_keys", "host": "gateway", "identifier": str(LOCK), "share_code": SHARE_CODE},
        "back": {"driver": "the_keys", "host": "gateway", "identifier": str(LOCK + 1), "share_code": SHARE_CODE},
        "garage": {"driver": "kas", "factory_number": FACTORY_NUMBER, "api_key": API_KEY},
        "annex": {"driver": "kas", "factory_number": "SS000511", "api_key": API_KEY},
    }
    settings = {name: DOOR_SETTINGS[str(one["driver"])].model_validate(one) for name, one in given.items()}
    clock = Clock()
    context = DriverContext(
        counters=Numbers(), now=time.time, monotonic=clock.boot, sleep=hurry, transport=httpx.MockTransport(locks)
    )
    return build(storage, build_drivers(settings, context), clock, sleep=hurry)


class Trial:
    def __init__(self, rooms: Rooms, locks: Locks, generator: random.Random, number: int) -> None:
        self._rooms = rooms
        self._locks = locks
        self._generator = generator
        self._number = number
        self.way = generator.choice(WAYS)
        self.door = generator.choice(("front", "front", "garage"))
        self.answered = 0.0
        self.was_waiting = False

    async def run(self) -> list[str]:
        """Which first bytes left after the right was gone."""
        people, locks = self._rooms.people, self._locks
        lasts = timedelta(seconds=self._generator.uniform(0.01, 0.05)) if self.way == "expiry" else None
        # What an earlier trial left, such as the other doors.
        await people.deny(caller=OWNER, person_id=ANNA, door=None)
        for person, length in ((BEN, None), (ANNA, lasts)):
            allowed = await people.allow(
                caller=OWNER, person_id=person, name=f"P{person}", door="*", actions=[Action.OPEN], length=length
            )
        ends_at = allowed.grant.ends_at
        locks.begun.clear()
        locks.busy_until = time.time() + self._generator.uniform(0, LONGEST_BUSY_SECONDS)
        others = "back" if self.door == "front" else "annex"
        took, _, _ = await asyncio.gather(self._ask(ANNA, self.door), self._ask(BEN, others), self._take_away(ends_at))
        await self._rooms.activity.idle()
        self._rooms.control.reopen(DenialReason.LIST_UNCONFIRMED)
        await self._rooms.lockdowns.end(caller=OWNER, caller_name="Olga", door=None, update_key=f"{self._number} end")
        ended_at, finished = took
        self.was_waiting = ended_at > self.answered and finished.reason is not DenialReason.EXPIRED
        late = [at - self.answered for at, door in locks.begun if door == self.door and at > self.answered]
        return [f"{self.way}, {self.door}: a byte left {1000 * seconds:.1f} ms after it" for seconds in late]

    async def _ask(self, person: int, door: str) -> tuple[float, Finished]:
        await asyncio.sleep(self._generator.uniform(0, 0.01))
        key = f"{self._number} {person}"
        finished = await self._rooms.operate(request(key, person, door, asked_at=time.time()))
        return time.time(), finished

    async def _take_away(self, ends_at: datetime | None) -> None:
        if ends_at:
            # A moment later than the millisecond that is stored.
            self.answered = ends_at.timestamp() + 0.002
            return
        await asyncio.sleep(self._generator.uniform(0, 0.05))
        if self.way == "list in doubt":
            self._rooms.control.shut(DenialReason.LIST_UNCONFIRMED)
        elif self.way.startswith("lockdown"):
            shut, key = EVERY_DOOR if self.way == "lockdown" else self.door, f"{self._number} lockdown"
            await self._rooms.lockdowns.begin(caller=OWNER, caller_name="Olga", door=shut, ends_at=None, update_key=key)
        elif self.way == "suspension":
            await self._rooms.people.change_person(caller=OWNER, person_id=ANNA, is_suspended=True)
        else:
            door = self.door if self.way == "deny a door" else None
            await self._rooms.people.deny(caller=OWNER, person_id=ANNA, door=door)
        self.answered = time.time()


async def run(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    place = room()
    tally: Counter[str] = Counter()
    violations: list[str] = []
    dangerous = 0
    try:
        storage, locks = await Storage.open(place / "denied.db"), Locks(generator)
        rooms = rooms_over(storage, locks)
        for number in range(trials):
            trial = Trial(rooms, locks, generator, number)
            violations += await trial.run()
            tally[trial.way] += 1
            dangerous += trial.was_waiting
        await storage.close()
    finally:
        shutil.rmtree(place)
    return Result(
        harness="denied", promises=("R16",), trials=trials, dangerous=dangerous, violations=violations, seed=seed,
        kinds=dict(tally),
    )  # fmt: skip


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    yield apart(partial(run, 60, seed), control="right not asked again")


def short(seed: int) -> Iterator[Result]:
    yield from campaign(40, seed)
    yield apart(partial(run, 30, seed), control="right not asked again")
