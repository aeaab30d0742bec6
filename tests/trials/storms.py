"""R11, R18: storms of notices, on a clock that passes by itself; answers to people are as quick as ever.

200 changes in a minute for one group, a gateway with twelve doors that comes and goes, and ten minutes in which
Telegram takes nothing for the group. In the middle of each the bot is restarted, while a message is under way.
Afterwards every change is told, none twice and all in order, Telegram never had to say that it was too much, and no
answer took more than 1.2 times what answers took before the storm. Dangerous are notices that lay in the outbox at a
restart, and answers that were given in a storm.
"""

import asyncio
import random
import re
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from bot.domain.actions import Action
from bot.domain.commands import Result as Outcome
from bot.domain.events import CommandFinished
from bot.drivers.errors import OutOfReach
from tests.trials.apart import apart
from tests.trials.results import Result
from tests.trials.storm_house import GROUP, HOST, StormHouse
from tests.trials.virtual import VirtualTime

CHANGES, CHANGE_SECONDS = 200, 60.0
DOORS, FLAP_SECONDS, FLAPS = 12, 40.0, 8
SILENCE_SECONDS, WHILE_SILENT = 600.0, 60
ASK_EVERY_SECONDS, QUIET_ANSWERS = 7.0, 6
DOWN_SECONDS = 4.0
AT_MOST = 1.2
PER_RUN = CHANGES + WHILE_SILENT + FLAPS
"""Events of one run."""


@dataclass
class Storm:
    """One house through its storms, and what was wrong."""

    house: StormHouse
    generator: random.Random
    told: list[str] = field(default_factory=list)
    """The names in the changes, in their order."""
    waited: int = 0
    calm: list[float] = field(default_factory=list)
    stormy: list[float] = field(default_factory=list)

    async def changes(self, count: int, seconds: float) -> None:
        """That many doors opened by people with names that tell them apart; somewhere among them a restart."""
        restart = self.generator.randrange(count)
        for number in range(count):
            if number == restart:
                await self.restart()
            name = f"P{len(self.told):04}"
            self.told.append(name)
            event = CommandFinished(
                door="d01", action=Action.OPEN, result=Outcome.CONFIRMED, by=name, at=self.house.clock.datetime()
            )
            await self.house.notices.tell_groups(event)
            await self.house.pass_seconds(seconds / count)

    async def flapping(self) -> None:
        restart = self.generator.randrange(FLAPS)
        for number in range(FLAPS):
            for lock in self.house.locks.values():
                lock.fault = None if number % 2 else OutOfReach("bench.away")
            if number == restart:
                await self.restart()
            for _ in range(int(FLAP_SECONDS / 5)):
                await self.house.poll_all()
                await self.house.pass_seconds(5)

    async def silence(self) -> None:
        """Telegram wants nothing for this group for ten minutes, and says so each time."""
        self.house.refuse_group()
        await self.changes(WHILE_SILENT, SILENCE_SECONDS)
        self.house.telegram.faults.clear()

    async def restart(self) -> None:
        await self.house.until_under_way()
        await self.house.stop()
        self.waited += await self.house.waiting()
        await self.house.pass_seconds(DOWN_SECONDS)
        self.house.start()

    async def ask(self, times: list[float], chats: tuple[int, ...]) -> None:
        """Every seven seconds somebody asks something, in each chat, for ever."""
        while True:
            await self.house.time.sleep(ASK_EVERY_SECONDS)
            times += [await self.house.answer(chat) for chat in chats if self.house.is_running]


@asynccontextmanager
async def asking(storm: Storm, times: list[float], chats: tuple[int, ...]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(storm.ask(times, chats))
    yield
    task.cancel()
    await asyncio.wait({task})


async def run(seed: int, *, is_short: bool = False) -> Result:
    """`is_short`: the first storm only."""
    with tempfile.TemporaryDirectory() as folder:
        time = VirtualTime()
        async with StormHouse.open(Path(folder) / "storm.db", time, doors=DOORS) as house:
            storm = Storm(house, random.Random(seed))
            async with asking(storm, storm.calm, (HOST, GROUP)):
                await house.pass_seconds(QUIET_ANSWERS * ASK_EVERY_SECONDS)
            async with asking(storm, storm.stormy, (HOST, GROUP)):
                await storm.changes(CHANGES, CHANGE_SECONDS)
            if not is_short:
                async with asking(storm, storm.stormy, (HOST, GROUP)):
                    await storm.flapping()
                async with asking(storm, storm.stormy, (HOST,)):
                    await storm.silence()
            is_told = await house.drained(at_most=3600)
            violations = [*found(storm)] + ([] if is_told else ["lost: something still waits after an hour"])
            if not await house.is_all_reachable():
                violations.append("lost: a door that answers is told as unreachable")
            return Result(
                harness="storms", promises=("R11", "R18"), trials=len(storm.told) + len(storm.stormy),
                dangerous=storm.waited + len(storm.stormy), violations=violations, seed=seed,
                kinds={"waited at a restart": storm.waited, "answers in a storm": len(storm.stormy)},
                note=f"slowest answer in a storm: {ratio(storm):.2f} times the quiet mean",
            )  # fmt: skip


def ratio(storm: Storm) -> float:
    return max(storm.stormy) / (sum(storm.calm) / len(storm.calm))


def found(storm: Storm) -> Iterator[str]:
    heard = [name for text in storm.house.said(GROUP) for name in re.findall(r"by (P\d{4})\b", text)]
    for name, count in (Counter(storm.told) - Counter(heard)).items():
        yield f"lost: {count} notices about {name}"
    for name, count in (Counter(heard) - Counter(storm.told)).items():
        yield f"twice: {count} notices too many about {name}"
    if list(dict.fromkeys(heard)) != [name for name in storm.told if name in set(heard)]:
        yield "overtaken: the notices are not in order"
    lines = Counter(line for text in storm.house.said(GROUP) for line in text.splitlines() if line.startswith("📡"))
    yield from (f"twice: {line}" for line, count in lines.items() if count > 1)
    if storm.house.too_much:
        yield f"too much: Telegram refused {storm.house.too_much} messages by its limits"
    if (slowest := ratio(storm)) > AT_MOST:
        yield f"slow: an answer took {slowest:.2f} times its quiet time"


def campaign(count: int, seed: int) -> Iterator[Result]:
    for begun in range(0, count, PER_RUN):
        yield apart(partial(run, seed + begun), is_hurried=False)


def controls(seed: int) -> Iterator[Result]:
    yield apart(partial(run, seed, is_short=True), control="messages dropped first", is_hurried=False)
    yield from quick_controls(seed)


def quick_controls(seed: int) -> Iterator[Result]:
    for name in ("notices go first", "notices cut off"):
        yield apart(partial(run, seed, is_short=True), control=name, is_hurried=False)


def short(seed: int) -> Iterator[Result]:
    yield apart(partial(run, seed), is_hurried=False)
    yield from quick_controls(seed)
