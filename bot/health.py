"""Is the bot alive? Judged by completed polls and the database, told to whoever supervises the process.

Two ways lead out: systemd's notifications, and a heartbeat file beside the database, which `latchkey health` reads.
"""

import asyncio
import json
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.clock import boot_time
from bot.domain.failures import StorageFailed

log = logging.getLogger("latchkey.health")

# R10 of docs/trials.md: a stalled poller is noticed within 60 s. Whoever reads the heartbeat counts from the last poll
# that it names, so it need not be new.
UNHEALTHY_SECONDS = 60.0
HEARTBEAT_SECONDS = 10.0
# Three heartbeats were missed: it has stopped.
OLD_SECONDS = 30.0
STORAGE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    good: bool
    sentence: str


def judge(*, silent_seconds: float, has_polled: bool, another_bot: bool) -> Health:
    """`silent_seconds`: since Telegram last completed a poll, or since the start."""
    if another_bot:
        return Health(False, "another program asks Telegram for this bot's updates; no door is opened meanwhile")
    if silent_seconds > UNHEALTHY_SECONDS:
        return Health(False, f"Telegram has completed no poll for {silent_seconds:.0f} s")
    if not has_polled:
        return Health(True, f"started {silent_seconds:.0f} s ago; Telegram has completed no poll yet")
    return Health(True, f"the last poll was completed {silent_seconds:.0f} s ago")


@dataclass(frozen=True, slots=True)
class Pulse:
    """`polled_seconds`: since the last completed poll. A bot that hangs is not running."""

    is_running: bool
    health: Health
    polled_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The file beside the database: that the bot was alive, when, and how it was."""

    path: Path

    @classmethod
    def beside(cls, database: Path) -> "Heartbeat":
        return cls(database.with_name(f"{database.name}.heartbeat"))

    def write(self, health: Health, *, boot: float, wall: float, last_poll: float | None) -> None:
        """`boot` and `last_poll` in seconds of boot time, `wall` in UTC seconds."""
        beat = {"boot": boot, "time": wall, "last_poll": last_poll, "good": health.good, "sentence": health.sentence}
        # Renamed into its place, as somebody may read it at any moment.
        new = self.path.with_name(f"{self.path.name}.new")
        new.write_text(json.dumps(beat))
        new.replace(self.path)

    def remove(self) -> None:
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def read(self, *, boot: Callable[[], float] = boot_time, wall: Callable[[], float] = time.time) -> Health:
        """What the bot last said of itself, if that is recent."""
        return self.feel(boot=boot, wall=wall).health

    def feel(self, *, boot: Callable[[], float] = boot_time, wall: Callable[[], float] = time.time) -> Pulse:
        """The same, and how long ago Telegram last completed a poll."""
        try:
            beat = json.loads(self.path.read_text())
            # Boot time begins anew with the machine, and the wall clock may be set: a true heartbeat is young by both.
            ages = (boot() - beat["boot"], wall() - beat["time"])
            health = Health(beat["good"] is True, str(beat["sentence"]))
            silent = boot() - beat["last_poll"] if beat["last_poll"] is not None else None
        except FileNotFoundError:
            return _dead("the bot is not running: it has left no heartbeat beside its database")
        except (OSError, ValueError, KeyError, TypeError):
            return _dead(f"the heartbeat file {self.path} cannot be read")
        if not all(-1 <= age <= OLD_SECONDS for age in ages):
            return _dead(f"the bot hangs or is not running: its last heartbeat is {max(ages):.0f} s old")
        if health.good and silent is not None and silent > UNHEALTHY_SECONDS:
            health = judge(silent_seconds=silent, has_polled=True, another_bot=False)
        return Pulse(True, health, silent)


def _dead(sentence: str) -> Pulse:
    return Pulse(False, Health(False, sentence))


async def tell_supervisors(
    heartbeat: Heartbeat,
    health: Callable[[], Health],
    *,
    storage_check: Callable[[], Awaitable[None]],
    last_poll: Callable[[], float | None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Ready once, then a heartbeat; `storage_check` writes something and reads it back, or raises StorageFailed."""
    # systemd restarts a unit whose heartbeat stops. Telegram being away is no reason for that, so only a wedged event
    # loop stops it: a hanging poller ends the process by itself.
    _notify("READY=1")
    try:
        while True:
            now = await _with_storage(health(), storage_check)
            _notify(f"WATCHDOG=1\nSTATUS={now.sentence}")
            try:
                # A disk that hangs must hold up no door.
                await asyncio.to_thread(heartbeat.write, now, boot=boot_time(), wall=time.time(), last_poll=last_poll())
            except OSError as error:
                log.warning("the heartbeat could not be written: %s", error)
            await sleep(HEARTBEAT_SECONDS)
    finally:
        heartbeat.remove()


async def _with_storage(health: Health, check: Callable[[], Awaitable[None]]) -> Health:
    try:
        async with asyncio.timeout(STORAGE_SECONDS):
            await check()
    except (StorageFailed, TimeoutError) as failure:
        why = str(failure) or "no answer in time"
        return Health(False, f"the database cannot be written and read back ({why}); no door is opened")
    return health


def _notify(state: str) -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
            # A supervisor that does not read must hold up no door.
            wire.setblocking(False)
            # A name that begins with @ is in Linux's abstract namespace, where it begins with a zero byte.
            wire.sendto(state.encode(), address.replace("@", "\0", 1) if address.startswith("@") else address)
    except OSError as error:
        log.warning("the supervisor could not be told: %s", error)
