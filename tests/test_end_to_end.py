"""Everything over sockets: the stand-ins and `latchkey run` are processes, and one of them is killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.domain.journal import JournalEntry
from storage import Storage
from tests.drivers.peer import closed_port

ROOT = Path(__file__).parents[1]
TOKEN = "77000042:canary-telegram-token"
LOCK, SHARE_CODE = "45961123", "canarySHAREcode1"
OLGA = 42
PATIENCE_SECONDS = 60.0

Json = dict[str, Any]


@contextmanager
def process(*words: str, place: Path, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    """python -m …, ended at the end whatever happened."""
    started = subprocess.Popen(
        [sys.executable, "-m", *words], cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **settings},
    )  # fmt: skip
    with started:
        try:
            yield started
        finally:
            started.kill()


def address(stand_in: "subprocess.Popen[str]") -> str:
    assert stand_in.stdout
    return stand_in.stdout.readline().split()[1]


@dataclass
class Street:
    """A Telegram and a gateway that stay, and a bot that comes and goes."""

    place: Path
    telegram: httpx.Client
    gateway: httpx.Client
    settings: dict[str, str]
    said: list[str] = field(default_factory=list)
    """What bots that are gone wrote to stdout and stderr."""

    @contextmanager
    def bot(self) -> Iterator["subprocess.Popen[str]"]:
        with process("bot", "run", place=self.place, **self.settings) as bot:
            yield bot

    def end(self, bot: "subprocess.Popen[str]", number: signal.Signals) -> int:
        bot.send_signal(number)
        self.said += bot.communicate(timeout=PATIENCE_SECONDS)
        return bot.returncode

    def do(self, what: str, **how: Any) -> Any:
        return self.telegram.post(f"/control/{what}", json=how).raise_for_status().json()

    def texts(self) -> list[str]:
        messages = self.telegram.get("/control/transcript", params={"chat": OLGA}).json()
        return [message["text"] for message in messages if message["from"]["is_bot"]]

    def hears(self, words: str) -> None:
        until(lambda: any(words in text for text in self.texts()), f"“{words}” among {self.texts()}")

    def ledger(self, kind: str) -> list[Json]:
        lines = (self.place / "gateway.jsonl").read_text("utf-8").splitlines()
        return [record for record in map(json.loads, lines) if record["kind"] == kind]

    def moves(self) -> list[str]:
        """What the bolt did, as the gateway's own record has it."""
        return [event["what"] for event in self.ledger("event")]

    def asked(self, path: str) -> int:
        return sum(request["path"] == path for request in self.ledger("request"))

    async def journal(self) -> list[JournalEntry]:
        """The whole journal, which must be whole."""
        storage = await Storage.open_to_read(self.place / "latchkey.db")
        try:
            verified = await storage.journal.verify()
            assert verified.fault is None
            return await storage.journal.tail(verified.entries)
        finally:
            await storage.close()


def until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    with ExitStack() as stack:
        telegram = address(
            stack.enter_context(
                process("simulators.telegram", "--token", TOKEN, "--person", f"{OLGA}:Olga", place=tmp_path)
            )
        )
        words = (
            "--hurry",
            "--lock",
            f"{LOCK}:{SHARE_CODE}",
            "--log",
            str(tmp_path / "gateway.jsonl"),
            "--latency",
            "0.3",
        )
        gateway = address(stack.enter_context(process("simulators.the_keys", *words, place=tmp_path)))
        street = Street(
            tmp_path,
            stack.enter_context(httpx.Client(base_url=telegram)),
            stack.enter_context(httpx.Client(base_url=gateway)),
            {
                "TELEGRAM_TOKEN": TOKEN,
                "TELEGRAM_API_URL": telegram,
                "OWNER_IDS": str(OLGA),
                "DATABASE": str(tmp_path / "latchkey.db"),
                "LOG_LEVEL": "DEBUG",
                "DOORS__FRONT__DRIVER": "the_keys",
                "DOORS__FRONT__TITLE": "Front door",
                "DOORS__FRONT__HOST": gateway.removeprefix("http://"),
                "DOORS__FRONT__IDENTIFIER": LOCK,
                "DOORS__FRONT__SHARE_CODE": SHARE_CODE,
            },
        )
        street.do("say", person=OLGA, text="/whoami")
        yield street


async def test_a_door_is_opened_by_command_and_closed_by_button(street: Street) -> None:
    with street.bot() as bot:
        street.hears("You are Olga")
        street.do("say", person=OLGA, text="/open front")
        street.hears("🔓 Front door opened")
        street.do("tap", person=OLGA, label="Close")
        street.hears("🔒 Front door closed")
        assert street.end(bot, signal.SIGTERM) == 0
    assert street.moves() == ["unlocking", "unlocked", "locking", "locked"]
    outcomes = [(entry.action, entry.detail["result"]) for entry in await street.journal() if entry.kind == "outcome"]
    assert outcomes == [("open", "confirmed"), ("close", "confirmed")]


