"""The simulated KAS Cloud answers as the vendor's pages say, and its locks do later what it accepted."""

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
from simulators.kas import KasLock, KasSimulator
from simulators.server import serve
from tests.simulators.the_keys_house import Clock

LOCK, KEY = "SS000510", "eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI1In0.v8cuLVqum_sWuM1O"
HOUR = 3600


class Kas:
    def __init__(self, cloud: KasSimulator, clock: Clock, http: httpx.AsyncClient) -> None:
        self.cloud = cloud
        self.clock = clock
        self.http = http

    @property
    def lock(self) -> KasLock:
        return self.cloud.lock(LOCK)

    async def ask(self, method: str, call: str, body: Any = None, key: str = KEY) -> httpx.Response:
        headers = {"x-auth-token": key}
        return await self.http.request(method, f"/api/lockCommand/{call}", json=body, headers=headers)

    async def unlock(self, lock: str = LOCK, key: str = KEY) -> httpx.Response:
        return await self.http.get(f"/api/lockCommand/remoteUnlock/{lock}/{key}")

    async def pin(self, **changes: Any) -> httpx.Response:
        body = {"mode": 0, "duration": 3, "startTime": int(self.clock.now) + HOUR, "apiKey": KEY, **changes}
        return await self.http.post(f"/api/lockCommand/pinCode/{LOCK}", json=body)

    async def password(self, **changes: Any) -> httpx.Response:
        body = {"password_id": 120, "password": "4821", "password_name": "Guest", "email_checked": False}
        body |= {"password_start_time": "202701150900", "password_end_time": "202701161800", **changes}
        return await self.ask("POST", f"remotePassword/{LOCK}", body)

    def happened(self) -> list[str]:
        return [event.what for event in self.cloud.events]


@pytest.fixture
async def kas() -> AsyncIterator[Kas]:
    clock = Clock()
    cloud = KasSimulator(KasLock(LOCK), KasLock("UL001234"), key=KEY, clock=clock, sleep=clock.sleep, unlock_delay=2.0)
    transport = httpx.ASGITransport(create_app(cloud))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        yield Kas(cloud, clock, http)


@pytest.fixture
async def advanced(kas: Kas) -> Kas:
    kas.cloud.plan = "advanced"
    return kas


# remoteUnlock


async def test_an_accepted_unlock_happens_later_and_locks_itself_again(kas: Kas) -> None:
    answer = await kas.unlock()
    assert (answer.status_code, answer.text) == (200, "Door is unlocking…")
    assert answer.headers["content-type"].startswith("text/plain")
    assert kas.lock.bolt == "locked"
    await kas.clock.advance(2)
    assert kas.cloud.locks[LOCK].bolt == "unlocked"
    await kas.clock.advance(5)
    assert kas.cloud.locks[LOCK].bolt == "locked"
    assert [(event.what, event.request) for event in kas.cloud.log.events] == [("unlocked", 1), ("locked", None)]


async def test_put_unlocks_too(kas: Kas) -> None:
    assert (await kas.ask("PUT", f"remoteUnlock/{LOCK}/{KEY}")).status_code == 200
    await kas.clock.advance(2)
    assert kas.lock.bolt == "unlocked"


async def test_answers_can_be_json(kas: Kas) -> None:
    kas.cloud.answers = "json"
    assert (await kas.unlock()).json() == {"ack": 200, "message": "Door is unlocking…"}
    assert (await kas.unlock(key="wrong")).json() == {"ack": 400, "message": "Invalid Token."}


async def test_a_wrong_key_is_refused(kas: Kas) -> None:
    answer = await kas.unlock(key="wrong")
    assert (answer.status_code, answer.text) == (400, "Invalid Token.")
    assert (await kas.http.get(f"/api/lockCommand/remoteUnlock/{LOCK}")).text == "Invalid Token."


