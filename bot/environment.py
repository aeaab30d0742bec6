"""What lies outside the bot, which a test can replace."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from bot.clock import Clock


@dataclass(frozen=True, slots=True)
class Environment:
    clock: Clock
    telegram: httpx.AsyncBaseTransport | None = None
    locks: httpx.AsyncBaseTransport | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random