async def test_a_bot_killed_between_record_and_answer_opens_nothing_again(street: Street) -> None:
    street.gateway.post("/control/faults", json={"path": "/open", "fault": "silent_after"})
    with street.bot() as bot:
        street.hears("You are Olga")
        until(lambda: street.telegram.get("/control/state").json()["pending_updates"] == 0, "the next poll")
        # Nothing that is fetched from now on is confirmed, so that Telegram sends it again after the crash.
        street.do("faults", path="getUpdates", fault="silent", times=None)
        street.do("say", person=OLGA, text="/open front")
        until(lambda: street.moves() == ["unlocking", "unlocked"], "the bolt")
        assert street.end(bot, signal.SIGKILL) == -signal.SIGKILL
    street.telegram.delete("/control/faults")
    with street.bot() as bot:
        street.hears("the bot was stopped while opening for Olga")
        street.hears("That message came twice: nothing was opened a second time.")
        assert street.end(bot, signal.SIGTERM) == 0
    assert street.moves() == ["unlocking", "unlocked"]
    assert street.asked("/open") == 1
    commands = [(entry.kind, entry.detail.get("result")) for entry in await street.journal() if entry.command_id]
    assert commands[:2] == [("started", None), ("outcome", "unknown")]


async def test_after_a_kill_doors_open_as_before(street: Street) -> None:
    with street.bot() as bot:
        street.hears("You are Olga")
        street.do("say", person=OLGA, text="/open front")
        street.hears("🔓 Front door opened")
        street.end(bot, signal.SIGKILL)
    with street.bot() as bot:
        street.do("say", person=OLGA, text="/close front")
        street.hears("🔒 Front door closed")
        street.end(bot, signal.SIGKILL)
    assert street.moves() == ["unlocking", "unlocked", "locking", "locked"]
    stamps = [int(request["fields"]["ts"]) for request in street.ledger("request") if "ts" in request["fields"]]
    assert stamps == sorted(set(stamps))
    assert await street.journal()


async def test_no_secret_is_said_even_at_the_loudest(street: Street) -> None:
    with street.bot() as bot:
        street.do("faults", path="sendMessage", fault="code", code=502, cause="Bad Gateway", times=2)
        street.do("say", person=OLGA, text="/status front")
        street.hears("Front door: 🔒 closed")
        street.end(bot, signal.SIGTERM)
    said = "".join(street.said)
    assert "Latchkey is ready" in said
    assert "Traceback" not in said
    assert not [secret for secret in (TOKEN, TOKEN.partition(":")[2], SHARE_CODE) if secret in said]


def refused(street: Street, **settings: str) -> list[str]:
    """The lines of a bot that does not start."""
    with process("bot", "run", place=street.place, **(street.settings | settings)) as bot:
        output, errors = bot.communicate(timeout=PATIENCE_SECONDS)
    assert (bot.returncode, output) == (1, "")
    assert "Traceback" not in errors
    return errors.splitlines()


def test_a_token_that_telegram_does_not_know_ends_it_with_one_line(street: Street) -> None:
    lines = refused(street, TELEGRAM_TOKEN="77000042:canary-wrong-token", LOG_LEVEL="INFO")
    assert [line for line in lines if "does not know TELEGRAM_TOKEN" in line] == lines[-1:]
    assert "canary" not in "".join(lines)


def test_wrong_settings_end_it_with_a_line_each(street: Street) -> None:
    wrong = {"TELEGRAM_TOKEN": "canary token", "OWNER_IDS": "1087968824", "POLL_SECONDS": "canary"}
    head, *lines = refused(street, **wrong)
    assert head == "Error: these settings need a look:"
    assert [line.split(":")[0] for line in lines] == list(wrong)
    assert "canary" not in "".join(lines)


def test_wrong_doors_end_it_with_a_line_each(street: Street) -> None:
    wrong = {"DOORS__FRONT__HOST": "http://canary", "DOORS__FRONT__PORT": "canary", "DOORS__BACK__DRIVER": "canary"}
    _, *lines = refused(street, **wrong)
    assert {line.split(":")[0] for line in lines} == set(wrong)
    assert "canary" not in "".join(lines)


def test_a_gateway_that_is_away_at_the_start_stops_nobody(street: Street) -> None:
    street.settings["DOORS__FRONT__HOST"] = f"127.0.0.1:{closed_port()}"
    with street.bot() as bot:
        street.hears("You are Olga")
        street.do("say", person=OLGA, text="/open front")
        street.hears("cannot be reached")
        assert street.end(bot, signal.SIGINT) == 0
