"""The world outside the bot: Telegram, a gateway and a cloud, each a process of its own with its own ledger."""

import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OWNER = 42
FRONT, GARAGE = "front", "garage"
LOCK, FACTORY_NUMBER = 45961123, "SS000510"
FIRST_PERSON = 1001
PEOPLE = 24
GROUP = -1001
ROOT = Path(__file__).resolve().parents[2]

# Nothing in the world may ever show one of these; every one is made of signs that survive quoting.
TOKEN = "987654321:CANARYtokenAAAAAAAAAAAAAAAAAAAAAAAAA"
SHARE_CODE = "CANARYshare16cod"
API_KEY = "CANARYkaskey0123456789abcdef"
CANARIES = (TOKEN, TOKEN.partition(":")[2], SHARE_CODE, API_KEY)


def room() -> Path:
    """A new directory; in memory where that is possible, because thousands of runs write there."""
    memory = Path("/dev/shm")
    parent = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    return Path(tempfile.mkdtemp(prefix="latchkey-trials-", dir=parent))


@dataclass
class Hands:
    """A connection to one simulator's `/world`."""

    address: str
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)

    def post(self, path: str, body: object) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path, None)

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        for last in (False, True):
            if self._connection is None:
                self._connection = http.client.HTTPConnection(self.address, timeout=30)
            try:
                self._connection.request(method, path, body, {"Content-Type": "application/json"})
                answer = self._connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self._connection.close()
                self._connection = None
                if last:
                    raise
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {text.decode()}")
        return json.loads(text)


