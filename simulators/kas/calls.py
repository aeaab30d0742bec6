"""What KAS Cloud does for each call, and on what grounds it refuses."""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from simulators.kas.lock import KasLock, Password, PinCode
from simulators.request_log import LoggedRequest
from simulators.simulator import SimulatedAnswer

if TYPE_CHECKING:
    from simulators.kas.cloud import KasSimulator

ROUTE = re.compile(r"(?P<shown>/api/lockCommand/(?P<call>\w+)/(?P<lock>[^/]+))(?:/(?P<key>[^/]+))?/?")
SECRETS = ("apiKey", "password")
# The page says 11 months.
TIMESTAMP_LIFE_SECONDS = 335 * 24 * 3600
# `password_id` by the 2021 page.
SLOTS = range(101, 201)


class No(Exception):
    """KAS Cloud says no."""

    def __init__(self, text: str, status: int = 400, *, as_json: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.as_json = as_json


def read_request(path: str, headers: dict[str, str], body: bytes, key: str) -> tuple[str, dict[str, Any]]:
    """The path without its key, and what may be recorded of the rest; the key itself is judged and forgotten."""
    route = ROUTE.fullmatch(path)
    sent = _json(body)
    given = (route and route["key"]) or sent.get("apiKey") or headers.get("x-auth-token") or ""
    judged = "accepted" if hmac.compare_digest(str(given).encode(), key.encode()) else "refused"
    fields = {name: value for name, value in sent.items() if name not in SECRETS}
    shown = route["shown"] if route else "/".join(path.split("/")[:5])
    return shown, {**fields, "key": judged}


def answer_call(cloud: "KasSimulator", request: LoggedRequest) -> SimulatedAnswer:
    if (request.method, request.path) == ("POST", "/api/users/apikey"):
        return api_key(cloud, request)
    route = ROUTE.fullmatch(request.path)
    call = CALLS.get((request.method, route["call"])) if route else None
    if route is None or call is None:
        raise No("Not Found", 404)
    return call(cloud, _authorised(cloud, request, route["lock"]), request)


def _authorised(cloud: "KasSimulator", request: LoggedRequest, factory_number: str) -> KasLock:
    if request.fields["key"] != "accepted":
        raise No("Invalid Token.")
    lock = cloud.locks.get(factory_number)
    if lock is None:
        raise No("Lock is not found.")
    if not lock.admin:
        raise No("You are not the admin.")
    return lock


def api_key(cloud: "KasSimulator", request: LoggedRequest) -> SimulatedAnswer:
    """The bare key, for the account's e-mail address and password."""
    asked = _json(request.raw)
    if (asked.get("email"), asked.get("password")) != cloud.account:
        raise No("Invalid email or password.")
    return SimulatedAnswer.text(cloud.key, private=True)


def remote_unlock(cloud: "KasSimulator", lock: KasLock, request: LoggedRequest) -> SimulatedAnswer:
    cloud.enqueue("unlocked", lock, request)
    if cloud.answers == "json" and not lock.gateway_online:
        # The 2021 service says so; the instruction waits all the same, which makes a retry open twice.
        return cloud.no_gateway()
    return cloud.say("Door is unlocking…")


def pin_code(cloud: "KasSimulator", lock: KasLock, request: LoggedRequest) -> SimulatedAnswer:
    asked = _json(request.raw)
    mode, duration = _whole(asked, "mode", range(2)), _whole(asked, "duration", range(62))
    start = _whole(asked, "startTime", None)
    hour = start // (3600 if cloud.start_time_unit == "seconds" else 3_600_000)
    synced = int(lock.timestamp_synced_at) // 3600
    if not synced <= hour <= synced + TIMESTAMP_LIFE_SECONDS // 3600:
        raise No("Timestamp is out of range.")
    pin = PinCode(auto_generated(lock, mode, duration, hour), mode, duration, start)
    lock.pins.append(pin)
    cloud.log.event(lock.factory_number, "pin created", request, mode=mode, duration=duration, startTime=start)
    return SimulatedAnswer.text(pin.digits, private=True)


def auto_generated(lock: KasLock, mode: int, duration: int, hour: int) -> str:
    # The same request gives the same code, as in comparable systems.
    seed = f"{lock.factory_number} {int(lock.timestamp_synced_at)}".encode()
    digest = hmac.digest(seed, f"{mode} {duration} {hour}".encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**8:08d}"


def add_password(cloud: "KasSimulator", lock: KasLock, request: LoggedRequest) -> SimulatedAnswer:
    password = _password(_json(request.raw))
    return _through_gateway(cloud, "pin created", lock, request, password)


def list_passwords(cloud: "KasSimulator", lock: KasLock, _: LoggedRequest) -> SimulatedAnswer:
    passwords = [asdict(password) for password in lock.passwords.values()]
    return SimulatedAnswer.of({"ack": 200, "l_passwords": passwords}, private=True)


def delete_password(cloud: "KasSimulator", lock: KasLock, request: LoggedRequest) -> SimulatedAnswer:
    asked = _json(request.raw)
    for password in lock.passwords.values():
        if asked.get("password_id") == password.password_id or asked.get("password") == password.password:
            return _through_gateway(cloud, "pin deleted", lock, request, password)
    raise No("Password is not found.", as_json=True)


def set_clock(cloud: "KasSimulator", lock: KasLock, request: LoggedRequest) -> SimulatedAnswer:
    return _through_gateway(cloud, "clock set", lock, request)


def _through_gateway(
    cloud: "KasSimulator", what: str, lock: KasLock, request: LoggedRequest, password: Password | None = None
) -> SimulatedAnswer:
    cloud.enqueue(what, lock, request, password)
    return cloud.say("success", as_json=True) if lock.gateway_online else cloud.no_gateway()


Call = Callable[["KasSimulator", KasLock, LoggedRequest], SimulatedAnswer]


def advanced(call: Call) -> Call:
    def check_plan(cloud: "KasSimulator", lock: KasLock, request: LoggedRequest) -> SimulatedAnswer:
        if cloud.plan != "advanced":
            raise No("Subscription required.", 403, as_json=True)
        return call(cloud, lock, request)

    return check_plan


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "remoteUnlock"): remote_unlock,
    # The page says GET, the client of KAS's own developer sends PUT.
    ("PUT", "remoteUnlock"): remote_unlock,
    ("POST", "pinCode"): pin_code,
    ("POST", "remotePassword"): advanced(add_password),
    ("GET", "remotePassword"): advanced(list_passwords),
    ("DELETE", "remotePassword"): advanced(delete_password),
    ("PUT", "setClock"): advanced(set_clock),
}


def _password(asked: dict[str, Any]) -> Password:
    slot, digits = _whole(asked, "password_id", SLOTS, as_json=True), str(asked.get("password", ""))
    start, end = str(asked.get("password_start_time", "")), str(asked.get("password_end_time", ""))
    if not re.fullmatch(r"[0-9]{4,6}", digits):
        raise No("Invalid password.", as_json=True)
    if not _minute(start) < _minute(end):
        raise No("Invalid time.", as_json=True)
    return Password(slot, digits, start, end, str(asked.get("password_name", "")))


def _minute(text: str) -> datetime:
    if not re.fullmatch(r"[0-9]{12}", text):
        raise No("Invalid time.", as_json=True)
    try:
        # The lock's own zone, whatever it is.
        return datetime.strptime(text, "%Y%m%d%H%M")  # noqa: DTZ007
    except ValueError:
        raise No("Invalid time.", as_json=True) from None


def _whole(asked: dict[str, Any], name: str, allowed: range | None, *, as_json: bool = False) -> int:
    value = asked.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or (allowed is not None and value not in allowed):
        raise No(f"Invalid {name}.", as_json=as_json)
    return value


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
