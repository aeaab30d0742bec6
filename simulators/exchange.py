"""One HTTP exchange with a simulator, through the fault it meets if any."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import formatdate
from typing import Any

from simulators.faults import ArrangedFault
from simulators.request_log import LoggedRequest
from simulators.server import CONNECTION, reset
from simulators.simulator import SimulatedAnswer, Simulator

PAGE = SimulatedAnswer(b"<html><body><h1>It works!</h1></body></html>", 200, "text/html")

# The loop itself holds tasks only weakly.
_under_way: set[asyncio.Task[SimulatedAnswer]] = set()


@dataclass(slots=True)
class Exchange:
    """Every way to end it. Without a socket a broken connection is a ConnectionError."""

    simulator: Simulator
    scope: Any
    receive: Any
    send: Any
    request: LoggedRequest | None = None
    fault: str | None = None
    times_cleared: int = 0
    """How often the faults had been cleared when this one was met."""

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

    async def until_caller_leaves(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def respond(self, answer: SimulatedAnswer) -> None:
        if answer.breaks:
            return await self.reset()
        self._log(answer.status, b"(private)" if answer.private else answer.body)
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": answer.body})
        return None

    # The whole length is announced, so that clients can tell that something is missing.
    async def truncate(self, answer: SimulatedAnswer) -> None:
        half = answer.body[: len(answer.body) // 2]
        self._log(answer.status, b"(private)" if answer.private else half)
        await self._start(answer)
        await self.send({"type": "http.response.body", "body": half, "more_body": True})
        await self._break(lambda connection: connection.close(), ConnectionResetError)

    async def reset(self) -> None:
        self._log(None, b"")
        await self._break(reset, ConnectionResetError)

    async def hang_up(self) -> None:
        self._log(None, b"")
        await self._break(lambda connection: connection.abort(), ConnectionRefusedError)

    async def keep_silent(self) -> None:
        """Say nothing until the caller has gone or the faults are cleared."""
        self._log(None, b"")
        await _first_of(self.until_caller_leaves(), self.simulator.faults.wait_until_cleared(self.times_cleared))
        await self._break(reset, ConnectionResetError)

    async def _start(self, answer: SimulatedAnswer) -> None:
        headers = [
            (b"content-type", answer.content_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
        ]
        if self.simulator.dates_answers:
            headers.append((b"date", formatdate(self.simulator.clock(), usegmt=True).encode()))
        await self.send({"type": "http.response.start", "status": answer.status, "headers": headers})

    async def _break(self, end: Callable[[asyncio.Transport], None], error: type[ConnectionError]) -> None:
        connection: asyncio.Transport | None = (self.scope.get("extensions") or {}).get(CONNECTION)
        if connection is None:
            raise error("the simulator broke the connection")
        end(connection)
        # uvicorn learns of it in the next round of the loop and then asks for no answer.
        await asyncio.sleep(0)

    def _log(self, status: int | None, body: bytes) -> None:
        if self.request is not None:
            self.simulator.log.answer(self.request, status, body.decode(errors="replace"), self.fault)


async def exchange(simulator: Simulator, scope: Any, receive: Any, send: Any) -> None:
    """Take one request and answer it."""
    wire = Exchange(simulator, scope, receive, send)
    body = await wire.body()
    if body is None:
        return
    if not simulator.reachable():
        await wire.hang_up()
        return
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope.get("query_string", b"").decode("latin-1")
    request = wire.request = simulator.receive(scope["method"], scope["path"], query, headers, body)
    wire.times_cleared = simulator.faults.times_cleared
    fault = simulator.faults.take(request)
    answer = await _answer(wire, request, fault)
    if answer is not None:
        await (wire.respond(answer) if fault is None else _spoil(wire, fault, answer))


async def _answer(wire: Exchange, request: LoggedRequest, fault: ArrangedFault | None) -> SimulatedAnswer | None:
    act = asyncio.ensure_future(_act(wire, request, fault))
    if wire.simulator.waits_for_caller(request):
        await _first_of(act, wire.until_caller_leaves())
        return act.result() if act.done() else None
    # Shielded: a lock goes on with what it has begun when its caller hangs up.
    _under_way.add(act)
    act.add_done_callback(_under_way.discard)
    return await asyncio.shield(act)


async def _act(wire: Exchange, request: LoggedRequest, fault: ArrangedFault | None) -> SimulatedAnswer:
    simulator = wire.simulator
    if fault is None:
        return await simulator.handle(request)
    if fault.fault == "late":
        await _first_of(simulator.sleep(fault.seconds), simulator.faults.wait_until_cleared(wire.times_cleared))
    answer = SimulatedAnswer(b"")
    if fault.acts:
        answer = await simulator.handle(request, linger=fault.seconds if fault.fault == "slow" else 0)
    return answer if fault.code is None else simulator.refusal(request, fault)


async def _first_of(*waits: Any) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def _spoil(wire: Exchange, fault: ArrangedFault, answer: SimulatedAnswer) -> None:
    wire.fault = fault.fault
    match fault.fault:
        case "silent" | "silent_after":
            await wire.keep_silent()
        case "reset_before" | "reset_after":
            await wire.reset()
        case "offline":
            await wire.hang_up()
        case "truncated":
            await wire.truncate(answer)
        case "empty":
            await wire.respond(SimulatedAnswer(b""))
        case "not_json":
            await wire.respond(PAGE)
        case "wrong_type":
            await wire.respond(replace(answer, content_type="text/html"))
        case "http_500" | "http_502" | "http_504":
            status = int(fault.fault.removeprefix("http_"))
            page = f"<html><h1>{status}</h1></html>".encode()
            await wire.respond(SimulatedAnswer(page, status, "text/html"))
        case _:
            await wire.respond(answer)