@dataclass
class World:
    """Everything outside the bot. `settings` is the environment that brings the bot into it."""

    path: Path
    disk: Path | None = None
    """Where the database is, if not beside the ledgers."""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    is_kept: bool = False
    """Whether the ledgers stay when all is over: to find out whose fault a violation is."""
    telegram: Hands = field(default_factory=lambda: Hands(""))
    gateway: Hands = field(default_factory=lambda: Hands(""))
    cloud: Hands = field(default_factory=lambda: Hands(""))
    _control: socket.socket | None = None
    _people: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(FIRST_PERSON, FIRST_PERSON + PEOPLE)))

    @property
    def database(self) -> Path:
        return (self.disk or self.path) / "latchkey.db"

    @property
    def log(self) -> Path:
        return self.path / "bot.log"

    def ledger(self, name: str) -> Path:
        return self.path / f"{name}.jsonl"

    def next_person(self) -> int:
        """People take turns, so that answers to one are never mistaken for answers to another ask of the same."""
        return next(self._people)

    def say(self, person: int, text: str, **extra: Any) -> int:
        """A person writes to the bot; the number of the update."""
        return int(self.telegram.post("/control/say", {"person": person, "text": text, **extra})["update_id"])

    def press(self, person: int, label: str, **where: Any) -> int:
        """A person presses the newest button with this label; the number of the update."""
        return int(self.telegram.post("/control/tap", {"person": person, "label": label, **where})["update_id"])

    def plan(self, **plan: Any) -> None:
        """Arrange a fault of the proxy."""
        self._order(plan)

    def calm(self) -> None:
        self._order("calm")

    def note(self, kind: str, **record: Any) -> None:
        """Write into the harness's own ledger."""
        with self.ledger("harness").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "at": time.time(), **record}) + "\n")

    def transcript(self, chat: int) -> list[Any]:
        return list(self.telegram.get(f"/control/transcript?chat={chat}"))

    def news(self) -> int:
        """The number of the newest event in Telegram."""
        return int(self.telegram.get("/control/state")["next"])

    def wait_for_text(self, chat: int, fits: Callable[[str], bool], *, since: int, seconds: float) -> str | None:
        """The first text of the bot in this chat that fits, written or edited after event `since`."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            found = self.telegram.get(f"/control/events?since={since}&wait={min(left, 20):.3f}")
            since = found["next"]
            for event in found["events"]:
                message = event["detail"].get("message") or {}
                if event["where"] == chat and (message.get("from") or {}).get("is_bot") and fits(message["text"]):
                    return str(message["text"])
        return None

    def _order(self, order: object) -> None:
        assert self._control is not None
        self._control.sendall(json.dumps(order).encode() + b"\n")
        if self._control.recv(3) != b"ok\n":
            raise RuntimeError("the proxy did not take the plan")

    def run(self, name: str, module: str, *arguments: str) -> dict[str, str]:
        """Start a simulator and wait for its ready lines: name -> address."""
        command = [sys.executable, "-m", module, *arguments]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=(self.path / f"{name}.err").open("a"), text=True
        )
        self.processes.append(process)
        assert process.stdout is not None
        expected = 1 if module != "tests.trials.proxy" else 1 + arguments.count("--route")
        lines = [process.stdout.readline().split() for _ in range(expected)]
        if not all(lines):
            raise RuntimeError(f"{name} did not start: {(self.path / f'{name}.err').read_text()}")
        return {line[0]: line[1].removeprefix("http://") for line in lines}

    def stop(self) -> None:
        if self._control is not None:
            self._control.close()
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()


def people() -> list[str]:
    numbers = range(FIRST_PERSON, FIRST_PERSON + PEOPLE)
    return [word for n in numbers for word in ("--person", f"{n}:P{n}")]


@contextmanager
def world(
    *,
    gateway: Sequence[str] = (),
    extra: Mapping[str, str] | None = None,
    through_proxy: bool = True,
    disk: Path | None = None,
) -> Iterator[World]:
    """The whole world, running inside the block; its directory goes with it unless it is to be kept."""
    here = World(room(), disk)
    try:
        _build(here, list(gateway), through_proxy=through_proxy)
        here.settings |= extra or {}
        yield here
    finally:
        here.stop()
        if here.is_kept:
            sys.stderr.write(f"the ledgers are kept in {here.path}\n")
        else:
            shutil.rmtree(here.path, ignore_errors=True)


def _build(here: World, gateway: list[str], *, through_proxy: bool) -> None:
    members = ",".join(str(n) for n in (OWNER, *range(FIRST_PERSON, FIRST_PERSON + PEOPLE)))
    telegram = here.run(
        "telegram", "simulators.telegram", "--token", TOKEN, "--log", str(here.ledger("telegram")),
        "--person", f"{OWNER}:Olga", *people(), f"--group={GROUP}:House:{members}",
    )["telegram"]  # fmt: skip
    front = here.run(
        "the_keys",
        "simulators.the_keys",
        "--hurry",
        "--lock",
        f"{LOCK}:{SHARE_CODE}",
        "--log",
        str(here.ledger(FRONT)),
        *gateway,
    )["the_keys"]
    garage = here.run(
        "kas", "simulators.kas", "--lock", FACTORY_NUMBER, "--key", API_KEY, "--log", str(here.ledger(GARAGE)),
        "--autolock", "3600",
    )["kas"]  # fmt: skip
    here.telegram, here.gateway, here.cloud = Hands(telegram), Hands(front), Hands(garage)
    if through_proxy:
        routes = [f"telegram={telegram}", f"{FRONT}={front}", f"{GARAGE}={garage}"]
        words = [word for route in routes for word in ("--route", route)]
        ports = here.run(
            "proxy", "tests.trials.proxy", "--ledger", str(here.ledger("proxy")),
            "--database", str(here.database), *words,
        )  # fmt: skip
        host, _, port = ports["control"].partition(":")
        here._control = socket.create_connection((host, int(port)))
        telegram, front, garage = ports["telegram"], ports[FRONT], ports[GARAGE]
    for person in (OWNER, *range(FIRST_PERSON, FIRST_PERSON + PEOPLE)):
        here.say(person, "/start")
    here.settings = {
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_API_URL": f"http://{telegram}",
        "OWNER_IDS": str(OWNER),
        "DATABASE": str(here.database),
        "POLL_SECONDS": "3600",
        "DOORS__FRONT__DRIVER": "the_keys",
        "DOORS__FRONT__HOST": front,
        "DOORS__FRONT__IDENTIFIER": str(LOCK),
        "DOORS__FRONT__SHARE_CODE": SHARE_CODE,
        "DOORS__GARAGE__DRIVER": "kas",
        "DOORS__GARAGE__FACTORY_NUMBER": FACTORY_NUMBER,
        "DOORS__GARAGE__API_KEY": API_KEY,
        "DOORS__GARAGE__BASE_URL": f"http://{garage}",
    }
