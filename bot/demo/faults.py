"""The ways an HTTP exchange goes wrong, on demand: what is done to the request, and what the caller gets to see."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, Protocol

from bot.demo.ledger import Ledger, Request
from bot.demo.serving import CONNECTION, reset

# name -> does the simulator still act on the request?
FAULTS = {
    "slow": True,  # acts at once, answers after `seconds`, busy all the while
    "late": True,  # the request itself is held up for `seconds`, then acted on and answered
    "silent": False,  # a black hole: never answers
    "silent_after": True,  # acts, never answers
    "reset_before": False,
    "reset_after": True,
    "truncated": True,  # acts, announces the whole body, sends half of it
    "empty": True,  # acts, answers 200 without a body
    "not_json": True,  # acts, answers 200 with a page of HTML
    "wrong_type": True,  # acts, the right body labelled text/html
    "http_500": False,
    "http_502": False,
    "http_504": False,
    "offline": False,  # the connection is closed at once
    "code": False,  # answers `code` in the vendor's own form
}


@dataclass(slots=True, kw_only=True)
class Fault:
    """One arranged fault: for the next `times` requests (None: all) of `path` (None: any; `*` stands for anything)."""

    fault: str
    path: str | None = None
    times: int | None = 1
    acts: bool | None = None
    seconds: float = 1.0
    code: int | None = None
    cause: str | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULTS:
            raise ValueError(f"There is no fault called {self.fault!r}; there are {', '.join(FAULTS)}.")
        if self.fault == "code" and self.code is None:
            raise ValueError("The fault 'code' needs a code.")
        if self.acts is None:
            self.acts = FAULTS[self.fault]


class Faults(list[Fault]):
    """The arranged faults, first come first served."""

    def arrange(self, path: str | None, fault: str, times: int | None = 1, **more: Any) -> None:
        self.append(Fault(path=path, fault=fault, times=times, **more))

    def take(self, path: str) -> Fault | None:
        for fault in self:
            if fault.path is None or fnmatchcase(path, fault.path):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.remove(fault)
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    breaks: bool = False
    """The connection is reset instead."""
    private: bool = False
    """It holds a code or a token: the ledger keeps only that it was sent."""

    @classmethod
    def of(cls, value: object, status: int = 200, *, private: bool = False) -> "Answer":
        return cls(json.dumps(value).encode(), status, private=private)

    @classmethod
    def text(cls, text: str, status: int = 200, *, private: bool = False) -> "Answer":
        return cls(text.encode(), status, "text/plain; charset=utf-8", private=private)


PAGE = Answer(b"<html><body><h1>It works!</h1></body></html>", 200, "text/html")


@dataclass(slots=True)
class Wire:
    """One HTTP exchange, with every way to end it. Without a socket a broken connection is a ConnectionError."""

    scope: Any
    receive: Any
    send: Any
    ledger: Ledger
    request: Request | None = None
    fault: str | None = field(default=None)

    @property
    def connection(self) -> asyncio.Transport | None:
        found: asyncio.Transport | None = (self.scope.get("extensions") or {}).get(CONNECTION)
        return found

    async def body(self) -> bytes | None:
        """The request's whole body; None if the caller left before its end."""
        parts = []
        while True:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                return b"".join(parts)

    async def respond(self, answer: Answer) -> None:
        if answer.breaks:
            return await self.reset()
        self._note(answer.status, b"(private)" if answer.private else answer.body)
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": answer.body})
        return None

    async def truncate(self, answer: Answer) -> None:
        half = answer.body[: len(answer.body) // 2]
        self._note(answer.status, b"(private)" if answer.private else half)
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": half, "more_body": True})
        await self._break(lambda connection: connection.close(), ConnectionResetError)

    async def reset(self) -> None:
        self._note(None, b"")
        await self._break(reset, ConnectionResetError)

    async def hang_up(self) -> None:
        self._note(None, b"")
        await self._break(lambda connection: connection.abort(), ConnectionRefusedError)

    async def hold(self) -> None:
        """Say nothing until the caller has gone."""
        self._note(None, b"")
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _start(self, answer: Answer) -> None:
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def _break(self, end: Callable[[asyncio.Transport], None], error: type[ConnectionError]) -> None:
        if self.connection is None:
            raise error("the simulator broke the connection")
        end(self.connection)
        # uvicorn learns of it in the next round of the loop and then asks for no answer.
        await asyncio.sleep(0)

    def _note(self, status: int | None, body: bytes) -> None:
        if self.request is not None:
            self.ledger.answered(self.request, status, body.decode(errors="replace"), self.fault)


class Simulator(Protocol):
    """What stands behind a wire."""

    ledger: Ledger
    faults: Faults
    offline: bool
    sleep: Callable[[float], Awaitable[None]]

    def receive(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Request: ...

    async def handle(self, request: Request, *, linger: float) -> Answer:
        """Do what was asked; the answer is ready `linger` seconds later than it could be."""

    def refusal(self, code: int, cause: str | None) -> Answer: ...


_under_way: set[asyncio.Task[Answer]] = set()
"""The loop itself holds tasks only weakly."""


async def exchange(simulator: Simulator, scope: Any, receive: Any, send: Any) -> None:
    """Take one request and answer it, through the fault it meets if any."""
    wire = Wire(scope, receive, send, simulator.ledger)
    body = await wire.body()
    if body is None:
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if simulator.offline:
        await wire.hang_up()
        return
    request = wire.request = simulator.receive(scope["method"], scope["path"], headers, body)
    fault = simulator.faults.take(request.path)
    # What a lock has begun it finishes, whether or not somebody still waits for the answer.
    act = asyncio.ensure_future(_act(simulator, request, fault))
    _under_way.add(act)
    act.add_done_callback(_under_way.discard)
    answer = await asyncio.shield(act)
    await (wire.respond(answer) if fault is None else _spoil(wire, fault, answer))


async def _act(simulator: Simulator, request: Request, fault: Fault | None) -> Answer:
    if fault is None:
        return await simulator.handle(request, linger=0)
    if fault.fault == "late":
        await simulator.sleep(fault.seconds)
    answer = Answer(b"")
    if fault.acts:
        answer = await simulator.handle(request, linger=fault.seconds if fault.fault == "slow" else 0)
    return answer if fault.code is None else simulator.refusal(fault.code, fault.cause)


async def _spoil(wire: Wire, fault: Fault, answer: Answer) -> None:
    wire.fault = fault.fault
    match fault.fault:
        case "silent" | "silent_after":
            await wire.hold()
        case "reset_before" | "reset_after":
            await wire.reset()
        case "offline":
            await wire.hang_up()
        case "truncated":
            await wire.truncate(answer)
        case "empty":
            await wire.respond(Answer(b""))
        case "not_json":
            await wire.respond(PAGE)
        case "wrong_type":
            await wire.respond(replace(answer, content_type="text/html"))
        case "http_500" | "http_502" | "http_504":
            status = int(fault.fault.removeprefix("http_"))
            await wire.respond(Answer(f"<html><h1>{status}</h1></html>".encode(), status, "text/html"))
        case _:
            await wire.respond(answer)
