"""What a simulator was asked, what it did and what it answered: append-only, on disk before the answer leaves."""

import asyncio
import json
import os
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simulators.condition import Condition

# Requests and answers in memory: a bot polls for ever. The file has them all.
KEPT = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    """Request number `n` as it arrived; keys, passwords and codes are left out of its fields."""

    n: int
    at: float
    method: str
    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    raw: bytes = field(default=b"", repr=False)
    """The body as it came; never recorded."""

    @property
    def ts(self) -> str | None:
        stamp = self.fields.get("ts")
        return None if stamp is None else str(stamp)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """Something that happened: at a lock or in a chat, because of request `request` (None: by hand or by itself)."""

    n: int
    at: float
    where: str | int | None
    what: str
    request: int | None = None
    ts: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAnswer:
    """What was put on the wire for request `request`, and the fault it met."""

    request: int
    at: float
    path: str
    status: int | None
    body: str
    fault: str | None = None


Record = LoggedRequest | LoggedEvent | LoggedAnswer


def as_json(record: Record) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name != "raw"}


class RequestLog:
    def __init__(self, clock: Callable[[], float], path: Path | None = None) -> None:
        self.clock = clock
        self.requests: deque[LoggedRequest] = deque(maxlen=KEPT)
        self.events: list[LoggedEvent] = []
        self.answers: deque[LoggedAnswer] = deque(maxlen=KEPT)
        self.condition = Condition()
        self._requests = 0
        self._file = None if path is None else path.open("a", encoding="utf-8")

    def request(self, method: str, path: str, fields: dict[str, Any], raw: bytes = b"") -> LoggedRequest:
        self._requests += 1
        record = LoggedRequest(n=self._requests, at=self.clock(), method=method, path=path, fields=fields, raw=raw)
        self.requests.append(record)
        self._write("request", record)
        return record

    def event(
        self,
        where: str | int | None,
        what: str,
        cause: LoggedRequest | None = None,
        *,
        at: float | None = None,
        **detail: Any,
    ) -> LoggedEvent:
        record = LoggedEvent(
            n=len(self.events) + 1,
            at=self.clock() if at is None else at,
            where=where,
            what=what,
            request=None if cause is None else cause.n,
            ts=None if cause is None else cause.ts,
            detail=detail,
        )
        self.events.append(record)
        self._write("event", record)
        self.condition.notify_all()
        return record

    def answer(self, request: LoggedRequest, status: int | None, body: str, fault: str | None) -> None:
        record = LoggedAnswer(
            request=request.n, at=self.clock(), path=request.path, status=status, body=body, fault=fault
        )
        self.answers.append(record)
        self._write("answer", record)

    def note(self, kind: str, **record: Any) -> None:
        """For the file alone."""
        self._append({"kind": kind, "at": self.clock(), **record})

    def events_since(self, n: int) -> list[LoggedEvent]:
        return self.events[max(n, 0) :]

    async def wait_for_events(self, n: int, seconds: float) -> list[LoggedEvent]:
        """The events after number `n`, as soon as there is one; none after so many seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while len(self.events) <= n and await self.condition.wait(until - loop.time()):
            pass
        return self.events_since(n)

    async def wait_for(
        self, fits: Callable[[LoggedEvent], bool], *, since: int = 0, seconds: float = 5.0
    ) -> LoggedEvent:
        """The first event after number `since` that fits; TimeoutError if none comes."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while events := await self.wait_for_events(since, until - loop.time()):
            for event in events:
                if fits(event):
                    return event
            since = events[-1].n
        raise TimeoutError(f"no such event in {seconds} s")

    def close(self) -> None:
        self.condition.close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, kind: str, record: Record) -> None:
        if self._file is not None:
            self._append({"kind": kind, **as_json(record)})

    def _append(self, record: dict[str, Any]) -> None:
        if self._file is None:
            return
        # On disk before the answer leaves: trials end processes at any moment and count by this file.
        self._file.write(json.dumps(record, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