async def test_the_account_is_told_its_key(kas: Kas) -> None:
    account = {"email": "camille@example.org", "password": "demo"}
    assert (await kas.http.post("/api/users/apikey", json=account)).text == KEY
    wrong = await kas.http.post("/api/users/apikey", json={**account, "password": "wrong"})
    assert wrong.status_code == 400
    log = (await kas.http.get("/control/log")).text
    assert not [secret for secret in (KEY, "demo") if secret in log]


async def test_an_unknown_lock_is_refused(kas: Kas) -> None:
    answer = await kas.unlock("SS999999")
    assert (answer.status_code, answer.text) == (400, "Lock is not found.")


async def test_a_lock_of_another_account_is_refused(kas: Kas) -> None:
    kas.lock.admin = False
    answer = await kas.unlock()
    assert (answer.status_code, answer.text) == (400, "You are not the admin.")


async def test_a_new_key_kills_the_old(kas: Kas) -> None:
    kas.cloud.key = "new"
    assert (await kas.unlock()).text == "Invalid Token."
    assert (await kas.unlock(key="new")).status_code == 200


async def test_without_a_gateway_it_is_accepted_and_waits(kas: Kas) -> None:
    kas.lock.gateway_online = False
    assert (await kas.unlock()).status_code == 200
    await kas.clock.advance(600)
    assert kas.lock.bolt == "locked"
    kas.lock.gateway_online = True
    assert kas.lock.bolt == "unlocked"
    assert kas.cloud.events[-1].at == kas.clock.now


async def test_without_a_gateway_the_newer_service_says_504_and_unlocks_later_all_the_same(kas: Kas) -> None:
    kas.cloud.answers = "json"
    kas.lock.gateway_online = False
    answer = await kas.unlock()
    assert (answer.status_code, answer.json()["ack"]) == (504, 504)
    await kas.clock.advance(2)
    kas.lock.gateway_online = True
    assert kas.lock.bolt == "unlocked"


async def test_the_31st_call_is_dropped_without_a_word(kas: Kas) -> None:
    for _ in range(31):
        assert (await kas.unlock()).status_code == 200
    await kas.clock.advance(2)
    assert kas.happened().count("unlocked") == 30
    assert kas.happened().count("dropped") == 1


# pinCode


async def test_a_pin_is_eight_digits_and_the_same_for_the_same_hour(kas: Kas) -> None:
    first = await kas.pin()
    assert len(first.text) == 8
    assert first.text.isdecimal()
    start = int(kas.clock.now) // HOUR * HOUR + HOUR
    assert (await kas.pin(startTime=start)).text == first.text == (await kas.pin(startTime=start + 59 * 60)).text
    others = {
        (await kas.pin(mode=1)).text,
        (await kas.pin(duration=4)).text,
        (await kas.pin(startTime=start + HOUR)).text,
    }
    assert first.text not in others


async def test_a_pin_keeps_its_leading_zeros(kas: Kas) -> None:
    texts = [(await kas.pin(duration=n % 62, startTime=int(kas.clock.now) + n * HOUR)).text for n in range(120)]
    assert {len(text) for text in texts} == {8}
    assert any(text.startswith("0") for text in texts)


async def test_a_pin_needs_no_gateway(kas: Kas) -> None:
    kas.lock.gateway_online = False
    assert (await kas.pin()).status_code == 200
    assert kas.happened() == ["pin created"]
    assert len(kas.lock.pins) == 1


@pytest.mark.parametrize("duration", [0, 61])
@pytest.mark.parametrize("mode", [0, 1])
async def test_the_ends_of_the_ranges_are_inside(kas: Kas, mode: int, duration: int) -> None:
    assert (await kas.pin(mode=mode, duration=duration)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": 2},
        {"mode": -1},
        {"mode": True},
        {"mode": "0"},
        {"mode": None},
        {"duration": 62},
        {"duration": 1.5},
        {"startTime": "soon"},
        {"startTime": 0},
        {"startTime": 1_800_000_000 + 336 * 24 * HOUR},
        {"startTime": 1_800_003_600_000},
        {"apiKey": "wrong"},
        {"apiKey": None},
    ],
)
async def test_a_pin_with_wrong_parameters_is_refused(kas: Kas, changes: dict[str, Any]) -> None:
    assert (await kas.pin(**changes)).status_code == 400
    assert kas.happened() == []


