"""The simulated KAS Cloud: it accepts at once, and the lock does it later if its gateway is there.

Not public and therefore chosen here: the words for wrong parameters, an expired timestamp and a missing plan; that
every instruction waits for its gateway for ever; that the JSON answers carry the HTTP status as `ack`.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.demo import world
from bot.demo.faults import Answer, Faults
from bot.demo.kas.calls import No, answer_call, read_request
from bot.demo.kas.lock import CHANGES, Instruction, KasLock, Password
from bot.demo.ledger import Event, Ledger, Request
from bot.demo.timers import Timers

QUEUE_LIMIT = 30

SWITCHES: world.Allowed = {
    "offline": bool,
    "answers": ("text", "json"),
    "plan": ("basic", "advanced"),
    "start_time_unit": ("seconds", "milliseconds"),
    "latency": float,
    "unlock_delay": float,
}


class KasCloud:
    """State and behaviour. `clock` gives UTC seconds; `sleep` is how latency, delivery and autolocks pass time."""

    def __init__(
        self,
        *locks: KasLock,
        key: str,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        ledger: Path | None = None,
        latency: float = 0.0,
        unlock_delay: float = 0.0,
    ) -> None:
        self.key = key
        self.clock = clock
        self.sleep = sleep
        self.ledger = Ledger(clock, ledger)
        self.faults = Faults()
        self.timers = Timers(sleep)
        self.offline = False
        self.answers = "text"
        self.plan = "basic"
        self.start_time_unit = "seconds"
        self.latency = latency
        self.unlock_delay = unlock_delay
        self.queue: list[Instruction] = []
        self.locks: dict[str, KasLock] = {}
        self._at_first: dict[str, KasLock] = {}
        for lock in locks:
            self.add(lock)
        self._switches_at_first = {name: getattr(self, name) for name in SWITCHES}

    # Hands

    @property
    def requests(self) -> list[Request]:
        return self.ledger.requests

    @property
    def events(self) -> list[Event]:
        self.settle()
        return self.ledger.events

    def add(self, lock: KasLock) -> None:
        lock.timestamp_synced_at = lock.timestamp_synced_at or self.clock()
        self.locks[lock.factory_number] = lock
        self._at_first[lock.factory_number] = deepcopy(lock)

    def lock(self, factory_number: str) -> KasLock:
        """The lock as it is now: whatever was due has happened."""
        self.settle()
        return self.locks[factory_number]

    def turn_by_hand(self, factory_number: str, bolt: str) -> None:
        lock = self.lock(factory_number)
        lock.bolt = bolt
        lock.relocks_at = self.clock() + lock.autolock_seconds if bolt == "unlocked" else None
        self.ledger.event(factory_number, bolt, by="hand")

    def force(
        self, path: str, status: int, *, times: int | None = 1, text: str | None = None, acts: bool = False
    ) -> None:
        """The next `times` requests of `path` are answered with this HTTP status and text."""
        self.faults.arrange(path, "code", times, code=status, cause=text, acts=acts)

    def state(self) -> dict[str, Any]:
        self.settle()
        switches = {name: getattr(self, name) for name in SWITCHES}
        locks = {name: asdict(lock) for name, lock in self.locks.items()}
        faults = [asdict(fault) for fault in self.faults]
        return {"cloud": {**switches, "queued": len(self.queue)}, "locks": locks, "faults": faults}

    def change(self, changes: dict[str, Any]) -> None:
        world.assign(self, changes, SWITCHES)

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        lock = self.lock(name)
        world.check(changes, CHANGES)
        bolt = changes.get("bolt")
        world.assign(lock, {name: value for name, value in changes.items() if name != "bolt"}, CHANGES)
        if bolt is not None:
            self.turn_by_hand(name, bolt)
        self.settle()

    def reset(self) -> None:
        """The world as it was at first; the ledger stays."""
        self.locks = deepcopy(self._at_first)
        self.queue.clear()
        self.faults.clear()
        self.change(self._switches_at_first)
        self.ledger.event("cloud", "reset", by="hand")

    # The wire

    def receive(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Request:
        shown_path, fields = read_request(path, headers, body, self.key)
        return self.ledger.request(method, shown_path, fields, body)

    async def handle(self, request: Request, *, linger: float) -> Answer:
        await self._spend(self.latency)
        self.settle()
        try:
            answer = answer_call(self, request)
        except No as no:
            answer = self.say(no.text, no.status, as_json=no.as_json)
        await self._spend(linger)
        return answer

    def refusal(self, code: int, cause: str | None) -> Answer:
        words = {400: "Lock is not found.", 504: "The gateway did not answer in time, please retry."}
        return self.say(cause or words.get(code, "Unknown Error"), code)

    def say(self, text: str, status: int = 200, *, as_json: bool = False) -> Answer:
        if status == 504:
            return Answer.of({"ack": 504, "message": text, "ref": "remote"}, 504)
        if as_json or self.answers == "json":
            return Answer.of({"ack": status, "message": text}, status)
        return Answer.text(text, status)

    # What was accepted happens later

    def enqueue(self, what: str, lock: KasLock, request: Request, password: Password | None = None) -> None:
        if len(self.queue) >= QUEUE_LIMIT:
            self.ledger.event(lock.factory_number, "dropped", request, instruction=what)
            return
        self.queue.append(Instruction(what, lock, self.clock() + self.unlock_delay, request, password))
        self.timers.call_in(self.unlock_delay, self.settle)
        if self.unlock_delay <= 0:
            self.settle()

    def settle(self) -> None:
        """Deliver what is due to every lock whose gateway is there, and let locks lock themselves again."""
        for instruction in list(self.queue):
            if instruction.due > self.clock():
                continue
            if not instruction.lock.gateway_online:
                instruction.held = True
                continue
            self.queue.remove(instruction)
            at = self.clock() if instruction.held else instruction.due
            self._relock(instruction.lock, at)
            self._execute(instruction, at)
        for lock in self.locks.values():
            self._relock(lock, self.clock())

    def _execute(self, instruction: Instruction, at: float) -> None:
        lock, password = instruction.lock, instruction.password
        detail = {}
        if instruction.what == "unlocked":
            lock.bolt = "unlocked"
            lock.relocks_at = at + lock.autolock_seconds
            self.timers.call_in(lock.autolock_seconds, self.settle)
        elif instruction.what == "clock set":
            lock.clock_set = True
        elif password is not None:
            detail = {"password_id": password.password_id}
            if instruction.what == "pin created":
                lock.passwords[password.password_id] = password
            else:
                lock.passwords.pop(password.password_id, None)
        self.ledger.event(lock.factory_number, instruction.what, instruction.request, at=at, **detail)

    def _relock(self, lock: KasLock, now: float) -> None:
        if lock.relocks_at is not None and lock.relocks_at <= now:
            at, lock.relocks_at = lock.relocks_at, None
            lock.bolt = "locked"
            self.ledger.event(lock.factory_number, "locked", at=at, by="autolock")

    async def _spend(self, seconds: float) -> None:
        if seconds > 0:
            await self.sleep(seconds)


def create_app(cloud: KasCloud) -> Callable[[Any, Any, Any], Awaitable[None]]:
    return world.create_app(cloud, "cloud")
