"""The simulated KAS Cloud: it accepts at once, and the lock does it later if its gateway is there.

Not public and therefore chosen here: the words for wrong parameters, an expired timestamp and a missing plan; that
every instruction waits for its gateway for ever; that the JSON answers carry the HTTP status as `ack`.
"""

from dataclasses import asdict
from typing import Any, ClassVar

from simulators.faults import ArrangedFault
from simulators.kas.calls import No, answer_call, read_request
from simulators.kas.lock import CHANGES, Instruction, KasLock, Password
from simulators.request_log import LoggedRequest
from simulators.simulator import Allowed, SimulatedAnswer, Simulator, assign, check

# By KAS's later pages: what is beyond it is dropped, and the caller hears nothing of it.
QUEUE_LIMIT = 30
NO_GATEWAY = "The gateway did not answer in time, please retry."


class KasSimulator(Simulator):
    switches: ClassVar[Allowed] = {
        "offline": bool,
        "answers": ("text", "json"),
        "plan": ("basic", "advanced"),
        "start_time_unit": ("seconds", "milliseconds"),
        "latency": float,
        "unlock_delay": float,
    }

    def __init__(
        self,
        *locks: KasLock,
        key: str,
        account: tuple[str, str] = ("camille@example.org", "demo"),
        latency: float = 0.0,
        unlock_delay: float = 0.0,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self.key = key
        self.account = account
        self.answers = "text"
        self.plan = "basic"
        self.start_time_unit = "seconds"
        self.latency = latency
        self.unlock_delay = unlock_delay
        self.queue: list[Instruction] = []
        self.locks: dict[str, KasLock] = {}
        for lock in locks:
            self.add(lock)

    # What control sees and changes

    def add(self, lock: KasLock) -> None:
        lock.timestamp_synced_at = lock.timestamp_synced_at or self.clock()
        self.locks[lock.factory_number] = lock

    def lock(self, factory_number: str) -> KasLock:
        """The lock as it is now: whatever was due has happened."""
        self.settle()
        return self.locks[factory_number]

    def turn_by_hand(self, factory_number: str, bolt: str) -> None:
        lock = self.lock(factory_number)
        lock.bolt = bolt
        lock.relocks_at = self.clock() + lock.autolock_seconds if bolt == "unlocked" else None
        self.log.event(factory_number, bolt, by="hand")

    def details(self) -> dict[str, Any]:
        locks = {name: asdict(lock) for name, lock in self.locks.items()}
        return {"queued": len(self.queue), "locks": locks}

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        lock = self.lock(name)
        check(changes, CHANGES)
        bolt = changes.get("bolt")
        assign(lock, {name: value for name, value in changes.items() if name != "bolt"}, CHANGES)
        if bolt is not None:
            self.turn_by_hand(name, bolt)
        self.settle()

    # What clients are answered

    def receive(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> LoggedRequest:
        shown_path, fields = read_request(path, headers, body, self.key)
        return self.log.request(method, shown_path, fields, body)

    async def handle(self, request: LoggedRequest, *, linger: float = 0) -> SimulatedAnswer:
        await self.spend(self.latency)
        self.settle()
        try:
            answer = answer_call(self, request)
        except No as no:
            answer = self.say(no.text, no.status, as_json=no.as_json)
        await self.spend(linger)
        return answer

    def refusal(self, request: LoggedRequest, fault: ArrangedFault) -> SimulatedAnswer:
        code, words = fault.code or 0, {400: "Lock is not found.", 504: NO_GATEWAY}
        return self.say(fault.cause or words.get(code, "Unknown Error"), code)

    def no_gateway(self) -> SimulatedAnswer:
        return self.say(NO_GATEWAY, 504)

    def say(self, text: str, status: int = 200, *, as_json: bool = False) -> SimulatedAnswer:
        if status == 504:
            return SimulatedAnswer.of({"ack": 504, "message": text, "ref": "remote"}, 504)
        if as_json or self.answers == "json":
            return SimulatedAnswer.of({"ack": status, "message": text}, status)
        return SimulatedAnswer.text(text, status)

    # What was accepted happens later

    def enqueue(self, what: str, lock: KasLock, request: LoggedRequest, password: Password | None = None) -> None:
        if len(self.queue) >= QUEUE_LIMIT:
            self.log.event(lock.factory_number, "dropped", request, instruction=what)
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
        self.log.event(lock.factory_number, instruction.what, instruction.request, at=at, **detail)

    def _relock(self, lock: KasLock, now: float) -> None:
        if lock.relocks_at is not None and lock.relocks_at <= now:
            at, lock.relocks_at = lock.relocks_at, None
            lock.bolt = "locked"
            self.log.event(lock.factory_number, "locked", at=at, by="autolock")