async def test_a_body_that_is_not_json_is_refused(kas: Kas) -> None:
    answer = await kas.http.post(f"/api/lockCommand/pinCode/{LOCK}", content=b"\xff{")
    assert (answer.status_code, answer.text) == (400, "Invalid Token.")


async def test_the_start_can_be_in_milliseconds(kas: Kas) -> None:
    kas.cloud.start_time_unit = "milliseconds"
    assert (await kas.pin(startTime=(int(kas.clock.now) + HOUR) * 1000)).status_code == 200


async def test_after_eleven_months_the_timestamp_must_be_synced_again(kas: Kas) -> None:
    await kas.clock.advance(340 * 24 * HOUR)
    assert (await kas.pin()).status_code == 400
    await kas.http.post(f"/control/locks/{LOCK}", json={"timestamp_synced_at": kas.clock.now})
    assert (await kas.pin()).status_code == 200


# ADVANCED


async def test_the_basic_plan_has_no_slots(kas: Kas) -> None:
    answer = await kas.password()
    assert (answer.status_code, answer.json()["message"]) == (403, "Subscription required.")


async def test_a_password_is_set_listed_and_deleted(advanced: Kas) -> None:
    assert (await advanced.password()).json() == {"ack": 200, "message": "success"}
    assert advanced.lock.passwords == {}
    await advanced.clock.advance(2)
    listed = (await advanced.ask("GET", f"remotePassword/{LOCK}")).json()["l_passwords"]
    assert [(entry["password_id"], entry["password"]) for entry in listed] == [(120, "4821")]
    assert (await advanced.ask("DELETE", f"remotePassword/{LOCK}", {"password_id": 120})).status_code == 200
    await advanced.clock.advance(2)
    assert advanced.lock.passwords == {}
    assert advanced.happened() == ["pin created", "pin deleted"]


async def test_a_password_can_be_deleted_by_its_digits(advanced: Kas) -> None:
    await advanced.password()
    await advanced.clock.advance(2)
    assert (await advanced.ask("DELETE", f"remotePassword/{LOCK}", {"password": "4821"})).status_code == 200
    assert (await advanced.ask("DELETE", f"remotePassword/{LOCK}", {"password": "9999"})).status_code == 400


@pytest.mark.parametrize("password", ["4821", "48215", "482159"])
@pytest.mark.parametrize("slot", [101, 200])
async def test_the_slots_and_lengths_at_the_ends_are_taken(advanced: Kas, slot: int, password: str) -> None:
    assert (await advanced.password(password_id=slot, password=password)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"password_id": 100},
        {"password_id": 201},
        {"password_id": "120"},
        {"password": "123"},
        {"password": "1234567"},
        {"password": "12a4"},
        {"password_start_time": "2027-01-15"},
        {"password_start_time": "202713150900"},
        {"password_end_time": "202701150900"},
    ],
)
async def test_a_wrong_password_form_is_refused(advanced: Kas, changes: dict[str, Any]) -> None:
    answer = await advanced.password(**changes)
    assert (answer.status_code, answer.json()["ack"]) == (400, 400)
    await advanced.clock.advance(2)
    assert advanced.lock.passwords == {}


async def test_a_taken_slot_is_overwritten_without_a_word(advanced: Kas) -> None:
    await advanced.password()
    await advanced.password(password="7306")
    await advanced.clock.advance(2)
    assert advanced.lock.passwords[120].password == "7306"


async def test_passwords_need_the_key_in_the_header(advanced: Kas) -> None:
    assert (await advanced.ask("GET", f"remotePassword/{LOCK}", key="wrong")).text == "Invalid Token."


async def test_passwords_need_the_gateway(advanced: Kas) -> None:
    advanced.lock.gateway_online = False
    assert (await advanced.password()).status_code == 504


