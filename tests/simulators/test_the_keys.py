"""The simulated gateway answers and acts as the vendor's page and the clients in the field say."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from simulators.the_keys import GatewaySimulator, Smartlock
from simulators.the_keys.dialect import parse_form
from simulators.the_keys.smartlock import sign
from tests.simulators.the_keys_house import BACK, BACK_CODE, FRONT, GatewayHouse, a_house, settle

OK = {"status": "ok", "code": 0}


@pytest.fixture
async def house() -> AsyncIterator[GatewayHouse]:
    async with a_house() as house:
        yield house


@pytest.fixture
async def slow_house() -> AsyncIterator[GatewayHouse]:
    async with a_house(travel_seconds=5.0, latency=2.5) as house:
        yield house


@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        ("1647349435", "jejmupCqAu5wOsraszmzcl3UyCi0hgsIdxWvfcvdzBg="),
        ("1647350684", "fcbTI/x8qKsN/nhLxjRE5toEO3tDK/F0ubQXHCsnf88="),
    ],
)
def test_the_published_vectors_are_accepted(ts: str, expected: str) -> None:
    assert sign("sEcReT", ts) == expected
    assert Smartlock(1, "sEcReT").accepts(ts, expected)


@pytest.mark.parametrize(
    "body",
    [
        b"identifier=1&ts=2&hash=a%2Bb%2Fc%3D",
        b"hash=a+b/c=&identifier=1&ts=2",
        b"ts=2&hash=a+b%2Fc=&identifier=1&",
        b"&identifier=1&&ts=2&hash=a%2bb/c%3d\r\n",
    ],
)
def test_every_spelling_of_a_form_reads_the_same(body: bytes) -> None:
    assert parse_form(body) == {"identifier": "1", "ts": "2", "hash": "a+b/c="}


# Readings


@pytest.mark.parametrize("path", ["/status", "/"])
async def test_status_names_the_version_and_has_no_status_key(house: GatewayHouse, path: str) -> None:
    assert await house.get(path) == {"version": 65, "current_status": "Scanning"}


async def test_lockers_lists_what_is_in_range_with_last_log_from_firmware_57(house: GatewayHouse) -> None:
    answer = await house.get("/lockers")
    assert answer["status"] == "ok"
    assert answer["devices"] == [
        {"identifier": FRONT, "rssi": -71, "battery": 7783, "last_log": 1000},
        {"identifier": BACK, "rssi": -71, "battery": 7783},
    ]
    house.front.in_range = False
    assert [device["identifier"] for device in (await house.get("/lockers"))["devices"]] == [BACK]


@pytest.mark.parametrize("path", ["/lockers", "/status"])
async def test_readings_may_be_posted_with_proof(house: GatewayHouse, path: str) -> None:
    assert await house.post(path) == await house.get(path)


async def test_locker_status_tells_the_bolt_by_code(house: GatewayHouse) -> None:
    closed = {"status": "Door closed", "code": 49, "id": FRONT, "version": 81}
    closed |= {"position": 4, "rssi": -71, "battery": 7783}
    assert await house.post("/locker_status") == closed
    house.gateway.turn_by_hand(FRONT, "unlocked")
    assert await house.post("/locker_status") == closed | {"status": "Door open", "code": 50, "position": 20}
    house.front.rebooted = True
    assert (await house.post("/locker_status"))["code"] == 48


# Commands


@pytest.mark.parametrize(("path", "bolt"), [("/open", "unlocked"), ("/close", "locked")])
async def test_a_command_moves_the_bolt_and_bumps_last_log(house: GatewayHouse, path: str, bolt: str) -> None:
    assert await house.post(path) == OK
    assert house.front.bolt == bolt
    assert house.front.last_log == 1001
    event = house.gateway.events[-1]
    assert (event.where, event.what, event.request, event.ts) == (str(FRONT), bolt, 1, str(house.ts))


async def test_the_bolt_arrives_when_the_motor_has_run(slow_house: GatewayHouse) -> None:
    opening = asyncio.create_task(slow_house.post("/open"))
    await slow_house.clock.advance(2.5)
    assert await opening == OK
    assert slow_house.front.bolt == "locked"
    await slow_house.clock.advance(5)
    assert slow_house.gateway.locks[FRONT].bolt == "unlocked"
    assert [(event.what, event.at) for event in slow_house.gateway.log.events] == [
        ("unlocking", 1_800_000_002.5),
        ("unlocked", 1_800_000_007.5),
    ]


@pytest.mark.parametrize("path", ["/open", "/locker_status"])
async def test_a_running_motor_refuses_with_400(slow_house: GatewayHouse, path: str) -> None:
    slow_house.gateway.latency = 0
    await slow_house.post("/open")
    answer = await slow_house.post(path)
    assert answer == {"status": "ko", "code": 400, "cause": "action already started"}


async def test_calibrating_leaves_the_bolt_where_it_was(house: GatewayHouse) -> None:
    assert await house.post("/calibrate") == OK
    assert house.front.bolt == "locked"
    assert house.happened() == ["calibrating", "calibrated"]


@pytest.mark.parametrize(("method", "form"), [("GET", None), ("POST", None), ("POST", {"fake": "True"})])
async def test_the_gateway_updates_however_it_is_asked(
    house: GatewayHouse, method: str, form: dict[str, str] | None
) -> None:
    answer = await house.http.request(method, "/update", data=form)
    assert answer.json() == OK
    assert house.happened() == ["updated"]


async def test_an_update_takes_the_gateway_away_for_a_while(house: GatewayHouse) -> None:
    house.gateway.reboot_seconds = 8
    await house.get("/update")
    with pytest.raises(ConnectionRefusedError):
        await house.get("/status")
    await house.clock.advance(8)
    assert (await house.get("/status"))["version"] == 65


@pytest.mark.parametrize("path", ["/locker/synchronize", "/locker/update"])
@pytest.mark.parametrize("proof", [True, False])
async def test_upkeep_of_a_lock_needs_no_proof(house: GatewayHouse, path: str, proof: bool) -> None:
    form = house.auth() if proof else {"identifier": str(FRONT)}
    assert await house.post(path, form) == OK


async def test_an_updated_lock_has_forgotten_its_bolt(house: GatewayHouse) -> None:
    await house.post("/locker/update", {"identifier": str(FRONT)})
    assert (await house.post("/locker_status"))["code"] == 48
    await house.post("/close")
    assert (await house.post("/locker_status"))["code"] == 49


async def test_auto_is_a_switch(house: GatewayHouse) -> None:
    assert await house.post("/auto", {"enable": "0"}) == OK
    assert house.gateway.auto is False


async def test_a_get_never_moves_a_bolt(house: GatewayHouse) -> None:
    answer = await house.http.request("GET", "/open", params=house.auth())
    assert answer.json()["code"] == 400
    assert house.happened() == []


# The code table, by the state


Arrange = Callable[[GatewayHouse], object]


def _front(name: str, value: object) -> Arrange:
    return lambda house: setattr(house.front, name, value)


def _gateway(name: str, value: object) -> Arrange:
    return lambda house: setattr(house.gateway, name, value)


NATURAL = [
    (32, "/open", _front("shared", False)),
    (34, "/open", _front("in_range", False)),
    (34, "/open", _gateway("synchronising_seconds", 60.0)),
    (35, "/open", _front("incompatible", True)),
    (36, "/open", _front("key_refused", True)),
    (37, "/open", _front("jammed", True)),
    (37, "/open", _front("radio", "drops_before")),
    (37, "/locker_status", _front("radio", "drops_after")),
    (5, "/open", _front("radio", "transient")),
    (38, "/open", _gateway("clock_invalid", True)),
    (500, "/open", _gateway("busy_seconds", 5.0)),
    (500, "/synchronize", _gateway("busy_seconds", 5.0)),
    (500, "/locker/synchronize", _gateway("synchronising_seconds", 60.0)),
    (1, "/locker/synchronize", _front("in_range", False)),
    (2, "/locker/synchronize", _front("incompatible", True)),
    (3, "/locker/synchronize", _gateway("server", "bad_data")),
    (4, "/locker/synchronize", _front("radio", "drops_before")),
    (5, "/locker/update", _front("radio", "transient")),
    (1, "/update", _gateway("server", "bad_firmware")),
    (2, "/update", _gateway("server", "no_firmware")),
]


@pytest.mark.parametrize(("code", "path", "arrange"), NATURAL)
async def test_the_state_gives_the_code(house: GatewayHouse, code: int, path: str, arrange: Arrange) -> None:
    arrange(house)
    answer = await house.post(path)
    assert (answer["status"], answer["code"]) == ("ko", code)
    assert house.front.bolt == "locked"


async def test_a_link_that_drops_late_has_moved_the_bolt(house: GatewayHouse) -> None:
    house.front.radio = "drops_after"
    assert (await house.post("/open"))["code"] == 37
    assert house.front.bolt == "unlocked"


@pytest.mark.parametrize("name", ["ts", "hash", "identifier"])
async def test_a_missing_parameter_is_named(house: GatewayHouse, name: str) -> None:
    form = house.auth()
    del form[name]
    assert await house.post("/open", form) == {"status": "ko", "code": 400, "cause": f"missing parameter: {name}"}


async def test_an_unknown_lock_is_not_shared(house: GatewayHouse) -> None:
    assert (await house.post("/open", house.auth(identifier=99)))["code"] == 32


async def test_a_wrong_code_is_refused_and_uses_no_timestamp(house: GatewayHouse) -> None:
    assert await house.post("/open", house.auth(code="wrong")) == {"status": "ko", "code": 33}
    assert await house.post("/open", house.auth(ts=house.ts)) == OK


async def test_a_timestamp_works_once_and_never_backwards(house: GatewayHouse) -> None:
    form = house.auth(ts=1000)
    too_old = {"status": "ko", "code": 33, "cause": "timestamp too old"}
    assert await house.post("/open", form) == OK
    assert await house.post("/open", form) == too_old
    assert await house.post("/open", house.auth(ts=999)) == too_old
    assert await house.post("/open", house.auth(BACK, BACK_CODE, ts=1000)) == too_old


async def test_a_busy_gateway_uses_no_timestamp(house: GatewayHouse) -> None:
    house.gateway.busy_seconds = 5
    form = house.auth()
    assert (await house.post("/open", form))["code"] == 500
    await house.clock.advance(5)
    assert await house.post("/open", form) == OK


@pytest.mark.parametrize("ts", ["", "soon", "-5", "1e9", "9" * 5000, "²"])
async def test_no_strange_timestamp_opens(house: GatewayHouse, ts: str) -> None:
    answer = await house.post("/open", {"identifier": str(FRONT), "ts": ts, "hash": "x"})
    assert answer["code"] in (33, 400)
    assert house.happened() == []


async def test_synchronising_repairs_the_clock(house: GatewayHouse) -> None:
    house.gateway.clock_invalid = True
    assert (await house.post("/open"))["code"] == 38
    assert await house.get("/synchronize") == OK
    assert await house.post("/open") == OK


async def test_synchronising_and_rebooting_take_their_time_unless_told_to_hurry() -> None:
    gateway = GatewaySimulator()
    assert (gateway.synchronise_seconds, gateway.reboot_seconds) == (77, 8)
    gateway.hurry()
    assert (gateway.synchronise_seconds, gateway.reboot_seconds) == (0, 0)


async def test_the_synchronising_phase_shows_and_ends(house: GatewayHouse) -> None:
    house.gateway.synchronise_seconds = 60
    await house.get("/synchronize")
    assert (await house.get("/status"))["current_status"] == "Synchronizing gw"
    await house.clock.advance(60)
    assert (await house.get("/status"))["current_status"] == "Scanning"
    await house.post("/locker/synchronize")
    assert (await house.get("/status"))["current_status"] == f"Synchronizing {FRONT}"


# One at a time


@pytest.mark.parametrize("path", ["/lockers", "/status"])
async def test_a_second_request_at_the_same_time_is_met_with_a_reset(slow_house: GatewayHouse, path: str) -> None:
    opening = asyncio.create_task(slow_house.post("/open"))
    await settle()
    with pytest.raises(ConnectionResetError):
        await slow_house.get(path)
    assert slow_house.gateway.overlaps == 1
    await slow_house.clock.advance(2.5)
    assert await opening == OK


async def test_a_second_request_can_be_told_that_the_gateway_is_busy(slow_house: GatewayHouse) -> None:
    slow_house.gateway.when_busy = "busy"
    opening = asyncio.create_task(slow_house.post("/open"))
    await settle()
    assert await slow_house.get("/lockers") == {"status": "ko", "code": 500}
    await slow_house.clock.advance(2.5)
    assert await opening == OK


async def test_the_lock_finishes_what_nobody_waits_for(slow_house: GatewayHouse) -> None:
    opening = asyncio.create_task(slow_house.post("/open"))
    await settle()
    opening.cancel()
    await slow_house.clock.advance(2.5)
    await slow_house.clock.advance(5)
    assert slow_house.front.bolt == "unlocked"


# On demand


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 32, 33, 34, 35, 36, 37, 38, 400, 500])
async def test_every_code_can_be_forced(house: GatewayHouse, code: int) -> None:
    house.gateway.fail("/open", code, times=2, cause="because")
    for _ in range(2):
        assert await house.post("/open") == {"status": "ko", "code": code, "cause": "because"}
    assert await house.post("/open") == OK


async def test_a_forced_code_can_hide_a_deed(house: GatewayHouse) -> None:
    house.gateway.fail("/open", 37, acts=True)
    assert (await house.post("/open"))["code"] == 37
    assert house.front.bolt == "unlocked"


# The dialect of the vendor's page


async def test_the_seed_dialect_words_everything_as_the_page_does(house: GatewayHouse) -> None:
    house.gateway.dialect = "seed"
    assert await house.get("/status") == {"version": "65", "current_status": "Scanning..."}
    assert (await house.get("/lockers"))["devices"][0] == {"identifier": FRONT, "rssi": -71, "battery": 7783}
    assert await house.get("/synchronize") == OK
    assert await house.post("/open") == {"status": "0", "code": "ok"}
    assert await house.post("/locker_status") == {"status": "0", "code": 50}
    assert await house.post("/open", house.auth(ts=1)) == {"status": "33", "code": "timestamp too old"}
    assert await house.post("/open", {}) == {"status": "400", "code": "missing parameter: ts"}
    house.gateway.busy_seconds = 5
    assert await house.get("/synchronize") == {"status": "500", "message": "busy"}
