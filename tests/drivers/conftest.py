"""What drivers live in during tests: a clock that only moves when somebody sleeps, and simulators behind a wire."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from bot.drivers import DOOR_SETTINGS, build_drivers
from bot.drivers.base import Deadline, DriverContext, LockDriver
from simulators import kas as kas_simulator
from simulators import the_keys as the_keys_simulator
from simulators.control import create_app

IDENTIFIER = "45961123"
SHARE_CODE = "Zmo1sps2OVyCFtl1"
FACTORY_NUMBER = "SS000510"
API_KEY = "eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI1YzI3In0.canary-kas-key"


@dataclass
class MemoryCounters:
    """The counters, in memory."""

    last: dict[str, int] = field(default_factory=dict)

    async def next(self, name: str, now: int) -> int:
        self.last[name] = max(now, self.last.get(name, 0) + 1)
        return self.last[name]


@dataclass
class World:
    """Time stands still except in `sleep`, where it jumps; nobody waits for real."""

    at: float = 1_790_000_000.25
    step: float = 0.0
    """How far the wall clock was set off."""
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.at + self.step

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += max(0.0, seconds)
        await asyncio.sleep(0)

    def deadline(self, seconds: float = 30, *, caller: int = 1, is_owner: bool = False) -> Deadline:
        return Deadline(self.at + seconds, self.monotonic, caller=caller, is_owner=is_owner)

    def context(self, transport: httpx.AsyncBaseTransport | None = None, timezone: str = "UTC") -> DriverContext:
        return DriverContext(
            counters=self.counters,
            now=self.now,
            monotonic=self.monotonic,
            sleep=self.sleep,
            timezone=timezone,
            transport=transport,
        )


@pytest.fixture
def world() -> World:
    return World()


@dataclass
class House:
    """A real driver (`front`) and the simulator behind it."""

    world: World
    gateway: the_keys_simulator.GatewaySimulator
    driver: LockDriver

    @property
    def smartlock(self) -> the_keys_simulator.Smartlock:
        return self.gateway.lock(int(IDENTIFIER))

    def paths(self) -> list[str]:
        return [request.path for request in self.gateway.requests]


@dataclass
class CloudHouse:
    """A real driver (`garage`) and the simulated cloud behind it."""

    world: World
    cloud: kas_simulator.KasSimulator
    driver: LockDriver

    @property
    def kas_lock(self) -> kas_simulator.KasLock:
        return self.cloud.lock(FACTORY_NUMBER)

    def paths(self) -> list[str]:
        return [request.path.split("/")[3] for request in self.cloud.requests]


def the_keys_door(host: str = "gateway.test", **more: Any) -> dict[str, object]:
    return {"driver": "the_keys", "host": host, "identifier": IDENTIFIER, "share_code": SHARE_CODE, **more}


def kas_door(base_url: str = "https://kas.test", **more: Any) -> dict[str, object]:
    return {"driver": "kas", "factory_number": FACTORY_NUMBER, "api_key": API_KEY, "base_url": base_url, **more}


def build(door: str, given: dict[str, object], context: DriverContext) -> LockDriver:
    settings = DOOR_SETTINGS[str(given["driver"])].model_validate(given)
    return build_drivers({door: settings}, context)[door]


@asynccontextmanager
async def the_keys_house(world: World, **more: Any) -> AsyncIterator[House]:
    smartlock = the_keys_simulator.Smartlock(int(IDENTIFIER), SHARE_CODE)
    gateway = the_keys_simulator.GatewaySimulator(smartlock, clock=world.now, sleep=world.sleep)
    gateway.hurry()
    transport = httpx.ASGITransport(create_app(gateway))
    driver = build("front", the_keys_door(**more), world.context(transport))
    yield House(world, gateway, driver)
    await driver.aclose()


@asynccontextmanager
async def kas_house(world: World, **more: Any) -> AsyncIterator[CloudHouse]:
    # The simulator's own timers must not move the clock.
    cloud = kas_simulator.KasSimulator(
        kas_simulator.KasLock(FACTORY_NUMBER), key=API_KEY, clock=world.now, sleep=asyncio.sleep
    )
    cloud.plan = "advanced" if more.get("advanced") else "basic"
    transport = httpx.ASGITransport(create_app(cloud))
    driver = build("garage", kas_door(**more), world.context(transport, "Australia/Melbourne"))
    yield CloudHouse(world, cloud, driver)
    await driver.aclose()


@pytest.fixture
async def house(world: World) -> AsyncIterator[House]:
    async with the_keys_house(world) as house:
        yield house


@pytest.fixture
async def garage(world: World) -> AsyncIterator[CloudHouse]:
    async with kas_house(world) as house:
        yield house


@pytest.fixture
async def advanced(world: World) -> AsyncIterator[CloudHouse]:
    async with kas_house(world, advanced=True) as house:
        yield house
