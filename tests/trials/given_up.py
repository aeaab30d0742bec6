"""R15: once people were told that there was no answer, nothing of the request arrives any more.

The line loses everything as soon as a connection stands, and heals after the bot has given up: the kernel would send
again what a connection that was merely closed still holds. Dangerous is a trial in which the bot gave up before the
other side had the request.
"""

import asyncio
import itertools
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bot.domain.codes import PinRequest
from bot.drivers import DOOR_SETTINGS, build_drivers
from bot.drivers.base import Deadline, DriverContext, LockDriver
from bot.drivers.errors import LockError
from tests.trials.apart import apart
from tests.trials.lossy import HERE, THERE, Line, enter, is_possible
from tests.trials.results import Result
from tests.trials.world import API_KEY, SHARE_CODE

PORT = 8080
PATIENCE_SECONDS = 0.4
LOST_SECONDS = (1.0, 1.4)
"""Longer than the bot waits; the kernel sends again after about 0.2, 0.6, 1.4 and 3 seconds."""
WATCHED_SECONDS = 4.5
ENDS = ("silence", "cancelled", "ended")
VERBS = {"the_keys": ("unlock", "lock", "status"), "kas": ("unlock", "create_pin")}
AT_ONCE = 50
SHORT = 60


@dataclass
class There:
    """The locks' side: says yes to everything, and remembers when what arrived. Trials are told apart by number."""

    arrived: dict[int, float] = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1])) if length else b""
            number = re.search(rb"(?:identifier=|SS)(\d+)", head + body)
            if number:
                self.arrived.setdefault(int(number[1]), time.monotonic())
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"status":"ok","code": 0} ')
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Numbers:
    async def next(self, name: str, now: int) -> int:
        return now


@dataclass
class Trial:
    number: int
    vendor: str
    verb: str
    end: str
    given_up_at: float = 0.0

    @property
    def kind(self) -> str:
        return f"{self.vendor} {self.verb}, {self.end}"

    async def run(self) -> None:
        driver = self._driver()
        asked = asyncio.ensure_future(self._ask(driver))
        if self.end == "silence":
            await asyncio.gather(asked, return_exceptions=True)
        else:
            await asyncio.sleep(PATIENCE_SECONDS / 2)
            asked.cancel() if self.end == "cancelled" else await driver.aclose()
            await asyncio.gather(asked, return_exceptions=True)
        self.given_up_at = time.monotonic()
        await driver.aclose()

    async def _ask(self, driver: LockDriver) -> None:
        deadline = Deadline(time.monotonic() + 30, time.monotonic)
        with suppress(LockError):
            match self.verb:
                case "unlock":
                    await driver.unlock(deadline)
                case "lock":
                    await driver.lock(deadline)
                case "status":
                    await driver.status()
                case "create_pin":
                    start = datetime.fromtimestamp(time.time(), UTC)
                    await driver.create_pin(
                        PinRequest(starts_at=start, duration=timedelta(hours=2), label="x"), deadline
                    )

    def _driver(self) -> LockDriver:
        given: dict[str, object] = {"driver": self.vendor, "timeout_seconds": PATIENCE_SECONDS}
        if self.vendor == "the_keys":
            given |= {"host": f"{THERE}:{PORT}", "identifier": str(self.number), "share_code": SHARE_CODE}
        else:
            given |= {"base_url": f"http://{THERE}:{PORT}", "factory_number": f"SS{self.number}", "api_key": API_KEY}
        context = DriverContext(counters=Numbers(), now=time.time, monotonic=time.monotonic, sleep=asyncio.sleep)
        return build_drivers({"door": DOOR_SETTINGS[self.vendor].model_validate(given)}, context)["door"]


class Network(threading.Thread):
    """A thread in a network of its own that runs one coroutine."""

    def __init__(self, address: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        super().__init__(daemon=True)
        self._address, self._work = address, work
        self._is_in, self.may_begin = threading.Event(), threading.Event()
        self._wire = -1

    def run(self) -> None:
        self._wire = enter(self._address)
        self._is_in.set()
        self.may_begin.wait(10)
        asyncio.run(self._work())

    def wire(self) -> int:
        self.start()
        if not self._is_in.wait(10):
            raise RuntimeError("no network of its own")
        return self._wire


async def run(count: int, seed: int) -> Result:
    if not is_possible():
        return Result(
            harness="given_up", promises=("R15",), trials=0, dangerous=0, seed=seed, note="needs root and tun"
        )
    generator = random.Random(seed)
    trials = [
        Trial(100_000 + number, vendor, generator.choice(VERBS[vendor]), generator.choice(ENDS))
        for number, vendor in zip(range(count), itertools.cycle(VERBS))
    ]
    there = There()
    await asyncio.to_thread(_over_a_lossy_line, trials, there, generator)
    told = Counter[str]()
    violations = []
    for trial in trials:
        at = there.arrived.get(trial.number)
        told["lost" if at is None else "late" if at > trial.given_up_at else "in time"] += 1
        if at is not None and at > trial.given_up_at:
            violations.append(f"{trial.kind}: arrived {at - trial.given_up_at:.1f} s after it was given up")
    return Result(
        harness="given_up", promises=("R3", "R15"), trials=count, dangerous=told["lost"] + told["late"],
        violations=violations, seed=seed, kinds=dict(told + Counter(trial.kind for trial in trials)),
    )  # fmt: skip


def _over_a_lossy_line(trials: list[Trial], there: There, generator: random.Random) -> None:
    is_over = threading.Event()

    async def locks() -> None:
        server = await asyncio.start_server(there.serve, THERE, PORT, backlog=1000)
        async with server:
            await asyncio.to_thread(is_over.wait)

    async def bot() -> None:
        for first in range(0, len(trials), AT_ONCE):
            await asyncio.gather(*(trial.run() for trial in trials[first : first + AT_ONCE]))
        await asyncio.sleep(WATCHED_SECONDS)

    far, near = Network(THERE, locks), Network(HERE, bot)
    line = Line(near.wire(), far.wire(), lost_seconds=lambda: generator.uniform(*LOST_SECONDS))
    line.start()
    far.may_begin.set()
    time.sleep(0.2)
    near.may_begin.set()
    near.join()
    is_over.set()
    far.join(5)
    line.stop()


def campaign(count: int, seed: int) -> Iterator[Result]:
    yield apart(partial(run, count, seed))


def controls(seed: int) -> Iterator[Result]:
    yield apart(partial(run, SHORT, seed), control="closed and not reset")


def short(seed: int) -> Iterator[Result]:
    yield from controls(seed)
    yield apart(partial(run, SHORT, seed))
