"""Every driver on a raw peer: its verbs, what each sends, and what the vendor documents as answers."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.codes import PinRequest
from bot.domain.doors import Capability
from bot.domain.readings import LockCheck
from bot.drivers import fix_of, say
from bot.drivers.base import Deadline, LockDriver
from bot.drivers.errors import LockError
from tests.drivers.conftest import (
    API_KEY,
    IDENTIFIER,
    SHARE_CODE,
    World,
    build,
    kas_door,
    the_keys_door,
)
from tests.drivers.peer import Peer, Treatment, http, listening, says

SILENCE = 0.8
AT_ONCE = 12
"""More at a time would make the machine itself look like a silent peer."""
PHONE, PASSWORD = "+33600000000", "canary-cloud-password"
TOKEN = "canary-cloud-token"
SECRETS = (SHARE_CODE, API_KEY, PASSWORD, TOKEN)

Call = Callable[[Any, Deadline], Awaitable[object]]


def spelt(check: LockCheck) -> str:
    """Everything that was found, in English."""
    return " ".join(say(remark) for remark in (*check.facts, *check.doubts))


def ok(value: object) -> Treatment:
    return says(http(json.dumps(value).encode()))


@dataclass(frozen=True)
class Verb:
    """`path` is the request that decides; `acts` whether that request moves a bolt or makes or ends a code."""

    name: str
    call: Call
    path: str
    acts: bool
    needs: Capability | None
    documented: dict[str, bytes]
    slow: bool = False
    """Whether the driver grants it more timeouts than the rest."""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Bench:
    name: str
    driver: str
    settings: dict[str, object]
    good: dict[str, Treatment]
    verbs: tuple[Verb, ...]
    undeclared: dict[Capability, Call] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def patient(self) -> "Bench":
        """For what answers at once, however busy the machine that runs the test."""
        return replace(self, settings={**self.settings, "timeout_seconds": 60})

    @asynccontextmanager
    async def set_up(self, world: World) -> AsyncIterator[tuple[LockDriver, Peer]]:
        """The driver, and a peer that answers everything well."""
        async with listening(Peer(treat=dict(self.good))) as peer:
            driver = build("front", self.settings_at(peer.host), world.context())
            yield driver, peer
            await driver.aclose()

    def settings_at(self, host: str) -> dict[str, object]:
        return {
            name: value.replace("{peer}", host) if isinstance(value, str) else value
            for name, value in self.settings.items()
        }


@dataclass(frozen=True)
class Outcome:
    error: LockError | None
    acted: int
    """How often the deciding request left."""

    @property
    def kind(self) -> str:
        return type(self.error).__name__ if self.error else "done"

    @property
    def line(self) -> str:
        if self.error is None:
            return "done"
        fix = fix_of(self.error)
        return f"{self.kind} · {self.error.remark.code} · {say(self.error)}" + (f" [{fix}]" if fix else "")


async def try_out(bench: Bench, verb: Verb, arrange: Callable[[Peer], None]) -> Outcome:
    """Call the verb on a peer arranged so. Anything but a LockError is a fault of the driver."""
    world = World()
    async with bench.set_up(world) as (driver, peer):
        arrange(peer)
        error: LockError | None = None
        try:
            await verb.call(driver, world.deadline(5))
        except LockError as caught:
            error = caught
        await asyncio.sleep(0)
        return Outcome(error, peer.times(verb.path))


def pin_request(at: float = 1_790_000_000, **span: float) -> PinRequest:
    return PinRequest(
        starts_at=datetime.fromtimestamp(at, UTC), duration=timedelta(**(span or {"hours": 2})), label="Camille"
    )


def unlock(driver: LockDriver, deadline: Deadline) -> Awaitable[object]:
    return driver.unlock(deadline)


def lock(driver: LockDriver, deadline: Deadline) -> Awaitable[object]:
    return driver.lock(deadline)


def status(driver: LockDriver, deadline: Deadline) -> Awaitable[object]:
    return driver.status()


def create_pin(driver: LockDriver, deadline: Deadline) -> Awaitable[object]:
    return driver.create_pin(pin_request(), deadline)


def revoke_pin(driver: LockDriver, deadline: Deadline) -> Awaitable[object]:
    return driver.revoke_pin("120", deadline)


def synchronise(driver: LockDriver, deadline: Deadline) -> Awaitable[object]:
    return driver.synchronise()


ALL: dict[Capability, Call] = {
    Capability.UNLOCK: unlock,
    Capability.LOCK: lock,
    Capability.STATUS: status,
    Capability.PINS: create_pin,
    Capability.REVOKE_PINS: revoke_pin,
    Capability.SYNC: synchronise,
}


def _bytes(value: object) -> bytes:
    return http(json.dumps(value, ensure_ascii=False).encode())


def _both_dialects(*codes: int) -> dict[str, bytes]:
    real = {f"ko {code}": _bytes({"status": "ko", "code": code}) for code in codes}
    page = {f'"{code}"': _bytes({"status": str(code), "code": "some text"}) for code in codes}
    return {**real, **page}


BUSY = {
    "ko 500": _bytes({"status": "ko", "code": 500}),
    '"500" busy': _bytes({"status": "500", "message": "busy"}),
}
STRANGE = {
    "ko 99": _bytes({"status": "ko", "code": 99}),
    "ko without a code": _bytes({"status": "ko"}),
    "ok with code 33": _bytes({"status": "ok", "code": 33}),
    "ko with code 0": _bytes({"status": "ko", "code": 0}),
    "code true": _bytes({"status": True, "code": True}),
    "ok, code 37.0": http(b'{"status": "ok", "code": 37.0}'),
    "ok, code 0.0": http(b'{"status": "ok", "code": 0.0}'),
    "ok, code NaN": http(b'{"status": "ok", "code": NaN}'),
    "ok, code 1e999": http(b'{"status": "ok", "code": 1e999}'),
    "ok, code [37]": http(b'{"status": "ok", "code": [37]}'),
    "ok, code true": http(b'{"status": "ok", "code": true}'),
    "ok, code null": http(b'{"status": "ok", "code": null}'),
    "ko, then ok": http(b'{"status": "ko", "code": 37, "status": "ok", "code": 0}'),
    "ok, code 0 twice": http(b'{"status": "ok", "code": 0, "code": 0}'),
    "ok with a cause": _bytes({"status": "ok", "code": 0, "cause": "motor blocked"}),
    "ok with an error": _bytes({"status": "ok", "code": 0, "error": True}),
    "status error, code 0": _bytes({"status": "error", "code": 0}),
    "status 500, code 0": _bytes({"status": "500", "code": 0}),
    "status 33, code 34": _bytes({"status": "33", "code": 34}),
    "jammed, code 0": _bytes({"status": "Door jammed", "code": 0}),
    "a list": _bytes([1, 2]),
    "HTTP 500 with ko 500": http(b'{"status": "ko", "code": 500}', status=500),
    "HTTP 500 with ok": http(b'{"status": "ok", "code": 0}', status=500),
}
YES = {
    "ok 0": _bytes({"status": "ok", "code": 0}),
    '"0" ok': _bytes({"status": "0", "code": "ok"}),
    "ok": _bytes({"status": "ok"}),
    "code 0": _bytes({"code": 0}),
    "ok as text/html": http(b'{"status": "ok", "code": 0}', content_type="text/html"),
}
SIGNED = {
    **_both_dialects(1, 2, 3, 4, 5, 32, 33, 34, 35, 36, 37, 38),
    "ko 33 hmac": _bytes({"status": "ko", "code": 33, "cause": "invalid hmac"}),
    "ko 33 too old": _bytes({"status": "ko", "code": 33, "cause": "timestamp too old"}),
    "ko 400 already started": _bytes({"status": "ko", "code": 400, "cause": "action already started"}),
    "ko 400": _bytes({"status": "ko", "code": 400}),
    '"400" missing': _bytes({"status": "400", "code": "missing parameter: hash"}),
    '"400" Hash': _bytes({"status": "400", "code": "Hash"}),
    "ko 400 ts": _bytes({"status": "ko", "code": 400, "cause": "ts"}),
    "ko 400 in French": _bytes({"status": "ko", "code": 400, "message": "paramètre manquant"}),
    **BUSY,
}
DOOR = {
    "49": _bytes(
        {"status": "Door closed", "code": 49, "id": 1, "version": 81, "position": 20, "rssi": -7, "battery": 7783}
    ),
    "50": _bytes(
        {"status": "Door open", "code": 50, "id": 1, "version": 81, "position": 4, "rssi": -7, "battery": 7783}
    ),
    "48": _bytes({"status": "Unknown", "code": 48}),
    "0x32": _bytes({"status": "0", "code": "0x32"}),
    "jammed, code 49": _bytes({"status": "Door jammed", "code": 49}),
    "open, code 49": _bytes({"status": "Door open", "code": 49}),
    "49.0": http(b'{"status": "Door closed", "code": 49.0}'),
    "49 and 50": http(b'{"status": "Door closed", "code": 50, "code": 49}'),
    "closed with a cause": _bytes({"status": "Door closed", "code": 49, "cause": "motor blocked"}),
}
FIRMWARE = {"empty answer": http(b""), **YES, **BUSY, **_both_dialects(1, 2, 3, 4), **STRANGE}

THE_KEYS = Bench(
    "the_keys",
    "the_keys",
    the_keys_door("{peer}", timeout_seconds=SILENCE),
    good={
        "/open": ok({"status": "ok", "code": 0}),
        "/close": ok({"status": "ok", "code": 0}),
        "/calibrate": ok({"status": "ok", "code": 0}),
        "/synchronize": ok({"status": "ok", "code": 0}),
        "/locker/": ok({"status": "ok", "code": 0}),
        "/update": ok({"status": "ok", "code": 0}),
        "/status": ok({"version": 65, "current_status": "Scanning"}),
        "/lockers": ok({"status": "ok", "devices": [{"identifier": int(IDENTIFIER), "rssi": -71, "battery": 7783}]}),
        "/locker_status": says(DOOR["49"]),
    },
    verbs=(
        Verb("open", unlock, "/open", True, Capability.UNLOCK, {**YES, **SIGNED, "50": DOOR["50"], **STRANGE}),
        Verb("close", lock, "/close", True, Capability.LOCK, {**YES, **SIGNED, "49": DOOR["49"], **STRANGE}),
        Verb("status", status, "/locker_status", False, Capability.STATUS, {**DOOR, **SIGNED, **YES, **STRANGE}),
        Verb(
            "poll",
            lambda driver, deadline: driver.poll(None),
            "/lockers",
            False,
            Capability.STATUS,
            {"not in the list": _bytes({"status": "ok", "devices": []}), **BUSY, **YES, **STRANGE},
        ),
        Verb("synchronise the lock", synchronise, "/locker/synchronize", False, Capability.SYNC, FIRMWARE, slow=True),
        Verb("synchronise the gateway", synchronise, "/synchronize", False, Capability.SYNC, FIRMWARE, slow=True),
        Verb("settle", lambda driver, deadline: driver.settle(), "/locker_status", False, None, {**DOOR, **SIGNED}),
        Verb("check", lambda driver, deadline: driver.check(), "/status", False, None, {"nonsense": _bytes({"a": 1})}),
        Verb(
            "calibrate",
            lambda driver, deadline: driver.calibrate(deadline),
            "/calibrate",
            True,
            None,
            {**YES, **SIGNED},
        ),
        Verb(
            "update the lock",
            lambda driver, deadline: driver.update(deadline),
            "/locker/update",
            True,
            None,
            FIRMWARE,
            slow=True,
        ),
    ),
)


def _data(value: object, *, status: int = 200, http_status: int = 200) -> bytes:
    envelope = {"status": status, "data": value, "message": {"global": [], "form": []}}
    return http(json.dumps(envelope).encode(), status=http_status)


CLOUD = {
    "made": _data({"id": 7001}),
    "made with another code": _data({"id": 7001, "code": "4711"}),
    "no id": _data({"code": ""}),
    "id true": _data({"id": True}),
    "status 200.0": http(b'{"status": 200.0, "data": {"id": 7001}}'),
    "status twice": http(b'{"status": 400, "status": 200, "data": {"id": 7001}}'),
    "data twice": http(b'{"status": 200, "data": null, "data": {"id": 7001}}'),
    "not found": _data(None),
    "form refused": _data(None, status=400),
    "form refused by HTTP": _data(None, status=400, http_status=400),
    "expired": http(b'{"error": "invalid_grant"}', status=401),
    "invalid_grant as 200": http(b'{"error": "invalid_grant"}'),
    "500 in the envelope": _data(None, status=500),
    "HTTP 404": _data(None, status=404, http_status=404),
    "a list": _bytes([1]),
}

KEYPAD = Bench(
    "the_keys with a keypad",
    "the_keys",
    the_keys_door(
        "{peer}",
        timeout_seconds=SILENCE,
        cloud_url="http://{peer}",
        cloud_phone=PHONE,
        cloud_password=PASSWORD,
        cloud_lock_id="3001",
        keypad_id="KP3QZ81T",
    ),
    good={
        **THE_KEYS.good,
        "/api/login_check": ok({"access_token": TOKEN, "token": TOKEN, "expires_in": 3600}),
        "/fr/api/v2/partage/all/": says(_data({"partages_accessoire": []})),
        "/fr/api/v2/partage/create/": says(CLOUD["made"]),
        "/fr/api/v2/partage/accessoire/delete/": says(_data({"id": 120})),
    },
    verbs=(
        Verb(
            "log in",
            create_pin,
            "/api/login_check",
            False,
            None,
            {
                "token only": _bytes({"token": TOKEN}),
                "no token": _bytes({"hello": 1}),
                "refused": http(b'{"code": 401, "message": "Bad credentials"}', status=401),
            },
        ),
        Verb("list codes", create_pin, "/fr/api/v2/partage/all/", False, None, CLOUD),
        Verb("create_pin", create_pin, "/fr/api/v2/partage/create/", True, Capability.PINS, CLOUD),
        Verb("revoke_pin", revoke_pin, "/fr/api/v2/partage/accessoire/delete/", True, Capability.REVOKE_PINS, CLOUD),
    ),
)


def _kas_400s(**more: bytes) -> dict[str, bytes]:
    texts = ("You are not the admin.", "Invalid Token.", "Lock is not found.")
    plain = {f"400 {text}": http(text.encode(), status=400, content_type="text/plain") for text in texts}
    shout = {f"400 JSON {text}": http(json.dumps({"message": text.upper()}).encode(), status=400) for text in texts}
    return {
        **more,
        **plain,
        **shout,
        "400 anything else": http(b"Blue moon.", status=400, content_type="text/plain"),
        "400 empty": http(b"", status=400),
        "401": http(b"", status=401),
        "403": http(b"", status=403),
        "404": http(b"", status=404),
        "429": http(b"", status=429),
        "500 Unknown Error": http(b"Unknown Error", status=500, content_type="text/plain"),
        "504": http(b'{"ack": 504, "message": "please retry", "ref": "1"}', status=504),
        "202": http(b"", status=202),
    }


CONTRADICTORY = {
    "ack true": http(b'{"ack": true}'),
    "ack false": http(b'{"ack": false}'),
    "ack 0.0": http(b'{"ack": 0.0}'),
    "ack 1e999": http(b'{"ack": 1e999}'),
    "ack NaN": http(b'{"ack": NaN}'),
    'ack "0"': http(b'{"ack": "0"}'),
    "ack null": http(b'{"ack": null}'),
    "ack [0]": http(b'{"ack": [0]}'),
    "ack 504, then 0": http(b'{"ack": 504, "ack": 0}'),
    "ack 0 with an error": http(b'{"ack": 0, "error": "gateway"}'),
    "[0]": http(b"[0]"),
    "200 Invalid Token.": http(b"Invalid Token.", content_type="text/plain"),
}
UNLOCKING = "Door is unlocking…".encode()
KAS = Bench(
    "kas",
    "kas",
    kas_door("http://{peer}", timeout_seconds=SILENCE),
    good={
        "/api/lockCommand/remoteUnlock": says(http(UNLOCKING, content_type="text/plain")),
        "/api/lockCommand/pinCode": says(http(b"01234567", content_type="text/plain")),
    },
    verbs=(
        Verb(
            "open",
            unlock,
            "/api/lockCommand/remoteUnlock",
            True,
            Capability.UNLOCK,
            _kas_400s(
                **{
                    "200 text": http(UNLOCKING, content_type="text/plain"),
                    "200 text as HTML": http(UNLOCKING, content_type="text/html"),
                    "200 JSON": _bytes({"ack": 0, "message": "Door is unlocking"}),
                    "200 ack 200": _bytes({"ack": 200, "message": "Door is unlocking"}),
                    "200 ack 504": _bytes({"ack": 504, "message": "retry"}),
                    "200 empty": http(b""),
                    **CONTRADICTORY,
                }
            ),
        ),
        Verb(
            "create_pin",
            create_pin,
            "/api/lockCommand/pinCode",
            True,
            Capability.PINS,
            _kas_400s(
                **{
                    "200 digits": http(b"01234567", content_type="text/plain"),
                    "200 digits in quotes": _bytes("01234567"),
                    "200 digits and a line end": http(b"01234567\r\n"),
                    "200 seven digits": http(b"1234567"),
                    "200 a number as JSON": http(b"[12345678]"),
                    "200 empty": http(b""),
                }
            ),
        ),
    ),
)

SLOTS = {"ack": 0, "l_passwords": [{"password_id": 120, "password": "907352"}]}
ACKS = {
    **CONTRADICTORY,
    "ack 0": _bytes({"ack": 0, "message": "success"}),
    "ack 200": _bytes({"ack": 200, "message": "success"}),
    "ack 7": _bytes({"ack": 7, "message": "no"}),
    "ack 504": _bytes({"ack": 504, "message": "retry"}),
}
ADVANCED = Bench(
    "kas advanced",
    "kas",
    kas_door("http://{peer}", timeout_seconds=SILENCE, advanced=True),
    good={
        **KAS.good,
        "GET /api/lockCommand/remotePassword": ok(SLOTS),
        "POST /api/lockCommand/remotePassword": ok({"ack": 0, "message": "success"}),
        "DELETE /api/lockCommand/remotePassword": ok({"ack": 0, "message": "success"}),
        "/api/lockCommand/setClock": ok({"ack": 0, "message": "success"}),
    },
    verbs=(
        Verb(
            "create_pin", create_pin, "POST /api/lockCommand/remotePassword", True, Capability.PINS, _kas_400s(**ACKS)
        ),
        Verb(
            "revoke_pin",
            revoke_pin,
            "DELETE /api/lockCommand/remotePassword",
            True,
            Capability.REVOKE_PINS,
            _kas_400s(**ACKS),
        ),
        Verb("set the clock", synchronise, "/api/lockCommand/setClock", True, Capability.SYNC, _kas_400s(**ACKS)),
        Verb(
            "list codes",
            lambda driver, deadline: driver.check(),
            "GET /api/lockCommand/remotePassword",
            False,
            None,
            _kas_400s(
                **{
                    "a list": _bytes(SLOTS),
                    "no list": _bytes({"ack": 0}),
                    "a code without a slot": _bytes({"l_passwords": [{}]}),
                    "a slot true": http(b'{"l_passwords": [{"password_id": true}]}'),
                    "a slot 120.0": http(b'{"l_passwords": [{"password_id": 120.0}]}'),
                    "a list twice": http(b'{"l_passwords": [{"password_id": 120}], "l_passwords": []}'),
                }
            ),
        ),
    ),
)

BENCHES = (THE_KEYS, KEYPAD, KAS, ADVANCED)
CASES = [(bench, verb) for bench in BENCHES for verb in bench.verbs]
