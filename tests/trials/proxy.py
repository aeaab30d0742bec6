"""Stands between the bot and everything it talks to: sees every byte first, writes down what it saw, and breaks lines.

`python -m tests.trials.proxy --ledger FILE --database FILE --route front=127.0.0.1:8080 …` prints one line per route
and one for `control`, which takes a plan as a line of JSON and says "ok".

It is also the witness of "recorded first": before the first byte of a request goes on to a lock it looks into the
bot's database and writes down which commands stand there without an outcome.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import signal
import socket
import sqlite3
import struct
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LINE = re.compile(rb"^([A-Z]+) (/[^ ?/]*(?:/[^ ?/]*){0,3})")
STAMP = re.compile(rb"(?:^|&)ts=([0-9]+)(?:&|$)")
UNFINISHED = "SELECT id, update_key, door, action FROM commands WHERE outcome IS NULL"
KINDS = ("delay", "drop", "reset", "truncate", "hold", "duplicate", "refuse")
STANDING = ("drop", "reset", "hold", "trickle")


@dataclass(slots=True, kw_only=True)
class Plan:
    """What happens to the next connection of `route` whose request line contains `match`, `times` times.

    `side` is "request" or "answer", `at` the byte before which it happens.
    delay: everything from there comes `seconds` later. drop: nothing more comes, the connection stays. reset, truncate:
    the connection ends there, with RST or FIN. hold: the rest is kept back and goes on after `seconds`, whoever has
    hung up meanwhile. duplicate: the whole request is sent once more on a connection of its own. refuse: as `reset`
    before anything is read.

    A `standing` plan is weather: until the calm it meets whatever passes, on open connections as well, of every request
    that matches. drop, reset: as above; what is lost stays lost. hold: goes on with the calm. trickle: answers come
    byte by byte, `seconds` apart, so that no wait for the next byte ever ends.
    """

    route: str
    kind: str
    match: str = ""
    side: str = "request"
    at: int = 0
    seconds: float = 0.0
    times: int = 1
    standing: bool = False

    def __post_init__(self) -> None:
        if self.kind not in (STANDING if self.standing else KINDS) or self.side not in ("request", "answer"):
            raise ValueError(f"no such fault: {self.kind} {self.side}")


class Witness:
    """Looks into the bot's database, read-only, and keeps the proxy's own ledger."""

    def __init__(self, database: Path | None, ledger: Path) -> None:
        self._database = database
        self._file = ledger.open("a", encoding="utf-8")
        self._connection: sqlite3.Connection | None = None

    def write(self, kind: str, **record: Any) -> None:
        self._file.write(json.dumps({"kind": kind, "at": time.time(), **record}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def unfinished(self) -> list[dict[str, Any]] | None:
        """The commands that are on disk without an outcome; None if the database cannot be read."""
        try:
            if self._connection is None:
                if self._database is None or not self._database.exists():
                    return None
                self._connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
            names = ("id", "update_key", "door", "action")
            return [dict(zip(names, row, strict=True)) for row in self._connection.execute(UNFINISHED).fetchall()]
        except sqlite3.Error:
            self._connection = None
            return None


@dataclass(eq=False)
class Route:
    """One far side: where it is, and what is planned for its next connections."""

    name: str
    host: str
    port: int
    watched: bool
    plans: list[Plan] = field(default_factory=list)

    def take(self, line: str) -> Plan | None:
        once = (plan for plan in self.plans if not plan.standing and plan.kind != "refuse")
        return self._count(next((plan for plan in once if plan.match in line), None))

    def weather(self, line: str) -> Plan | None:
        return next((plan for plan in self.plans if plan.standing and plan.match in line), None)

    def take_refusal(self) -> Plan | None:
        return self._count(next((plan for plan in self.plans if plan.kind == "refuse"), None))

    def _count(self, plan: Plan | None) -> Plan | None:
        if plan is not None:
            plan.times -= 1
            if plan.times <= 0:
                self.plans.remove(plan)
        return plan


class Cut(Exception):
    """The plan ends the connection here."""


class Line:
    """One connection from the bot to a far side."""

    _numbers = itertools.count(1)

    def __init__(self, route: Route, witness: Witness, bot: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        self.number = next(self._numbers)
        self._route = route
        self._witness = witness
        self._reader, self._writer = bot
        self._plan: Plan | None = None
        self._line = "?"
        self._asked = bytearray()
        self._answered = bytearray()
        self._is_unheard = False
        self._is_signed = False

    async def run(self) -> None:
        if self._route.take_refusal():
            reset(self._writer)
            return
        with suppress(OSError, Cut):
            first = await self._reader.read(65536)
            if not first:
                return
            self._begin(first)
            await self._relay(first)
        self._writer.close()

    def _begin(self, first: bytes) -> None:
        self._read_line(first)
        self._plan = self._route.take(self._line)
        if self._route.watched:
            self._witness.write(
                "request", line=self._line, route=self._route.name, n=self.number, rows=self._witness.unfinished()
            )

    def _read_line(self, chunk: bytes) -> None:
        """A connection that is kept carries one request after the other."""
        if found := LINE.match(chunk):
            self._line = f"{found[1].decode()} {found[2].decode()}"

    async def _relay(self, first: bytes) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._route.host, self._route.port)
        asking = asyncio.ensure_future(self._ask(first, far_writer))
        answering = asyncio.ensure_future(self._answer(far_reader, far_writer))
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            # A caller who hung up may still have an answer coming; who has the whole answer waits for nothing.
            if asking.done() and not isinstance(asking.exception(), Cut):
                await answering
        except OSError:
            pass
        finally:
            for task in (asking, answering):
                task.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)
            far_writer.close()
            self._note_answer()

    async def _ask(self, first: bytes, far: asyncio.StreamWriter) -> None:
        chunk = first
        sent = 0
        while chunk:
            self._asked += chunk
            self._read_line(chunk)
            self._note_stamp()
            sent = await self._pass(chunk, sent, "request", far)
            chunk = b""
            # The bot resets what it gives up.
            with suppress(ConnectionError):
                chunk = await self._reader.read(65536)
        if self._plan and self._plan.kind == "duplicate":
            await self._repeat()
        # The bot hung up: so do we, which is how the far side learns of it.
        far.write_eof()
        await asyncio.sleep(0.05)
        far.close()

    async def _answer(self, far_reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        sent = 0
        while chunk := await far_reader.read(65536):
            if self._plan and self._plan.kind == "duplicate" and not self._answered:
                await self._repeat()
            sent = await self._pass(chunk, sent, "answer", self._writer)
        # A black hole swallows the end as well.
        await self._endure(b"", "answer", self._writer)

    async def _pass(self, chunk: bytes, sent: int, side: str, to: asyncio.StreamWriter) -> int:
        """Hand on what the plan lets through; returns how many bytes of this side have gone."""
        chunk = await self._endure(chunk, side, to)
        plan = self._plan
        if plan is not None and plan.side == side and sent <= plan.at < sent + len(chunk):
            cut = plan.at - sent
            await self._write(chunk[:cut], side, to)
            held = await self._act(plan, to)
            chunk, sent = chunk[cut:] + held, plan.at
        await self._write(chunk, side, to)
        return sent + len(chunk)

    async def _write(self, chunk: bytes, side: str, to: asyncio.StreamWriter) -> None:
        if not chunk:
            return
        if side == "answer":
            self._answered += chunk
            # Who has hung up already hears nothing, however much is said.
            hung_up = self._reader.at_eof() or self._reader.exception() is not None
            self._is_unheard = self._is_unheard or hung_up
        to.write(chunk)
        await to.drain()

    async def _endure(self, chunk: bytes, side: str, to: asyncio.StreamWriter) -> bytes:
        """What the weather does to these bytes; returns those that go on as ever."""
        while plan := self._route.weather(self._line):
            if plan.kind in ("drop", "reset"):
                await self._act(plan, to)
            if plan.kind == "trickle":
                if side == "request" or not chunk:
                    break
                await self._write(chunk[:1], side, to)
                chunk = chunk[1:]
            await asyncio.sleep(plan.seconds or 0.05)
        return chunk

    async def _act(self, plan: Plan, to: asyncio.StreamWriter) -> bytes:
        """Do what is planned; returns what the bot said meanwhile, if that is held back with the rest."""
        held = b""
        match plan.kind:
            case "delay" | "hold" if plan.side == "request":
                held = await self._gather()
                await asyncio.sleep(plan.seconds)
                if self._route.watched:
                    self._witness.write("released", n=self.number)
            case "delay" | "hold":
                await asyncio.sleep(plan.seconds)
            case "drop":
                await asyncio.sleep(plan.seconds or 3600)
                raise Cut
            case "reset":
                reset(to)
                reset(self._writer)
                raise Cut
            case "truncate":
                # What was let through must arrive before the end does.
                await asyncio.sleep(0.01)
                raise Cut
        return held

    async def _gather(self) -> bytes:
        """The rest of the request: it left the bot now, whenever it arrives."""
        held = b""
        with suppress(TimeoutError):
            while chunk := await asyncio.wait_for(self._reader.read(65536), 0.02):
                held += chunk
        self._asked += held
        self._note_stamp()
        return held

    async def _repeat(self) -> None:
        with suppress(OSError):
            reader, writer = await asyncio.open_connection(self._route.host, self._route.port)
            writer.write(bytes(self._asked))
            await writer.drain()
            await asyncio.wait_for(reader.read(65536), 2)
            writer.close()

    def _note_stamp(self) -> None:
        found = STAMP.search(bytes(self._asked).partition(b"\r\n\r\n")[2])
        if found and self._route.watched and not self._is_signed:
            self._is_signed = True
            self._witness.write("signed", n=self.number, ts=int(found[1]), rows=self._witness.unfinished())

    def _note_answer(self) -> None:
        if not self._route.watched:
            return
        head, found, body = bytes(self._answered).partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *([0-9]+)", head.lower())
        whole = bool(found) and not self._is_unheard and (length is None or len(body) >= int(length[1]))
        self._witness.write(
            "answer",
            n=self.number,
            status=int(head[9:12]) if re.match(rb"HTTP/1.1 [0-9]{3}", head) else None,
            whole=whole,
            bytes=[len(self._asked), len(self._answered)],
            body=body[:500].decode("utf-8", "replace"),
        )


def reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Proxy:
    def __init__(self, routes: list[Route], witness: Witness) -> None:
        self._routes = {route.name: route for route in routes}
        self._witness = witness

    async def serve(self, stopped: asyncio.Event) -> None:
        async with AsyncExitStack() as stack:
            for route in self._routes.values():
                await self._listen(stack, route.name, self._relayed(route))
            await self._listen(stack, "control", self._control)
            sys.stdout.flush()
            await stopped.wait()

    async def _listen(self, stack: AsyncExitStack, name: str, talk: Callable[..., Awaitable[None]]) -> None:
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        stack.callback(server.close)
        sys.stdout.write(f"{name} 127.0.0.1:{server.sockets[0].getsockname()[1]}\n")

    def _relayed(self, route: Route) -> Callable[..., Awaitable[None]]:
        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await Line(route, self._witness, (reader, writer)).run()

        return relay

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            order = json.loads(line)
            if order == "calm":
                for route in self._routes.values():
                    route.plans.clear()
            else:
                plan = Plan(**order)
                self._routes[plan.route].plans.append(plan)
            writer.write(b"ok\n")
            await writer.drain()
        writer.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.trials.proxy", description=__doc__)
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--route", action="append", required=True, metavar="NAME=HOST:PORT")
    asked = parser.parse_args()
    routes = []
    for text in asked.route:
        name, _, address = text.partition("=")
        host, _, port = address.partition(":")
        routes.append(Route(name, host, int(port), watched=name != "telegram"))
    asyncio.run(_run(Proxy(routes, Witness(asked.database, asked.ledger))))


async def _run(proxy: Proxy) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    serving = asyncio.ensure_future(proxy.serve(stopped))
    await serving
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


if __name__ == "__main__":
    main()
