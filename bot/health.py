"""Is the bot alive? Judged by completed polls, told to whoever supervises the process."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

log = logging.getLogger("latchkey.health")

UNHEALTHY_SECONDS = 60.0
HEARTBEAT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Health:
    good: bool
    sentence: str


def judge(*, silent_seconds: float, has_polled: bool, another_bot: bool) -> Health:
    """`silent_seconds`: since Telegram last completed a poll, or since the start."""
    if another_bot:
        return Health(False, "a second bot uses the same token; no door is opened")
    if silent_seconds > UNHEALTHY_SECONDS:
        return Health(False, f"Telegram has completed no poll for {silent_seconds:.0f} s")
    if not has_polled:
        return Health(True, f"started {silent_seconds:.0f} s ago; Telegram has completed no poll yet")
    return Health(True, f"the last poll was completed {silent_seconds:.0f} s ago")


async def tell_systemd(health: Callable[[], Health], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
    """Ready once, then a heartbeat while all is well; systemd restarts a unit whose heartbeat stops.

    Telegram being away is no reason to be restarted, so only a wedged event loop stops the heartbeat: a hanging
    poller ends the process by itself.
    """
    _notify("READY=1")
    while True:
        _notify(f"WATCHDOG=1\nSTATUS={health().sentence}")
        await sleep(HEARTBEAT_SECONDS)


def _notify(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            # A supervisor that does not read must hold up no door.
            wire.setblocking(False)
            wire.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)
    except OSError as error:
        log.warning("the supervisor could not be told: %s", error)
