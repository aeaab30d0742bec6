"""R17: random lives of rights and codes; no code may outlive the right it is made by, and owners know of each.

A trial is one life of up to 50 steps: rights are given, taken and shortened, some while a code waits for its lock; time
passes; codes are made and revoked. What is right is said here once more: a code of somebody who is no owner ends before
the right did when the request left. Dangerous is a life in which a code was asked for longer than the right.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.codes import Listing, Pin, PinRequest
from bot.domain.doors import Capability
from bot.drivers.base import Deadline, LockDriver
from storage import Storage
from tests.trials.apart import apart
from tests.trials.lives import live
from tests.trials.results import Result
from tests.trials.rooms import Rooms, build, request
from tests.trials.world import FIRST_PERSON, OWNER

STEPS = 50
PEOPLE = (FIRST_PERSON, FIRST_PERSON + 1, OWNER)
DOORS = ("front", "back")
HOURS = (0.5, 1, 2, 24, 24 * 30, 24 * 61)
START = 1_790_000_000.0


@dataclass
class Time:
    now: float = START

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Made:
    """A code that a lock was asked for, and until when the right to it was good when the request left."""

    caller: int
    until: float
    right_until: float | None


@dataclass
class Keypad(LockDriver):
    """Makes every code it is asked for, some moments after it was asked, and remembers it.

    `ends`: until when each person may make codes here, as those who gave the rights were told; None: for good.
    """

    generator: random.Random
    ends: dict[int, float | None] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)

    capabilities = Capability.UNLOCK | Capability.PINS | Capability.REVOKE_PINS

    async def create_pin(self, wanted: PinRequest, deadline: Deadline) -> Pin:
        async with deadline.waiting():
            for _ in range(self.generator.randrange(200)):
                await asyncio.sleep(0)
        deadline.check()
        until = (wanted.starts_at + wanted.duration).timestamp()
        self.made.append(Made(deadline.caller, until, self.ends.get(deadline.caller, 0.0)))
        handle = str(len(self.made)) if self.generator.random() < 0.5 else None
        return Pin(digits="47110815", handle=handle, ends_at=wanted.starts_at + wanted.duration if handle else None)

    async def revoke_pin(self, handle: str, deadline: Deadline) -> None:
        deadline.check()
        self.revoked.add(handle)

    async def pins(self) -> Listing:
        return Listing({str(number + 1): "" for number in range(len(self.made)) if str(number + 1) not in self.revoked})


class Life:
    def __init__(self, path: Path, generator: random.Random) -> None:
        self._path = path
        self._generator = generator
        self._time = Time()
        self._keypads = {door: Keypad(generator) for door in DOORS}
        self._number = 0
        self.wrong: list[str] = []
        self.kinds: Counter[str] = Counter()

    @property
    def is_dangerous(self) -> bool:
        return self.kinds["longer than the right"] > 0

    async def run(self) -> None:
        storage = await Storage.open(self._path)
        clock = Clock(boot=lambda: self._time.now - START + 1000, wall=lambda: self._time.now)
        rooms = build(storage, self._keypads, clock, sleep=self._time.sleep)
        await rooms.people.begin()
        for _ in range(self._generator.randrange(10, STEPS)):
            await self._step(rooms)
        await rooms.activity.idle()
        await self._look_at_lists(storage)
        await storage.close()

    async def _step(self, rooms: Rooms) -> None:
        step = self._generator.choices(("give", "take", "code", "together", "time", "revoke"), (3, 1, 4, 3, 2, 1))[0]
        self.kinds[step] += 1
        if step == "give":
            await self._give(rooms)
        elif step == "take":
            await self._take(rooms)
        elif step == "code":
            await self._make(rooms)
        elif step == "together":
            await asyncio.gather(self._make(rooms), self._later(rooms))
        elif step == "revoke":
            await self._revoke(rooms)
        else:
            self._time.now += self._generator.choice((60, 1800, 3600, 86_400))

    async def _later(self, rooms: Rooms) -> None:
        for _ in range(self._generator.randrange(100)):
            await asyncio.sleep(0)
        await self._generator.choice((self._give, self._take))(rooms)

    async def _give(self, rooms: Rooms) -> None:
        person, door = self._generator.choice(PEOPLE[:2]), self._generator.choice(DOORS)
        hours = self._generator.choice((*HOURS, None))
        length = None if hours is None else timedelta(hours=hours)
        ends, new = self._keypads[door].ends, None if length is None else self._time.now + length.total_seconds()
        # While it is being given either may count already.
        known = ends.get(person, 0.0)
        ends[person] = None if new is None or known is None else max(known, new)
        await rooms.people.allow(
            caller=OWNER, person_id=person, name=f"P{person}", door=door, actions=[Action.PIN], length=length
        )
        ends[person] = new

    async def _take(self, rooms: Rooms) -> None:
        person, door = self._generator.choice(PEOPLE[:2]), self._generator.choice(DOORS)
        await rooms.people.deny(caller=OWNER, person_id=person, door=door)
        self._keypads[door].ends.pop(person, None)

    async def _make(self, rooms: Rooms) -> None:
        person, door = self._generator.choice(PEOPLE), self._generator.choice(DOORS)
        self._number += 1
        start = datetime.fromtimestamp(self._time.now, UTC)
        wanted = PinRequest(starts_at=start, duration=timedelta(hours=self._generator.choice(HOURS)), label="guest")
        until = (start + wanted.duration).timestamp()
        end = self._keypads[door].ends.get(person, 0.0)
        self.kinds["longer than the right"] += person != OWNER and end is not None and until > end
        about = request(str(self._number), person, door, asked_at=self._time.now)
        await rooms.operate(replace(about, action=Action.PIN, pin=wanted))

    async def _revoke(self, rooms: Rooms) -> None:
        for pin in await rooms.storage.pins.live(datetime.fromtimestamp(self._time.now, UTC)):
            self._number += 1
            about = request(str(self._number), OWNER, pin.door, asked_at=self._time.now)
            await rooms.operate(replace(about, action=Action.REVOKE, issued_pin_id=pin.id))
            return

    async def _look_at_lists(self, storage: Storage) -> None:
        """Every code is on the list and in the journal, and the owner is told of those that others made."""
        made = [code for keypad in self._keypads.values() for code in keypad.made]
        for code in made:
            if code.caller != OWNER and code.right_until is not None and code.until > code.right_until + 0.001:
                self.wrong.append(f"a code ends {code.until - code.right_until:.0f} s after the right")
        ((listed,),) = await storage.database.rows("SELECT count(*) FROM pins")
        ((told,),) = await storage.database.rows(
            "SELECT count(*) FROM outbox WHERE chat_id = $1 AND event ->> '$.event' = 'pin made'", OWNER
        )
        if listed != len(made):
            self.wrong.append(f"{len(made)} codes were made, and {listed} are on the list")
        if told != sum(code.caller != OWNER for code in made):
            self.wrong.append(f"an owner was told of {told} codes of {len(made)}")


run = partial(live, Life, harness="codes", promises=("R17",))


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    for name in ("codes outlive rights", "codes untold"):
        yield apart(partial(run, 15, seed), control=name)


def short(seed: int) -> Iterator[Result]:
    yield from campaign(10, seed)
    yield from controls(seed)
