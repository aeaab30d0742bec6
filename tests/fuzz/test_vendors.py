"""Whatever a vendor answers: an outcome or a LockError with a sentence of ours, and no yes that was not said."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import pytest

from bot.domain.codes import PinRequest
from bot.domain.commands import Delivery
from bot.drivers import fix_of, say
from bot.drivers.base import LockDriver
from bot.drivers.errors import LockError, NotSent, OutcomeUnknown, UnexpectedReply
from bot.drivers.http import HttpReply, Unreadable, read_json
from bot.drivers.kas.answers import check_command, check_query
from bot.drivers.kas.slots import read_slots
from bot.drivers.the_keys.answers import read_gateway_status, read_lockers
from bot.drivers.the_keys.codes import error_of, read_reply
from tests.drivers.benches import pin_request
from tests.drivers.conftest import API_KEY, IDENTIFIER, SHARE_CODE, World, build, kas_door, the_keys_door
from tests.drivers.peer import Answering
from tests.fuzz import COUNT, Noise

TRUE: tuple[object, ...] = (
    {"status": "ok", "code": 0},
    {"status": "ko", "code": 33, "cause": "timestamp too old"},
    {"status": "0", "code": "ok"},
    {"status": "500", "message": "busy"},
    {"status": "Door closed", "code": 49, "id": 1, "version": 81, "position": 20, "rssi": -7, "battery": 7783},
    {"status": "ok", "devices": [{"identifier": int(IDENTIFIER), "rssi": -71, "battery": 7783}]},
    {"version": 65, "current_status": "Scanning"},
    {"l_passwords": [{"password_id": 120, "password": "804719"}]},
    {"ack": 0, "message": "Success"},
    {"status": 200, "data": {"id": 7001, "code": "4711"}, "message": {"global": [], "form": []}},
    {"status": 200, "data": {"partages_accessoire": [{"id": 1, "code": "4711", "accessoire": {"id_accessoire": "K"}}]}},
)
STATUSES = (200,) * 12 + (201, 204, 400, 401, 403, 404, 418, 429, 500, 502, 503, 504, 599)
MUST_SAY = (b"ok", b"0", b"49", b"50", b"0x")


def answer(noise: Noise) -> HttpReply:
    kind = noise.random.randrange(3)
    value = noise.spoiled(noise.random.choice(TRUE)) if kind else noise.value()
    status = noise.random.choice(STATUSES)
    return HttpReply(status, noise.body(json.dumps(value)))


def _reply(found: HttpReply) -> object:
    reply = read_reply(found.body)
    for command in (True, False):
        error = error_of(reply, door="front", command=command)
        assert isinstance(error, LockError)
        assert say(error).endswith((".", "?"))
    return reply


def _clean(error: LockError) -> None:
    shown = f"{error} {say(error)} {fix_of(error)}"
    assert len(shown) < 500
    assert SHARE_CODE not in shown
    assert API_KEY not in shown


READERS: dict[str, Callable[[HttpReply], object]] = {
    "a reply of the gateway": _reply,
    "its list of locks": lambda found: read_lockers(found.body),
    "its status": lambda found: read_gateway_status(found.body),
    "KAS on a command": lambda found: check_command(found, door="garage"),
    "KAS on a question": lambda found: check_query(found, door="garage"),
    "KAS on its slots": lambda found: read_slots(read_json(found.body)),
}


@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_anything(name: str) -> None:
    noise, found = Noise(), Counter[str]()
    for _ in range(COUNT):
        sent = answer(noise)
        try:
            READERS[name](sent)
            found["read"] += 1
        except Unreadable:
            found["unreadable"] += 1
        except LockError as error:
            _clean(error)
            found[type(error).__name__] += 1
    assert found.total() == COUNT
    assert len(found) > 1, "the noise is too plain: nothing was read, or everything"


class Peer:
    """Answers the first requests truly and one of them with noise."""

    def __init__(self, noise: Noise) -> None:
        self._noise = noise
        self.said: list[HttpReply] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        said = answer(self._noise)
        self.said.append(said)
        return httpx.Response(said.status, content=said.body)


def verbs(driver: LockDriver, world: World) -> dict[str, Callable[[], Any]]:
    ask: PinRequest = pin_request(world.at)
    return {
        "unlock": lambda: driver.unlock(world.deadline()),
        "lock": lambda: driver.lock(world.deadline()),
        "create_pin": lambda: driver.create_pin(ask, world.deadline()),
        "revoke_pin": lambda: driver.revoke_pin("120", world.deadline()),
        "status": driver.status,
        "poll": lambda: driver.poll(None),
        "settle": driver.settle,
        "synchronise": driver.synchronise,
        "check": driver.check,
    }


ACTS = {"unlock", "lock", "create_pin", "revoke_pin"}
DOORS: dict[str, dict[str, object]] = {
    "the_keys": the_keys_door(),
    "keypad": the_keys_door(
        cloud_url="http://cloud.test", cloud_phone="+33600000000", cloud_password="canary-cloud-password",
        cloud_lock_id="3001", keypad_id="KP3QZ81T",
    ),
    "kas": kas_door(),
    "kas advanced": kas_door(advanced=True),
}  # fmt: skip


@pytest.mark.parametrize("name", DOORS)
async def test_a_driver_takes_anything(name: str) -> None:
    noise, outcomes = Noise(), Counter[str]()
    for _ in range(COUNT // len(DOORS)):
        world, peer = World(), Peer(noise)
        driver = build("front", DOORS[name], world.context(Answering(peer)))
        verb = noise.random.choice(list(verbs(driver, world)))
        try:
            result = await verbs(driver, world)[verb]()
        except LockError as error:
            _clean(error)
            outcomes[type(error).__name__] += 1
            kinds = (UnexpectedReply,) if verb in ACTS else (OutcomeUnknown, NotSent)
            wrong = verb != "synchronise" and isinstance(error, kinds)
        else:
            wrong = False
            outcomes["done"] += 1
            if result is Delivery.CONFIRMED:
                assert any(word in peer.said[-1].body.lower() for word in MUST_SAY), peer.said
            assert all(said.status == 200 for said in peer.said[-1:]) or verb not in ACTS, peer.said
        finally:
            with suppress(asyncio.CancelledError):
                await driver.aclose()
        assert not wrong, (verb, peer.said)
    assert outcomes.total() == COUNT // len(DOORS)
    assert outcomes["done"] > COUNT // 5000, outcomes
    assert len(outcomes) > 2, outcomes