async def test_the_clock_is_set_through_the_gateway(advanced: Kas) -> None:
    advanced.lock.clock_set = False
    assert (await advanced.ask("PUT", f"setClock/{LOCK}")).status_code == 200
    await advanced.clock.advance(2)
    assert advanced.lock.clock_set


# Faults, control API, log


async def test_statuses_can_be_forced(kas: Kas) -> None:
    kas.cloud.fail("/api/lockCommand/remoteUnlock/*", 500)
    kas.cloud.fail("/api/lockCommand/remoteUnlock/*", 504, acts=True)
    answer = await kas.unlock()
    assert (answer.status_code, answer.text) == (500, "Unknown Error")
    assert (await kas.unlock()).json()["ack"] == 504
    await kas.clock.advance(2)
    assert kas.happened() == ["unlocked"]


@pytest.mark.parametrize(("fault", "unlocked"), [("reset_before", 0), ("reset_after", 1)])
async def test_a_reset_is_real_and_may_come_after_the_deed(kas: Kas, fault: str, unlocked: int) -> None:
    kas.cloud.unlock_delay = 0
    kas.cloud.faults.arrange(f"/api/lockCommand/remoteUnlock/{LOCK}", fault)
    async with serve(create_app(kas.cloud)) as url, httpx.AsyncClient() as http:
        with pytest.raises(httpx.ReadError):
            await http.get(f"{url}/api/lockCommand/remoteUnlock/{LOCK}/{KEY}")
    assert kas.happened().count("unlocked") == unlocked


async def test_the_state_can_be_changed_over_http(kas: Kas) -> None:
    await kas.http.post("/control/switches", json={"plan": "advanced", "unlock_delay": 0})
    state = (await kas.http.post(f"/control/locks/{LOCK}", json={"bolt": "unlocked"})).json()
    assert (state["switches"]["plan"], state["locks"][LOCK]["bolt"]) == ("advanced", "unlocked")
    assert KEY not in json.dumps(state)
    await kas.clock.advance(5)
    assert kas.happened() == ["unlocked", "locked"]


async def test_the_gateway_coming_back_over_http_delivers(kas: Kas) -> None:
    kas.lock.gateway_online = False
    await kas.unlock()
    await kas.clock.advance(60)
    await kas.http.post(f"/control/locks/{LOCK}", json={"gateway_online": True})
    assert kas.cloud.locks[LOCK].bolt == "unlocked"


async def test_no_key_and_no_digits_reach_the_log(advanced: Kas) -> None:
    digits = (await advanced.pin()).text
    await advanced.unlock()
    await advanced.http.get(f"/api/lockCommand/remoteUnlock/{LOCK}/{KEY}/extra")
    await advanced.password()
    await advanced.clock.advance(2)
    await advanced.ask("GET", f"remotePassword/{LOCK}")
    log = (await advanced.http.get("/control/log")).text
    for secret in (KEY, digits, "4821"):
        assert secret not in log


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"remoteUnlock/{LOCK}/{KEY}"), ("GET", f"pinCode/{LOCK}"), ("GET", "nothing"), ("GET", "remoteLock/x/y")],
)
async def test_any_other_call_is_not_found(kas: Kas, method: str, path: str) -> None:
    assert (await kas.ask(method, path)).status_code == 404
    assert kas.happened() == []


async def test_a_slow_cloud_answers_late(kas: Kas) -> None:
    kas.cloud.latency = 3
    asked = asyncio.create_task(kas.unlock())
    await kas.clock.advance(3)
    assert (await asked).status_code == 200


def test_it_runs_as_a_process_until_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "simulators.kas", "--lock", LOCK, "--key", KEY, "--log", str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        name, url = process.stdout.readline().split()
        assert httpx.get(f"{url}/api/lockCommand/remoteUnlock/{LOCK}/{KEY}").status_code == 200
        process.terminate()
    assert (name, process.returncode) == ("kas", 0)
    assert '"what": "unlocked"' in log.read_text()
    assert KEY not in log.read_text()
