"""Clients written by others work against the simulated gateway, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import count
from urllib.parse import quote

import pytest
import requests
from the_keyspy import TheKeysApi, TheKeysGateway, TheKeysLock

from simulators.control import create_app
from simulators.server import serve
from simulators.the_keys import GatewaySimulator, KeysCloudSimulator, Smartlock
from simulators.the_keys.smartlock import sign

FRONT, CODE = 45961123, "Zmo1sps2OVyCFtl1"


@pytest.fixture
def gateway() -> GatewaySimulator:
    gateway = GatewaySimulator(Smartlock(FRONT, CODE))
    gateway.hurry()
    return gateway


@pytest.fixture
async def host(gateway: GatewaySimulator) -> AsyncIterator[str]:
    async with serve(create_app(gateway)) as url:
        yield url.removeprefix("http://")


@pytest.fixture
def _a_second_per_call(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """the_keyspy signs with whole seconds: without this its second call within one is refused, as in the field."""
    seconds = count(1_800_000_000)
    with monkeypatch.context() as patch:
        patch.setattr("the_keyspy.devices.gateway.time.time", lambda: float(next(seconds)))
        patch.setattr("the_keyspy.devices.gateway.time.sleep", lambda _: None)
        yield


def _keyspy(host: str) -> TheKeysLock:
    return TheKeysLock(1, TheKeysGateway(1, host), "Front", str(FRONT), CODE)


@pytest.mark.usefixtures("_a_second_per_call")
async def test_the_keyspy_opens_reads_closes_and_calibrates(gateway: GatewaySimulator, host: str) -> None:
    def use(lock: TheKeysLock) -> None:
        assert lock.open()
        lock.retrieve_infos()
        assert lock.is_unlocked
        assert lock.battery_level == 84
        assert lock.close()
        lock.retrieve_infos()
        assert lock.is_locked
        assert lock.calibrate()

    await asyncio.to_thread(use, _keyspy(host))
    assert [event.what for event in gateway.events if event.what in ("unlocked", "locked", "calibrated")] == [
        "unlocked",
        "locked",
        "calibrated",
    ]


@pytest.mark.usefixtures("_a_second_per_call")
async def test_the_keyspy_synchronises_and_updates(gateway: GatewaySimulator, host: str) -> None:
    def use(lock: TheKeysLock, box: TheKeysGateway) -> None:
        assert box.status() == {"version": 65, "current_status": "Scanning", "status": "ok"}
        assert box.synchronize()
        assert box.update()
        assert lock.synchronize()
        assert lock.update()

    await asyncio.to_thread(use, _keyspy(host), TheKeysGateway(1, host))
    assert [event.what for event in gateway.events] == ["synchronised", "updated", "synchronised", "updated"]


@pytest.mark.usefixtures("_a_second_per_call")
async def test_the_keyspy_cures_an_invalid_clock_by_itself(gateway: GatewaySimulator, host: str) -> None:
    gateway.clock_invalid = True
    assert await asyncio.to_thread(_keyspy(host).open)
    assert [request.path for request in gateway.requests] == ["/open", "/synchronize", "/open"]


@pytest.mark.usefixtures("_a_second_per_call")
async def test_the_keyspy_retries_a_flaky_radio(gateway: GatewaySimulator, host: str) -> None:
    gateway.fail("/locker_status", 5, times=2)
    assert (await asyncio.to_thread(_keyspy(host).status))["code"] == 49


@pytest.mark.usefixtures("_a_second_per_call")
async def test_the_keyspy_finds_the_lock_through_the_cloud_and_opens_it(gateway: GatewaySimulator, host: str) -> None:
    cloud = KeysCloudSimulator(gateway, phone="+33600000000", password="secret", gateway_ip=host)

    def use(url: str) -> None:
        (lock,) = TheKeysApi("+33600000000", "secret", base_url=url).get_locks()
        assert lock.open()

    async with serve(create_app(cloud)) as url:
        await asyncio.to_thread(use, url)
    assert gateway.lock(FRONT).bolt == "unlocked"
    assert [event.what for event in cloud.events] == ["share created"]


# Requests as other field clients put them on the wire


async def _raw(host: str, *requests: bytes) -> bytes:
    """Send on one connection, then read to its end."""
    name, port = host.split(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    for request in requests:
        writer.write(request)
    data = await reader.read()
    writer.close()
    await writer.wait_closed()
    return data


def _post(path: str, body: str, *, version: str = "1.1", headers: str = "Connection: close\r\n") -> bytes:
    head = f"POST {path} HTTP/{version}\r\nHost: gateway\r\nContent-Length: {len(body)}\r\n{headers}"
    return f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()


def _stamp_with(character: str) -> int:
    return next(ts for ts in count(1_700_000_000) if character in sign(CODE, str(ts)))


TS = _stamp_with("+")
RAW = sign(CODE, str(TS))


@pytest.mark.parametrize(
    "body",
    [
        f"identifier={FRONT}&ts={TS}&hash={RAW}",
        f"hash={RAW}&identifier={FRONT}&ts={TS}",
        f"identifier={FRONT}&ts={TS}&hash={RAW}&",
        f"hash={quote(RAW, safe='')}&ts={TS}&identifier={FRONT}",
        f"x=1&ts={TS}&&hash={quote(RAW)}&identifier={FRONT}",
    ],
)
async def test_every_spelling_of_the_hash_opens(gateway: GatewaySimulator, host: str, body: str) -> None:
    answer = await _raw(host, _post("/open", body))
    assert answer.endswith(b'{"status": "ok", "code": 0}')
    assert gateway.lock(FRONT).bolt == "unlocked"


async def test_http_1_0_without_headers_is_served(host: str) -> None:
    answer = await _raw(host, b"GET /lockers HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"identifier": 45961123' in answer


async def test_http_1_0_can_open(gateway: GatewaySimulator, host: str) -> None:
    body = f"identifier={FRONT}&ts={TS}&hash={RAW}"
    await _raw(host, _post("/open", body, version="1.0", headers=""))
    assert gateway.lock(FRONT).bolt == "unlocked"


async def test_a_body_without_a_content_type_is_read(gateway: GatewaySimulator, host: str) -> None:
    body = f"identifier={FRONT}&ts={TS}&hash={RAW}"
    head = f"POST /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    await _raw(host, (head + body).encode())
    assert gateway.lock(FRONT).bolt == "unlocked"


async def test_a_keep_alive_client_may_ask_twice(gateway: GatewaySimulator, host: str) -> None:
    def use() -> None:
        with requests.Session() as session:
            assert session.get(f"http://{host}/status", timeout=5).json()["version"] == 65
            assert session.post(f"http://{host}/lockers", data={"ts": TS, "hash": RAW}, timeout=5).ok

    await asyncio.to_thread(use)
    assert [request.method for request in gateway.requests] == ["GET", "POST"]


async def test_a_request_cut_off_in_its_body_does_nothing(gateway: GatewaySimulator, host: str) -> None:
    body = f"identifier={FRONT}&ts={TS}&hash={RAW}"
    name, port = host.split(":")
    reader, writer = await asyncio.open_connection(name, int(port))
    writer.write(_post("/open", body)[:-1])
    await writer.drain()
    writer.write_eof()
    writer.transport.abort()
    await reader.read()
    await asyncio.to_thread(requests.get, f"http://{host}/status", timeout=5)
    assert [request.path for request in gateway.requests] == ["/status"]
