"""The demo's house: two doors with their lock systems, and the people around them."""

import math
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Any

from starlette.routing import Mount

from simulators.control import control_app, create_app
from simulators.demo.live import page_routes
from simulators.kas import KasLock, KasSimulator
from simulators.server import serve
from simulators.telegram import TelegramSimulator
from simulators.the_keys import GatewaySimulator, KeysCloudSimulator, Smartlock

TOKEN = "700000042:demo-only-this-opens-no-real-door"  # noqa: S105 - of a Telegram that exists only here
FRONT, SHARE_CODE = 45961123, "T7K2M9QXW4HB6RPD"
GARAGE, API_KEY = "SS000510", "demo-key-5f3a81c09e"
PHONE, PASSWORD = "+33600000000", "demo"
LOSABLE = {"front": "/[oc][pl]*", "garage": "*/remoteUnlock/*"}
"""The requests that move a door, whose answer the page can let get lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPerson:
    id: int
    name: str
    role: str
    note: str
    quick: tuple[str, ...]
    quick_in_group: tuple[str, ...]


OLGA = DemoPerson(
    id=42,
    name="Olga",
    role="an owner",
    note="owner, everything",
    quick=("/open front", "/close front", "/status", "/open garage", "/pin garage 2h", "/people", "/help"),
    quick_in_group=("/open front", "/close front", "/status", "/notify"),
)
MAX = DemoPerson(
    id=7,
    name="Max",
    role="a member",
    note="member, both doors",
    quick=("/open front", "/close front", "/status", "/pin garage 2h", "/whoami", "/help"),
    quick_in_group=("/open front", "/close front", "/status"),
)
GRETA = DemoPerson(
    id=11,
    name="Greta",
    role="a guest",
    note="guest, garage for a day",
    quick=("/open garage", "/open front", "/status garage", "/whoami", "/help"),
    quick_in_group=("/open garage", "/open front"),
)
SAM = DemoPerson(
    id=99,
    name="Sam",
    role="a stranger",
    note="stranger, not let in",
    quick=("/start", "/open front", "/status", "/whoami"),
    quick_in_group=("/open front", "/status"),
)
PEOPLE = (OLGA, MAX, GRETA, SAM)
GROUP, GROUP_TITLE = -1001, "House"


@dataclass(frozen=True, slots=True)
class DemoAddresses:
    page: str
    gateway: str
    keys_cloud: str
    kas: str


class DemoHouse:
    def __init__(self) -> None:
        self.run_id = f"{time.time():.3f}"
        # A kept database remembers the updates of earlier runs, so every run numbers its own ones higher.
        self.telegram = TelegramSimulator(TOKEN, first_update_id=int(time.time()))
        for person in PEOPLE:
            self.telegram.add_person(person.id, person.name, started=person is not SAM)
        self.telegram.add_group(GROUP, GROUP_TITLE, [person.id for person in PEOPLE])
        self.gateway = GatewaySimulator(Smartlock(FRONT, SHARE_CODE), latency=1.2, travel_seconds=2.5)
        self.keys_cloud = KeysCloudSimulator(self.gateway, phone=PHONE, password=PASSWORD)
        self.kas = KasSimulator(KasLock(GARAGE, autolock_seconds=20.0), key=API_KEY, latency=0.4, unlock_delay=1.5)
        self.addresses = DemoAddresses("", "", "", "")

    async def serve(self, stack: AsyncExitStack, *, port: int, gateway_port: int, cloud_port: int) -> None:
        """Serve everything until the stack ends."""
        locks = [
            Mount("/gateway/control", app=control_app(self.gateway)),
            Mount("/cloud/control", app=control_app(self.kas)),
        ]
        telegram = create_app(self.telegram, [*page_routes(self), *locks])
        self.addresses = DemoAddresses(
            page=await stack.enter_async_context(serve(telegram, port)),
            gateway=await stack.enter_async_context(serve(create_app(self.gateway), gateway_port)),
            keys_cloud=await stack.enter_async_context(serve(create_app(self.keys_cloud))),
            kas=await stack.enter_async_context(serve(create_app(self.kas), cloud_port)),
        )

    def connections(self) -> list[tuple[str, str]]:
        """What another client needs to be told."""
        return [
            ("The Keys gateway", self.addresses.gateway),
            ("Lock identifier", str(FRONT)),
            ("Share code", SHARE_CODE),
            ("KAS Cloud", self.addresses.kas),
            ("Lock factory number", GARAGE),
            ("API key", API_KEY),
            ("The Keys cloud", self.addresses.keys_cloud),
            ("Account", f"{PHONE}, password {PASSWORD}"),
            ("Telegram Bot API", self.addresses.page),
            ("Bot token", TOKEN),
        ]

    def plan(self) -> dict[str, Any]:
        """What the page is built from."""
        front = {"make": "The Keys", "identifier": str(FRONT), "control": "/gateway/control"}
        garage = {"make": "KAS", "identifier": GARAGE, "control": "/cloud/control"}
        return {
            "run": self.run_id,
            "since": len(self.telegram.log.events),
            "people": [asdict(person) for person in PEOPLE],
            "group": {"id": GROUP, "title": GROUP_TITLE, "members": list(self.telegram.chat(GROUP).members)},
            "doors": [
                {"name": "front", "title": "Front door", "command_path": LOSABLE["front"], **front},
                {"name": "garage", "title": "Garage", "command_path": LOSABLE["garage"], **garage},
            ],
            "addresses": self.connections(),
        }

    def door_states(self) -> dict[str, dict[str, Any]]:
        """Each door as the page shows it."""
        return {"front": self._front_state(), "garage": self._garage_state()}

    def _front_state(self) -> dict[str, Any]:
        gateway, lock = self.gateway, self.gateway.lock(FRONT)
        return {
            "bolt": lock.bolt,
            "moving": lock.motion is not None,
            "jammed": lock.jammed,
            "in_range": lock.in_range,
            "battery_mv": lock.battery_mv,
            "offline": not gateway.reachable(),
            "busy": math.ceil(gateway.busy_seconds),
            "synchronising": math.ceil(gateway.synchronising_seconds),
            "loses_answer": any(fault.path == LOSABLE["front"] for fault in gateway.faults),
        }

    def _garage_state(self) -> dict[str, Any]:
        kas, lock = self.kas, self.kas.lock(GARAGE)
        return {
            "bolt": lock.bolt,
            "gateway_online": lock.gateway_online,
            "offline": not kas.reachable(),
            "queued": len(kas.queue),
            "loses_answer": any(fault.path == LOSABLE["garage"] for fault in kas.faults),
        }
