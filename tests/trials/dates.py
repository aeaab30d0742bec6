"""R1, R3, R8: Telegram's `Date` is wrong: an hour slow, a year ahead for 12 s, jumping. Message dates are right.

What is old must not run, a right that ended must not work, and no timestamp may run away from the time; where `Date`
was never wrong young commands must be carried out. A trial is one life of the clock and of control over it, by a time
that is turned by hand. Dangerous is a life with an ask that a bot which believed the last `Date` would judge otherwise.

Left out: a life that begins with a `Date` that is slow by just the age of its first message, without a record of an
earlier one. Nothing there contradicts anything.
"""

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from bot.clock import Clock
from bot.control.counters import TrustedCounters
from bot.domain.actions import Action
from bot.domain.commands import Delivery, DenialReason
from bot.domain.commands import Result as Said
from bot.domain.doors import Capability
from bot.drivers.base import Deadline, LockDriver
from storage import Storage
from tests.trials.apart import apart
from tests.trials.lives import live
from tests.trials.results import Result
from tests.trials.rooms import Rooms, build, request
from tests.trials.world import FIRST_PERSON, OWNER

ANNA, BEN = FIRST_PERSON, FIRST_PERSON + 1
STALE_SECONDS = 30.0
TOLERATED_SECONDS = 8.0
"""Servers may differ by some seconds without anybody doubting them."""
HOUR, YEAR = 3600.0, 31_536_000.0
STEPS = 30


@dataclass
class Sky:
    """The true time, boot time, and by how much Telegram's `Date` is wrong at a moment."""

    wrong_by: Callable[[float], float]
    true: float = 1_790_000_000.0
    boot: float = 5000.0

    def turn(self, seconds: float) -> None:
        self.true += seconds
        self.boot += seconds

    async def sleep(self, seconds: float) -> None:
        self.turn(seconds)
        await asyncio.sleep(0)

    @property
    def date(self) -> int:
        return math.floor(self.true + self.wrong_by(self.boot - 5000.0))


def weathers(generator: random.Random) -> dict[str, Callable[[float], float]]:
    """By name: seconds since the start -> by how much `Date` is wrong."""
    begins, lasts = generator.uniform(5, 200), generator.uniform(20, 400)
    jumps = [(generator.uniform(0, 600), generator.choice((-HOUR, -600.0, 0.0, HOUR, YEAR))) for _ in range(6)]
    return {
        "right": lambda at: 0.0,
        "slow from the start": lambda at: -HOUR,
        "slow for a while": lambda at: -HOUR if begins <= at < begins + lasts else 0.0,
        "a year ahead for 12 s": lambda at: YEAR if begins <= at < begins + 12 else 0.0,
        "a year ahead at first": lambda at: YEAR if at < 12 else 0.0,
        "jumps": lambda at: next((by for moment, by in sorted(jumps, reverse=True) if moment <= at), 0.0),
    }


@dataclass
class Counted(LockDriver):
    """Opens, and draws a number for it as a gateway's driver does."""

    sky: Sky
    counters: TrustedCounters
    numbers: list[tuple[int, float]] = field(default_factory=list)
    """Each number, and the true time at which it was drawn."""

    capabilities = Capability.UNLOCK

    async def unlock(self, deadline: Deadline) -> Delivery:
        async with deadline.waiting():
            number = await self.counters.next("gateway", 0)
        deadline.check()
        self.numbers.append((number, self.sky.true))
        return Delivery.CONFIRMED


