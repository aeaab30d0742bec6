"""What the gateway does for each path, and on what grounds it refuses.

Not public and therefore chosen here: any timestamp that grows is near enough to the gateway's own clock, it is judged
before the lock is looked for, and a request refused as busy does not use it up.
"""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from simulators.request_log import LoggedRequest
from simulators.the_keys.dialect import BOLT_CODES, OK, Ko
from simulators.the_keys.smartlock import FIRST_FIRMWARE_WITH_LOG, Smartlock

if TYPE_CHECKING:
    from simulators.the_keys.gateway import GatewaySimulator

READINGS = ("/", "/status", "/lockers")
LOCK_CALLS = ("/open", "/close", "/locker_status", "/calibrate")
# /status and /lockers use no Bluetooth: 0.13 s where /locker_status takes 3.3 s, as measured in the field.
SHARE_OF_LIGHT_CALLS = 1 / 25


def check_free(gateway: "GatewaySimulator", path: str) -> None:
    if path in READINGS:
        return
    if gateway.busy_seconds:
        raise Ko(500)
    if gateway.synchronising_seconds:
        # Seen in the field: the radio serves the synchronisation, so locks are "not detected" meanwhile.
        raise Ko(34 if path in LOCK_CALLS else 500)


async def status(gateway: "GatewaySimulator", _: LoggedRequest) -> dict[str, Any]:
    await gateway.spend(gateway.latency * SHARE_OF_LIGHT_CALLS)
    return {"version": gateway.version, "current_status": gateway.current_status}


async def lockers(gateway: "GatewaySimulator", _: LoggedRequest) -> dict[str, Any]:
    await gateway.spend(gateway.latency * SHARE_OF_LIGHT_CALLS)
    gateway.settle()
    return {"status": "ok", "devices": [_announcement(lock) for lock in gateway.locks.values() if lock.in_range]}


async def synchronize(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    await gateway.spend(gateway.latency * SHARE_OF_LIGHT_CALLS)
    gateway.clock_invalid = False
    gateway.synchronise("gw", gateway.synchronise_seconds)
    gateway.log.event("gateway", "synchronised", request)
    return OK


async def update(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    if gateway.server in ("bad_firmware", "no_firmware"):
        raise Ko(1 if gateway.server == "bad_firmware" else 2)
    await gateway.spend(gateway.latency)
    gateway.reboot()
    gateway.log.event("gateway", "updated", request)
    return OK


async def locker_synchronize(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    lock = await find_for_maintenance(gateway, request)
    gateway.synchronise(str(lock.identifier), gateway.synchronise_seconds)
    gateway.log.event(str(lock.identifier), "synchronised", request)
    return OK


async def locker_update(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    lock = await find_for_maintenance(gateway, request)
    lock.rebooted = True
    lock.last_log += 1
    gateway.log.event(str(lock.identifier), "updated", request)
    return OK


async def open_lock(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    return gateway.drive(await find(gateway, request), "unlocked", "unlocking", "unlocked", request)


async def close_lock(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    return gateway.drive(await find(gateway, request), "locked", "locking", "locked", request)


async def calibrate(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    lock = await find(gateway, request)
    return gateway.drive(lock, lock.bolt, "calibrating", "calibrated", request)


async def locker_status(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    lock = await find(gateway, request)
    if lock.radio == "drops_after":
        raise Ko(37)
    code, text = BOLT_CODES["unknown" if lock.rebooted else lock.bolt]
    return {
        "status": text,
        "code": code,
        "id": lock.identifier,
        "version": lock.version,
        "position": lock.position,
        "rssi": lock.rssi,
        "battery": lock.battery_mv,
    }


async def auto(gateway: "GatewaySimulator", request: LoggedRequest) -> dict[str, Any]:
    _need(request, "enable")
    gateway.auto = request.fields["enable"] not in ("0", "False", "false")
    return OK


async def find(gateway: "GatewaySimulator", request: LoggedRequest) -> Smartlock:
    """The lock of an authenticated call, with the radio link up and the motor at rest."""
    lock = authorise(gateway, request)
    await gateway.spend(gateway.latency)
    gateway.settle()
    faults = {
        34: not lock.in_range,
        35: lock.incompatible,
        36: lock.key_refused,
        37: lock.radio == "drops_before",
        5: lock.radio == "transient",
    }
    _refuse(faults)
    if lock.motion is not None:
        raise Ko(400, "action already started")
    return lock


async def find_for_maintenance(gateway: "GatewaySimulator", request: LoggedRequest) -> Smartlock:
    # /locker/synchronize and /locker/update ask for no proof and have codes of their own.
    _need(request, "identifier")
    lock = named(gateway, request)
    await gateway.spend(gateway.latency)
    gateway.settle()
    if lock is None or not lock.in_range:
        raise Ko(1)
    faults = {
        2: lock.incompatible,
        3: gateway.server == "bad_data",
        4: lock.radio in ("drops_before", "drops_after"),
        5: lock.radio == "transient",
    }
    _refuse(faults)
    if lock.motion is not None:
        raise Ko(500)
    return lock


def authorise(gateway: "GatewaySimulator", request: LoggedRequest) -> Smartlock:
    _need(request, "ts", "hash", "identifier")
    if gateway.clock_invalid:
        raise Ko(38)
    lock = named(gateway, request)
    if lock is None or not lock.codes():
        raise Ko(32)
    ts = request.fields["ts"]
    if not (is_number(ts) and lock.accepts(ts, request.fields["hash"])):
        raise Ko(33)
    # Whether a gateway keeps one for all locks is not published; this is the stricter way.
    if int(ts) <= gateway.newest_stamp:
        raise Ko(33, "timestamp too old")
    gateway.newest_stamp = int(ts)
    return lock


def named(gateway: "GatewaySimulator", request: LoggedRequest) -> Smartlock | None:
    name = request.fields["identifier"]
    return gateway.locks.get(int(name)) if is_number(name) else None


def is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20


def _need(request: LoggedRequest, *names: str) -> None:
    """Only a POST carries parameters, so a GET never moves a bolt."""
    for name in names:
        if request.method != "POST" or not request.fields.get(name):
            raise Ko(400, f"missing parameter: {name}")


def _refuse(faults: dict[int, bool]) -> None:
    for code, present in faults.items():
        if present:
            raise Ko(code)


def _announcement(lock: Smartlock) -> dict[str, Any]:
    seen = {"identifier": lock.identifier, "rssi": lock.rssi, "battery": lock.battery_mv}
    return seen | ({"last_log": lock.last_log} if lock.version >= FIRST_FIRMWARE_WITH_LOG else {})


Call = Callable[["GatewaySimulator", LoggedRequest], Awaitable[dict[str, Any]]]

CALLS: dict[str, Call] = {
    "/": status,
    "/status": status,
    "/lockers": lockers,
    "/synchronize": synchronize,
    "/update": update,
    "/locker/synchronize": locker_synchronize,
    "/locker/update": locker_update,
    "/open": open_lock,
    "/close": close_lock,
    "/locker_status": locker_status,
    "/calibrate": calibrate,
    "/auto": auto,
}
