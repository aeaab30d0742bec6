"""The demo as a whole, over sockets: the page, the people on it, the doors beside it."""

import asyncio
import contextlib
import json
import os
import re
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from the_keyspy import TheKeysApi
from the_keyspy.errors import TheKeysApiError

from bot.cli.demo.running import run_demo
from simulators.demo.house import (
    API_KEY,
    FRONT,
    GARAGE,
    GRETA,
    GROUP,
    MAX,
    OLGA,
    PASSWORD,
    PHONE,
    SAM,
    SHARE_CODE,
    TOKEN,
    DemoPorts,
)
from simulators.server import CHECK_SECONDS

PATIENCE_SECONDS = 20.0


class Visitor:
    """Somebody at the page: everything goes through the HTTP the page itself uses."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def say(self, person: int, text: str, chat: int | None = None) -> None:
        said = {"person": person, "chat": person if chat is None else chat, "text": text}
        (await self.http.post("/control/say", json=said)).raise_for_status()

    async def work(self, path: str, changes: dict[str, Any]) -> None:
        (await self.http.post(path, json=changes)).raise_for_status()

    async def hears(self, event: str, said: str) -> dict[str, Any]:
        """The next thing on the live stream that reads like this."""
        async with asyncio.timeout(PATIENCE_SECONDS), self.http.stream("GET", "/live") as stream:
            name = ""
            async for line in stream.aiter_lines():
                kind, _, value = line.partition(": ")
                name = value if kind == "event" else name
                if (
                    kind == "data"
                    and name == event
                    and re.search(said, json.dumps(json.loads(value), ensure_ascii=False))
                ):
                    found: dict[str, Any] = json.loads(value)
                    return found
        raise AssertionError("the stream ended")


class Running:
    def __init__(self, data: Path, **more: Any) -> None:
        self.lines: list[str] = []
        self.stop = asyncio.Event()
        self.ready = asyncio.Event()
        self.task = asyncio.ensure_future(
            run_demo(DemoPorts(), data=data, announce=self.announce, stop=self.stop, **more)
        )

    def announce(self, line: str) -> None:
        self.lines.append(line)
        self.ready.set()

    async def up(self) -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            ready = asyncio.ensure_future(self.ready.wait())
            await asyncio.wait({self.task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            self.task.result()
        found = re.search(r"http://127\.0\.0\.1:\d+", self.lines[0])
        assert found
        return found[0]

    async def down(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task


@contextlib.asynccontextmanager
async def open_demo(data: Path, **more: Any) -> AsyncIterator[tuple[Running, Visitor]]:
    running = Running(data, **more)
    try:
        async with httpx.AsyncClient(base_url=await running.up(), trust_env=False, timeout=PATIENCE_SECONDS) as http:
            visitor = Visitor(http)
            await visitor.work("/gateway/control/switches", {"latency": 0, "travel_seconds": 0})
            await visitor.work("/cloud/control/switches", {"latency": 0, "unlock_delay": 0})
            yield running, visitor
    finally:
        running.stop.set()
        await running.down()


async def test_the_page_and_everything_it_names_is_served_from_one_address(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        page = await visitor.http.get("/")
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'self'" in page.headers["content-security-policy"]
        modules = ["/parts.js", "/chat.js", "/doors.js"]
        for name in [*re.findall(r'(?:src|href)="(/[^"]+)"', page.text), *modules]:
            asset = await visitor.http.get(name)
            assert asset.status_code == 200
            assert not re.findall(r"""(?:src|href|from|url)\W{0,3}["'(]https?://""", asset.text)
        plan = (await visitor.http.get("/house")).json()
        assert [door["title"] for door in plan["doors"]] == ["Front door", "Garage"]