class Life:
    def __init__(self, path: Path, generator: random.Random) -> None:
        self._path = path
        self._generator = generator
        self.weather, wrong_by = generator.choice(list(weathers(generator).items()))
        self._sky = Sky(wrong_by)
        wall = generator.choice((0.0, 0.0, -HOUR, 40 * YEAR, -30 * YEAR))
        self._clock = Clock(boot=lambda: self._sky.boot, wall=lambda: self._sky.true + wall)
        self._emptied_at: float | None = None
        self._ended = 0.0
        self._number = 0
        self.is_dangerous = False
        self.wrong: list[str] = []
        self.kinds: Counter[str] = Counter([self.weather])

    async def run(self) -> None:
        storage = await Storage.open(self._path)
        await storage.counters.raise_to({"gateway": int(self._sky.true) - 1000})
        lock = Counted(self._sky, TrustedCounters(storage.counters, self._clock, sleep=self._sky.sleep))
        rooms = build(storage, {"front": lock}, self._clock, sleep=self._sky.sleep)
        if self._generator.random() < 0.5:
            self._clock.recorded(self._sky.true - self._generator.uniform(1, 600))
        await self._furnish(rooms)
        for _ in range(self._generator.randrange(5, STEPS)):
            await self._step(rooms)
        for place, (number, true) in enumerate(lock.numbers, 1):
            if number > true + place + TOLERATED_SECONDS:
                self.wrong.append(f"{self.weather}: a timestamp is {number - true:.0f} s ahead")
        await rooms.activity.idle()
        await storage.close()

    async def _furnish(self, rooms: Rooms) -> None:
        """Ben's right ends in the middle of the life, by the true time: rights are given while the clock is right."""
        self._ended = self._sky.true + self._generator.uniform(60, 400)
        right = Clock(boot=lambda: self._sky.boot, wall=lambda: self._sky.true)
        giving = build(rooms.storage, {}, right).people
        for person, ends in ((ANNA, None), (BEN, timedelta(seconds=self._ended - self._sky.true))):
            await giving.allow(
                caller=OWNER, person_id=person, name=f"P{person}", door="*", actions=[Action.OPEN], length=ends
            )

    async def _step(self, rooms: Rooms) -> None:
        kind = self._generator.choice(("poll", "poll", "young", "young", "pause", "old"))
        if kind == "poll":
            self._sky.turn(self._generator.uniform(0.1, 10))
            self._poll()
        elif kind == "pause":
            self._sky.turn(self._generator.uniform(30, 300))
        elif kind == "old":
            await self._ask_old(rooms)
        else:
            self._sky.turn(self._generator.uniform(0, 3))
            await self._ask(rooms, self._generator.uniform(0, 2))
        self.kinds[kind] += 1

    def _poll(self, *, empty: bool = True) -> None:
        sent = self._sky.boot
        self._sky.turn(self._generator.uniform(0.01, 0.3))
        self._clock.stamp(self._sky.date, sent=sent, received=self._sky.boot)
        self._emptied_at = sent if empty else self._emptied_at

    async def _ask_old(self, rooms: Rooms) -> None:
        """What waited while no poll got through."""
        age = self._generator.choice((31.0, self._generator.uniform(40, 7200), 1800.0))
        is_first = self._emptied_at is None
        if is_first and self.weather == "slow from the start" and abs(age - HOUR) < 120:
            return
        if not is_first:
            self._sky.turn(age + 1)
        await self._ask(rooms, age)

    async def _ask(self, rooms: Rooms, age: float) -> None:
        made_after = self._emptied_at
        self._poll(empty=False)
        date = math.floor(self._sky.true - age)
        self._clock.message_date(date, made_after=made_after, received=self._sky.boot)
        person = self._generator.choice((ANNA, BEN))
        self._number += 1
        about = request(str(self._number), person, "front", asked_at=date)
        has_ended = person == BEN and self._sky.true > self._ended
        believed = self._sky.date - date
        self.is_dangerous |= (age > STALE_SECONDS and believed < STALE_SECONDS) or (
            has_ended and self._sky.date < self._ended
        )
        finished = await rooms.operate(about)
        if finished.reason is DenialReason.CLOCK_DOUBTED and age < STALE_SECONDS:
            self.kinds["asked back"] += 1
            self._number += 1
            again = replace(about, update_key=str(self._number), asked_at=self._clock.now(), is_confirmed=True)
            finished = await rooms.operate(again)
        self._judge(finished.result, finished.reason, age, has_ended=has_ended, person=person)
        self._emptied_at = self._sky.boot

    def _judge(self, result: Said, reason: DenialReason | None, age: float, *, has_ended: bool, person: int) -> None:
        if result is Said.CONFIRMED and age > STALE_SECONDS + TOLERATED_SECONDS:
            self.wrong.append(f"{self.weather}: a command that was {age:.0f} s old was run")
        if result is Said.CONFIRMED and has_ended and self._sky.true > self._ended + TOLERATED_SECONDS:
            self.wrong.append(f"{self.weather}: a right that ended {self._sky.true - self._ended:.0f} s ago worked")
        is_near_end = person == BEN and self._sky.true > self._ended - TOLERATED_SECONDS
        if self.weather == "right" and age < 20 and result is not Said.CONFIRMED and not is_near_end:
            self.wrong.append(f"nothing was wrong, and a command {age:.0f} s old was {result} ({reason})")


run = partial(live, Life, harness="dates", promises=("R1", "R3", "R8"))


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    yield apart(partial(run, 120, seed), control="date believed")


def short(seed: int) -> Iterator[Result]:
    yield from campaign(30, seed)
    yield from controls(seed)
