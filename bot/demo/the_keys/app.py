"""The ASGI apps: the gateway's own paths or the cloud's, and the hands on either under /world."""

from collections.abc import Awaitable, Callable
from typing import Any

from bot.demo import world
from bot.demo.the_keys.cloud import Cloud
from bot.demo.the_keys.gateway import Gateway


def create_app(simulator: Gateway | Cloud) -> Callable[[Any, Any, Any], Awaitable[None]]:
    return world.create_app(simulator, "cloud" if isinstance(simulator, Cloud) else "gateway")
