"""The simulated The Keys gateway: its state, its one request at a time, and the motors of its locks."""

from typing import Any, ClassVar

from simulators.faults import ArrangedFault
from simulators.request_log import LoggedRequest
from simulators.simulator import Allowed, SimulatedAnswer, Simulator, assign, check
from simulators.the_keys import dialect as wording
from simulators.the_keys.calls import CALLS, check_free
from simulators.the_keys.dialect import DIALECTS, OK, Ko
from simulators.the_keys.smartlock import CHANGES, BoltMotion, Smartlock

# Of a whole cycle, as observed in the field; a minute to four is usual.
SYNCHRONISE_SECONDS = 77.0
# As observed in the field.
REBOOT_SECONDS = 8.0


class GatewaySimulator(Simulator):
    switches: ClassVar[Allowed] = {
        "offline": bool,
        "clock_invalid": bool,
        "dialect": DIALECTS,
        "when_busy": ("busy", "reset"),
        "server": ("fine", "bad_data", "bad_firmware", "no_firmware"),
        "latency": float,
        "travel_seconds": float,
        "synchronise_seconds": float,
        "reboot_seconds": float,
        "busy_seconds": float,
        "synchronising_seconds": float,
    }

    def __init__(
        self,
        *locks: Smartlock,
        latency: float = 0.0,
        travel_seconds: float = 0.0,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self._rebooting_until = self._busy_until = self._synchronising_until = 0.0
        # The newest that was seen in the field (2026).
        self.version = 65
        self.dialect = "real"
        # Seen in the field more often than the busy answer.
        self.when_busy = "reset"
        self.server = "fine"
        self.latency = latency
        self.travel_seconds = travel_seconds
        self.synchronise_seconds = SYNCHRONISE_SECONDS
        self.reboot_seconds = REBOOT_SECONDS
        self.clock_invalid = False
        self.auto = True
        self.overlaps = 0
        self.locks = {lock.identifier: lock for lock in locks}
        self.newest_stamp = -1
        self._synchronising = ""
        self._taken = False

    # What control sees and changes

    def reachable(self) -> bool:
        return not self.offline and self.clock() >= self._rebooting_until

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
        """The lock as it is now: a motion that is over has arrived."""
        self.settle()
        return self.locks[identifier]

    def add(self, lock: Smartlock) -> None:
        self.locks[lock.identifier] = lock

    def turn_by_hand(self, identifier: int, bolt: str) -> None:
        lock = self.lock(identifier)
        lock.motion = None
        lock.put_bolt(bolt)
        self.log.event(str(identifier), bolt, by="hand")

    def hurry(self) -> None:
        """Synchronise and reboot in no time."""
        self.synchronise_seconds = self.reboot_seconds = 0.0

    def details(self) -> dict[str, Any]:
        locks = {str(identifier): _shown(lock) for identifier, lock in self.locks.items()}
        return {"current_status": self.current_status, "locks": locks}

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        lock = self.lock(int(name) if name.isdecimal() else -1)
        check(changes, CHANGES)
        bolt = changes.get("bolt")
        assign(lock, {name: value for name, value in changes.items() if name != "bolt"}, CHANGES)
        if bolt is not None:
            self.turn_by_hand(lock.identifier, bolt)

    # What the bot is answered

    def receive(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> LoggedRequest:
        return self.log.request(method, path, dict(wording.parse_form(body)), body)

    async def handle(self, request: LoggedRequest, *, linger: float = 0) -> SimulatedAnswer:
        if request.path not in CALLS:
            return SimulatedAnswer.text("Not found", 404)
        if request.method not in ("GET", "POST"):
            return SimulatedAnswer.text("Method not allowed", 405)
        if self._taken:
            self.overlaps += 1
            return SimulatedAnswer(b"", breaks=True) if self.when_busy == "reset" else self._refuse(Ko(500))
        self._taken = True
        try:
            answer = await self._answer(request)
            await self.spend(linger)
        finally:
            self._taken = False
        return answer

    def refusal(self, request: LoggedRequest, fault: ArrangedFault) -> SimulatedAnswer:
        return self._refuse(Ko(fault.code or 0, fault.cause))

    def _refuse(self, no: Ko) -> SimulatedAnswer:
        return SimulatedAnswer.of(wording.refusal(self.dialect, no.code, no.cause))

    async def _answer(self, request: LoggedRequest) -> SimulatedAnswer:
        try:
            check_free(self, request.path)
            body = await CALLS[request.path](self, request)
        except Ko as no:
            return self._refuse(no)
        return SimulatedAnswer.of(wording.success(self.dialect, request.path, body))

    # Motors and time

    def drive(self, lock: Smartlock, target: str, start: str, arrival: str, request: LoggedRequest) -> dict[str, Any]:
        self.log.event(str(lock.identifier), start, request)
        if lock.jammed:
            lock.last_log += 1
            self.log.event(str(lock.identifier), "jammed", request)
            raise Ko(37)
        lock.motion = BoltMotion(target, self.clock() + self.travel_seconds, arrival, request)
        self.settle()
        if lock.motion is not None:
            self.timers.call_in(self.travel_seconds, self.settle)
        if lock.radio == "drops_after":
            # The motor runs all the same: that is why the bot never calls 37 a failure.
            raise Ko(37)
        return OK

    def settle(self) -> None:
        """Let every motion that is over arrive."""
        for lock in self.locks.values():
            motion = lock.motion
            if motion is not None and self.clock() >= motion.ends_at:
                lock.motion = None
                lock.put_bolt(motion.target)
                self.log.event(str(lock.identifier), motion.arrival, motion.request, at=motion.ends_at)

    def reboot(self) -> None:
        self._rebooting_until = self.clock() + self.reboot_seconds

    def synchronise(self, what: str, seconds: float) -> None:
        self._synchronising = what
        self._synchronising_until = self.clock() + seconds


def _shown(lock: Smartlock) -> dict[str, Any]:
    """Everything but the codes."""
    hidden = ("share_code", "more_codes", "motion")
    shown = {name: getattr(lock, name) for name in lock.__slots__ if name not in hidden}
    return {**shown, "moving": lock.motion is not None}
