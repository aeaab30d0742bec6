"""The simulated The Keys gateway: its state, its one request at a time, its locks' motors, and the hands on it all."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.demo import world
from bot.demo.faults import Answer, Faults
from bot.demo.ledger import Event, Ledger, Request
from bot.demo.the_keys import dialect as wording
from bot.demo.the_keys.calls import CALLS, check_free
from bot.demo.the_keys.dialect import DIALECTS, OK, Ko
from bot.demo.the_keys.smartlock import CHANGES, Journey, Smartlock
from bot.demo.timers import Timers

SWITCHES: world.Allowed = {
    "offline": bool,
    "clock_invalid": bool,
    "dialect": DIALECTS,
    "when_busy": ("busy", "reset"),
    "timestamp_scope": ("gateway", "lock"),
    "server": ("fine", "bad_data", "bad_firmware", "no_firmware"),
    "latency": float,
    "travel_seconds": float,
    "synchronise_takes": float,
    "reboot_takes": float,
    "busy_seconds": float,
    "synchronising_seconds": float,
}


class Gateway:
    """State and behaviour. `clock` gives UTC seconds; `sleep` is how latency and motors pass time."""

    def __init__(
        self,
        *locks: Smartlock,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ledger: Path | None = None,
        latency: float = 0.0,
        travel_seconds: float = 0.0,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.ledger = Ledger(clock, ledger)
        self.faults = Faults()
        self.version = 65
        self.dialect = "real"
        self.when_busy = "busy"
        self.timestamp_scope = "gateway"
        self.server = "fine"
        self.latency = latency
        self.travel_seconds = travel_seconds
        self.synchronise_takes = 0.0
        self.reboot_takes = 0.0
        self.clock_invalid = False
        self.auto = True
        self.overlaps = 0
        self.locks = {lock.identifier: lock for lock in locks}
        self._offline = False
        self._busy_until = self._rebooting_until = self._synchronising_until = 0.0
        self._synchronising = ""
        self.stamps: dict[str, int] = {}
        self._taken = False
        self.timers = Timers(sleep)
        self._at_first = deepcopy(self.locks)
        self._switches_at_first = {name: getattr(self, name) for name in SWITCHES}

    # Hands

    @property
    def requests(self) -> list[Request]:
        return self.ledger.requests

    @property
    def events(self) -> list[Event]:
        self.settle()
        return self.ledger.events

    @property
    def offline(self) -> bool:
        return self._offline or self.clock() < self._rebooting_until

    @offline.setter
    def offline(self, offline: bool) -> None:
        self._offline = offline

    @property
    def busy_seconds(self) -> float:
        return max(0.0, self._busy_until - self.clock())

    @busy_seconds.setter
    def busy_seconds(self, seconds: float) -> None:
        self._busy_until = self.clock() + seconds

    @property
    def synchronising_seconds(self) -> float:
        return max(0.0, self._synchronising_until - self.clock())

    @synchronising_seconds.setter
    def synchronising_seconds(self, seconds: float) -> None:
        self.synchronise("gw", seconds)

    @property
    def current_status(self) -> str:
        return f"Synchronizing {self._synchronising}" if self.synchronising_seconds else "Scanning"

    def lock(self, identifier: int) -> Smartlock:
        """The lock as it is now: a journey that is over has arrived."""
        self.settle()
        return self.locks[identifier]

    def add(self, lock: Smartlock) -> None:
        self.locks[lock.identifier] = lock
        self._at_first[lock.identifier] = deepcopy(lock)

    def turn_by_hand(self, identifier: int, bolt: str) -> None:
        lock = self.lock(identifier)
        lock.journey = None
        lock.put_bolt(bolt)
        self.ledger.event(identifier, bolt, by="hand")

    def force(
        self, path: str, code: int, *, times: int | None = 1, cause: str | None = None, acts: bool = False
    ) -> None:
        """The next `times` requests of `path` are refused with `code`; with `acts` the deed is done all the same."""
        self.faults.arrange(path, "code", times, code=code, cause=cause, acts=acts)

    def state(self) -> dict[str, Any]:
        self.settle()
        switches = {name: getattr(self, name) for name in SWITCHES}
        locks = {str(identifier): _picture(lock) for identifier, lock in self.locks.items()}
        faults = [asdict(fault) for fault in self.faults]
        return {"gateway": {**switches, "current_status": self.current_status}, "locks": locks, "faults": faults}

    def change(self, changes: dict[str, Any]) -> None:
        world.assign(self, changes, SWITCHES)

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        lock = self.lock(int(name) if name.isdecimal() else -1)
        world.check(changes, CHANGES)
        bolt = changes.get("bolt")
        world.assign(lock, {name: value for name, value in changes.items() if name != "bolt"}, CHANGES)
        if bolt is not None:
            self.turn_by_hand(lock.identifier, bolt)

    def reset(self) -> None:
        """The world as it was at first; the ledger stays."""
        self.locks = deepcopy(self._at_first)
        self.faults.clear()
        self.stamps.clear()
        self._rebooting_until = 0.0
        self.change(self._switches_at_first)
        self.ledger.event("gateway", "reset", by="hand")

    # The wire

    def receive(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
        return self.ledger.request(method, path, dict(wording.parse_form(body)), body)

    async def handle(self, request: Request, *, linger: float) -> Answer:
        if request.path not in CALLS:
            return Answer.text("Not found", 404)
        if request.method not in ("GET", "POST"):
            return Answer.text("Method not allowed", 405)
        if self._taken:
            self.overlaps += 1
            return Answer(b"", breaks=True) if self.when_busy == "reset" else self.refusal(500, None)
        self._taken = True
        try:
            answer = await self._answer(request)
            await self.spend(linger)
        finally:
            self._taken = False
        return answer

    def refusal(self, code: int, cause: str | None) -> Answer:
        return Answer.of(wording.refusal(self.dialect, code, cause))

    async def _answer(self, request: Request) -> Answer:
        try:
            check_free(self, request.path)
            body = await CALLS[request.path](self, request)
        except Ko as no:
            return self.refusal(no.code, no.cause)
        return Answer.of(wording.success(self.dialect, request.path, body))

    # Motors and time

    def drive(self, lock: Smartlock, target: str, start: str, arrival: str, request: Request) -> dict[str, Any]:
        self.ledger.event(lock.identifier, start, request)
        if lock.jammed:
            lock.last_log += 1
            self.ledger.event(lock.identifier, "jammed", request)
            raise Ko(37)
        lock.journey = Journey(target, self.clock() + self.travel_seconds, arrival, request)
        self.settle()
        if lock.journey is not None:
            self.timers.call_in(self.travel_seconds, self.settle)
        if lock.radio == "drops_after":
            raise Ko(37)
        return OK

    def settle(self) -> None:
        """Let every journey that is over arrive."""
        for lock in self.locks.values():
            journey = lock.journey
            if journey is not None and self.clock() >= journey.ends_at:
                lock.journey = None
                lock.put_bolt(journey.target)
                self.ledger.event(lock.identifier, journey.arrival, journey.request, at=journey.ends_at)

    def reboot(self) -> None:
        self._rebooting_until = self.clock() + self.reboot_takes

    def synchronise(self, what: str, seconds: float) -> None:
        self._synchronising = what
        self._synchronising_until = self.clock() + seconds

    async def spend(self, seconds: float) -> None:
        if seconds > 0:
            await self.sleep(seconds)


def _picture(lock: Smartlock) -> dict[str, Any]:
    """What hands see: everything but the codes."""
    hidden = ("share_code", "more_codes", "journey")
    shown = {name: getattr(lock, name) for name in lock.__slots__ if name not in hidden}
    return {**shown, "moving": lock.journey is not None}
