"""What a simulator was asked and what physically happened: append-only, on disk before the answer leaves."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Request number `n` as it arrived; keys, passwords and codes are left out of it."""

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
class Event:
    """Something that happened in the world: to `lock`, because of request `request` (None: by hand or by itself)."""

    n: int
    at: float
    lock: str
    what: str
    request: int | None = None
    ts: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was put on the wire for request `request`, and the fault it met."""

    request: int
    at: float
    status: int | None
    body: str
    fault: str | None = None


def shown(record: Request | Event | Sent) -> dict[str, Any]:
    return {name: value for name, value in asdict(record).items() if name != "raw"}


class Ledger:
    def __init__(self, clock: Callable[[], float], path: Path | None = None) -> None:
        self.clock = clock
        self.requests: list[Request] = []
        self.events: list[Event] = []
        self.sent: list[Sent] = []
        self._file = None if path is None else path.open("a", encoding="utf-8")
        self._news = asyncio.Event()

    def request(self, method: str, path: str, fields: dict[str, Any], raw: bytes = b"") -> Request:
        record = Request(n=len(self.requests) + 1, at=self.clock(), method=method, path=path, fields=fields, raw=raw)
        self.requests.append(record)
        self._write("request", record)
        return record

    def event(
        self, lock: object, what: str, cause: Request | None = None, *, at: float | None = None, **detail: Any
    ) -> Event:
        record = Event(
            n=len(self.events) + 1,
            at=self.clock() if at is None else at,
            lock=str(lock),
            what=what,
            request=None if cause is None else cause.n,
            ts=None if cause is None else cause.ts,
            detail=detail,
        )
        self.events.append(record)
        self._write("event", record)
        self._news.set()
        self._news = asyncio.Event()
        return record

    def answered(self, request: Request, status: int | None, body: str, fault: str | None) -> None:
        record = Sent(request=request.n, at=self.clock(), status=status, body=body, fault=fault)
        self.sent.append(record)
        self._write("sent", record)

    async def events_since(self, n: int, wait: float) -> list[Event]:
        """The events after number `n`; waits for one up to `wait` seconds."""
        if len(self.events) <= n:
            try:
                await asyncio.wait_for(self._news.wait(), wait)
            except TimeoutError:
                return []
        return self.events[n:]

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, kind: str, record: Request | Event | Sent) -> None:
        if self._file is None:
            return
        self._file.write(json.dumps({"kind": kind, **shown(record)}, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
