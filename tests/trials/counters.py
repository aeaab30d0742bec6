"""R8: random lives of the counters on disk: jumping clocks, restarts, parallel calls; the gateway must see no repeat.

A trial is one life of up to 50 steps with a real database and the real line to a gateway that keeps what it is sent.
Dangerous is a life in which the clock went back or the bot was started again.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from urllib.parse import parse_qs

import httpx

from bot.drivers.base import DriverContext
from bot.drivers.errors import LockError
from bot.drivers.http import Timeouts
from bot.drivers.the_keys.transport import Call, GatewayTransport, Key
from storage import Storage
from tests.trials.apart import apart
from tests.trials.inside import vendor_says
from tests.trials.lives import live
from tests.trials.results import Result
from tests.trials.world import SHARE_CODE

STEPS = 50
JUMPS = (1, 60, 3600, 86_400, 31_536_000, 315_360_000)
CALL = Call(path="/locker_status", key=Key(door="front", identifier="1", share_code=SHARE_CODE))


class Life:
    def __init__(self, path: Path, generator: random.Random) -> None:
        self._path = path
        self._generator = generator
        self._now = 1_790_000_000.0
        self._seen: list[int] = []
        self.wrong: list[str] = []
        self.kinds: Counter[str] = Counter()

    @property
    def is_dangerous(self) -> bool:
        return bool(self.kinds["jump"] or self.kinds["restart"])

    async def run(self) -> None:
        storage = await Storage.open(self._path)
        for _ in range(self._generator.randrange(10, STEPS)):
            step = self._generator.choices(("call", "together", "jump", "restart"), (6, 2, 3, 1))[0]
            self.kinds[step] += 1
            if step == "jump":
                self._now = max(1.0, self._now + self._generator.choice((-1, 1)) * self._generator.choice(JUMPS))
            elif step == "restart":
                await storage.close()
                storage = await Storage.open(self._path)
            else:
                await self._call(storage, 1 if step == "call" else 3)
        await storage.close()
        self.wrong = [f"{new} is no news" for old, new in pairwise(self._seen) if new <= old]

    async def _call(self, storage: Storage, count: int) -> None:
        transport = GatewayTransport("gateway", self._context(storage), Timeouts())
        await asyncio.gather(*(self._once(transport) for _ in range(count)))
        await transport.aclose()

    async def _once(self, transport: GatewayTransport) -> None:
        try:
            await transport.query(CALL)
        except LockError:
            return

    def _context(self, storage: Storage) -> DriverContext:
        async def sleep(seconds: float) -> None:
            self._now += seconds
            await asyncio.sleep(0)

        return DriverContext(
            counters=storage.counters, now=lambda: self._now, monotonic=lambda: self._now, sleep=sleep,
            transport=httpx.MockTransport(self._gateway),
        )  # fmt: skip

    def _gateway(self, request: httpx.Request) -> httpx.Response:
        self._seen.append(int(parse_qs(request.content.decode())["ts"][0]))
        return vendor_says(b'{"status": "ok", "code": 49}')


run = partial(live, Life, harness="counters", promises=("R8",))


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    yield apart(partial(run, 20, seed), control="counters of the clock")


def short(seed: int) -> Iterator[Result]:
    yield from campaign(5, seed)
    yield from controls(seed)
