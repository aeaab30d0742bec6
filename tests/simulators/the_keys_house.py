"""A house with a simulated gateway, a clock nobody waits for, and a client that signs as real ones do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from simulators.control import create_app
from simulators.the_keys import GatewaySimulator, Smartlock
from simulators.the_keys.smartlock import sign

FRONT, BACK = 45961123, 45961124
CODE, BACK_CODE = "Zmo1sps2OVyCFtl1", "Kq83hfLm20PwXa7e"


class Clock:
    """Time that moves only when told to; sleepers wake when it reaches them."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now
        self.sleepers: list[tuple[float, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        awake = asyncio.Event()
        self.sleepers.append((self.now + seconds, awake))
        await awake.wait()

    async def advance(self, seconds: float) -> None:
        await settle()
        self.now += seconds
        for due, awake in self.sleepers:
            if due <= self.now:
                awake.set()
        self.sleepers = [(due, awake) for due, awake in self.sleepers if due > self.now]
        await settle()


async def settle() -> None:
    """Let everything that is ready run."""
    for _ in range(20):
        await asyncio.sleep(0)


class GatewayHouse:
    def __init__(self, gateway: GatewaySimulator, clock: Clock, http: httpx.AsyncClient) -> None:
        self.gateway = gateway
        self.clock = clock
        self.http = http
        self.ts = int(clock.now)

    @property
    def front(self) -> Smartlock:
        return self.gateway.lock(FRONT)

    def auth(self, identifier: int = FRONT, code: str = CODE, ts: int | None = None) -> dict[str, str]:
        self.ts += 1
        stamp = str(self.ts if ts is None else ts)
        return {"identifier": str(identifier), "ts": stamp, "hash": sign(code, stamp)}

    async def get(self, path: str) -> Any:
        return (await self.http.get(path)).json()

    async def post(self, path: str, form: dict[str, str] | None = None) -> Any:
        return (await self.http.post(path, data=self.auth() if form is None else form)).json()

    def happened(self) -> list[str]:
        return [event.what for event in self.gateway.events]


@asynccontextmanager
async def a_house(**gateway: Any) -> AsyncIterator[GatewayHouse]:
    clock = Clock()
    locks = Smartlock(FRONT, CODE), Smartlock(BACK, BACK_CODE, bolt="unlocked", version=55)
    there = GatewaySimulator(*locks, clock=clock, sleep=clock.sleep, **gateway)
    there.hurry()
    transport = httpx.ASGITransport(create_app(there))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield GatewayHouse(there, clock, http)
