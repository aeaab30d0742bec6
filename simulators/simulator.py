"""What every simulator has: a clock, a request log, faults, switches, and one way to answer a request."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar

from simulators.faults import ArrangedFault, Faults
from simulators.request_log import LoggedEvent, LoggedRequest, RequestLog
from simulators.timers import Timers

Allowed = Mapping[str, type | tuple[str, ...]]
"""What control may change -> its type, or the words it can be."""

KINDS: Mapping[type, str] = {int: "a whole number", str: "a text", bool: "true or false", float: "a number"}

Action = Callable[..., Any]
"""Something control can do; its keyword arguments are the fields of the request, its result is the answer."""


@dataclass(frozen=True, slots=True)
class SimulatedAnswer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    breaks: bool = False
    """The connection is reset instead."""
    private: bool = False
    """It holds a code or a token: the log keeps only that it was sent."""

    @classmethod
    def of(cls, value: object, status: int = 200, *, private: bool = False) -> "SimulatedAnswer":
        return cls(json.dumps(value).encode(), status, private=private)

    @classmethod
    def text(cls, text: str, status: int = 200, *, private: bool = False) -> "SimulatedAnswer":
        return cls(text.encode(), status, "text/plain; charset=utf-8", private=private)


class Simulator:
    """`clock` gives UTC seconds; `sleep` is how latency, motors and delays pass time."""

    switches: ClassVar[Allowed] = {}
    dates_answers = False
    """Whether every answer carries a Date, by the simulator's own clock."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        log: Path | None = None,
    ) -> None:
        self.clock = clock
        self.sleep = sleep
        self.log = RequestLog(clock, log)
        self.faults = Faults()
        self.timers = Timers(sleep)
        self.offline = False

    # What each system does in its own way

    def receive(self, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> LoggedRequest:
        """Log the request without its secrets."""
        raise NotImplementedError

    async def handle(self, request: LoggedRequest, *, linger: float = 0) -> SimulatedAnswer:
        """Do what was asked; the answer is ready `linger` seconds later than it could be."""
        raise NotImplementedError

    def change_lock(self, name: str, changes: dict[str, Any]) -> None:
        """Raises KeyError for a lock that does not exist."""
        raise KeyError(name)

    def refusal(self, request: LoggedRequest, fault: ArrangedFault) -> SimulatedAnswer:
        """The arranged `code`, in this system's own form."""
        raise NotImplementedError

    def waits_for_caller(self, request: LoggedRequest) -> bool:
        """Whether the work is given up when the caller leaves; a lock finishes what it has begun."""
        return False

    def reachable(self) -> bool:
        """If not, connections are closed at once."""
        return not self.offline

    def settle(self) -> None:
        """Let everything happen that is due by now."""

    def details(self) -> dict[str, Any]:
        """More of the state, for control."""
        return {}

    def actions(self) -> dict[str, Action]:
        """What control can do besides: POST /control/<name>."""
        return {}

    def reads(self) -> dict[str, Action]:
        """What control can ask besides: GET /control/<name>."""
        return {}

    # What all have in common

    @property
    def requests(self) -> list[LoggedRequest]:
        return list(self.log.requests)

    @property
    def events(self) -> list[LoggedEvent]:
        self.settle()
        return self.log.events

    def state(self) -> dict[str, Any]:
        self.settle()
        switches = {name: getattr(self, name) for name in self.switches}
        return {"switches": switches, "faults": [asdict(fault) for fault in self.faults], **self.details()}

    def change(self, changes: dict[str, Any]) -> None:
        assign(self, changes, self.switches)

    def fail(self, path: str, code: int, cause: str | None = None, *, times: int | None = 1, **more: Any) -> None:
        """The next `times` requests of `path` are answered with `code`, in this system's own form."""
        self.faults.arrange(path, "code", times, code=code, cause=cause, **more)

    async def spend(self, seconds: float) -> None:
        if seconds > 0:
            await self.sleep(seconds)


def assign(target: object, changes: dict[str, Any], allowed: Allowed) -> None:
    """Set attributes, all or none; a ValueError explains what is wrong."""
    check(changes, allowed)
    for name, value in changes.items():
        setattr(target, name, value)


def check(changes: dict[str, Any], allowed: Allowed) -> None:
    for name, value in changes.items():
        kind = allowed.get(name)
        if kind is None:
            raise ValueError(f"{name!r} cannot be changed here; these can: {', '.join(sorted(allowed))}.")
        if isinstance(kind, type):
            check_kind(name, value, kind)
        elif value not in kind:
            raise ValueError(f"{name} must be one of {', '.join(kind)}.")


def check_kind(name: str, value: Any, *kinds: type) -> None:
    # JSON writes 1.0 as 1, so a number without a fraction is a float too; True is an int to Python, and never meant.
    fitting = (*kinds, int) if float in kinds else kinds
    if not isinstance(value, fitting) or (isinstance(value, bool) and bool not in kinds):
        raise ValueError(f"{name} must be {' or '.join(KINDS[kind] for kind in kinds if kind in KINDS)}.")