async def test_an_owner_opens_the_front_door_and_its_bolt_moves(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.say(OLGA.id, "/open front")
        await visitor.hears("happened", f'"where": "{FRONT}", "what": "unlocked"')
        await visitor.hears("telegram", '"edited".*Front door opened')
        await visitor.hears("telegram", f'"where": {GROUP}.*Front door opened by Olga')


async def test_a_member_was_let_in_and_opens_the_garage(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.say(MAX.id, "/open garage")
        await visitor.hears("happened", f'"where": "{GARAGE}", "what": "unlocked"')


async def test_a_press_for_the_garage_is_asked_about_once_more(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.say(OLGA.id, "/status garage")
        await visitor.hears("telegram", f'"where": {OLGA.id}, "what": "(edited|message)".*"text": "Open"')
        await visitor.work("/control/tap", {"person": OLGA.id, "chat": OLGA.id, "label": "Open"})
        await visitor.hears("telegram", f'"where": {OLGA.id},.*Open Garage')


async def test_a_stranger_is_told_the_own_id_and_moves_nothing(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.say(SAM.id, "/open front")
        await visitor.hears("telegram", f'"where": {SAM.id},.*Your id is {SAM.id}')
        log = (await visitor.http.get("/gateway/control/log")).json()
        assert [request for request in log["requests"] if request["path"] == "/open"] == []


async def test_a_bolt_turned_by_hand_is_told_to_the_group(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.say(OLGA.id, "/status front")
        await visitor.hears("telegram", f'"where": {OLGA.id},.*Front door: . closed')
        await visitor.work(f"/gateway/control/locks/{FRONT}", {"bolt": "unlocked"})
        await visitor.hears("telegram", f'"where": {GROUP},.*Front door is open')


async def test_the_control_api_on_the_page_reaches_no_lock_as_a_client(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        assert (await visitor.http.get("/gateway/lockers")).status_code == 404
        assert (await visitor.http.post("/gateway/control/../open")).status_code == 404


async def test_the_address_to_open_comes_first_and_alone(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (running, visitor):
        assert running.lines[0] == str(visitor.http.base_url)
        assert not [secret for secret in (SHARE_CODE, API_KEY, TOKEN) if secret in "".join(running.lines)]


async def test_everything_another_client_needs_is_announced_when_asked_for(tmp_path: Path) -> None:
    async with open_demo(tmp_path, show_credentials=True) as (running, _):
        said = "\n".join(running.lines)
        for needed in ("gateway: http://", "KAS Cloud: http://", str(FRONT), "Share code: ", GARAGE, "API key: "):
            assert needed in said


async def test_whoever_lets_others_in_is_warned(tmp_path: Path) -> None:
    async with open_demo(tmp_path, host="0.0.0.0") as (running, _):
        assert [line for line in running.lines if line.startswith("Warning: everybody who reaches 0.0.0.0")]


async def test_the_page_knows_what_everybody_may(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        people = {person["id"]: person for person in (await visitor.http.get("/house")).json()["people"]}
        assert [people[who.id]["role"] for who in (OLGA, MAX, GRETA, SAM)] == [
            "an owner",
            "a member",
            "a guest",
            "a stranger",
        ]
        assert "/pin garage 2h" in people[MAX.id]["quick"]
        assert "/close front" not in people[GRETA.id]["quick"]
        await visitor.say(OLGA.id, f"/deny {MAX.id}")
        await visitor.hears("people", "Max.*stranger, not let in")


async def test_codes_of_both_doors_are_among_what_happened(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        for door, where in (("front", FRONT), ("garage", GARAGE)):
            await visitor.say(OLGA.id, f"/pin {door} 2h")
            await visitor.hears("happened", f'"where": "{where}", "what": "pin created"')


@pytest.mark.parametrize("command", ["/open front", "/pin front 2h"])
async def test_an_answer_is_lost_to_the_next_command_to_that_door_and_to_nothing_else(
    tmp_path: Path, command: str
) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.work("/lose", {"door": "front", "on": True})
        await visitor.say(OLGA.id, "/status front")
        await visitor.hears("telegram", f'"where": {OLGA.id},.*Front door: . closed')
        await visitor.hears("doors", '"front": {[^}]*"loses_answer": true')
        await visitor.say(OLGA.id, command)
        await visitor.hears("doors", '"front": {[^}]*"loses_answer": false')
        await visitor.hears("telegram", f'"where": {OLGA.id},.*no clear answer')


async def test_a_system_that_is_away_refuses_the_connection_so_that_nothing_was_sent(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.work("/gateway/control/switches", {"offline": True})
        await asyncio.sleep(2 * CHECK_SECONDS)
        await visitor.say(OLGA.id, "/open front")
        await visitor.hears("telegram", f'"where": {OLGA.id},.*nothing happened')


async def test_a_client_by_others_finds_the_front_door_through_the_cloud_while_the_bot_polls(tmp_path: Path) -> None:
    async with open_demo(tmp_path, show_credentials=True) as (running, visitor):
        cloud = next(line for line in running.lines if "The Keys cloud" in line).split(": ", 1)[1]

        def open_front() -> None:
            (lock,) = TheKeysApi(PHONE, PASSWORD, base_url=cloud).get_locks()
            for _ in range(5):
                # The gateway resets whoever asks beside the bot, and refuses a timestamp that is not newer.
                with contextlib.suppress(TheKeysApiError):
                    assert lock.open()
                    return
                time.sleep(1.1)

        await asyncio.to_thread(open_front)
        await visitor.hears("happened", f'"where": "{FRONT}", "what": "unlocked"')


FOREIGN = [{"Host": "rebound.example:8080"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/control/say", "/gateway/control/switches", "/lose"])
async def test_pages_of_other_sites_can_do_nothing(tmp_path: Path, headers: dict[str, str], path: str) -> None:
    async with open_demo(tmp_path) as (_, visitor):
        said = {"person": OLGA.id, "text": "/open front", "door": "front", "on": True}
        assert (await visitor.http.post(path, json=said, headers=headers)).status_code == 403
        assert (await visitor.http.get("/live", headers={"Host": "rebound.example"})).status_code == 403
        own = {"Origin": str(visitor.http.base_url)}
        assert (await visitor.http.get("/house", headers=own)).status_code == 200


async def test_the_doors_of_a_real_house_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOORS__BACK__DRIVER", "the_keys")
    monkeypatch.setenv("DOORS__BACK__HOST", "192.0.2.1")
    monkeypatch.setenv("DOORS__BACK__IDENTIFIER", "12345678")
    monkeypatch.setenv("DOORS__BACK__SHARE_CODE", "ABCDEFGHJKLMNPQR")
    monkeypatch.setenv("DOORS__FRONT__CONFIRM", "not even readable")
    async with open_demo(tmp_path) as (_, visitor):
        await visitor.say(OLGA.id, "/open back")
        await visitor.hears("telegram", f'"where": {OLGA.id},.*There is no door')


async def test_a_signal_ends_it_cleanly_and_the_database_stays(tmp_path: Path) -> None:
    async with open_demo(tmp_path) as (running, _):
        os.kill(os.getpid(), signal.SIGTERM)
        await running.down()
    assert (tmp_path / "latchkey.db").exists()


async def test_it_can_be_ended_while_it_starts(tmp_path: Path) -> None:
    running = Running(tmp_path)
    await asyncio.sleep(0)
    running.stop.set()
    await running.down()
    assert running.lines == []


async def test_a_kept_database_answers_in_the_next_run(tmp_path: Path) -> None:
    for _ in range(2):
        async with open_demo(tmp_path) as (_, visitor):
            await visitor.say(OLGA.id, "/status front")
            await visitor.hears("telegram", f'"where": {OLGA.id},.*Front door: . closed')
