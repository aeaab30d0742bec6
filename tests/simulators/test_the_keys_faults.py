"""Every way an HTTP exchange can fail, over a real socket and in-process, and whether the bolt moved all the same."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulators.control import create_app
from simulators.server import CHECK_SECONDS, serve
from simulators.the_keys import GatewaySimulator, Smartlock
from tests.simulators.the_keys_house import CODE, FRONT, GatewayHouse, a_house, settle


@pytest.fixture
async def house() -> AsyncIterator[GatewayHouse]:
    """Over a socket."""
    async with (
        a_house() as house,
        serve(create_app(house.gateway)) as url,
        httpx.AsyncClient(base_url=url, timeout=5) as http,
    ):
        yield GatewayHouse(house.gateway, house.clock, http)


BROKEN = [
    ("reset_before", httpx.ReadError, "locked"),
    ("reset_after", httpx.ReadError, "unlocked"),
    ("truncated", httpx.RemoteProtocolError, "unlocked"),
    ("offline", (httpx.ReadError, httpx.RemoteProtocolError), "locked"),
]


@pytest.mark.parametrize(("fault", "error", "bolt"), BROKEN)
async def test_a_broken_connection_is_real(house: GatewayHouse, fault: str, error: Any, bolt: str) -> None:
    house.gateway.faults.arrange("/open", fault)
    with pytest.raises(error):
        await house.post("/open")
    assert house.front.bolt == bolt
    assert house.gateway.log.answers[-1].fault == fault
    assert (await house.post("/locker_status"))["code"] in (49, 50)


@pytest.mark.parametrize(("fault", "bolt"), [("reset_before", "locked"), ("reset_after", "unlocked")])
async def test_without_a_socket_a_reset_is_a_connection_error(fault: str, bolt: str) -> None:
    async with a_house() as house:
        house.gateway.faults.arrange("/open", fault)
        with pytest.raises(ConnectionResetError):
            await house.post("/open")
        assert house.front.bolt == bolt


@pytest.mark.parametrize(("fault", "bolt"), [("silent", "locked"), ("silent_after", "unlocked")])
async def test_a_black_hole_never_answers(house: GatewayHouse, fault: str, bolt: str) -> None:
    house.gateway.faults.arrange("/open", fault)
    with pytest.raises(httpx.ReadTimeout):
        await house.http.post("/open", data=house.auth(), timeout=httpx.Timeout(5, read=0.02))
    assert house.front.bolt == bolt


@pytest.mark.parametrize("fault", ["silent", "silent_after"])
async def test_a_black_hole_can_be_left_without_a_socket(fault: str) -> None:
    async with a_house() as house:
        house.gateway.faults.arrange("/open", fault)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(house.post("/open"), 0.01)


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "bolt"),
    [
        ("empty", 200, "application/json", "unlocked"),
        ("not_json", 200, "text/html", "unlocked"),
        ("wrong_type", 200, "text/html", "unlocked"),
        ("http_500", 500, "text/html", "locked"),
        ("http_502", 502, "text/html", "locked"),
        ("http_504", 504, "text/html", "locked"),
    ],
)
async def test_an_answer_can_be_spoilt(
    house: GatewayHouse, fault: str, status: int, content_type: str, bolt: str
) -> None:
    house.gateway.faults.arrange("/open", fault)
    answer = await house.http.post("/open", data=house.auth())
    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)
    assert house.front.bolt == bolt


async def test_a_server_error_can_hide_a_deed(house: GatewayHouse) -> None:
    house.gateway.faults.arrange("/open", "http_502", acts=True)
    assert (await house.http.post("/open", data=house.auth())).status_code == 502
    assert house.front.bolt == "unlocked"


async def test_a_slow_gateway_acts_at_once_and_is_busy_meanwhile() -> None:
    async with a_house() as house:
        house.gateway.faults.arrange("/open", "slow", seconds=30)
        opening = asyncio.create_task(house.post("/open"))
        await settle()
        assert house.front.bolt == "unlocked"
        with pytest.raises(ConnectionResetError):
            await house.get("/lockers")
        await house.clock.advance(30)
        assert (await opening)["code"] == 0


async def test_a_late_request_is_refused_once_a_newer_timestamp_was_used() -> None:
    async with a_house() as house:
        house.gateway.faults.arrange("/open", "late", seconds=30)
        opening = asyncio.create_task(house.post("/open"))
        await settle()
        assert (await house.post("/locker_status"))["code"] == 49
        await house.clock.advance(30)
        assert (await opening)["code"] == 33
        assert house.front.bolt == "locked"


async def test_a_late_request_still_opens_when_its_sender_has_gone() -> None:
    async with a_house() as house:
        house.gateway.faults.arrange("/open", "late", seconds=30)
        opening = asyncio.create_task(house.post("/open"))
        await settle()
        opening.cancel()
        await house.clock.advance(30)
        assert house.front.bolt == "unlocked"


async def test_faults_are_met_by_path_and_so_many_times() -> None:
    async with a_house() as house:
        house.gateway.faults.arrange("/lock*", "http_500", times=2)
        assert (await house.http.get("/status")).status_code == 200
        assert (await house.http.get("/lockers")).status_code == 500
        assert (await house.http.post("/locker_status")).status_code == 500
        assert (await house.http.get("/lockers")).status_code == 200


async def test_offline_closes_every_connection_but_the_control_api_stays(house: GatewayHouse) -> None:
    house.gateway.offline = True
    with pytest.raises(httpx.TransportError):
        await house.get("/status")
    assert (await house.http.post("/control/switches", json={"offline": False})).status_code == 200
    assert (await house.get("/status"))["version"] == 65


async def test_a_port_is_closed_while_nobody_can_be_reached_and_opens_again() -> None:
    gateway = GatewaySimulator()
    async with (
        serve(create_app(gateway), reachable=gateway.reachable) as url,
        httpx.AsyncClient(base_url=url, timeout=5) as http,
    ):
        assert (await http.get("/status")).status_code == 200
        gateway.offline = True
        await asyncio.sleep(3 * CHECK_SECONDS)
        with pytest.raises(httpx.ConnectError):
            await http.get("/status")
        gateway.offline = False
        await asyncio.sleep(3 * CHECK_SECONDS)
        assert (await http.get("/status")).status_code == 200


async def test_the_first_free_port_is_taken() -> None:
    app = create_app(GatewaySimulator())
    async with serve(app) as url:
        taken = int(url.rpartition(":")[2])
        async with serve(app, taken, 0) as other:
            assert other != url
        with pytest.raises(OSError, match=f"port {taken} of 127.0.0.1"):
            await serve(app, taken).__aenter__()


# The control API


async def test_the_state_can_be_seen_and_changed(house: GatewayHouse) -> None:
    state = (await house.http.get("/control/state")).json()
    assert state["locks"][str(FRONT)]["bolt"] == "locked"
    assert CODE not in json.dumps(state)
    changes = {"bolt": "unlocked", "battery_mv": 6400, "in_range": False}
    changed = (await house.http.post(f"/control/locks/{FRONT}", json=changes)).json()["locks"][str(FRONT)]
    assert changed.items() >= changes.items()
    assert changed["last_log"] == 1001


async def test_the_gateway_can_be_changed_over_http(house: GatewayHouse) -> None:
    await house.http.post("/control/switches", json={"busy_seconds": 5, "dialect": "seed"})
    assert await house.get("/synchronize") == {"status": "500", "message": "busy"}


async def test_faults_can_be_arranged_over_http(house: GatewayHouse) -> None:
    await house.http.post("/control/faults", json={"path": "/open", "fault": "code", "code": 36, "times": None})
    assert (await house.post("/open"))["code"] == 36
    assert (await house.post("/open"))["code"] == 36
    await house.http.delete("/control/faults")
    assert (await house.post("/open"))["code"] == 0


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/control/locks/1", {}, 404),
        ("/control/locks/front", {}, 404),
        (f"/control/locks/{FRONT}", {"bolt": "ajar", "rssi": -1}, 400),
        (f"/control/locks/{FRONT}", {"rssi": "near"}, 400),
        (f"/control/locks/{FRONT}", {"rssi": True}, 400),
        ("/control/switches", {"colour": "red"}, 400),
        ("/control/switches", {"dialect": "other"}, 400),
        ("/control/switches", [], 400),
        ("/control/faults", {"path": "/open"}, 400),
        ("/control/faults", {"fault": "fire"}, 400),
        ("/control/faults", {"fault": "code"}, 400),
        ("/control/faults", {"fault": "slow", "seconds": "long"}, 400),
        ("/control/nothing", {}, 404),
    ],
)
async def test_a_wrong_wish_is_told_so_and_changes_nothing(
    house: GatewayHouse, path: str, body: Any, status: int
) -> None:
    before = (await house.http.get("/control/state")).json()
    answer = await house.http.post(path, json=body)
    assert answer.status_code == status
    assert list(answer.json()) == ["error"]
    assert (await house.http.get("/control/state")).json() == before


async def test_a_watcher_hears_of_the_next_event(house: GatewayHouse) -> None:
    waiting = asyncio.create_task(house.http.get("/control/events", params={"since": 0}))
    await asyncio.sleep(0.01)
    house.gateway.turn_by_hand(FRONT, "unlocked")
    answer = (await waiting).json()
    assert [(event["what"], event["detail"]) for event in answer["events"]] == [("unlocked", {"by": "hand"})]
    quiet = await house.http.get("/control/events", params={"since": answer["next"], "wait": 0.001})
    assert quiet.json() == {"events": [], "next": 1}


async def test_serving_ends_at_once_whatever_is_under_way() -> None:
    async with a_house() as house:
        async with serve(create_app(house.gateway)) as url, httpx.AsyncClient(base_url=url) as http:
            waiting = asyncio.create_task(http.get("/control/events"))
            await asyncio.sleep(0.01)
        with pytest.raises(httpx.TransportError):
            await waiting


# The log


async def test_the_log_is_on_disk_before_the_answer(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    async with a_house(log=file) as house:
        await house.post("/open")
        records = [json.loads(line) for line in file.read_text().splitlines()]
        house.gateway.log.close()
    assert [record["kind"] for record in records] == ["request", "event", "event", "answer"]
    request, _, opened, sent = records
    assert (opened["what"], opened["request"], opened["ts"]) == ("unlocked", request["n"], str(house.ts))
    assert (sent["request"], sent["status"]) == (1, 200)
    assert CODE not in str(records)


async def test_the_log_over_http_is_the_log(house: GatewayHouse) -> None:
    await house.post("/open")
    log = (await house.http.get("/control/log")).json()
    assert [record["path"] for record in log["requests"]] == ["/open"]
    assert [record["what"] for record in log["events"]] == ["unlocking", "unlocked"]


def test_it_runs_as_a_process_until_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "simulators.the_keys", "--lock", f"{FRONT}:{CODE}", "--log", str(log)]
    with subprocess.Popen([*command, "--cloud-port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name, url = process.stdout.readline().split()
        assert process.stdout.readline().startswith("the_keys_cloud http://127.0.0.1:")
        assert httpx.get(f"{url}/status").json()["version"] == 65
        process.terminate()
    assert name == "the_keys"
    assert process.returncode == 0
    assert '"path": "/status"' in log.read_text()


async def test_a_lock_without_any_code_is_not_shared() -> None:
    async with a_house() as house:
        house.gateway.add(Smartlock(7, ""))
        assert (await house.post("/open", house.auth(7, "")))["code"] == 32
