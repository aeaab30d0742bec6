"""R2: an owner takes a right away while its holder opens the door, in every order the event loop can find.

No command may start after the revoke in the journal, and none may be sent that started after the revoke was answered.
Dangerous is a trial in which both were under way at the same time.
"""

import asyncio
import random
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial

from bot.clock import Clock
from bot.domain.actions import Action
from bot.domain.commands import Delivery
from bot.domain.commands import Result as Outcome
from bot.domain.doors import Capability
from bot.drivers.base import Deadline, LockDriver
from storage import Storage
from tests.trials.apart import apart
from tests.trials.results import Result
from tests.trials.rooms import Rooms, build, request
from tests.trials.world import FIRST_PERSON, OWNER, room

ANNA = FIRST_PERSON
DOORS = ("front", "back", "side")


class Obedient(LockDriver):
    """Opens at once, and remembers when."""

    capabilities = Capability.UNLOCK

    def __init__(self) -> None:
        self.opened: list[float] = []

    async def unlock(self, deadline: Deadline) -> Delivery:
        self.opened.append(time.monotonic())
        await asyncio.sleep(0)
        return Delivery.CONFIRMED


async def run(trials: int, seed: int) -> Result:
    generator = random.Random(seed)
    place = room()
    tally: Counter[str] = Counter()
    violations: list[str] = []
    try:
        storage = await Storage.open(place / "revokes.db")
        rooms = build(storage, {name: Obedient() for name in DOORS}, Clock())
        for number in range(trials):
            await rooms.people.allow(
                caller=OWNER, person_id=ANNA, name="Anna", door="*", actions=[Action.OPEN], length=None
            )
            trial = Trial(rooms, generator, number)
            await trial.run()
            tally[trial.kind] += 1
            violations += [f"trial {number}: {what}" for what in await trial.wrong(storage)]
        await storage.close()
    finally:
        shutil.rmtree(place)
    return Result(
        harness="revokes", promises=("R2",), trials=trials, dangerous=tally["overlapping"], violations=violations,
        seed=seed, kinds=dict(tally),
    )  # fmt: skip


class Trial:
    def __init__(self, rooms: Rooms, generator: random.Random, number: int) -> None:
        self._rooms = rooms
        self._generator = generator
        self._number = number
        self._spans: dict[str, tuple[float, float]] = {}
        self._results: dict[str, Outcome] = {}

    async def run(self) -> None:
        waits = [self._generator.randrange(40) for _ in range(3)]
        doors = self._generator.sample(DOORS, 2)
        await asyncio.gather(self._revoke(waits[0]), self._open(doors[0], waits[1]), self._open(doors[1], waits[2]))

    @property
    def kind(self) -> str:
        begun, ended = self._spans["revoke"]
        opens = [span for name, span in self._spans.items() if name != "revoke"]
        if any(start < ended and begun < end for start, end in opens):
            return "overlapping"
        return "one after the other"

    async def wrong(self, storage: Storage) -> list[str]:
        entries = await storage.journal.tail(16)
        revoked = max(entry.seq for entry in entries if entry.kind == "person removed")
        late = [entry for entry in entries if entry.kind == "started" and entry.seq > revoked]
        found = [f"command {entry.command_id} started after the revoke" for entry in late]
        answered = self._spans["revoke"][1]
        for door, result in self._results.items():
            if result is not Outcome.DENIED and self._spans[door][0] > answered:
                found.append(f"{door} was opened though asked for after the revoke was answered")
        return found

    async def _revoke(self, wait: int) -> None:
        await _steps(wait)
        begun = time.monotonic()
        taken = await self._rooms.people.deny(caller=OWNER, person_id=ANNA, door=None)
        self._spans["revoke"] = begun, time.monotonic()
        assert taken

    async def _open(self, door: str, wait: int) -> None:
        await _steps(wait)
        begun = time.monotonic()
        outcome = await self._rooms.operate(request(f"{self._number} {door}", ANNA, door, asked_at=time.time()))
        self._spans[door] = begun, time.monotonic()
        self._results[door] = outcome.result


async def _steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0.00005)


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    yield apart(partial(run, 150, seed), control="rights outside")


def short(seed: int) -> Iterator[Result]:
    yield from campaign(60, seed)
    yield from controls(seed)
